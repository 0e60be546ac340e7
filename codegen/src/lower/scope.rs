//! Resolves references: what can be named in one section of one spec, and with which type.

use crate::ast::{ParameterType, Ref};
use crate::ir::field::Credential;
use crate::ir::model_type::Input;
use crate::ir::value::{Place, Source, Type};

/// The names in sight.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    pub credentials: Vec<Credential>,
    /// Of a protocol: its own credentials, beside those of its model type.
    pub own: Vec<Credential>,
    /// Inputs and derived values.
    pub inputs: Vec<Input>,
    /// Listed parameters, in order.
    pub parameters: Vec<(String, ParameterType)>,
    /// What is kept of a task.
    pub kept: Vec<String>,
    /// Type of `$item`.
    pub item: Option<Type>,
    /// Type of `$output`.
    pub output: Option<Type>,
    /// Its member that the finisher gave back.
    pub finished: Option<String>,
    /// Type of `$batch`.
    pub batch: Option<Type>,
}

impl Scope {
    /// The reference, typed.
    pub fn source(&self, reference: &Ref) -> Source {
        let (place, type_, optional) = self.resolve(reference);
        Source { place, path: reference.path.clone(), type_, optional }
    }

    pub fn sources(&self, references: &[Ref]) -> Vec<Source> {
        references.iter().map(|reference| self.source(reference)).collect()
    }

    /// The same names, with `$item` an element of `list`.
    pub fn within(&self, list: &Type) -> Scope {
        let item = match list {
            Type::List(element) => (**element).clone(),
            other => other.clone(),
        };
        Scope { item: Some(item), ..self.clone() }
    }

    /// A listed parameter.
    pub fn parameter(&self, name: &str, kind: ParameterType) -> Source {
        Source { place: Place::Param, path: vec![name.to_owned()], type_: parameter_type(kind), optional: true }
    }

    fn resolve(&self, reference: &Ref) -> (Place, Type, bool) {
        let name = reference.path.first().map_or("", String::as_str);
        match reference.root.as_str() {
            "model" => (Place::Model, Type::Text, false),
            "call" => (Place::Call, Type::Text, name != "model"),
            "credential" => {
                let named = |credential: &&Credential| credential.name == name;
                let own = self.own.iter().find(named).map(|credential| (Place::Own, credential));
                let of_type = || self.credentials.iter().find(named).map(|credential| (Place::Credential, credential));
                match own.or_else(of_type) {
                    Some((place, credential)) => (place, credential.type_.clone(), credential.optional),
                    None => (Place::Credential, Type::Json, true),
                }
            }
            "input" => match self.inputs.iter().find(|input| input.name == name) {
                Some(input) => (Place::Input, input.type_.clone(), input.optional),
                None => (Place::Input, Type::Json, true),
            },
            "param" => match self.parameters.iter().find(|(parameter, _)| parameter == name) {
                Some((_, kind)) => (Place::Param, parameter_type(*kind), true),
                None => (Place::Param, Type::Json, true),
            },
            "task" => (Place::Task, Type::Text, !self.kept.iter().any(|kept| kept == name)),
            "item" => item(self.item.as_ref(), name),
            "batch" => (Place::Batch, self.batch.clone().unwrap_or(Type::Json), false),
            "output" => self.output(name),
            "request" => (Place::Request, Type::Text, matches!(name, "header" | "body")),
            "now" if name == "http_date" => (Place::Now, Type::Text, false),
            "now" => (Place::Now, Type::Integer, false),
            "nonce" => (Place::Nonce, Type::Text, false),
            "token" => (Place::Token, Type::Text, true),
            "signed" => (Place::Signed, Type::Text, false),
            "signature" => (Place::Signature, Type::Text, false),
            _ => (Place::Item, Type::Json, true),
        }
    }
}

impl Scope {
    fn output(&self, member: &str) -> (Place, Type, bool) {
        let whole = self.output.clone().unwrap_or(Type::Json);
        let Type::Record(members) = &whole else { return (Place::Output, whole, false) };
        let Some((name, type_)) = members.iter().find(|(name, _)| name == member) else {
            return (Place::Output, whole, false);
        };
        let place = if self.finished.as_ref() == Some(name) { Place::Finished } else { Place::Output };
        (place, type_.clone(), false)
    }
}

fn parameter_type(kind: ParameterType) -> Type {
    match kind {
        ParameterType::Number => Type::Number,
        ParameterType::Integer => Type::Integer,
        ParameterType::String | ParameterType::Text => Type::Text,
        ParameterType::Boolean => Type::Boolean,
    }
}

fn item(element: Option<&Type>, member: &str) -> (Place, Type, bool) {
    let type_ = match (element, member) {
        (Some(whole), "") => whole.clone(),
        (Some(Type::RankedDocument | Type::Hit), "index") => Type::Integer,
        (Some(Type::RankedDocument | Type::Hit), "score") => Type::Number,
        (Some(Type::RankedDocument), "text") | (Some(Type::Media), "content") => Type::Text,
        (Some(Type::Media), "content_type") => Type::Word,
        (Some(Type::Voice), "mode" | "name") => Type::Text,
        (Some(Type::Voice), "language") => Type::List(Box::new(Type::Text)),
        _ => return (Place::Item, Type::Json, true),
    };
    (Place::Item, type_, false)
}
