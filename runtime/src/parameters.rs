//! Model parameters: what a model offers, and what a call may set.
//!
//! One table serves both: the schema shows it, a call is validated against it (the daemon does not filter, protocol
//! reference 3.1). Parameters without a rule never reach the wire.

use serde_json::Value;

use crate::credentials::{Secret, headers, plain_text};
use crate::error::{Error, Result, cut};
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

impl<C> Parameter<C> {
    /// An optional text of no name, always offered and never forced: tables say what differs.
    pub const DEFAULTS: Self = Parameter {
        name: "",
        kind: ParameterType::String,
        template: None,
        label: Text::all(""),
        help: None,
        required: false,
        default: None,
        min: None,
        max: None,
        precision: None,
        options: &[],
        when: |_| true,
        fixed: |_| None,
    };
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
    /// `text`: a JSON object whose members become headers of the request, and which is never in a body.
    Headers,
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

impl Default {
    /// The value as JSON; integers without a fraction.
    pub fn to_json(self, kind: ParameterType) -> Value {
        match self {
            Default::Number(number) if kind == ParameterType::Integer => Value::from(number as i64),
            Default::Number(number) => Value::from(number),
            Default::Text(text) => Value::from(text),
            Default::Boolean(yes) => Value::from(yes),
        }
    }
}

impl<C> Bound<C> {
    /// The limit for these credentials.
    pub fn of(&self, credential: &C) -> f64 {
        match self {
            Bound::Is(limit) => *limit,
            Bound::Of(read) => read(credential),
        }
    }
}

impl<C> Parameter<C> {
    /// The value if it fits the rule, in the type of the rule.
    fn checked(&self, credential: &C, value: &Value, clamp: bool) -> Result<Value, String> {
        match self.kind {
            ParameterType::Integer => {
                let number = value.as_f64().filter(|number| number.fract() == 0.0);
                let number = number.ok_or_else(|| format!("{} is not a whole number", shown(value)))?;
                let bounded = self.bounded(credential, number, clamp)?;
                // The value itself where it can be kept: a large integer is not a float.
                match value.as_i64() {
                    Some(whole) if bounded == number => Ok(Value::from(whole)),
                    _ => Ok(Value::from(bounded as i64)),
                }
            }
            ParameterType::Number => {
                let number = value.as_f64().ok_or_else(|| format!("{} is not a number", shown(value)))?;
                let mut number = self.bounded(credential, number, clamp)?;
                if let Some(places) = self.precision {
                    let rounded = rounded(number, places);
                    if rounded != number && !clamp {
                        return Err(format!("{} has more than {places} decimal places", shown(value)));
                    }
                    number = rounded;
                }
                Ok(Value::from(number))
            }
            ParameterType::String | ParameterType::Text => {
                let text = value.as_str().ok_or_else(|| format!("{} is not a text", shown(value)))?;
                if !self.options.is_empty() && !self.options.contains(&text) {
                    return Err(format!("{} is none of {}", shown(value), self.options.join(", ")));
                }
                Ok(value.clone())
            }
            ParameterType::Headers => {
                let text = plain_text(value).unwrap_or_default();
                let headers = headers(&text)?.into_iter().map(|(name, value)| (name, Value::from(value.reveal())));
                Ok(Value::Object(headers.collect()))
            }
            ParameterType::Boolean => match value {
                Value::Bool(_) => Ok(value.clone()),
                _ => Err(format!("{} is neither true nor false", shown(value))),
            },
        }
    }

