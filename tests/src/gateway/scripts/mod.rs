//! The model services behind the embedded gateway: what each path answers for each model name.
//!
//! OpenAI's paths, DashScope's, Anthropic's and Ollama's own. Every answer is made from the request, so that a test sees what arrived. A test
//! adds its own answers with [`super::Gateway::script`].
//!
//! Model names with a meaning on every path: the statuses (`401` to `503`), `html`, `empty`, `refused-200`.

pub mod anthropic;
pub mod audio;
mod chat;
pub mod images;
mod moderation;
pub mod ollama;
mod rank;
pub mod vectors;

use serde_json::{Value, json};

use super::multipart::Part;
use super::reply::Reply;

/// One call as the model service sees it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// The path after the version, such as `chat/completions`; DashScope's begin with `api/v1/`.
    pub path: &'a str,
    /// The gateway's own host.
    pub host: &'a str,
    /// Headers, names in lower case.
    pub headers: &'a [(String, String)],
    /// The model that is asked; for a task, the one it was started for.
    pub model: &'a str,
    /// The request's JSON body; null if it has none.
    pub body: &'a Value,
    /// The parts of the body, if it is a form.
    pub parts: &'a [Part],
    /// Why the form in the body is none.
    pub damaged: Option<&'a str>,
    /// How many calls with the same method for the same model came before.
    pub earlier: usize,
}

impl Asked<'_> {
    fn streamed(&self) -> bool {
        self.body["stream"] == json!(true)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// A value of the body as a whole number.
    fn count(&self, value: &Value) -> Option<usize> {
        value.as_u64().and_then(|count| usize::try_from(count).ok())
    }
}

/// What a model answers when a test says nothing else.
pub fn built_in(asked: &Asked<'_>) -> Reply {
    if let Some(reply) = failure(asked.model) {
        return reply;
    }
    if let Some(problem) = asked.damaged {
        return Reply::error(400, &format!("Could not parse the form: {problem}"));
    }
    let wanted = if asked.path.starts_with("api/v1/tasks/") && !asked.path.ends_with("/cancel") || is_file(asked) {
        "GET"
    } else {
        "POST"
    };
    if asked.method != wanted {
        return Reply::error(405, "Method Not Allowed");
    }
    match asked.path {
        "chat/completions" => chat::chat(asked),
        "completions" => chat::text(asked),
        "messages" => anthropic::messages(asked),
        "api/chat" => ollama::chat(asked),
        "embeddings" => vectors::openai(asked),
        "api/v1/services/embeddings/text-embedding/text-embedding" => vectors::dashscope_texts(asked),
        "api/v1/services/embeddings/multimodal-embedding/multimodal-embedding" => vectors::dashscope_contents(asked),
        "rerank" => rank::openai(asked),
        "reranks" => rank::flat(asked),
        "api/v1/services/rerank/text-rerank/text-rerank" => rank::nested(asked),
        "audio/transcriptions" => audio::transcription(asked),
        "audio/speech" => audio::speech(asked),
        "moderations" => moderation::check(asked),
        "images/generations" => images::openai(asked),
        "api/v1/services/aigc/multimodal-generation/generation" => images::dashscope(asked),
        "api/v1/services/aigc/text2image/image-synthesis" | "api/v1/services/aigc/image-generation/generation" => {
            images::start(asked)
        }
        path if path.starts_with("api/v1/tasks/") => images::task(asked),
        _ if is_file(asked) => Reply::new(200, "image/png", images::PNG),
        // As the gateway answers a path that no service behind it has.
        _ => Reply::new(404, "", ""),
    }
}

fn is_file(asked: &Asked<'_>) -> bool {
    asked.path.starts_with("files/")
}

/// Failures that are the same for every path.
fn failure(model: &str) -> Option<Reply> {
    Some(match model {
        "429" => Reply::new(429, "text/plain", "Too many requests").header("retry-after", "7"),
        "401" => Reply::error(401, "Incorrect API key provided"),
        "403" => Reply::new(403, "text/plain", "Request denied by ai quota check, No quota left"),
        "404" => Reply::error(404, "The model `404` does not exist"),
        "500" => Reply::error(500, "The server had an error while processing your request"),
        "503" => Reply::new(503, "text/plain", "no healthy upstream"),
        "html" => Reply::new(200, "text/html", "<!doctype html><title>Login</title><p>Please log in.</p>"),
        "empty" => Reply::new(200, "application/json", ""),
        "refused-200" => Reply::json(&json!({"code": -1, "msg": "Too many requests"})),
        _ => return None,
    })
}
