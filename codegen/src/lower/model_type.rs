//! A model type: credentials, actions and how each is answered.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::values::Values;
use super::{fields, origin, parameters, types};
use crate::ast::{self, Deliver, File, Mapping, OrRef, Specs, Value};
use crate::catalogue;
use crate::check::{delivered, finished};
use crate::ir::model_type::{Action, ActionKind, Answer, Derived, Images, Input, ModelType, Pricing, Reasoning};
use crate::ir::value::{Entry, Source, Type};

pub fn lower(specs: &Specs, file: &File<ast::ModelType>) -> ModelType {
    let spec = &file.spec;
    let also = spec.also.iter().map(|(name, action)| action_of(spec, name, action));
    ModelType {
        origin: origin(&file.path, spec.about.as_ref(), format!("Model type `{}`.", spec.id)),
        id: spec.id.clone(),
        credentials: scope(spec).credentials,
        fields: fields::logical(&spec.id, &spec.credentials),
        parameters: parameters::offered(specs, spec),
        actions: std::iter::once(action_of(spec, &spec.action, &spec.main)).chain(also).collect(),
    }
}

/// What a model type's own sections can refer to, without inputs.
pub fn scope(spec: &ast::ModelType) -> Scope {
    let none = BTreeSet::new();
    Scope { credentials: fields::credentials(&spec.id, &spec.credentials, &none, &none), ..Scope::default() }
}

/// What a protocol of the action can refer to, without parameters.
pub fn scope_of_action(spec: &ast::ModelType, action: &ast::Action) -> Scope {
    let mut scope = scope(spec);
    scope.inputs = types::inputs(&action.input);
    for (name, derived) in &action.derived {
        let call = Values::new(&scope).call(&derived.as_);
        scope.inputs.push(Input { name: name.clone(), type_: call.output, optional: false });
    }
    scope
}

fn action_of(spec: &ast::ModelType, name: &str, action: &ast::Action) -> Action {
    let scope = scope_of_action(spec, action);
    let derived = action.derived.iter().map(|(name, derived)| Derived {
        name: name.clone(),
        from: scope.source(&derived.from),
        call: Values::new(&scope).call(&derived.as_),
    });
    Action {
        name: name.to_owned(),
        input: types::inputs(&action.input),
        derived: derived.collect(),
        kind: kind(spec, action, scope.clone()),
    }
}

fn kind(spec: &ast::ModelType, action: &ast::Action, mut scope: Scope) -> ActionKind {
    match &action.output {
        None => ActionKind::Local { deliver: deliver(&scope, action) },
        Some(ast::Type::Named(name)) if name == "chat" => conversation(spec, action, &scope),
        Some(ast::Type::Named(name)) if name == "audio" => ActionKind::Speech { format: format(spec, &scope) },
        Some(output) => ActionKind::Answer(Box::new(answer(spec, action, output, &mut scope))),
    }
}

fn answer(spec: &ast::ModelType, action: &ast::Action, output: &ast::Type, scope: &mut Scope) -> Answer {
    let finish = action.finish.as_ref().map(|call| Values::new(scope).call(call));
    let finisher = action.finish.as_ref().and_then(|call| catalogue::function(catalogue::FINISHERS, &call.name));
    let output = types::value_type(output);
    scope.finished = finisher.and_then(|function| finished(action, function));
    scope.output = delivered(action).map(|type_| types::value_type(&type_));
    Answer {
        empty: empty(&output, finish.as_ref()),
        deliver: deliver(scope, action),
        finished: scope.finished.clone(),
        counted: counted(&output, &scope.inputs),
        pricing: pricing(spec, scope),
        output,
        finish,
    }
}

/// The input whose emptiness makes a request needless: the list a list output is about.
fn empty(output: &Type, finish: Option<&crate::ir::value::Call>) -> Option<String> {
    let (Type::List(_) | Type::Record(_), Some(call)) = (output, finish) else { return None };
    let about = call.arguments.iter().find(|argument| matches!(argument.type_, Type::List(_)) && !argument.optional);
    about.map(|argument| argument.name.clone())
}

/// The usage of an output, and the texts it is counted from: the last form of the last list of texts.
fn counted(output: &Type, inputs: &[Input]) -> Option<(String, String)> {
    let Type::Record(members) = output else { return None };
    let (usage, _) = members.iter().find(|(_, type_)| *type_ == Type::Usage)?;
    let texts = inputs.iter().rev().find(|input| match &input.type_ {
        Type::List(element) => !input.optional && matches!(**element, Type::Text | Type::Media),
        _ => false,
    })?;
    Some((usage.clone(), texts.name.clone()))
}

fn pricing(spec: &ast::ModelType, scope: &Scope) -> Option<Box<Pricing>> {
    let pricing = spec.schema.pricing.as_ref()?;
    Some(Box::new(Pricing {
        input: scope.source(&pricing.input),
        output: pricing.output.as_ref().map(|output| scope.source(output)),
        unit: scope.source(&pricing.unit),
        currency: scope.source(&pricing.currency),
    }))
}

fn conversation(spec: &ast::ModelType, action: &ast::Action, scope: &Scope) -> ActionKind {
    let declared = types::inputs(&action.input);
    let of_type = |wanted: Type| declared.iter().find(|input| input.type_ == wanted).map(|input| input.name.clone());
    ActionKind::Conversation {
        messages: of_type(Type::List(Box::new(Type::Message))).unwrap_or_default(),
        tools: of_type(Type::List(Box::new(Type::Tool))),
        stream: of_type(Type::Boolean),
        reasoning: match &action.deliver {
            Some(Deliver::Chat { reasoning, .. }) => *reasoning,
            _ => Reasoning::ThinkTags,
        },
        images: match &action.deliver {
            Some(Deliver::Chat { images: Some(OrRef::Ref(reference)), .. }) => {
                Images::Of(Box::new(scope.source(reference)))
            }
            Some(Deliver::Chat { images: Some(OrRef::Is(images)), .. }) => Images::Is(*images),
            _ => Images::Is(ast::Images::Markdown),
        },
        pricing: pricing(spec, scope),
    }
}

/// What the schema's `audio_type` is fed by.
fn format(spec: &ast::ModelType, scope: &Scope) -> Source {
    let property = spec.schema.properties.iter().find(|(name, _)| name == "audio_type");
    let reference = property.and_then(|(_, property)| match property {
        ast::Property::Ref(reference) => Some(reference.clone()),
        _ => None,
    });
    scope.source(&reference.unwrap_or_else(|| ast::Ref { root: "credential".to_owned(), path: Vec::new() }))
}

fn deliver(scope: &Scope, action: &ast::Action) -> Vec<Entry> {
    match &action.deliver {
        Some(Deliver::Answer(value)) => members(scope, value),
        _ => Vec::new(),
    }
}

/// The members of an object that is written out, for answers and probes.
pub fn members(scope: &Scope, value: &Value) -> Vec<Entry> {
    match value {
        Value::Mapping(mapping) => {
            let Mapping { members, .. } = &**mapping;
            Values::new(scope).entries(members, "")
        }
        _ => Vec::new(),
    }
}