    fn bounded(&self, credential: &C, number: f64, clamp: bool) -> Result<f64, String> {
        let min = self.min.as_ref().map(|bound| bound.of(credential));
        let max = self.max.as_ref().map(|bound| bound.of(credential));
        match (min, max) {
            (_, Some(max)) if number > max && clamp => Ok(max),
            (Some(min), _) if number < min && clamp => Ok(min),
            (_, Some(max)) if number > max => Err(format!("{number} is more than {max}")),
            (Some(min), _) if number < min => Err(format!("{number} is less than {min}")),
            _ => Ok(number),
        }
    }
}

/// As Python rounds: to the decimal text that is nearest.
fn rounded(number: f64, places: u32) -> f64 {
    let places = places as usize;
    format!("{number:.places$}").parse().unwrap_or(number)
}

fn shown(value: &Value) -> String {
    cut(&value.to_string(), 60).to_owned()
}

/// The `model_parameters` of a request's `data`; absent and null are none.
///
/// # Errors
/// `BadRequest` if they are no object.
pub fn given(data: &str) -> Result<serde_json::Map<String, Value>> {
    #[derive(serde::Deserialize)]
    struct Data {
        model_parameters: Option<serde_json::Map<String, Value>>,
    }
    let data: Data = serde_json::from_str(data)
        .map_err(|error| Error::bad_request(format!("model_parameters: {}", cut(&error.to_string(), 200))))?;
    Ok(data.model_parameters.unwrap_or_default())
}

/// The parameters of one call, validated.
#[derive(Debug, Clone, std::default::Default)]
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
        let mut values = serde_json::Map::new();
        for rule in rules {
            if let Some(forced) = (rule.fixed)(credential) {
                values.insert(rule.name.to_owned(), forced);
                continue;
            }
            if !(rule.when)(credential) {
                continue;
            }
            let named = |name: &str| given.get(name).filter(|value| !value.is_null());
            let value = named(rule.name).or_else(|| rule.template.and_then(named));
            // A choice that nobody made may come as an empty text.
            let value = value.filter(|value| rule.options.is_empty() || value.as_str() != Some(""));
            let blank = |value: &Value| value.as_str().is_some_and(|text| text.trim().is_empty());
            let value = value.filter(|value| rule.kind != ParameterType::Headers || !blank(value));
            if let Some(value) = value {
                let checked = rule.checked(credential, value, clamp);
                let checked =
                    checked.map_err(|problem| Error::bad_request(format!("parameter {}: {problem}", rule.name)))?;
                values.insert(rule.name.to_owned(), checked);
            } else if rule.required {
                let default = rule.default.map(|default| default.to_json(rule.kind));
                let default =
                    default.ok_or_else(|| Error::bad_request(format!("parameter {}: is required", rule.name)))?;
                values.insert(rule.name.to_owned(), default);
            }
        }
        Ok(Parameters { values })
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

    /// Headers, names lower-case; none if it is absent. Who gives one may give a key.
    pub fn headers(&self, name: &str) -> Vec<(String, Secret)> {
        let members = self.values.get(name).and_then(Value::as_object).into_iter().flatten();
        members.filter_map(|(name, value)| Some((name.clone(), Secret::new(value.as_str()?)))).collect()
    }

