//! The plugins of this project, as their packages are called and as their users' rows tell them apart.

use serde_json::{Map, Value};

/// Models behind Alibaba Cloud AI Gateway.
pub const AI_GATEWAY: &str = "ai-gateway";
/// Models behind Higress.
pub const HIGRESS: &str = "higress";

/// The plugin whose user has stored these credentials.
pub fn of(credentials: &Map<String, Value>) -> &'static str {
    if credentials.contains_key("consumer_auth_mode") { HIGRESS } else { AI_GATEWAY }
}

/// What a form stores beside endpoint and authentication, if nobody changes it.
pub fn form(plugin: &str, model_type: &str) -> &'static [(&'static str, &'static str)] {
    match (plugin, model_type) {
        (AI_GATEWAY, "llm") => &[
            ("mode", "chat"),
            ("context_size", "4096"),
            ("max_tokens_to_sample", "4096"),
            ("agent_though_support", "not_supported"),
            ("function_calling_type", "no_call"),
            ("stream_function_calling", "not_supported"),
            ("vision_support", "no_support"),
            ("structured_output_support", "not_supported"),
        ],
        (AI_GATEWAY, "text-embedding" | "rerank") => &[("context_size", "4096")],
        (HIGRESS, "llm") => &[
            ("llm_usage_scenario", "text_generation"),
            ("text_model_protocol", "openai_compatible"),
            ("function_calling_type", "no_call"),
            ("agent_thought_support", "not_supported"),
            ("multimodal_support", "not_support"),
        ],
        (HIGRESS, "text-embedding") => {
            &[("embedding_usage_scenario", "embedding"), ("embedding_model_protocol", "openai_compatible")]
        }
        (HIGRESS, "rerank") => &[("rerank_usage_scenario", "rerank"), ("rerank_model_protocol", "dashscope_rerank")],
        _ => &[],
    }
}
