//! Auth methods: what is put on a request.

use crate::ast::{Attach, AttachTo, Auth, Value};
use crate::catalogue::Site;
use crate::diagnostics::At;

use super::super::Checking;
use super::super::uses::{self, Owner};
use super::super::values;

impl<'s> Checking<'s> {
    pub fn supported_auth(&mut self, spec: &'s Auth, root: &At) {
        self.options(&spec.credentials, root);
        for (index, attach) in spec.attach.iter().enumerate() {
            let at = root.key("attach").index(index);
            for (value, at) in attached(attach, &at) {
                self.authenticating(spec, value, &at, Site::Attach);
                if let Value::Mapping(mapping) = value
                    && mapping.when.is_some()
                {
                    let help = "write `$when` beside `header` or `query`";
                    self.not_yet(at.key("$when").on_key(), "a condition on a part of a header", help);
                }
            }
        }
        for (name, value) in spec.sign.iter().flat_map(|sign| &sign.headers) {
            let at = root.key("sign").key("headers").key(name);
            self.authenticating(spec, value, &at, Site::Sign);
            if let Value::Mapping(mapping) = value
                && mapping.when.is_some()
                && mapping.from.is_empty()
            {
                let help = "only what comes from a reference may have a condition";
                self.not_yet(at.key("$when").on_key(), "a condition on a literal", help);
            }
        }
        self.paths(uses::auth(spec, root), &[Site::Sign, Site::Attach]);
    }

    fn authenticating(&mut self, spec: &'s Auth, value: &'s Value, at: &At, site: Site) {
        for (_, at) in values::calls(value, at) {
            self.not_yet(at, "a converter in an auth method", "use the value as it is, or `$map`");
        }
        self.written(value, at, Owner::Auth(spec), site);
    }
}

fn attached<'a>(attach: &'a Attach, at: &At) -> Vec<(&'a Value, At)> {
    let (header, query) = (at.key("header"), at.key("query"));
    match &attach.to {
        AttachTo::Header { value, prefix, .. } => {
            let prefix = prefix.iter().map(|prefix| (prefix, header.key("prefix")));
            std::iter::once((value, header.key("value"))).chain(prefix).collect()
        }
        AttachTo::Fields { fields, .. } => {
            fields.iter().map(|(name, value)| (value, header.key("fields").key(name))).collect()
        }
        AttachTo::Query { value, .. } => vec![(value, query.key("value"))],
    }
}