    /// A boolean.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.values.get(name).and_then(Value::as_bool)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Credential {
        most: i64,
        switch: &'static str,
    }

    const fn rule(name: &'static str, kind: ParameterType) -> Parameter<Credential> {
        Parameter { name, kind, label: Text::all("x"), ..Parameter::DEFAULTS }
    }

    static RULES: &[Parameter<Credential>] = &[
        Parameter {
            min: Some(Bound::Is(0.0)),
            max: Some(Bound::Is(2.0)),
            precision: Some(2),
            template: Some("temperature"),
            ..rule("heat", ParameterType::Number)
        },
        Parameter {
            min: Some(Bound::Is(1.0)),
            max: Some(Bound::Of(|credential| credential.most as f64)),
            ..rule("max_tokens", ParameterType::Integer)
        },
        Parameter { options: &["text", "json"], ..rule("format", ParameterType::String) },
        Parameter { required: true, default: Some(Default::Number(3.0)), ..rule("needed", ParameterType::Integer) },
        Parameter {
            when: |credential| credential.switch == "both",
            fixed: |credential| match credential {
                c if c.switch == "always" => Some(true.into()),
                _ => None,
            },
            ..rule("think", ParameterType::Boolean)
        },
    ];

    fn validate(given: Value, switch: &'static str, clamp: bool) -> Result<Value, String> {
        let Value::Object(given) = given else { panic!("an object") };
        Parameters::validate(RULES, &Credential { most: 100, switch }, &given, clamp)
            .map(|parameters| Value::Object(parameters.values))
            .map_err(|error| error.message().to_owned())
    }

    #[test]
    fn only_what_has_a_rule_passes() {
        let given = json!({"heat":0.5,"seed":1,"think":true,"extra_headers":{}});
        assert_eq!(validate(given, "", false).unwrap(), json!({"heat":0.5,"needed":3}));
    }

    #[test]
    fn headers_come_as_an_object_or_its_text() {
        static RULES: &[Parameter<()>] =
            &[Parameter { name: "extra", kind: ParameterType::Headers, ..Parameter::DEFAULTS }];
        let headers = |given: Value| {
            let given = serde_json::Map::from_iter([("extra".to_owned(), given)]);
            Parameters::validate(RULES, &(), &given, false).map(|parameters| {
                let headers = parameters.headers("extra").into_iter();
                let mut headers: Vec<_> = headers.map(|(name, value)| (name, value.reveal().to_owned())).collect();
                headers.sort();
                headers
            })
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers(json!(r#"{"X-Tenant":"a","x-n":7}"#)).unwrap(), [pair("x-n", "7"), pair("x-tenant", "a")]);
        assert_eq!(headers(json!({"X-Tenant": "a"})).unwrap(), [pair("x-tenant", "a")]);
        assert!(headers(json!(" ")).unwrap().is_empty() && headers(json!("{}")).unwrap().is_empty());
        for (given, says) in [
            (json!("x-tenant: a"), "not a JSON object"),
            (json!(["x-tenant"]), "not a JSON object"),
            (json!({"x": ["a"]}), "must be text"),
            (json!({"x y": "a"}), "is not the name of a header"),
            (json!({"x": "a\r\nx-evil: 1"}), "line break"),
            (json!({"Host": "a"}), "set by the plugin"),
            (json!({"Content-Length": "1"}), "set by the plugin"),
            (json!({"Transfer-Encoding": "chunked"}), "set by the plugin"),
            (json!({"Connection": "close"}), "set by the plugin"),
            (json!({"Authorization": "Bearer other"}), "set by the plugin"),
            (json!({"Proxy-Authorization": "a"}), "set by the plugin"),
            (json!({"X-Ca-Key": "a"}), "set by the plugin"),
        ] {
            let problem = headers(given).unwrap_err();
            assert!(
                problem.message().starts_with("parameter extra: ") && problem.message().contains(says),
                "{problem}"
            );
        }
    }

    #[test]
    fn values_come_as_integers_or_floats_and_null_is_absent() {
        let given = json!({"heat":1,"max_tokens":5.0,"format":null,"needed":null});
        assert_eq!(validate(given, "", false).unwrap(), json!({"heat":1.0,"max_tokens":5,"needed":3}));
    }

    #[test]
    fn a_caller_may_use_the_templates_name() {
        assert_eq!(validate(json!({"temperature":0.1}), "", false).unwrap()["heat"], json!(0.1));
        assert_eq!(validate(json!({"temperature":0.1,"heat":0.2}), "", false).unwrap()["heat"], json!(0.2));
    }

    #[test]
    fn credentials_switch_and_force_parameters() {
        assert_eq!(validate(json!({"think":false}), "both", false).unwrap()["think"], json!(false));
        assert_eq!(validate(json!({"think":false}), "always", false).unwrap()["think"], json!(true));
        assert!(validate(json!({"think":false}), "", false).unwrap().get("think").is_none());
    }

    #[test]
    fn a_violation_names_the_parameter_the_limit_and_the_value() {
        for (given, says) in [
            (json!({"heat":3}), "parameter heat: 3 is more than 2"),
            (json!({"heat":-1}), "less than 0"),
            (json!({"heat":0.123}), "0.123 has more than 2 decimal places"),
            (json!({"heat":"hot"}), "\"hot\" is not a number"),
            (json!({"max_tokens":101}), "101 is more than 100"),
            (json!({"max_tokens":1.5}), "1.5 is not a whole number"),
            (json!({"format":"yaml"}), "none of text, json"),
            (json!({"format":1}), "not a text"),
        ] {
            let problem = validate(given, "", false).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        assert!(validate(json!({"think":"true"}), "both", false).unwrap_err().contains("neither true nor false"));
    }

    #[test]
    fn a_probe_is_moved_to_the_limit() {
        let given = json!({"heat":9.5,"max_tokens":1000});
        assert_eq!(validate(given, "", true).unwrap(), json!({"heat":2.0,"max_tokens":100,"needed":3}));
    }

    #[test]
    fn a_choice_that_nobody_made_is_absent() {
        assert!(validate(json!({"format":""}), "", false).unwrap().get("format").is_none());
    }

    #[test]
    fn the_parameters_of_a_request_may_be_null() {
        assert!(given(r#"{"model_parameters":null}"#).unwrap().is_empty());
        assert!(given("{}").unwrap().is_empty());
        assert_eq!(given(r#"{"model_parameters":{"a":1},"x":[]}"#).unwrap().len(), 1);
        assert!(given(r#"{"model_parameters":3}"#).is_err());
    }
}
