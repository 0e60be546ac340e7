//! Dify's side of a model type.

use super::Origin;
use super::field::{Credential, Field};
use super::value::{Call, Entry, Source, Type};
pub use crate::ast::Reasoning;

#[derive(Debug)]
pub struct ModelType {
    pub origin: Origin,
    pub id: String,
    pub credentials: Vec<Credential>,
    /// The same, as fields whose stored names and words are the logical ones. Sorted by id.
    pub fields: Vec<Field>,
    /// The main action first.
    pub actions: Vec<Action>,
}

/// One Dify action.
#[derive(Debug)]
pub struct Action {
    /// Dify's name.
    pub name: String,
    pub input: Vec<Input>,
    pub derived: Vec<Derived>,
    pub kind: ActionKind,
}

/// A member of the daemon's `data`.
#[derive(Debug, Clone)]
pub struct Input {
    pub name: String,
    pub type_: Type,
    pub optional: bool,
}

/// A value computed once, before encoding.
#[derive(Debug)]
pub struct Derived {
    pub name: String,
    pub from: Source,
    pub call: Call,
}

/// How an action is answered.
#[derive(Debug)]
pub enum ActionKind {
    /// By a conversation's next message.
    Conversation {
        messages: String,
        tools: Option<String>,
        stream: Option<String>,
        reasoning: Reasoning,
        pricing: Option<Pricing>,
    },
    /// By one document.
    Answer {
        output: Type,
        finish: Option<Call>,
        deliver: Vec<Entry>,
        /** List inputs; the answer of an empty one is known. */
        empty: Option<String>,
    },
    /// Here, without a request.
    Local { deliver: Vec<Entry> },
}

#[derive(Debug)]
pub struct Pricing {
    pub input: Source,
    pub output: Option<Source>,
    pub unit: Source,
    pub currency: Source,
}
