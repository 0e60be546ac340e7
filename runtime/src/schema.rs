//! The model schema Dify asks for (`get_ai_model_schemas`), built from stored credentials.

use serde_json::Value;

use crate::parameters::Parameter;

/// What a model is and offers. Serialised as protocol reference 5.3 says, `fetch_from: customizable-model`.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Dify's model name.
    pub model: String,
    /// Display name; the model name if there is none.
    pub label: String,
    /// Dify's model type.
    pub model_type: &'static str,
    /// Dify's feature names.
    pub features: Vec<&'static str>,
    /// Dify's property keys.
    pub properties: Vec<(&'static str, Value)>,
    /// The rules as Dify reads them.
    pub parameter_rules: Vec<Value>,
    /// Prices, unless all are zero.
    pub pricing: Option<Pricing>,
}

/// Prices of a model, as decimal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pricing {
    /// Price of input tokens.
    pub input: String,
    /// Price of output tokens.
    pub output: String,
    /// What a price is multiplied by to get the price of one token, for example `0.001`.
    pub unit: String,
    /// ISO 4217.
    pub currency: String,
}

impl Pricing {
    /// The prices, unless all are zero or the unit is.
    pub fn unless_free(input: &str, output: &str, unit: &str, currency: &str) -> Option<Self> {
        let _ = (input, output, unit, currency);
        todo!()
    }
}

impl Schema {
    /// An empty schema of a Dify model type. The runtime fills in model name and label.
    pub fn new(model_type: &'static str) -> Self {
        Schema {
            model: String::new(),
            label: String::new(),
            model_type,
            features: Vec::new(),
            properties: Vec::new(),
            parameter_rules: Vec::new(),
            pricing: None,
        }
    }

    /// Reports a feature if the credentials switch it on.
    pub fn feature(&mut self, name: &'static str, on: bool) {
        if on {
            self.features.push(name);
        }
    }

    /// Reports a property.
    pub fn property(&mut self, name: &'static str, value: impl Into<Value>) {
        self.properties.push((name, value.into()));
    }

    /// Adds the rules that `credential` switches on, with its limits.
    pub fn offer<C>(&mut self, rules: &[Parameter<C>], credential: &C) {
        let _ = (rules, credential);
        todo!()
    }
}
