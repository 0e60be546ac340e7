//! The credential form of `ai-gateway` against what the plugin it replaces has stored: every variable, every option
//! value and odd spelling must be there, or rows that users saved stop working. Only the delimiter of streams has no
//! field any more: it is read where it is stored.

use serde_json::Value as Json;

use super::{Stored, check, form, labels, shown};

fn provider() -> Json {
    super::provider("ai-gateway")
}

#[rustfmt::skip]
const STORED: &[Stored] = &[
    Stored { variable: "auth_method", control: "select", default: Some("api_key"), options: "api_key jwt hmac", shown: "", en: "Authentication Method", zh: Some("认证方式") },
    Stored { variable: "api_key", control: "secret-input", default: None, options: "", shown: "auth_method=api_key", en: "API Key", zh: None },
    Stored { variable: "endpoint_url", control: "text-input", default: None, options: "", shown: "", en: "API endpoint URL", zh: None },
    Stored { variable: "endpoint_model_name", control: "text-input", default: None, options: "", shown: "", en: "Model name for API endpoint", zh: Some("API endpoint中的模型名称") },
    Stored { variable: "jwt_jwks", control: "secret-input", default: None, options: "", shown: "auth_method=jwt", en: "JWT JWKS", zh: None },
    Stored { variable: "jwt_algorithm", control: "select", default: Some("HS256"), options: "HS256 HS384 HS512 RS256 RS384 RS512 ES256 ES384 ES512 PS256 PS384 PS512 EdDSA", shown: "auth_method=jwt", en: "JWT Algorithm", zh: Some("JWT 算法") },
    Stored { variable: "jwt_consumer_id", control: "text-input", default: None, options: "", shown: "auth_method=jwt", en: "JWT Consumer ID (uid)", zh: Some("JWT 消费者标识(uid)") },
    Stored { variable: "jwt_expiration", control: "text-input", default: Some("7200"), options: "", shown: "auth_method=jwt", en: "JWT Expiration (seconds)", zh: Some("JWT 过期时间(秒)") },
    Stored { variable: "jwt_issuer", control: "text-input", default: None, options: "", shown: "auth_method=jwt", en: "JWT Issuer (iss)", zh: Some("JWT 签发者(iss)") },
    Stored { variable: "jwt_header_name", control: "text-input", default: Some("Authorization"), options: "", shown: "auth_method=jwt", en: "JWT Header Name", zh: Some("JWT 头名称") },
    Stored { variable: "jwt_header_prefix", control: "text-input", default: Some("Bearer"), options: "", shown: "auth_method=jwt", en: "JWT Header Prefix", zh: Some("JWT 头前缀") },
    Stored { variable: "hmac_access_key", control: "secret-input", default: None, options: "", shown: "auth_method=hmac", en: "HMAC Access Key", zh: None },
    Stored { variable: "hmac_secret_key", control: "secret-input", default: None, options: "", shown: "auth_method=hmac", en: "HMAC Secret Key", zh: None },
    Stored { variable: "mode", control: "select", default: Some("chat"), options: "completion chat", shown: "__model_type=llm", en: "Completion mode", zh: Some("对话类型") },
    Stored { variable: "context_size", control: "text-input", default: Some("4096"), options: "", shown: "__model_type=llm", en: "Model context size", zh: Some("模型上下文长度") },
    Stored { variable: "context_size", control: "text-input", default: Some("4096"), options: "", shown: "__model_type=rerank", en: "Model context size", zh: Some("模型上下文长度") },
    Stored { variable: "context_size", control: "text-input", default: Some("4096"), options: "", shown: "__model_type=text-embedding", en: "Model context size", zh: Some("模型上下文长度") },
    Stored { variable: "max_tokens_to_sample", control: "text-input", default: Some("4096"), options: "", shown: "__model_type=llm", en: "Upper bound for max tokens", zh: Some("最大 token 上限") },
    Stored { variable: "agent_though_support", control: "select", default: Some("not_supported"), options: "only_thinking_supported not_supported supported", shown: "__model_type=llm mode=chat", en: "Thinking Mode Support", zh: Some("思考模式支持") },
    Stored { variable: "function_calling_type", control: "select", default: Some("no_call"), options: "function_call tool_call no_call", shown: "__model_type=llm mode=chat", en: "Function Call Type", zh: Some("函数调用类型") },
    Stored { variable: "stream_function_calling", control: "select", default: Some("not_supported"), options: "supported not_supported", shown: "__model_type=llm mode=chat", en: "Stream function calling", zh: Some("流式函数调用") },
    Stored { variable: "vision_support", control: "select", default: Some("no_support"), options: "support no_support", shown: "__model_type=llm mode=chat", en: "Vision Support", zh: Some("视觉支持") },
    Stored { variable: "structured_output_support", control: "select", default: Some("not_supported"), options: "supported not_supported", shown: "__model_type=llm mode=chat", en: "Structured Output", zh: Some("结构化输出") },
    Stored { variable: "stream_mode_auth", control: "select", default: Some("not_use"), options: "use not_use", shown: "__model_type=llm", en: "Stream mode auth", zh: Some("流模式授权") },
];

