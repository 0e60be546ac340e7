//! Of p3: several requests for one output. What is cut is a list, the request says which slice it sends, and the outputs
//! of all slices can become one.

use crate::ast::{Action, Batch, OrRef, Protocol, Type};
use crate::catalogue::{Site, type_of};
use crate::diagnostics::At;

use super::Checking;
use super::flow::Here;
use super::inferred::Inferred;
use super::scope::{Meaning, resolve};
use super::uses::{self, Owner};

impl<'s> Checking<'s> {
    pub fn batch(&mut self, spec: &'s Protocol, action: &'s Action, root: &At) {
        let Some(Batch { over, size, parallel }) = &spec.batch else { return };
        let (at, owner) = (root.key("batch"), Owner::Protocol(spec));
        let here = Here { owner, site: Site::Settings, each: &[] };
        for (key, number) in [("size", size), ("parallel", parallel)] {
            if let Some(OrRef::Ref(reference)) = number {
                self.source(reference, &at.key(key), &type_of("integer"), here, &mut Inferred::default());
            }
        }
        if let Ok(Meaning::Typed(type_)) = resolve(self.specs, owner, Site::Request, &[], over)
            && !matches!(type_, Type::List(_))
        {
            self.report
                .error("S3015", at.key("over"), format!("`{over}` cannot be cut into slices"))
                .label(format!("is `{type_}`"))
                .help("`over` is a required input, or a derived value, that is a list");
        }
        let audio = action.output.as_ref().is_some_and(|output| *output == type_of("audio"));
        if audio && parallel.is_some() {
            self.report
                .error("S3015", at.key("parallel").on_key(), "audio is delivered in its order, while it arrives")
                .label("one request after the other")
                .help("take it out");
        }
        let sent = uses::protocol(spec, root).iter().any(|used| used.reference.root == "batch");
        if !sent {
            self.report
                .error("S3015", at.on_key(), "every request of this batch would be the same")
                .label("`$batch` is nowhere in the request")
                .help(format!("write `$batch` where the request has `{over}`"));
        }
        if let Some(output) = action.output.as_ref().filter(|output| !joins(output)) {
            self.report
                .error("S3015", at.on_key(), format!("the outputs of several requests, `{output}`, cannot become one"))
                .label("one output of many")
                .help("lists and `audio` append, `usage` adds up, `boolean` is or; records of these join member by member");
        }
    }
}

/// Whether outputs of this type can become one.
fn joins(output: &Type) -> bool {
    match output {
        Type::List(_) => true,
        Type::Named(name) => ["usage", "boolean", "audio"].contains(&name.as_str()),
        Type::Record(members) => members.iter().all(|(_, type_)| joins(type_)),
        Type::Optional(_) | Type::Closed(_) => false,
    }
}
