//! Model parameters after all layers: parameter file, protocol, model type, plugin.

use serde_json::Value as Json;

use super::value::{Cond, Source};
pub use crate::ast::ParameterType;
use crate::ast::Text;

#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub kind: ParameterType,
    pub template: Option<String>,
    pub label: Text,
    pub help: Option<Text>,
    /// The text of a JSON object whose members become headers.
    pub headers: bool,
    pub required: bool,
    pub default: Option<Json>,
    pub min: Option<Bound>,
    pub max: Option<Bound>,
    pub precision: Option<u32>,
    pub options: Vec<String>,
    pub when: Cond,
    /// The first whose condition holds.
    pub fixed: Vec<(Cond, Json)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    Is(f64),
    Of(Source),
}