/// Labels of stored options that users know.
const OPTION_LABELS: &[(&str, &str, &str, &str)] = &[
    ("mode", "completion", "Completion", "补全"),
    ("mode", "chat", "Chat", "对话"),
    ("agent_though_support", "only_thinking_supported", "Only Thinking Mode", "仅支持思考模式"),
    ("agent_though_support", "not_supported", "Only Non-Thinking Mode", "仅支持非思考模式"),
    ("agent_though_support", "supported", "Both Modes", "两种模式都支持"),
    ("function_calling_type", "function_call", "Function Call", "函数调用"),
    ("function_calling_type", "tool_call", "Tool Call", "工具调用"),
    ("function_calling_type", "no_call", "Not Support", "不支持"),
    ("stream_function_calling", "supported", "Support", "支持"),
    ("vision_support", "no_support", "Not Support", "不支持"),
    ("stream_mode_auth", "use", "Use", "使用"),
    ("stream_mode_auth", "not_use", "Not Use", "不使用"),
];

#[test]
fn everything_that_was_stored_is_still_offered() {
    let provider = provider();
    check(&provider, STORED);
    labels(&provider, OPTION_LABELS);
}

#[test]
fn the_rest_of_the_form_is_ours() {
    let provider = provider();
    let old = |entry: &&Json| !STORED.iter().any(|old| entry["variable"] == old.variable);
    let new: Vec<String> = form(&provider)
        .iter()
        .filter(old)
        .map(|entry| format!("{} [{}]", entry["variable"].as_str().unwrap_or("?"), shown(entry)))
        .collect();
    let ours = [
        "hmac_sign_body [auth_method=hmac]",
        "display_name []",
        "advanced []",
        "rerank_protocol [__model_type=rerank]",
        "language [__model_type=speech2text]",
        "max_chunks [__model_type=text-embedding]",
        "voices [__model_type=tts]",
    ];
    assert_eq!(new, ours);
    assert!(form(&provider).len() <= 32);
    assert!(form(&provider).iter().all(|entry| entry["required"].is_boolean()), "`required` is always written");
    let auth = &form(&provider)[0];
    assert_eq!(auth["options"][3]["value"], "none");
}

#[test]
fn an_empty_api_key_may_be_stored_and_a_missing_secret_may_not() {
    let provider = provider();
    let required = |variable: &str| {
        form(&provider).iter().find(|entry| entry["variable"] == variable).map(|entry| entry["required"] == true)
    };
    assert_eq!(required("api_key"), Some(false));
    assert_eq!(required("jwt_jwks"), Some(true));
    assert_eq!(required("hmac_secret_key"), Some(true));
    assert_eq!(required("endpoint_url"), Some(true));
    assert_eq!(required("auth_method"), Some(true));
    assert_eq!(required("mode"), Some(false));
}
