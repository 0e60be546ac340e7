//! Of p2: what a request does without when it is refused is a member of it.

use crate::ast::{Member, Protocol, Value};
use crate::diagnostics::At;

use super::Checking;
use super::consumed::merged_parameters;
use super::scope::sent_as_headers;

impl Checking<'_> {
    /// What is left out or renamed is on top of the request. What a converter merges is known only when it runs.
    pub fn retreat(&mut self, spec: &Protocol, at: &At) {
        let parts = spec.request.parts.iter().flatten().map(|(name, _)| name.as_str());
        let mut sent: Vec<&str> = parts.collect();
        let retreat = &spec.request.retreat;
        // What has got its other name may be refused once more.
        sent.extend(retreat.rename.iter().map(|(_, other)| other.as_str()));
        let probe = spec.probe.as_ref().map(|probe| &probe.body);
        for body in spec.request.body.iter().chain(probe) {
            // A body that is no object is not supported, and that is said elsewhere.
            let Value::Mapping(body) = body else { return };
            for member in &body.members {
                match member {
                    Member::Named(name, _) => sent.push(name),
                    Member::Merge(values) if values.iter().all(is_param) => {
                        let merged = merged_parameters(spec).into_iter();
                        sent.extend(merged.filter(|name| !sent_as_headers(self.specs, name)));
                    }
                    Member::Merge(_) => return,
                }
            }
        }
        for (index, name) in retreat.drop.iter().enumerate() {
            self.known("S2003", "member of the request", name, at.key("drop").index(index), sent.iter().copied());
        }
        for (name, _) in &retreat.rename {
            let at = at.key("rename").key(name).on_key();
            self.known("S2003", "member of the request", name, at, sent.iter().copied());
        }
    }
}

/// All parameters that are merged.
fn is_param(value: &Value) -> bool {
    matches!(value, Value::Ref(source) if source.is_root("param"))
}
