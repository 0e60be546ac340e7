//! A protocol: its action, parameters, request and what is read from replies and events.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use super::model_type::scope_of_action;
use super::scope::Scope;
use super::values::Values;
use super::{decode, examples, fields, literal, origin, parameters};
use crate::ast::{self, File, OrRef, Specs, Value};
use crate::check::{merged_parameters, told_apart};
use crate::ir::field::Credential;
use crate::ir::protocol::{Batch, Method, Number, Pair, Path, Protocol, Request, Segment, Stream, Task};
use crate::ir::value::Type;

/// `None` if it implements nothing that is declared.
pub fn lower(specs: &Specs, file: &File<ast::Protocol>) -> Option<Protocol> {
    let spec = &file.spec;
    let (model_type, action_name, action) = specs.implemented(&spec.implements)?;
    let model_type = &model_type.spec;
    let mut scope = scope_of_action(model_type, action);
    scope.own = own(spec);
    let parameters = parameters::listed(specs, &scope, spec, model_type);
    let of_body = parameters.iter().filter(|parameter| !parameter.headers);
    scope.parameters = of_body.map(|parameter| (parameter.name.clone(), parameter.kind)).collect();
    let batch = spec.batch.as_ref().map(|batch| batch_of(&mut scope, batch));
    let output = action.output.as_ref();
    let stream = spec.stream.as_ref().map(|stream| Stream {
        separator: stream.separator.as_ref().map(|reference| scope.source(reference)),
        frames: stream.frames,
        ends_with: stream.ends_with.clone(),
        event: decode::event(spec.fails.as_deref(), stream, output),
    });
    Some(Protocol {
        origin: origin(&file.path, spec.about.as_ref(), format!("Protocol `{}`.", spec.id)),
        id: spec.id.clone(),
        model_type: model_type.id.clone(),
        action: action_name.to_owned(),
        shape: spec.shape,
        batch,
        request: request(&scope, spec, spec.request.body.as_ref()),
        stream,
        reply: spec.reply.as_ref().map(|value| decode::reply(spec.fails.as_deref(), value, output)),
        task: spec.task.as_ref().map(|task| self::task(&scope, spec, task)),
        probe: spec.probe.as_ref().map(|probe| request(&scope, spec, Some(&probe.body))),
        credentials: scope.own.clone(),
        fields: fields::logical(&spec.id, &spec.credentials),
        examples: examples::of_protocol(&model_type.id, spec),
        parameters,
    })
}

/// Its own credentials. Options that are only passed on are words.
fn own(spec: &ast::Protocol) -> Vec<Credential> {
    let told_apart = told_apart(spec);
    let choices = spec.credentials.iter().filter(|(_, field)| field.options.is_some());
    let words = choices.map(|(name, _)| name).filter(|name| !told_apart.contains(name.as_str()));
    fields::credentials(&spec.id, &spec.credentials, &words.cloned().collect(), &BTreeSet::new())
}

/// What is cut, after which `$batch` has its type.
fn batch_of(scope: &mut Scope, batch: &ast::Batch) -> Batch {
    let over = scope.source(&batch.over);
    scope.batch = Some(match (&over.type_, &batch.size) {
        (Type::List(element), None) => (**element).clone(),
        (list, _) => list.clone(),
    });
    let number = |number: &OrRef<NonZeroU32>| match number {
        OrRef::Is(number) => Number::Is(number.get()),
        OrRef::Ref(reference) => Number::Of(scope.source(reference)),
    };
    Batch { over, size: batch.size.as_ref().map(number), parallel: batch.parallel.as_ref().map(number) }
}

/// The request with this body.
fn request(scope: &Scope, spec: &ast::Protocol, body: Option<&Value>) -> Request {
    let request = &spec.request;
    let merged = merged_parameters(spec);
    let mut values = Values::new(scope);
    values.merged = scope
        .parameters
        .iter()
        .filter(|(name, _)| merged.contains(&name.as_str()))
        .map(|(name, kind)| scope.parameter(name, *kind))
        .collect();
    let body = match body {
        Some(Value::Mapping(mapping)) => Some(values.entries(&mapping.members, "")),
        _ => None,
    };
    Request {
        method: request.method,
        path: path(scope, &request.path),
        under: request.under,
        headers: pairs(&mut values, &request.headers),
        query: pairs(&mut values, &request.query),
        parts: request.parts.as_ref().map(|parts| pairs(&mut values, parts)),
        body,
        drop: request.retreat.drop.clone(),
        rename: request.retreat.rename.clone(),
    }
}

fn task(scope: &Scope, spec: &ast::Protocol, task: &ast::Task) -> Task {
    let kept: Vec<String> = task.keep.iter().map(|(name, _)| name.clone()).collect();
    let scope = Scope { kept: kept.clone(), ..scope.clone() };
    let mut values = Values::new(&scope);
    let from = |value: &Value| match value {
        Value::Ref(reference) => reference.path.join("."),
        Value::Mapping(mapping) => mapping.from.first().map(|from| from.path.join(".")).unwrap_or_default(),
        _ => String::new(),
    };
    Task {
        kept: task.keep.iter().map(|(name, value)| (name.clone(), from(value))).collect(),
        keep: decode::kept(spec.fails.as_deref(), &task.keep),
        poll: Request {
            method: Method::Get,
            path: path(&scope, &task.poll.get),
            under: task.poll.under.unwrap_or(spec.request.under),
            headers: pairs(&mut values, &task.poll.headers),
            query: Vec::new(),
            body: None,
            parts: None,
            drop: Vec::new(),
            rename: Vec::new(),
        },
        every: task.every,
        most: task.most,
        progress: decode::progress(spec.fails.as_deref(), &task.state, task.error.as_ref()),
    }
}

fn pairs(values: &mut Values<'_>, written: &ast::Map<Value>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (name, value) in written {
        let (when, value) = match literal(value) {
            Some(json) => (Vec::new(), crate::ir::value::Value::Literal(json)),
            None => values.value(value, name),
        };
        pairs.push(Pair { name: name.clone(), when, value });
    }
    pairs
}

fn path(scope: &Scope, path: &ast::Path) -> Path {
    match path {
        ast::Path::Is(path) => Path::Is(path.clone()),
        ast::Path::Segments(segments) => Path::Segments(
            segments
                .iter()
                .map(|segment| match segment {
                    OrRef::Is(segment) => Segment::Is(segment.clone()),
                    OrRef::Ref(reference) => Segment::Of(scope.source(reference)),
                })
                .collect(),
        ),
    }
}
