//! The signatures of converters and finishers, as types of references.

use super::types::value_type;
use crate::ast;
use crate::catalogue::{CONVERTERS, FINISHERS, function, type_of};
use crate::ir::value::Type;

/// What a converter takes and gives.
pub struct Signature {
    pub input: Type,
    /// Name, type, and whether it may be left out.
    pub arguments: Vec<(&'static str, Type, bool)>,
    /// Inputs of the action that a finisher takes beside the output; of each the first that the action has.
    pub inputs: Vec<Vec<&'static str>>,
    pub output: Type,
    /// It may give nothing.
    pub optional: bool,
}

/// The signature of a converter or finisher; an unknown one takes and gives JSON.
pub fn signature(name: &str) -> Signature {
    let Some(function) = function(CONVERTERS, name).or_else(|| function(FINISHERS, name)) else {
        let (input, output) = (Type::Json, Type::Json);
        return Signature { input, arguments: Vec::new(), inputs: Vec::new(), output, optional: false };
    };
    let argument = |argument: &crate::catalogue::Parameter| {
        let type_ = type_of(argument.type_);
        (argument.name, value_type(&type_), matches!(type_, ast::Type::Optional(_)))
    };
    Signature {
        input: value_type(&type_of(function.input)),
        arguments: function.arguments.iter().map(argument).collect(),
        inputs: function.inputs.iter().map(|input| input.iter().map(|other| other.name).collect()).collect(),
        output: value_type(&type_of(function.output)),
        optional: matches!(type_of(function.output), ast::Type::Optional(_)),
    }
}

/// What a converter takes, as specs write it.
pub fn input(name: &str) -> ast::Type {
    type_of(function(CONVERTERS, name).map_or("json", |function| function.input))
}
