//! The model schema Dify asks for (`get_ai_model_schemas`), built from stored credentials.

use serde::Serialize;
use serde_json::{Value, json};

use crate::json::Object;
use crate::parameters::{Bound, Default, Parameter, ParameterType};
use crate::text::Text;

/// What a model is and offers.
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
    pub parameter_rules: Vec<Rule>,
    /// Prices, unless all are zero.
    pub pricing: Option<Pricing>,
}

/// A parameter as Dify's form shows it.
#[derive(Debug, Clone)]
pub struct Rule {
    name: &'static str,
    template: Option<&'static str>,
    label: Text,
    kind: &'static str,
    help: Option<Text>,
    required: bool,
    default: Option<Value>,
    min: Option<Value>,
    max: Option<Value>,
    precision: Option<u32>,
    options: &'static [&'static str],
}

/// Prices of a model, as decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
        let is_zero = |text: &str| text.trim().parse::<f64>().is_ok_and(|price| price == 0.0);
        if (is_zero(input) && is_zero(output)) || is_zero(unit) {
            return None;
        }
        Some(Pricing {
            input: input.to_owned(),
            output: output.to_owned(),
            unit: unit.to_owned(),
            currency: currency.to_owned(),
        })
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
    pub fn property(&mut self, name: &'static str, value: impl Serialize) {
        self.properties.push((name, json!(value)));
    }

    /// Adds the rules that `credential` switches on, with its limits.
    pub fn offer<C>(&mut self, rules: &[Parameter<C>], credential: &C) {
        for rule in rules {
            if (rule.when)(credential) && (rule.fixed)(credential).is_none() {
                self.parameter_rules.push(Rule::of(rule, credential));
            }
        }
    }

    /// Writes it as protocol reference 5.3 says.
    pub fn write(&self, out: &mut Object<'_>) {
        out.text("model", &self.model);
        out.object("label", |label| label.text("en_US", &self.label));
        out.text("model_type", self.model_type);
        out.member("features", &self.features);
        out.text("fetch_from", "customizable-model");
        out.map("model_properties", &self.properties);
        out.member("deprecated", &false);
        out.list("parameter_rules", &self.parameter_rules, |out, rule| rule.write(out));
        out.optional("pricing", self.pricing.as_ref());
    }
}

impl Rule {
    fn of<C>(rule: &Parameter<C>, credential: &C) -> Self {
        let limit = |bound: &Bound<C>| Default::Number(bound.of(credential)).to_json(rule.kind);
        let max = rule.max.as_ref().map(|bound| bound.of(credential));
        // A form that starts beyond its own limit cannot be saved.
        let default = rule.default.map(|default| match (default, max) {
            (Default::Number(number), Some(max)) if number > max => Default::Number(max),
            _ => default,
        });
        Rule {
            name: rule.name,
            template: rule.template,
            label: rule.label,
            kind: match rule.kind {
                ParameterType::Number => "float",
                ParameterType::Integer => "int",
                ParameterType::String => "string",
                ParameterType::Text | ParameterType::Headers => "text",
                ParameterType::Boolean => "boolean",
            },
            help: rule.help,
            required: rule.required,
            default: default.map(|default| default.to_json(rule.kind)),
            min: rule.min.as_ref().map(limit),
            max: rule.max.as_ref().map(limit),
            precision: rule.precision,
            options: rule.options,
        }
    }

    /// Every key is written: readers fill absent ones differently.
    fn write(&self, out: &mut Object<'_>) {
        let languages = |out: &mut Object<'_>, text: &Text| {
            text.languages().for_each(|(language, text)| out.text(language, text));
        };
        out.text("name", self.name);
        out.member("use_template", &self.template);
        out.object("label", |out| languages(out, &self.label));
        out.text("type", self.kind);
        match &self.help {
            Some(help) => out.object("help", |out| languages(out, help)),
            None => out.member("help", &()),
        }
        out.member("required", &self.required);
        out.member("default", &self.default);
        out.member("min", &self.min);
        out.member("max", &self.max);
        out.member("precision", &self.precision);
        out.member("options", self.options);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Parameter<i64> {
        Parameter {
            name: "max_tokens",
            kind: ParameterType::Integer,
            template: Some("max_tokens"),
            label: Text::en_zh("Max", "最大"),
            help: None,
            required: false,
            default: Some(Default::Number(512.0)),
            min: Some(Bound::Is(1.0)),
            max: Some(Bound::Of(|most| *most as f64)),
            precision: None,
            options: &[],
            when: |_| true,
            fixed: |most| (*most == 0).then(|| true.into()),
        }
    }

    #[test]
    fn a_schema_is_what_dify_reads() {
        let mut schema = Schema::new("llm");
        schema.model = "m".into();
        schema.label = "M".into();
        schema.feature("vision", true);
        schema.feature("tool-call", false);
        schema.property("context_size", 4096);
        schema.offer(&[rule()], &300);
        schema.pricing = Pricing::unless_free("0.002", "0", "0.001", "USD");
        let written = crate::json::object(|out| schema.write(out)).unwrap();
        assert_eq!(
            serde_json::from_slice::<Value>(&written).unwrap(),
            json!({
                "model": "m", "label": {"en_US": "M"}, "model_type": "llm", "features": ["vision"],
                "fetch_from": "customizable-model", "model_properties": {"context_size": 4096}, "deprecated": false,
                "parameter_rules": [{
                    "name": "max_tokens", "use_template": "max_tokens",
                    "label": {"en_US": "Max", "zh_Hans": "最大"}, "type": "int", "help": null, "required": false,
                    "default": 300, "min": 1, "max": 300, "precision": null, "options": [],
                }],
                "pricing": {"input": "0.002", "output": "0", "unit": "0.001", "currency": "USD"},
            })
        );
    }

    #[test]
    fn what_the_credentials_force_is_not_offered() {
        let mut schema = Schema::new("llm");
        schema.offer(&[rule()], &0);
        assert!(schema.parameter_rules.is_empty());
    }

    #[test]
    fn free_models_have_no_prices() {
        assert_eq!(Pricing::unless_free("0", "0.00", "0.001", "USD"), None);
        assert_eq!(Pricing::unless_free("1", "1", "0", "USD"), None);
        assert!(Pricing::unless_free("0", "1", "0.001", "USD").is_some());
    }
}
