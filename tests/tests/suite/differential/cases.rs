//! The cases: stored credentials, a request of the daemon, and what the service answers.

use std::sync::Arc;

use serde_json::json;
use tests::consumers::Auth;
use tests::gateway::Gateway;
use tests::gateway::reply::{Reply, chunk, completion, finish, usage};
use tests::gateway::scripts::Asked;
use tests::request::{Request, assistant, calls_tool, part, parts, system, text_part, tool, tool_result, user};

type Script = Arc<dyn Fn(&Asked<'_>) -> Reply + Send + Sync>;

/// One case. Names begin with Dify's model type.
pub struct Case {
    pub name: &'static str,
    pub request: Box<dyn Fn(&Gateway) -> Request>,
    /// Model and what it answers; the gateway's own answer if there is none.
    pub script: Option<(&'static str, Script)>,
}

impl Case {
    fn answers(mut self, model: &'static str, script: impl Fn(&Asked<'_>) -> Reply + Send + Sync + 'static) -> Self {
        self.script = Some((model, Arc::new(script)));
        self
    }
}

fn case(name: &'static str, request: impl Fn(&Gateway) -> Request + 'static) -> Case {
    Case { name, request: Box::new(request), script: None }
}

/// What a user of the old plugin has stored for a route with API keys.
fn row(gateway: &Gateway) -> serde_json::Map<String, serde_json::Value> {
    let mut row = Auth::ApiKey.credentials(&gateway.url("key"));
    row.insert("stream_mode_delimiter".to_owned(), r"\n\n".into());
    row
}

/// A chat request of Dify, which always sends parameters.
fn chat(model: &str, gateway: &Gateway) -> Request {
    Request::chat(model, row(gateway)).with("model_parameters", json!({}))
}

/// A turn of the model as Dify sends it.
fn said(text: &str) -> serde_json::Value {
    let mut message = assistant(text);
    message["tool_calls"] = json!([]);
    message
}

pub fn all() -> Vec<Case> {
    [chats(), chat_answers(), completions(), reranks(), embeddings(), speech(), schemas()]
        .into_iter()
        .flatten()
        .collect()
}

fn chats() -> Vec<Case> {
    vec![
        case("llm streamed", |gateway| chat("m", gateway)),
        case("llm whole", |gateway| chat("m", gateway).whole()),
        case("llm upstream name", |gateway| chat("m", gateway).credential("endpoint_model_name", "qwen-plus")),
        case("llm parameters", |gateway| {
            chat("m", gateway).with("stop", json!(["END"])).with(
                "model_parameters",
                json!({"temperature": 0.2, "top_p": 0.9, "max_tokens": 20, "frequency_penalty": 0.5}),
            )
        }),
        case("llm all roles", |gateway| {
            chat("m", gateway)
                .credential("function_calling_type", "tool_call")
                .with("tools", json!([tool("weather")]))
                .messages([
                    system("Be brief."),
                    user("Weather?"),
                    calls_tool("call_1", "weather", "{\"city\":\"Rome\"}"),
                    tool_result("call_1", "rain"),
                    said("Rain."),
                    user("Thanks <b>&"),
                ])
        }),
        case("llm functions", |gateway| {
            chat("m", gateway)
                .credential("function_calling_type", "function_call")
                .with("tools", json!([tool("weather")]))
                .messages([user("Weather?"), calls_tool("call_1", "weather", "{}"), tool_result("call_1", "rain")])
        }),
        case("llm tool history without tools", |gateway| {
            chat("m", gateway).messages([
                user("Weather?"),
                calls_tool("call_1", "weather", "{}"),
                tool_result("call_1", "rain"),
            ])
        }),
        case("llm image", |gateway| {
            let image = part(
                "image",
                &[("base64_data", "iVBORw0KGgo="), ("mime_type", "image/png"), ("format", "png"), ("detail", "high")],
            );
            chat("m", gateway).credential("vision_support", "support").messages([parts([text_part("What?"), image])])
        }),
        case("llm thought in history", |gateway| {
            chat("m", gateway).messages([user("Hi"), said("<think>\nHm.\n</think>\nHello"), user("And?")])
        }),
        case("llm schema", |gateway| {
            chat("m", gateway).credential("structured_output_support", "supported").with(
                "model_parameters",
                json!({"response_format": "json_schema", "json_schema": "{\"type\":\"object\"}"}),
            )
        }),
        case("llm check", |gateway| Request::validate_llm("m", row(gateway))),
        case("llm check of a stream", |gateway| {
            Request::validate_llm("m", row(gateway)).credential("stream_mode_auth", "use")
        }),
    ]
}

fn chat_answers() -> Vec<Case> {
    let call = |index: u32, id: &str, name: &str, arguments: &str| {
        chunk(
            json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]}),
        )
    };
    let more = |index: u32, arguments: &str| {
        chunk(json!({"tool_calls": [{"index": index, "function": {"arguments": arguments}}]}))
    };
    let sequential = vec![
        call(0, "a", "weather", "{\"c"),
        more(0, "\":1}"),
        call(1, "b", "weather", "{}"),
        finish("tool_calls"),
        usage(5, 6),
    ];
    let interleaved = vec![
        call(0, "a", "weather", ""),
        call(1, "b", "weather", ""),
        more(0, "{\"c\":1}"),
        more(1, "{}"),
        finish("tool_calls"),
        usage(5, 6),
    ];
    let with_tools = |gateway: &Gateway| {
        chat("m", gateway).credential("function_calling_type", "tool_call").with("tools", json!([tool("weather")]))
    };
    vec![
        case("llm answer in tool calls", with_tools).answers("m", move |_| Reply::events(&sequential)),
        case("llm answer in mixed tool calls", with_tools).answers("m", move |_| Reply::events(&interleaved)),
        case("llm answer with reasoning", |gateway| chat("reasoning", gateway)),
        case("llm answer with reasoning whole", |gateway| chat("reasoning", gateway).whole()),
        case("llm answer with CRLF", |gateway| chat("crlf", gateway)),
        case("llm answer in one document", |gateway| chat("json-for-stream", gateway)),
        case("llm answer without counts", |gateway| chat("no-usage", gateway).whole()),
        case("llm answer cut by length", |gateway| chat("m", gateway).whole()).answers("m", |_| {
            Reply::json(&completion(json!({"role": "assistant", "content": "Hel"}), "length", Some((9, 1))))
        }),
        case("llm refused 401", |gateway| chat("401", gateway)),
        case("llm refused 429", |gateway| chat("429", gateway)),
        case("llm refused 500", |gateway| chat("500", gateway).whole()),
        case("llm refused in the stream", |gateway| chat("error-in-stream", gateway)),
        case("llm stream cut", |gateway| chat("cut", gateway)),
    ]
}

