//! Of p4: no request of a method that signs or mints may go out without its proof. What the proof is made of is
//! required, no plugin lowers that, and where it is put is always there.

use crate::ast::{AttachTo, Auth, Field, FieldType, OrRef, Plugin, Ref, Value};
use crate::catalogue::Site;
use crate::diagnostics::At;

use super::Checking;
use super::scope::{Meaning, find, resolve};
use super::uses::Owner;
use crate::ast::Type;

const HELP: &str = "without it a request would go out unsigned: write `required: true`";

impl<'s> Checking<'s> {
    pub fn signed(&mut self, spec: &'s Auth, root: &At) {
        if spec.sign.is_none() && spec.mint.is_none() {
            return;
        }
        if let Some(sign) = &spec.sign {
            self.secret(spec, &sign.secret, &root.key("sign").key("secret"));
        }
        for (name, field) in spec.credentials.iter().filter(|(_, field)| is_key(field)) {
            if field.required != Some(true) {
                let at = root.key("credentials").key(name);
                let at = if field.required.is_some() { at.key("required") } else { at.on_key() };
                self.report
                    .error("S4009", at, format!("the key `{name}` of `{}` is not required", spec.id))
                    .label("may be absent")
                    .help(HELP);
            }
        }
        self.proof(spec, root);
    }

    /// What a MAC is made with is a secret, which no log shows.
    fn secret(&mut self, spec: &Auth, secret: &Ref, at: &At) {
        let field = secret.path.first().and_then(|name| find(&spec.credentials, name));
        let is_field = secret.root == "credential";
        if !is_field || field.is_some_and(|field| field.type_ != Some(FieldType::Secret)) {
            self.report
                .error("S4009", at.clone(), format!("`{secret}` is no secret"))
                .label(if is_field { "the field is of another type" } else { "not a field at all" })
                .help("name a field that has `type: secret` and `required: true` in its declaration");
        }
    }

    /// The parts of a header that carries the proof are always there: an absent one would leave the header out.
    fn proof(&mut self, spec: &'s Auth, root: &At) {
        for (index, attach) in spec.attach.iter().enumerate() {
            let at = root.key("attach").index(index);
            let (header, query) = (at.key("header"), at.key("query"));
            let mut parts: Vec<(&Ref, At)> = Vec::new();
            let mut values: Vec<(&Value, At)> = Vec::new();
            let (name, name_at) = match &attach.to {
                AttachTo::Header { name, value, .. } => {
                    values.push((value, header.key("value")));
                    (name, header.key("name"))
                }
                AttachTo::Fields { name, fields, .. } => {
                    values.extend(fields.iter().map(|(key, value)| (value, header.key("fields").key(key))));
                    (name, header.key("name"))
                }
                AttachTo::Query { name, value } => {
                    values.push((value, query.key("value")));
                    (name, query.key("name"))
                }
            };
            if let OrRef::Ref(reference) = name {
                parts.push((reference, name_at));
            }
            for (value, at) in values {
                match value {
                    Value::Ref(reference) => parts.push((reference, at)),
                    Value::Mapping(mapping) if mapping.default.is_none() => {
                        parts.extend(mapping.from.last().map(|last| (last, at.key("$from"))));
                    }
                    _ => {}
                }
            }
            let proves = parts.iter().any(|(reference, _)| ["token", "signature"].contains(&reference.root.as_str()));
            for (reference, at) in parts.into_iter().filter(|_| proves) {
                let found = resolve(self.specs, Owner::Auth(spec), Site::Attach, &[], reference);
                if matches!(found, Ok(Meaning::Typed(Type::Optional(_)))) {
                    self.report
                        .error("S4009", at, format!("`{reference}` may be absent, and the proof with it"))
                        .label("may be absent")
                        .help("an absent part leaves the whole header out: give the field a `default`, or require it");
                }
            }
        }
    }

    /// What a plugin says of the keys.
    pub fn lowered(&mut self, plugin: &'s Plugin, root: &At) {
        for (id, changed) in &plugin.credentials {
            let Some((group, name)) = id.split_once('.') else { continue };
            if changed.field.required != Some(false) {
                continue;
            }
            let at = root.key("credentials").key(id).key("required");
            if let Some(auth) = self.specs.auth.get(group).map(|file| &file.spec) {
                let key = find(&auth.credentials, name).is_some_and(is_key);
                if key && (auth.sign.is_some() || auth.mint.is_some()) {
                    self.report
                        .error("S4009", at, format!("a plugin may not make `{id}` optional"))
                        .label("without it a request would go out unsigned")
                        .help("take it out; a route without authentication is the auth method `none`");
                }
                continue;
            }
            let type_ = self.specs.model_types.get(group).map(|file| &file.spec);
            let declared = type_.and_then(|spec| find(&spec.credentials, name));
            if declared.is_some_and(|field| field.required == Some(true) && field.default.is_none()) {
                self.report
                    .error("S3012", at, format!("`{id}` has no default to take its place"))
                    .label("requests need it")
                    .help("give it a `default`, or take `required` out of its declaration");
            }
        }
    }
}

fn is_key(field: &Field) -> bool {
    matches!(field.type_, Some(FieldType::Secret | FieldType::SigningKey))
}
