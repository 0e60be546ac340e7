//! The forms in which errors come, read into one.

use serde_json::{Map, Value};

/// Members that only an answer has. An object with one of them is an answer, whatever else is in it.
const ANSWERS: [&str; 6] = ["choices", "data", "output", "results", "text", "embedding"];

/// What a body says about a failure.
#[derive(Debug, Default)]
pub(super) struct Body {
    /// The server's own words.
    pub(super) text: String,
    /// Codes, types and words in lower case, for looking causes up.
    pub(super) words: String,
    /// It is JSON and says that it is an error.
    pub(super) says_error: bool,
    /// It is JSON.
    pub(super) is_json: bool,
    /// It is JSON in the form of a model service: an `error`, or an id of the request.
    pub(super) is_services: bool,
    /// HTTP status that the body names (`{"code":401,...}` in a 200).
    pub(super) status: Option<u16>,
    /// `{"code":-1,...}`: how operators configure a refusal with status 200.
    pub(super) is_operators: bool,
    /// Id of the request.
    pub(super) request_id: Option<String>,
    /// A guard took the place of the model.
    pub(super) blocked: Option<Blocked>,
}

/// What a guard objected to.
#[derive(Debug, Default)]
pub(super) struct Blocked {
    /// For example `promptAttack`.
    pub(super) types: Vec<String>,
}

impl Body {
    pub(super) fn read(document: &[u8]) -> Self {
        match serde_json::from_slice(document) {
            Ok(Value::Object(members)) => Body::of_object(&members),
            Ok(Value::String(text)) => Body { words: text.to_lowercase(), text, is_json: true, ..Body::default() },
            Ok(other) => Body { text: other.to_string(), is_json: true, ..Body::default() },
            Err(_) => Body::of_text(&String::from_utf8_lossy(document)),
        }
    }

    fn of_text(text: &str) -> Self {
        let trimmed = text.trim();
        let is_page = trimmed.starts_with('<');
        // A stream's event that was cut off right before the guard's own data.
        let blocked = text.contains("from-security-guard").then(Blocked::default);
        Body {
            text: if is_page { title(trimmed) } else { trimmed.to_owned() },
            words: if is_page { String::new() } else { trimmed.to_lowercase() },
            says_error: blocked.is_some(),
            blocked,
            ..Body::default()
        }
    }

    fn of_object(members: &Map<String, Value>) -> Self {
        let mut body = Body { is_json: true, ..Body::default() };
        body.request_id = ["request_id", "requestId"]
            .into_iter()
            .find_map(|name| text_of(members.get(name)))
            .filter(|id| !id.is_empty() && id.len() <= 100);
        if let Some((blocked, text)) = guarded(members) {
            return Body { blocked: Some(blocked), text, says_error: true, ..body };
        }

        let mut words = Vec::new();
        let error = members.get("error").filter(|error| !error.is_null());
        let is_answer = ANSWERS.iter().any(|name| members.get(*name).is_some_and(|value| !value.is_null()));
        match error {
            Some(Value::Object(error)) => {
                body.text = first_text(error, &["message", "msg", "detail"]).unwrap_or_else(|| compact(error));
                words.extend(["code", "type", "status"].into_iter().filter_map(|name| text_of(error.get(name))));
                body.status = status_of(error.get("code"));
            }
            Some(error) => body.text = text_of(Some(error)).unwrap_or_else(|| error.to_string()),
            None => {
                body.text = first_text(members, &["message", "msg", "error_msg", "error_message", "error_description"])
                    .or_else(|| members.get("detail").map(detail))
                    .or_else(|| members.get("errors").filter(|errors| !errors.is_null()).map(detail))
                    .unwrap_or_default();
                body.status = status_of(members.get("code"));
            }
        }
        words.extend(["code", "type"].into_iter().filter_map(|name| text_of(members.get(name))));
        body.is_services = error.is_some() || body.request_id.is_some();
        body.is_operators = error.is_none() && members.get("code").and_then(Value::as_i64).is_some_and(|code| code < 0);
        body.says_error = error.is_some()
            || members.get("object").is_some_and(|object| object == "error")
            || (!is_answer && !body.text.is_empty());
        if body.text.is_empty() && !is_answer {
            body.text = compact(members);
        }
        words.push(body.text.clone());
        body.words = words.join(" ").to_lowercase();
        body
    }
}

/// Whether a guard answered in the model's place, and what it says to the user.
fn guarded(members: &Map<String, Value>) -> Option<(Blocked, String)> {
    let is_guards = members.get("model").is_some_and(|model| model == "from-security-guard");
    let content = members.get("choices").and_then(|choices| choices.get(0)).and_then(|choice| {
        let message = choice.get("message").or_else(|| choice.get("delta"))?;
        message.get("content")?.as_str()
    });
    let details = match content.map(serde_json::from_str::<Value>) {
        Some(Ok(Value::Object(details))) => Some(details),
        _ => None,
    };
    let object = details.as_ref().unwrap_or(members);
    let found = named(object, "blockedDetails");
    if !is_guards && found.is_none() {
        return None;
    }
    let types = found
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|detail| text_of(named(detail.as_object()?, "type")))
        .collect();
    let text = text_of(named(object, "denyMessage"))
        .or_else(|| content.filter(|_| details.is_none()).map(str::to_owned))
        .unwrap_or_default();
    Some((Blocked { types }, text))
}

/// A member whose name is written in any case.
fn named<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn first_text(members: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text_of(members.get(*name)).filter(|text| !text.is_empty()))
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// `detail` of FastAPI: a text, or a list of `{loc, msg}`.
fn detail(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(details) => details
            .iter()
            .map(|one| match one {
                Value::Object(one) => match (one.get("loc").and_then(Value::as_array), text_of(one.get("msg"))) {
                    (Some(place), Some(message)) => {
                        let place: Vec<String> = place.iter().filter_map(|step| text_of(Some(step))).collect();
                        format!("{}: {message}", place.join("."))
                    }
                    (None, Some(message)) => message,
                    _ => first_text(one, &["message"]).unwrap_or_else(|| compact(one)),
                },
                other => text_of(Some(other)).unwrap_or_else(|| other.to_string()),
            })
            .collect::<Vec<_>>()
            .join("; "),
        other => other.to_string(),
    }
}

fn compact(members: &Map<String, Value>) -> String {
    serde_json::to_string(members).unwrap_or_default()
}

/// A number that can only be an HTTP status.
fn status_of(code: Option<&Value>) -> Option<u16> {
    let code = match code? {
        Value::Number(number) => number.as_u64()?,
        Value::String(text) => text.parse().ok()?,
        _ => return None,
    };
    u16::try_from(code).ok().filter(|code| (400..600).contains(code))
}

/// The title of an HTML page: all of it that says anything.
fn title(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let length = lower.get(start..)?.find("</title>")?;
        page.get(start..start + length)
    });
    format!("an HTML page `{}`", title.unwrap_or_default().trim())
}
