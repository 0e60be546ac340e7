//! Auth methods and the connection: what is put on a request.

use crate::ast::{Attach, AttachTo, Auth, Connection, Value};
use crate::catalogue::Site;
use crate::diagnostics::At;

use super::super::Checking;
use super::super::uses::{self, Owner};
use super::super::values;

impl<'s> Checking<'s> {
    pub fn supported_auth(&mut self, spec: &'s Auth, root: &At) {
        self.options(&spec.credentials, root);
        self.attaching(&spec.attach, root, Owner::Auth(spec), Site::Attach);
        let headers = spec.sign.iter().flat_map(|sign| &sign.headers);
        self.headers_set(headers, &root.key("sign").key("headers"), Owner::Auth(spec), Site::Sign);
        self.paths(uses::auth(spec, root), &[Site::Mint, Site::Sign, Site::Attach]);
    }

    pub fn supported_connection(&mut self, spec: &'s Connection, root: &At) {
        self.options(&spec.credentials, root);
        self.headers_set(&spec.headers, &root.key("headers"), Owner::Connection(spec), Site::Connection);
        self.attaching(&spec.attach, root, Owner::Connection(spec), Site::Connection);
        self.paths(uses::connection(spec, root), &[Site::Connection]);
    }

    fn attaching(&mut self, attached: &'s [Attach], root: &At, owner: Owner<'s>, site: Site) {
        for (index, attach) in attached.iter().enumerate() {
            let at = root.key("attach").index(index);
            if let AttachTo::Header { prefix: Some(prefix), .. } = &attach.to {
                self.prefixed(prefix, &at.key("header").key("prefix"));
            }
            for (value, at) in parts(attach, &at) {
                self.authenticating(value, &at, owner, site);
                if let Value::Mapping(mapping) = value
                    && mapping.when.is_some()
                {
                    let help = "write `$when` beside `header` or `query`";
                    self.not_yet(at.key("$when").on_key(), "a condition on a part of a header", help);
                }
            }
        }
    }

    /// A prefix is a word, written or stored.
    fn prefixed(&mut self, prefix: &'s Value, at: &At) {
        let sources = match prefix {
            Value::Ref(source) => std::slice::from_ref(source),
            Value::Mapping(mapping) => &mapping.from,
            Value::Literal(_) | Value::List(_) => &[],
        };
        if sources.iter().any(|source| source.root != "credential") {
            self.not_yet(at.clone(), "a prefix that is no word", "write a text, or name a field");
        }
    }

    fn headers_set(
        &mut self,
        headers: impl IntoIterator<Item = &'s (String, Value)>,
        at: &At,
        owner: Owner<'s>,
        site: Site,
    ) {
        for (name, value) in headers {
            let at = at.key(name);
            self.authenticating(value, &at, owner, site);
            if let Value::Mapping(mapping) = value
                && mapping.when.is_some()
                && mapping.from.is_empty()
            {
                let help = "only what comes from a reference may have a condition";
                self.not_yet(at.key("$when").on_key(), "a condition on a literal", help);
            }
        }
    }

    fn authenticating(&mut self, value: &'s Value, at: &At, owner: Owner<'s>, site: Site) {
        for (_, at) in values::calls(value, at) {
            self.not_yet(at, "a converter in a header", "use the value as it is, or `$map`");
        }
        self.written(value, at, owner, site);
    }
}

fn parts<'a>(attach: &'a Attach, at: &At) -> Vec<(&'a Value, At)> {
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
