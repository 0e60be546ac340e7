//! Model parameters: what a model offers, and what a call may set.
//!
//! One table serves both: the schema shows it, a call is validated against it (the daemon does not filter, protocol
//! reference 3.1). Parameters without a rule never reach the wire.

use serde_json::Value;

use crate::error::Result;
use crate::text::Text;

/// One parameter of one protocol as one plugin offers it. `C` is the credential type of the model type.
pub struct Parameter<C: 'static> {
    /// Dify's and, unless the protocol says otherwise, the endpoint's name.
    pub name: &'static str,
    /// Type of the value.
    pub kind: ParameterType,
    /// Dify's template of the same meaning, whose name a caller may use instead.
    pub template: Option<&'static str>,
    /// Label in Dify.
    pub label: Text,
    /// Help in Dify.
    pub help: Option<Text>,
    /// An absent value is replaced by the default.
    pub required: bool,
    /// What Dify's form starts with. Sent only if the user keeps it.
    pub default: Option<Default>,
    /// Smallest number.
    pub min: Option<Bound<C>>,
    /// Largest number.
    pub max: Option<Bound<C>>,
    /// Decimal places.
    pub precision: Option<u32>,
    /// The only texts allowed.
    pub options: &'static [&'static str],
    /// Whether the credentials switch it on.
    pub when: fn(&C) -> bool,
    /// A value the credentials force: the parameter is then not offered and always present.
    pub fixed: fn(&C) -> Option<Value>,
}

/// Type of a parameter, in Dify's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    /// `float`
    Number,
    /// `int`
    Integer,
    /// `string`
    String,
    /// `text`: several lines
    Text,
    /// `boolean`
    Boolean,
}

/// A default value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// A number or integer.
    Number(f64),
    /// A text.
    Text(&'static str),
    /// A boolean.
    Boolean(bool),
}

/// A limit: written in the spec, or fed by a credential.
pub enum Bound<C: 'static> {
    /// Written in the spec.
    Is(f64),
    /// Read from a credential.
    Of(fn(&C) -> f64),
}

/// The parameters of one call, validated.
#[derive(Debug, Default, Clone)]
pub struct Parameters {
    values: serde_json::Map<String, Value>,
}

/// Typed parameters of one protocol, generated from its spec.
pub trait Param: Send + Sync {
    /// Takes the values the protocol knows.
    fn take(parameters: &Parameters) -> Self;
}

impl Param for () {
    fn take(_: &Parameters) -> Self {}
}

impl Parameters {
    /// Checks `given` (the daemon's `model_parameters`) against `rules`.
    ///
    /// # Errors
    /// `BadRequest` naming the parameter, its limit and the value, for a value of the wrong type, outside its bounds
    /// or options. `clamp` moves a number to the bound instead: for probes, whose values nobody chose.
    pub fn validate<C>(
        rules: &[Parameter<C>],
        credential: &C,
        given: &serde_json::Map<String, Value>,
        clamp: bool,
    ) -> Result<Self> {
        let _ = (rules, credential, given, clamp);
        todo!()
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.values.get(name).and_then(Value::as_f64)
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.values.get(name).and_then(Value::as_i64)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).and_then(Value::as_str).map(str::to_owned)
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Value::as_bool)
    }
}
