//! Lines as the daemon writes them, and what their answers must say.
//!
//! Credentials are what the forms of this plugin and of the Python plugin store, in one row.

use serde_json::{Map, Value, json};

use crate::candidate::Kind;
use crate::gateway::Gateway;

/// How a caller proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// A key in a header.
    ApiKey,
    /// A token, signed here.
    Jwt,
    /// A signature over the request.
    Hmac,
    /// Nothing.
    Open,
}

impl Auth {
    /// All of them.
    pub const ALL: [Auth; 4] = [Auth::ApiKey, Auth::Jwt, Auth::Hmac, Auth::Open];

    /// As it stands in rows of the table.
    pub fn name(self) -> &'static str {
        match self {
            Auth::ApiKey => "API key",
            Auth::Jwt => "JWT",
            Auth::Hmac => "HMAC",
            Auth::Open => "none",
        }
    }

    /// The part of the endpoint's path by which the gateway knows what to ask for.
    pub fn path(self) -> &'static str {
        match self {
            Auth::ApiKey => "api_key",
            Auth::Jwt => "jwt",
            Auth::Hmac => "hmac",
            Auth::Open => "none",
        }
    }

    /// Whether a request with these headers, in lower case, has such a proof. Whether it is right is tested elsewhere.
    pub fn accepts(self, headers: &str) -> bool {
        let value = |name: &str| headers.lines().find_map(|line| line.strip_prefix(name));
        let token = value("authorization: bearer ").map(|token| token.split('.').count());
        match self {
            Auth::ApiKey => token == Some(1),
            Auth::Jwt => token == Some(3),
            Auth::Hmac => value("x-ca-signature: ").is_some_and(|signature| signature.len() >= 40),
            Auth::Open => value("authorization:").is_none() && value("x-ca-signature:").is_none(),
        }
    }
}

/// What is asked with, beside the request itself.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// Where requests end up.
    pub gateway: &'a Gateway,
    /// Who gets the line.
    pub kind: Kind,
    /// The proof.
    pub auth: Auth,
    /// The number of the session, which tells its answer from others.
    pub session: u64,
}

/// Sentences of so many tokens of GPT-2 each, after a first word.
const SENTENCE: &str = " the quick brown fox jumps over the lazy dog";
const SENTENCE_TOKENS: u64 = 9;

impl Caller<'_> {
    /// A streamed chat of one message.
    pub fn chat(&self, model: &str) -> String {
        self.line(
            "invoke_llm",
            "llm",
            model,
            json!({
                "model_parameters": {}, "prompt_messages": [message("Hello")], "stop": [], "stream": true, "tools": [],
            }),
        )
    }

    /// An embedding of so many texts.
    pub fn embeddings(&self, texts: u64) -> String {
        let session = self.session;
        let texts: Vec<String> = (0..texts).map(|index| format!("text {index} of call {session}")).collect();
        let model = format!("load.embeddings.{session}");
        self.line("invoke_text_embedding", "text-embedding", &model, json!({"texts": texts, "input_type": "document"}))
    }

    /// A ranking of so many documents.
    pub fn rerank(&self, documents: u64) -> String {
        let docs: Vec<String> = (0..documents).map(|index| document(index, self.session)).collect();
        let data = json!({"query": "Which document?", "docs": docs, "score_threshold": 0, "top_n": 0});
        self.line("invoke_rerank", "rerank", &format!("load.rerank.{}", self.session), data)
    }

    /// The schema of a model, whose context is [`Self::context`].
    pub fn schema(&self) -> String {
        self.line("get_ai_model_schemas", "llm", &format!("load.schema.{}", self.session), json!({}))
    }

    /// A count of tokens, which are [`Self::tokens_of`].
    pub fn tokens(&self) -> String {
        let text = format!("Hello{}", SENTENCE.repeat(self.sentences() as usize));
        let data = json!({"prompt_messages": [message(&text)], "tools": []});
        self.line("get_llm_num_tokens", "llm", &format!("load.tokens.{}", self.session), data)
    }

    /// Tokens of the message of [`Self::tokens`]: 3 for a message, 1 for its role, 3 at the end.
    pub fn tokens_of(&self) -> u64 {
        1 + self.sentences() * SENTENCE_TOKENS + 7
    }

    /// The context that the credentials say the model has.
    pub fn context(&self) -> u64 {
        4096 + self.session % 1000
    }

    fn sentences(&self) -> u64 {
        1 + self.session % 16
    }

    fn line(&self, action: &str, model_type: &str, model: &str, data: Value) -> String {
        let mut whole = json!({
            "action": action, "credentials": self.credentials(), "model": model, "model_type": model_type,
            "provider": "ai-gateway", "type": "model", "user_id": "user-1",
        });
        if let (Some(whole), Value::Object(data)) = (whole.as_object_mut(), data) {
            whole.extend(data);
        }
        format!(
            "{{\"session_id\":\"s-{}\",\"conversation_id\":null,\"message_id\":null,\"app_id\":null,\
             \"endpoint_id\":null,\"context\":{{}},\"event\":\"request\",\"data\":{whole}}}\n",
            self.session
        )
    }

    fn credentials(&self) -> Value {
        let mut row = json!({
            "max_chunks": crate::calls::TEXTS.to_string(),
            "endpoint_url": format!("http://{}/{}/v1", self.gateway.address, self.auth.path()), "mode": "chat",
            "context_size": self.context().to_string(), "max_tokens_to_sample": "4096",
            "agent_though_support": "not_supported", "function_calling_type": "no_call",
            "stream_function_calling": "not_supported", "vision_support": "no_support",
            "structured_output_support": "not_supported", "stream_mode_delimiter": "\\n\\n",
        });
        let proof = match self.auth {
            Auth::ApiKey => json!({"auth_method": "api_key", "api_key": "sk-consumer-7f3a9c51d2"}),
            Auth::Jwt => json!({
                "auth_method": "jwt", "jwt_algorithm": "HS256", "jwt_consumer_id": "consumer-1",
                "jwt_expiration": "7200",
                "jwt_jwks": r#"{"kty":"oct","alg":"HS256","k":"bm90LXRoZS1rZXktb2YtdGhlLWNvbnN1bWVyLTQyIQ"}"#,
            }),
            Auth::Hmac => json!({
                "auth_method": "hmac", "hmac_access_key": "ak-7f3a9c51d2", "hmac_secret_key": "c2VjcmV0LTQyLTQyLTQy",
            }),
            // The Python plugin has no word for it but an empty key.
            Auth::Open if self.kind == Kind::Python => json!({"auth_method": "api_key", "api_key": ""}),
            Auth::Open => json!({"auth_method": "none"}),
        };
        let proof: Map<String, Value> = proof.as_object().cloned().unwrap_or_default();
        row.as_object_mut().into_iter().for_each(|row| row.extend(proof.clone()));
        row
    }
}

/// One of the documents to rank.
pub fn document(index: u64, session: u64) -> String {
    format!("document {index} of call {session}")
}

fn message(text: &str) -> Value {
    json!({"role": "user", "content": text, "name": ""})
}
