//! Dify's side of a model type.

use super::Origin;
use super::field::{Credential, Field};
use super::parameter::Parameter;
use super::value::{Call, Entry, Source, Type};
use crate::ast;
pub use crate::ast::Reasoning;

#[derive(Debug)]
pub struct ModelType {
    pub origin: Origin,
    pub id: String,
    pub credentials: Vec<Credential>,
    /// The same, as fields whose stored names and words are the logical ones. Sorted by id.
    pub fields: Vec<Field>,
    /// What its protocols list, as it is before one of them narrows it. Sorted by name.
    pub parameters: Vec<Parameter>,
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
        images: Images,
        pricing: Option<Box<Pricing>>,
    },
    /// By one document.
    Answer(Box<Answer>),
    /// By audio in the format that the source names.
    Speech { format: Source },
    /// Here, without a request.
    Local { deliver: Vec<Entry> },
}

/// An answer made of one document.
#[derive(Debug)]
pub struct Answer {
    pub output: Type,
    pub finish: Option<Call>,
    /// The member of a record output that the finisher takes and gives back.
    pub finished: Option<String>,
    pub deliver: Vec<Entry>,
    /// A list input; the answer of an empty one is known.
    pub empty: Option<String>,
    /// Member of the output that says what was used, and the list of texts that is counted if it does not.
    pub counted: Option<(String, String)>,
    pub pricing: Option<Box<Pricing>>,
}

/// What becomes of pictures: one way for all, or a choice of the user's.
#[derive(Debug)]
pub enum Images {
    Is(ast::Images),
    Of(Box<Source>),
}

#[derive(Debug)]
pub struct Pricing {
    pub input: Source,
    pub output: Option<Source>,
    pub unit: Source,
    pub currency: Source,
}