fn completions() -> Vec<Case> {
    vec![
        case("llm completion streamed", |gateway| chat("m", gateway).credential("mode", "completion")),
        case("llm completion whole", |gateway| chat("m", gateway).credential("mode", "completion").whole()),
        case("llm completion of a system text", |gateway| {
            chat("m", gateway).credential("mode", "completion").messages([system("You are."), user("Hi")])
        }),
    ]
}

fn reranks() -> Vec<Case> {
    let docs = ["Berlin", "Rome", "Paris"];
    vec![
        case("rerank", move |gateway| Request::rerank("m", row(gateway), &docs).with("top_n", 3)),
        case("rerank with a limit", move |gateway| {
            Request::rerank("m", row(gateway), &docs).with("top_n", 2).with("score_threshold", 0.2)
        }),
        case("rerank without a limit", move |gateway| Request::rerank("m", row(gateway), &docs)),
        case("rerank of one", |gateway| Request::rerank("m", row(gateway), &["Paris"]).with("top_n", 1)),
        case("rerank of none", |gateway| Request::rerank("m", row(gateway), &[])),
        case("rerank without a key", move |gateway| {
            Request::rerank("m", Auth::ApiKey.credentials(&gateway.url("open")), &docs)
                .with("top_n", 3)
                .no_credential("api_key")
        }),
        case("rerank with a query", move |gateway| {
            let mut row = row(gateway);
            row.insert("endpoint_url".to_owned(), format!("{}?tenant=7", gateway.url("key")).into());
            Request::rerank("m", row, &docs).with("top_n", 3)
        }),
        case("rerank refused", move |gateway| Request::rerank("500", row(gateway), &docs).with("top_n", 3)),
        case("rerank check", |gateway| Request::validate_rerank("m", row(gateway))),
    ]
}

fn embeddings() -> Vec<Case> {
    let texts = ["Hello", "world"];
    vec![
        case("text-embedding", |gateway| Request::embedding("m", row(gateway), &["Hello"])),
        case("text-embedding of two", move |gateway| Request::embedding("m", row(gateway), &texts)),
        case("text-embedding of none", |gateway| Request::embedding("m", row(gateway), &[])),
        case("text-embedding of a query", |gateway| {
            Request::embedding("m", row(gateway), &["Hello"]).with("input_type", "query")
        }),
        case("text-embedding without counts", |gateway| Request::embedding("no-usage", row(gateway), &["Hello"])),
        case("text-embedding in base64", |gateway| Request::embedding("base64", row(gateway), &["Hello"])),
        case("text-embedding refused", |gateway| Request::embedding("429", row(gateway), &["Hello"])),
        case("text-embedding check", |gateway| Request::validate("text-embedding", "m", row(gateway))),
    ]
}

/// What a player takes for MP3.
const AUDIO: &[u8] = b"ID3\x04\0\0 not really";

fn speech() -> Vec<Case> {
    let wave = b"RIFF\x24\0\0\0WAVEfmt ";
    vec![
        case("speech2text", |gateway| Request::transcription("m", row(gateway), AUDIO)),
        case("speech2text of a wave", move |gateway| Request::transcription("m", row(gateway), wave)),
        case("speech2text in plain text", |gateway| Request::transcription("plain", row(gateway), AUDIO)),
        case("speech2text refused", |gateway| Request::transcription("500", row(gateway), AUDIO)),
        case("speech2text check", |gateway| Request::validate("speech2text", "m", row(gateway))),
        case("tts", |gateway| Request::speech("m", row(gateway), "Hello there.", "alloy")),
        case("tts of an unknown voice", |gateway| Request::speech("m", row(gateway), "Hello there.", "nobody")),
        case("tts of a long text", |gateway| {
            Request::speech("m", row(gateway), &"A sentence of some length. ".repeat(200), "alloy")
        }),
        case("tts refused", |gateway| Request::speech("401", row(gateway), "Hello there.", "alloy")),
        case("tts check", |gateway| Request::validate("tts", "m", row(gateway))),
        case("tts voices", |gateway| Request::voices("m", row(gateway))),
    ]
}

fn schemas() -> Vec<Case> {
    vec![
        case("llm form", |gateway| {
            Request::llm_schema("m", row(gateway))
                .credential("function_calling_type", "tool_call")
                .credential("vision_support", "support")
                .credential("structured_output_support", "supported")
        }),
        case("rerank form", |gateway| Request::rerank_schema("m", row(gateway))),
        case("text-embedding form", |gateway| Request::schema("text-embedding", "m", row(gateway))),
        case("tts form", |gateway| Request::schema("tts", "m", row(gateway))),
    ]
}
