//! `higress`: scenarios and protocols of each model type, authentication under its own names, fields of one branch only.

use serde_json::Value as Json;

use super::{OptionLabel, Stored, check, form, labels, provider, shown};

const TEXT: &str = "__model_type=llm llm_usage_scenario=text_generation";

#[rustfmt::skip]
const STORED: &[Stored] = &[
    Stored { variable: "llm_usage_scenario", control: "select", default: Some("text_generation"), options: "text_generation image_generation", shown: "__model_type=llm", en: "Usage Scenario", zh: Some("使用场景") },
    Stored { variable: "text_model_protocol", control: "select", default: Some("openai_compatible"), options: "openai_compatible", shown: "__model_type=llm llm_usage_scenario=text_generation", en: "Model Protocol", zh: Some("模型协议") },
    Stored { variable: "image_model_protocol", control: "select", default: Some("dashscope_image_generation"), options: "dashscope_image_generation", shown: "__model_type=llm llm_usage_scenario=image_generation", en: "Model Protocol", zh: Some("模型协议") },
    Stored { variable: "function_calling_type", control: "select", default: Some("no_call"), options: "no_call function_call tool_call", shown: TEXT, en: "Function Call Type", zh: Some("函数调用类型") },
    Stored { variable: "agent_thought_support", control: "select", default: Some("not_supported"), options: "only_thinking_supported not_supported supported", shown: TEXT, en: "Thinking Mode Support", zh: Some("思考模式支持") },
    Stored { variable: "multimodal_support", control: "select", default: Some("not_support"), options: "support not_support", shown: TEXT, en: "Multimodal Support", zh: Some("多模态支持") },
    Stored { variable: "embedding_usage_scenario", control: "select", default: Some("embedding"), options: "embedding", shown: "__model_type=text-embedding", en: "Usage Scenario", zh: Some("使用场景") },
    Stored { variable: "embedding_model_protocol", control: "select", default: Some("openai_compatible"), options: "openai_compatible", shown: "__model_type=text-embedding embedding_usage_scenario=embedding", en: "Model Protocol", zh: Some("模型协议") },
    Stored { variable: "rerank_usage_scenario", control: "select", default: Some("rerank"), options: "rerank", shown: "__model_type=rerank", en: "Usage Scenario", zh: Some("使用场景") },
    Stored { variable: "rerank_model_protocol", control: "select", default: Some("dashscope_rerank"), options: "dashscope_rerank", shown: "__model_type=rerank rerank_usage_scenario=rerank", en: "Model Protocol", zh: Some("模型协议") },
    Stored { variable: "endpoint_url", control: "text-input", default: None, options: "", shown: "", en: "Higress AI Gateway Route", zh: Some("Higress AI 网关路由") },
    Stored { variable: "consumer_auth_mode", control: "select", default: Some("disabled"), options: "disabled api_key hmac", shown: "", en: "Consumer Auth Strategy", zh: Some("消费者鉴权策略") },
    Stored { variable: "api_key", control: "secret-input", default: None, options: "", shown: "consumer_auth_mode=api_key", en: "API Key", zh: None },
    Stored { variable: "hmac_key", control: "secret-input", default: None, options: "", shown: "consumer_auth_mode=hmac", en: "Access Key (Key)", zh: None },
    Stored { variable: "hmac_secret", control: "secret-input", default: None, options: "", shown: "consumer_auth_mode=hmac", en: "Secret Key (Secret)", zh: None },
    Stored { variable: "gateway_model_name", control: "text-input", default: None, options: "", shown: "", en: "Passthrough Model Name", zh: Some("透传模型名称") },
];

const OPTION_LABELS: &[OptionLabel] = &[
    ("llm_usage_scenario", "text_generation", "Text Generation", "文本生成"),
    ("llm_usage_scenario", "image_generation", "Image Generation", "图片生成"),
    (
        "image_model_protocol",
        "dashscope_image_generation",
        "Alibaba Cloud DashScope Image Generation",
        "阿里云百炼图片生成",
    ),
    ("text_model_protocol", "openai_compatible", "OpenAI Compatible", "OpenAI兼容"),
    ("function_calling_type", "no_call", "Not Support", "不支持"),
    ("function_calling_type", "tool_call", "Tool Call", "工具调用"),
    ("agent_thought_support", "supported", "Both Modes", "两种模式都支持"),
    ("multimodal_support", "support", "Support", "支持"),
    ("multimodal_support", "not_support", "Not Support", "不支持"),
    ("embedding_usage_scenario", "embedding", "Embedding", "向量嵌入"),
    ("rerank_usage_scenario", "rerank", "Rerank", "文本排序"),
    ("rerank_model_protocol", "dashscope_rerank", "Alibaba Cloud DashScope Text Rerank", "阿里云百炼文本排序"),
    ("consumer_auth_mode", "disabled", "Disabled", "不开启"),
    ("consumer_auth_mode", "api_key", "API Key", "API Key"),
    ("consumer_auth_mode", "hmac", "AK/SK (HMAC)", "AK/SK (HMAC)"),
];

#[test]
fn everything_that_was_stored_is_still_offered() {
    let provider = provider("higress");
    check(&provider, STORED);
    labels(&provider, OPTION_LABELS);
}

#[test]
fn the_rest_of_the_form_is_ours() {
    let provider = provider("higress");
    let new: Vec<String> = form(&provider)
        .iter()
        .filter(|entry| !STORED.iter().any(|old| entry["variable"] == old.variable))
        .map(|entry| format!("{} [{}]", entry["variable"].as_str().unwrap_or("?"), shown(entry).replace(TEXT, "text")))
        .collect();
    assert_eq!(
        new,
        [
            "jwt_jwks [consumer_auth_mode=jwt]",
            "jwt_algorithm [consumer_auth_mode=jwt]",
            "jwt_consumer_id [consumer_auth_mode=jwt]",
            "jwt_expiration [consumer_auth_mode=jwt]",
            "jwt_issuer [consumer_auth_mode=jwt]",
            "jwt_header_name [consumer_auth_mode=jwt]",
            "jwt_header_prefix [consumer_auth_mode=jwt]",
            "display_name []",
            "advanced []",
            "context_size [__model_type=llm]",
            "max_tokens_to_sample [text]",
            "structured_output_support [text]",
            "max_chunks [__model_type=text-embedding]",
        ]
    );
    assert!(form(&provider).len() <= 32);
    assert!(form(&provider).iter().all(|entry| entry["required"].is_boolean()), "`required` is always written");
}

#[test]
fn a_credential_without_which_a_request_would_go_out_unsigned_is_required() {
    let provider = provider("higress");
    for variable in ["api_key", "hmac_key", "hmac_secret", "jwt_jwks", "endpoint_url"] {
        let entry = form(&provider).iter().find(|entry| entry["variable"] == variable);
        assert_eq!(entry.map(|entry| &entry["required"]), Some(&Json::Bool(true)), "{variable}");
    }
}
