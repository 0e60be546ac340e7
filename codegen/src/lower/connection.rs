//! The connection: what is put on every request, and the credentials that this takes.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::{auth, fields, origin};
use crate::ast::{self, File, Specs, Value};
use crate::check::attached_fields;
use crate::ir::connection::Connection;

pub fn lower(specs: &Specs, file: &File<ast::Connection>) -> Connection {
    let spec = &file.spec;
    let (used, lowered) = (attached_fields(spec), auth::lowered(specs, "connection"));
    let mut credentials = fields::credentials("connection", &spec.credentials, &BTreeSet::new(), &lowered);
    credentials.retain(|credential| used.contains(credential.name.as_str()));
    let scope = Scope { credentials: credentials.clone(), ..Scope::default() };
    let header = |(name, value): &(String, Value)| {
        let (when, term) = auth::written(&scope, name, value);
        (name.clone(), when, term)
    };
    Connection {
        origin: origin(&file.path, spec.about.as_ref(), "The connection.".to_owned()),
        headers: spec.headers.iter().map(header).collect(),
        attach: spec.attach.iter().map(|attached| auth::attach(&scope, attached)).collect(),
        credentials,
        fields: fields::logical("connection", &spec.credentials),
    }
}
