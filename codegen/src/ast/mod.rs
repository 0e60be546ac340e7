//! What the user wrote, file by file. No meaning yet: references are not resolved and nothing is derived.
//!
//! Plain structs and enums are read by serde. The few keys with two YAML forms (reference lists, conditions, options,
//! paths, outputs, converter calls, texts and mapping values) have one hand-written reader each, in [`crate::parse`],
//! which decides by YAML kind and never by trying one form after another, so that every error keeps its position.

mod auth;
mod field;
mod model_type;
mod plugin;
mod protocol;

use std::collections::BTreeMap;

use serde_json::Value as Json;

pub use auth::*;
pub use field::*;
pub use model_type::*;
pub use plugin::*;
pub use protocol::*;

/// Ordered map: the order written is kept.
pub type Map<T> = Vec<(String, T)>;

/// Every spec of the tree.
#[derive(Debug, Default)]
pub struct Specs {
    /// By id.
    pub plugins: BTreeMap<String, File<Plugin>>,
    /// By id.
    pub model_types: BTreeMap<String, File<ModelType>>,
    /// By id.
    pub protocols: BTreeMap<String, File<Protocol>>,
    /// By id.
    pub auth: BTreeMap<String, File<Auth>>,
    /// The one connection file.
    pub connection: Option<File<Connection>>,
    /// By name; a file is only a group.
    pub parameters: BTreeMap<String, File<Parameter>>,
}

impl Specs {
    /// The model type and the action, with its name, that `rerank` or `llm.start_polling` means.
    pub fn implemented(&self, implements: &str) -> Option<(&File<ModelType>, &str, &Action)> {
        let (type_, action) = match implements.split_once('.') {
            Some((type_, action)) => (type_, Some(action)),
            None => (implements, None),
        };
        let file = self.model_types.get(type_)?;
        match action {
            Some(wanted) if wanted != file.spec.action => {
                let (name, action) = file.spec.also.iter().find(|(name, _)| name == wanted)?;
                Some((file, name, action))
            }
            _ => Some((file, &file.spec.action, &file.spec.main)),
        }
    }
}

/// A spec with the file it came from.
#[derive(Debug)]
pub struct File<T> {
    /// Path below the root, for example `specs/auth/jwt.yaml`.
    pub path: String,
    /// What it says.
    pub spec: T,
}

/// Text in one or more languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub en_us: String,
    pub zh_hans: Option<String>,
    pub ja_jp: Option<String>,
    pub pt_br: Option<String>,
    /// Written as one string: the same text in every language (names, URLs).
    pub all: bool,
}

/// `$root.segment.segment`, always a whole scalar.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// Without the `$`.
    pub root: String,
    pub path: Vec<String>,
}

impl Ref {
    /// Whether it is this root standing alone.
    pub fn is_root(&self, root: &str) -> bool {
        self.root == root && self.path.is_empty()
    }
}

/// A condition: all tests must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Cond {
    pub tests: Vec<(Ref, Test)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Bare reference: present and not false.
    Truthy,
    Present,
    Absent,
    /// One of these literals.
    OneOf(Vec<Json>),
}

/// A value as it is written in bodies, replies, headers and deliveries.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A scalar literal.
    Literal(Json),
    Ref(Ref),
    List(Vec<Value>),
    Mapping(Box<Mapping>),
}

/// A YAML map in value position: directives and members.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    pub when: Option<Cond>,
    /// `$from`, at most four.
    pub from: Vec<Ref>,
    /// `$each`, at most four.
    pub each: Vec<Ref>,
    pub yield_: Option<Value>,
    pub as_: Option<Call>,
    pub map: Option<Map<Json>>,
    pub default: Option<Json>,
    pub literal: Option<Json>,
    /// Members and merges in the order written.
    pub members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    Named(String, Value),
    /// `$merge`: bare `$param`, references to maps, or converter calls that give one.
    Merge(Vec<Value>),
}

/// A converter or finisher call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: String,
    pub arguments: Map<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    Literal(Json),
    Ref { when: Option<Cond>, from: Vec<Ref> },
}

/// A literal or a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum OrRef<T> {
    Is(T),
    Ref(Ref),
}
