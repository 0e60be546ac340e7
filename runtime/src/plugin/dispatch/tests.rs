use std::sync::Mutex;

use serde_json::json;

use super::*;
use crate::connection::EndpointVersion;
use crate::credentials::FieldType;
use crate::operation::{BoxFuture, Operation};
use crate::plugin::Declaration;
use crate::schema::Schema;
use crate::text::Text;

/// Answers with what it was called with.
struct Echo {
    local: bool,
}

static LAST_PROBE: Mutex<String> = Mutex::new(String::new());

impl Operation for Echo {
    fn action(&self) -> &'static str {
        if self.local { "count" } else { "invoke" }
    }

    fn is_local(&self) -> bool {
        self.local
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if call.probe {
                data.clone_into(&mut LAST_PROBE.lock().unwrap());
                let verdict = call.stored.selected("verdict").unwrap_or_default();
                let key = call.stored.text("a.key")?.unwrap_or_default();
                match verdict.as_str() {
                    "blocked" => return Err(Error::new(Kind::Blocked, "guarded")),
                    "bad" => return Err(Error::bad_request("no prompt").about_input()),
                    "nowhere" => return Err(Error::bad_request("no such route")),
                    "refused" => return Err(Error::new(Kind::Authorization, format!("not {key}"))),
                    _ => {}
                }
            }
            let answer =
                json!({"model": call.model, "upstream": call.upstream_model, "user": call.caller.user}).to_string();
            answers.send(|out| out.extend_from_slice(answer.as_bytes())).await
        })
    }
}

const fn field(id: &'static str, kind: FieldType) -> Field {
    Field { id, variable: id, label: Text::all("The label"), kind, ..Field::DEFAULTS }
}

const fn leaf(protocol: &'static str, model: Option<&'static str>) -> Leaf {
    Leaf {
        protocol,
        model,
        endpoint_suffix: None,
        operations: &[&Echo { local: false }, &Echo { local: true }],
        schema: |stored| {
            let mut schema = Schema::new("llm");
            schema.property("context_size", stored.integer("a.size")?.unwrap_or(4096));
            Ok(schema)
        },
        passes_on: if model.is_some() { &[Kind::BadRequest] } else { &[] },
        probe: |_| Ok(b"{\"ping\":true}".to_vec()),
    }
}

static PLUGIN: Plugin = Plugin {
    name: "test",
    author: "test",
    version: "0.0.1",
    fields: &[
        field("a.key", FieldType::Secret),
        field("a.size", FieldType::Integer),
        field("connection.display_name", FieldType::String),
        Field { required: true, ..field("connection.endpoint", FieldType::Url) },
        field("connection.model", FieldType::String),
    ],
    endpoint_version: EndpointVersion::V1,
    endpoint_suffixes: &[],
    attach: |_, _, _| Ok(()),
    declaration: Declaration { manifest: "{}", provider: "{}", assets: &[] },
    auth: Select {
        variable: "auth",
        label: Text::all("Auth method"),
        default: "none",
        unlisted: Unlisted::Error,
        options: &[("none", |_| Ok(Box::new(Unsigned))), ("broken", |_| Err(Error::credential("Key", "is required")))],
    },
    offers: &[(
        "llm",
        Offer::Branch(Select {
            variable: "mode",
            label: Text::all("Mode"),
            default: "chat",
            unlisted: Unlisted::Error,
            options: &[
                ("chat", Offer::Leaf(leaf("chat", None))),
                ("image", Offer::Leaf(leaf("image", Some("offered")))),
                (
                    "by model",
                    Offer::Branch(Select {
                        variable: "connection.model",
                        label: Text::all("Model"),
                        default: "usual",
                        unlisted: Unlisted::Default,
                        options: &[
                            ("usual", Offer::Leaf(leaf("usual", Some("usual")))),
                            ("special", Offer::Leaf(Leaf { operations: &[], ..leaf("special", None) })),
                        ],
                    }),
                ),
            ],
        }),
    )],
};

async fn call(action: &str, credentials: Value) -> std::result::Result<Value, Failure> {
    let data = json!({"action": action, "model_type": "llm", "model": "dify-name", "user_id": "u", "credentials": credentials});
    let mut answers = Answers::kept();
    PLUGIN.serve(&Engine::new(), Caller::default(), &data.to_string(), &mut answers).await?;
    let kept = answers.into_kept();
    assert_eq!(kept.len(), 1);
    Ok(serde_json::from_slice(&kept[0]).unwrap())
}

fn endpoint() -> Value {
    json!({"connection.endpoint": "https://gw/v1"})
}

fn with(name: &str, value: &str) -> Value {
    let mut credentials = endpoint();
    credentials[name] = value.into();
    credentials
}

#[tokio::test]
async fn the_upstream_model_is_stored_or_offered_or_difys() {
    for (credentials, upstream) in [
        (endpoint(), "dify-name"),
        (with("connection.model", "  "), "dify-name"),
        (with("connection.model", "stored"), "stored"),
        (with("mode", "image"), "offered"),
    ] {
        let answer = call("invoke", credentials).await.unwrap();
        assert_eq!(answer, json!({"model": "dify-name", "upstream": upstream, "user": "u"}));
    }
}

