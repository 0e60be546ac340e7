//! An auth method: its credentials and its phases.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::values::{Values, pick};
use super::{conditions, examples, fields, literal, origin};
use crate::ast::{self, AttachTo as To, File, OrRef, Ref, Specs, Value};
use crate::ir::auth::{Attach, AttachTo, Auth, Claim, Jwt, Line, Mac, Sign, Term};
use crate::ir::value::Cond;

pub fn lower(specs: &Specs, file: &File<ast::Auth>) -> Auth {
    let spec = &file.spec;
    let (words, lowered) = (words(spec), lowered(specs, &spec.id));
    let credentials = fields::credentials(&spec.id, &spec.credentials, &words, &lowered);
    let scope = Scope { credentials: credentials.clone(), ..Scope::default() };
    Auth {
        origin: origin(&file.path, spec.about.as_ref(), format!("Auth method `{}`.", spec.id)),
        id: spec.id.clone(),
        fields: fields::logical(&spec.id, &spec.credentials),
        mint: spec.mint.as_ref().map(|jwt| mint(&scope, jwt)),
        sign: spec.sign.as_ref().map(|signing| sign(&scope, signing)),
        attach: spec.attach.iter().map(|attached| attach(&scope, attached)).collect(),
        explain: spec.explain.clone(),
        examples: examples::of_auth(&spec.id, &spec.examples),
        credentials,
    }
}

/// Choices that are neither tested nor mapped nor a MAC: their names are only passed on.
fn words(spec: &ast::Auth) -> BTreeSet<String> {
    let mut words: BTreeSet<_> =
        spec.credentials.iter().filter(|(_, field)| field.options.is_some()).map(|(name, _)| name.clone()).collect();
    let mut known = |reference: &Ref| {
        if let ("credential", Some(name)) = (reference.root.as_str(), reference.path.first()) {
            words.remove(name);
        }
    };
    if let Some(sign) = &spec.sign {
        if let OrRef::Ref(mac) = &sign.mac {
            known(mac);
        }
        for (_, value) in &sign.headers {
            if let Value::Mapping(mapping) = value {
                let mapped = mapping.from.iter().filter(|_| mapping.map.is_some());
                mapped.for_each(&mut known);
                mapping.when.iter().flat_map(|cond| &cond.tests).for_each(|(reference, _)| known(reference));
            }
        }
    }
    for attach in &spec.attach {
        attach.when.iter().flat_map(|cond| &cond.tests).for_each(|(reference, _)| known(reference));
    }
    words
}

/// Fields that some plugin does not require, so that their type must allow for their absence.
pub fn lowered(specs: &Specs, group: &str) -> BTreeSet<String> {
    let overrides = specs.plugins.values().flat_map(|plugin| &plugin.spec.credentials);
    overrides
        .filter(|(_, said)| said.field.required == Some(false))
        .filter_map(|(id, _)| id.split_once('.'))
        .filter(|(owner, _)| *owner == group)
        .map(|(_, name)| name.to_owned())
        .collect()
}

fn mint(scope: &Scope, jwt: &ast::Jwt) -> Jwt {
    let claim = |claim: &ast::Claim| match claim {
        ast::Claim::Named { name, value } => Claim::Named { name: term(scope, name), value: term(scope, value) },
        ast::Claim::Merge(reference) => Claim::Merge(scope.source(reference)),
    };
    Jwt {
        key: scope.source(&jwt.key),
        algorithm: scope.source(&jwt.algorithm),
        key_id: jwt.key_id.as_ref().map(|reference| scope.source(reference)),
        ttl: scope.source(&jwt.ttl),
        backdate: jwt.backdate,
        claims: jwt.claims.iter().map(claim).collect(),
    }
}

fn sign(scope: &Scope, sign: &ast::Sign) -> Sign {
    let header = |(name, value): &(String, Value)| {
        let (when, term) = written(scope, name, value);
        (name.clone(), when, term)
    };
    let line = |line: &ast::Line| match line {
        ast::Line::Is(part) => Line::Is(term(scope, part)),
        ast::Line::Words(words) => Line::Words(words.iter().map(|word| term(scope, word)).collect()),
        ast::Line::EachSigned(separator) => Line::EachSigned(*separator),
    };
    Sign {
        mac: match &sign.mac {
            OrRef::Is(name) => Mac::Is(name.clone()),
            OrRef::Ref(reference) => Mac::Of(scope.source(reference)),
        },
        secret: scope.source(&sign.secret),
        encoding: sign.encoding,
        headers: sign.headers.iter().map(header).collect(),
        signed: sign.signed.clone(),
        lines: sign.lines.iter().map(line).collect(),
        final_newline: sign.final_newline,
    }
}

pub(super) fn attach(scope: &Scope, attach: &ast::Attach) -> Attach {
    let value = |name: &str, value: &Value| written(scope, name, value).1;
    let to = match &attach.to {
        To::Header { name, value: shown, prefix } => AttachTo::Header {
            name: term(scope, name),
            value: value("value", shown),
            prefix: prefix.as_ref().map(|prefix| value("prefix", prefix)),
        },
        To::Fields { name, scheme, fields } => AttachTo::Fields {
            name: term(scope, name),
            scheme: scheme.clone(),
            fields: fields.iter().map(|(field, shown)| (field.clone(), value(field, shown))).collect(),
        },
        To::Query { name, value: shown } => AttachTo::Query { name: term(scope, name), value: value("value", shown) },
    };
    Attach { when: conditions::optional(scope, attach.when.as_ref()), to }
}

fn term(scope: &Scope, part: &OrRef<String>) -> Term {
    match part {
        OrRef::Is(text) => Term::Is(text.clone()),
        OrRef::Ref(reference) => Term::Of(pick(vec![scope.source(reference)])),
    }
}

pub(super) fn written(scope: &Scope, name: &str, value: &Value) -> (Cond, Term) {
    match value {
        Value::Ref(reference) => (Cond::new(), Term::Of(pick(vec![scope.source(reference)]))),
        Value::Mapping(mapping) if !mapping.from.is_empty() => {
            (conditions::optional(scope, mapping.when.as_ref()), Term::Of(Values::new(scope).pick(mapping, name)))
        }
        other => (Cond::new(), Term::Is(literal(other).as_ref().map(crate::ir::auth::literal).unwrap_or_default())),
    }
}
