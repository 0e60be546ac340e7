//! Event and reply decoding of every protocol: any document is read or refused, an event that is read by its likeness to
//! an earlier one as the decoder reads it, and a refusal has words.
//!
//! An input is a line such as `openai_chat 400 text/plain` (protocol, status and content type of a refusal) and
//! documents, one a line.

use generated::protocols::anthropic_messages::AnthropicMessages;
use generated::protocols::dashscope_image_generation::DashscopeImageGeneration;
use generated::protocols::dashscope_image_task::DashscopeImageTask;
use generated::protocols::dashscope_multimodal_embedding::DashscopeMultimodalEmbedding;
use generated::protocols::dashscope_multimodal_rerank::DashscopeMultimodalRerank;
use generated::protocols::dashscope_rerank::DashscopeRerank;
use generated::protocols::dashscope_rerank_flat::DashscopeRerankFlat;
use generated::protocols::dashscope_rerank_native_flat::DashscopeRerankNativeFlat;
use generated::protocols::dashscope_text_embedding::DashscopeTextEmbedding;
use generated::protocols::ollama_chat::OllamaChat;
use generated::protocols::openai_chat::OpenaiChat;
use generated::protocols::openai_completions::OpenaiCompletions;
use generated::protocols::openai_embeddings::OpenaiEmbeddings;
use generated::protocols::openai_images::OpenaiImages;
use generated::protocols::openai_moderations::OpenaiModerations;
use generated::protocols::openai_rerank::OpenaiRerank;
use generated::protocols::openai_speech::OpenaiSpeech;
use generated::protocols::openai_transcriptions::OpenaiTranscriptions;
use runtime::adapter::{Bytes, Chat, Json, Task, Upload, Whole};
use runtime::convert::refusals;
use runtime::error::Error;
use runtime::http::Head;
use runtime::reply::Undecoded;
use runtime::shapes::chat::pattern::Pattern;

use crate::split_line;

/// Reads documents and events, one a line.
type Read = fn(&Head, &str);

/// How each protocol reads.
pub const PROTOCOLS: [(&str, Read); 18] = [
    ("anthropic_messages", chat::<AnthropicMessages>),
    ("dashscope_image_generation", whole::<DashscopeImageGeneration>),
    ("dashscope_image_task", task::<DashscopeImageTask>),
    ("dashscope_multimodal_embedding", json::<DashscopeMultimodalEmbedding>),
    ("dashscope_multimodal_rerank", json::<DashscopeMultimodalRerank>),
    ("dashscope_rerank", json::<DashscopeRerank>),
    ("dashscope_rerank_flat", json::<DashscopeRerankFlat>),
    ("dashscope_rerank_native_flat", json::<DashscopeRerankNativeFlat>),
    ("dashscope_text_embedding", json::<DashscopeTextEmbedding>),
    ("ollama_chat", chat::<OllamaChat>),
    ("openai_chat", chat::<OpenaiChat>),
    ("openai_completions", chat::<OpenaiCompletions>),
    ("openai_embeddings", json::<OpenaiEmbeddings>),
    ("openai_images", whole::<OpenaiImages>),
    ("openai_moderations", json::<OpenaiModerations>),
    ("openai_rerank", json::<OpenaiRerank>),
    ("openai_speech", bytes::<OpenaiSpeech>),
    ("openai_transcriptions", upload::<OpenaiTranscriptions>),
];

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let (how, documents) = split_line(input);
    let how = String::from_utf8_lossy(how);
    let mut words = how.split_whitespace();
    let (Some(id), Ok(documents)) = (words.next(), std::str::from_utf8(documents)) else { return };
    let Some((_, read)) = PROTOCOLS.iter().find(|(known, _)| *known == id) else { return };
    let mut head = Head::default();
    head.status = words.next().and_then(|word| word.parse().ok()).unwrap_or(200);
    if let Some(Ok(value)) = words.next().map(str::parse) {
        head.headers.insert("content-type", value);
    }
    read(&head, documents);
    for document in documents.lines() {
        has_words(&refusals::refusal(&head, document.as_bytes()));
        refusals::is_refusal(document.as_bytes());
        refusals::silence(&head, document);
    }
}

/// A person and Dify read every error.
fn has_words(error: &Error) {
    assert!(!error.message().trim().is_empty() && !error.error_type().is_empty());
    assert!(error.message().len() < 16 << 10, "{} bytes of error", error.message().len());
}

/// What could not be decoded is explained.
fn explained<T>(head: &Head, document: &str, outcome: Result<T, Undecoded>) -> Option<T> {
    outcome.map_err(|problem| has_words(&refusals::undecoded(head, problem, document.as_bytes()))).ok()
}

fn chat<P: Chat>(head: &Head, documents: &str) {
    let mut pattern = Pattern::new(P::PATHS);
    for event in documents.lines().map(str::trim) {
        let decoded = P::event(event);
        if let Some(read) = pattern.read(event) {
            assert_eq!(Some(&read), decoded.as_ref().ok(), "{event}");
        } else if let Some(chat) = explained(head, event, decoded) {
            pattern.keep(event, &chat);
        }
        explained(head, event, P::reply(event));
    }
}

fn whole<P: Whole>(head: &Head, documents: &str) {
    documents.lines().for_each(|document| {
        explained(head, document, P::reply(document));
    });
}

fn task<P: Task>(head: &Head, documents: &str) {
    for document in documents.lines() {
        if let Some(kept) = explained(head, document, P::keep(document)) {
            // Dify carries it as JSON.
            let carried = serde_json::to_value(&kept).expect("what is kept is JSON");
            assert!(carried.is_object() && serde_json::from_value::<P::Kept>(carried).is_ok());
        }
        if let Some(progress) = explained(head, document, P::progress(document)) {
            has_words(&refusals::ended(head, "t-1", &progress));
            has_words(&refusals::unknown_state(head, progress.word.as_deref(), document.as_bytes()));
        }
        explained(head, document, P::reply(document));
    }
}

fn json<P: Json>(head: &Head, documents: &str) {
    documents.lines().for_each(|document| {
        explained(head, document, P::decode(&document.to_owned().into()));
    });
}

fn upload<P: Upload>(head: &Head, documents: &str) {
    for document in documents.lines() {
        explained(head, document, P::decode(&document.to_owned().into()));
        P::plain(document);
    }
}

fn bytes<P: Bytes>(head: &Head, documents: &str) {
    for document in documents.lines() {
        explained(head, document, P::event(document));
        explained(head, document, P::reply(document));
    }
}