#[tokio::test]
async fn a_choice_nobody_knows_names_its_label() {
    let failure = call("invoke", with("mode", "song")).await.unwrap_err();
    assert_eq!(failure.error.message(), "Mode: `song` is none of chat, image, by model");
    assert_eq!(failure.error_type, "InvokeBadRequestError");
    let failure = call("invoke", with("auth", "magic")).await.unwrap_err();
    assert!(failure.error.message().starts_with("Auth method:"), "{}", failure.error);
}

#[tokio::test]
async fn a_choice_by_another_fields_text_takes_any() {
    let mut credentials = with("mode", "by model");
    assert_eq!(call("invoke", credentials.clone()).await.unwrap()["upstream"], "usual");
    credentials["connection.model"] = "any other".into();
    assert_eq!(call("invoke", credentials.clone()).await.unwrap()["upstream"], "any other");
    credentials["connection.model"] = "special".into();
    assert!(call("invoke", credentials).await.is_err(), "that one is served by something else");
}

#[tokio::test]
async fn what_makes_no_request_needs_no_connection() {
    assert!(call("count", json!({"auth": "broken"})).await.is_ok());
    let failure = call("invoke", json!({})).await.unwrap_err();
    assert_eq!(failure.error.message(), "The label: is required");
    assert!(call("invoke", with("auth", "broken")).await.is_err());
}

#[tokio::test]
async fn validation_probes_and_returns_the_credentials_unchanged() {
    let credentials = json!({"connection.endpoint": "https://gw/v1", "extra": "kept", "a.size": ""});
    let answer = call("validate_model_credentials", credentials.clone()).await.unwrap();
    assert_eq!(answer, json!({"result": true, "credentials": credentials}));
    assert_eq!(*LAST_PROBE.lock().unwrap(), r#"{"ping":true}"#);
    assert!(call("validate_model_credentials", with("verdict", "blocked")).await.is_ok());
    assert_eq!(call("validate_provider_credentials", json!({"a": 1})).await.unwrap()["result"], true);
}

#[tokio::test]
async fn a_failed_validation_always_has_difys_type_for_it_and_shows_no_secret() {
    let mut credentials = with("verdict", "refused");
    credentials["a.key"] = "sk-secret".into();
    let failure = call("validate_model_credentials", credentials).await.unwrap_err();
    assert_eq!((failure.error_type, failure.error.message()), ("CredentialsValidateFailedError", "not ***"));
    for credentials in [json!({}), with("mode", "song"), with("connection.endpoint", "ftp://x")] {
        let failure = call("validate_model_credentials", credentials).await.unwrap_err();
        assert_eq!(failure.error_type, "CredentialsValidateFailedError");
    }
}

#[tokio::test]
async fn a_probe_that_is_made_to_be_refused_passes_when_it_is() {
    let validate = |mode: &'static str, verdict: &'static str| async move {
        let mut credentials = with("verdict", verdict);
        credentials["mode"] = mode.into();
        call("validate_model_credentials", credentials).await.is_ok()
    };
    assert!(validate("image", "bad").await);
    assert!(!validate("chat", "bad").await, "another protocol does not expect it");
    assert!(!validate("image", "nowhere").await, "a bad request that is not about the input proves nothing");
    assert!(!validate("image", "refused").await);
}

#[tokio::test]
async fn a_model_without_tasks_cannot_be_polled() {
    for action in ["start_polling", "check_polling"] {
        let failure = call(action, endpoint()).await.unwrap_err();
        assert_eq!(failure.error_type, "PluginLLMPollingUnsupportedError");
        let failure = call(action, with("mode", "song")).await.unwrap_err();
        assert_eq!(failure.error_type, "InvokeBadRequestError", "a wrong choice is what is wrong here");
    }
}

#[tokio::test]
async fn a_schema_comes_whatever_is_stored() {
    for credentials in [json!({}), Value::Null, json!({"mode": "song", "a.size": "garbage", "auth": "magic"})] {
        let schema = &call("get_ai_model_schemas", credentials).await.unwrap()["model_schema"];
        assert_eq!(schema["model"], "dify-name");
        assert_eq!(schema["label"]["en_US"], "dify-name");
        assert_eq!(schema["model_properties"]["context_size"], 4096);
    }
    let schema =
        &call("get_ai_model_schemas", json!({"connection.display_name": "Nice"})).await.unwrap()["model_schema"];
    assert_eq!((&schema["label"]["en_US"], &schema["model"]), (&json!("Nice"), &json!("dify-name")));
}

#[tokio::test]
async fn members_named_twice_do_not_fail_a_request() {
    let data = r#"{"action":"x","action":"count","model":"a","model":"b","model_type":"llm","zzz":[{"a":1}]}"#;
    let mut answers = Answers::kept();
    PLUGIN.serve(&Engine::new(), Caller::default(), data, &mut answers).await.unwrap();
    let answer: Value = serde_json::from_slice(&answers.into_kept()[0]).unwrap();
    assert_eq!(answer["model"], "b");
}

#[test]
fn what_is_answered_here_is_known_from_the_line() {
    let line = |action: &str| json!({"session_id": "s", "event": "request", "data": {"action": action}}).to_string();
    assert!(PLUGIN.answers_here(line("count").as_bytes()));
    for other in [line("invoke"), line("odd"), "{\"session_id\":".to_owned(), "{}".to_owned(), String::new()] {
        assert!(!PLUGIN.answers_here(other.as_bytes()), "{other}");
    }
}
