//! The output format, and the JSON Schema as users type it.

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::{Error, Result};

#[derive(Serialize)]
struct WireFormat<'a> {
    r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    json_schema: Option<WireSchema<'a>>,
}

/// `json_schema` of the response format.
#[derive(Serialize)]
#[serde(untagged)]
enum WireSchema<'a> {
    Bare { name: &'static str, schema: &'a RawValue },
    Wrapped(Map<String, Value>),
}

/// What the service calls a schema that the user did not name.
const NAME: &str = "response";

/// `response_format` of OpenAI chat completions. A bare schema is wrapped under the name `response`; one that is
/// wrapped already (`{"name", "schema", "strict"?}`) is sent as it is.
///
/// # Errors
/// `BadRequest` if the format is `json_schema` and the schema is missing or not a JSON object.
pub fn openai_response_format<'a>(format: &'a str, schema: Option<&'a str>) -> Result<impl Serialize + use<'a>> {
    if format != "json_schema" {
        return Ok(WireFormat { r#type: format, json_schema: None });
    }
    let schema = Schema::read(schema)?;
    if schema.inner().is_none() {
        let schema = serde_json::from_str(schema.text).map_err(|error| not_a_schema(&error.to_string()))?;
        let json_schema = Some(WireSchema::Bare { name: NAME, schema });
        return Ok(WireFormat { r#type: format, json_schema });
    }
    let mut members = schema.members;
    if !members.get("name").is_some_and(Value::is_string) {
        members.insert("name".to_owned(), NAME.into());
    }
    Ok(WireFormat { r#type: format, json_schema: Some(WireSchema::Wrapped(members)) })
}

/// A schema as users type it: bare, wrapped (`{"name", "schema"}`), or the whole response format.
pub struct Schema<'a> {
    /// As it was typed.
    pub text: &'a str,
    /// The schema's own members, or those of what it is wrapped in.
    pub members: Map<String, Value>,
}

impl<'a> Schema<'a> {
    /// Reads what the parameter `json_schema` holds.
    ///
    /// # Errors
    /// `BadRequest` if it is missing or not a JSON object.
    pub fn read(schema: Option<&'a str>) -> Result<Self> {
        let text = schema.map(str::trim).filter(|text| !text.is_empty()).ok_or_else(|| {
            Error::bad_request("response_format json_schema needs the parameter json_schema: it is missing")
        })?;
        let document: Value = serde_json::from_str(text).map_err(|error| not_a_schema(&error.to_string()))?;
        let Value::Object(mut members) = document else { return Err(not_a_schema("a JSON object is expected")) };
        // The whole response format, as vendors' pages show it.
        if let Some(Value::Object(inner)) = members.get("json_schema").filter(|inner| is_wrapped(inner)) {
            members = inner.clone();
        }
        Ok(Schema { text, members })
    }

    /// The schema in what it is wrapped in; `None` if it is bare.
    pub fn inner(&self) -> Option<&Value> {
        self.members.get("schema").filter(|inner| inner.is_object())
    }
}

fn not_a_schema(problem: &str) -> Error {
    Error::bad_request(format!("the parameter json_schema is not a JSON Schema: {problem}"))
}

fn is_wrapped(value: &Value) -> bool {
    value.get("schema").is_some_and(Value::is_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(format: &str, schema: Option<&str>) -> String {
        serde_json::to_string(&openai_response_format(format, schema).unwrap()).unwrap()
    }

    #[test]
    fn formats_without_a_schema_ignore_one() {
        assert_eq!(format("text", Some("not json")), r#"{"type":"text"}"#);
        assert_eq!(format("json_object", None), r#"{"type":"json_object"}"#);
    }

    #[test]
    fn a_bare_schema_gets_a_name_and_keeps_its_bytes() {
        assert_eq!(
            format("json_schema", Some(" {\"type\":\"object\", \"maximum\":1.0} ")),
            r#"{"type":"json_schema","json_schema":{"name":"response","schema":{"type":"object", "maximum":1.0}}}"#
        );
    }

    #[test]
    fn a_wrapped_schema_is_sent_as_it_is() {
        let wrapped = r#"{"name":"city","schema":{"type":"object"},"strict":true}"#;
        let expected = format!(r#"{{"type":"json_schema","json_schema":{wrapped}}}"#);
        assert_eq!(format("json_schema", Some(wrapped)), expected);
        assert_eq!(format("json_schema", Some(&expected)), expected);
        assert_eq!(
            format("json_schema", Some(r#"{"schema":{}}"#)),
            r#"{"type":"json_schema","json_schema":{"schema":{},"name":"response"}}"#
        );
    }

    #[test]
    fn a_missing_or_broken_schema_is_an_error_before_sending() {
        for schema in [None, Some(" "), Some("{"), Some("[]"), Some("7")] {
            let error = openai_response_format("json_schema", schema).map(|_| ()).unwrap_err();
            assert!(error.message().contains("json_schema"), "{error}");
        }
    }
}
