//! Values that go out: bodies, headers, answers, probes. Each is a tree of members over typed references.

use serde_json::Value as Json;

/// The type of a reference.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    /// Any JSON; as the result of a converter, anything that can be written as JSON.
    Json,
    Message,
    Tool,
    ToolChoice,
    /// A recording, which the daemon sends as hexadecimal text.
    AudioFile,
    /// A text or an image that stands for itself.
    Media,
    Hit,
    RankedDocument,
    Vector,
    /// Numbers of a vector.
    Values,
    Usage,
    /// The members of an output.
    Record(Vec<(String, Type)>),
    Voice,
    /// Base64 in a document, bytes otherwise.
    Audio,
    List(Box<Type>),
    /// Pairs of texts, from a JSON object.
    Pairs,
    Secret,
    SigningKey,
    /// A duration.
    Seconds,
    /// A closed choice that has a type of its own.
    Choice(Choice),
    /// A closed choice that is only passed on.
    Word,
}

/// The type of a credential with options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// Id of the model type or auth method that declares it.
    pub group: String,
    pub field: String,
    pub options: Vec<String>,
}

/// Where a reference points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `$model`
    Model,
    /// `$call.<name>`
    Call,
    /// `$input.<name>`
    Input,
    /// `$param.<name>`
    Param,
    /// `$credential.<name>`
    Credential,
    /// `$credential.<name>` of a field that is the protocol's own.
    Own,
    /// `$item.<name>`, or the element itself.
    Item,
    /// `$output`, or a member of it.
    Output,
    /// The member of a record output that the finisher gave back.
    Finished,
    /// `$batch`
    Batch,
    /// `$task.<name>`
    Task,
    /// `$request.<fact>`
    Request,
    /// `$now.<form>`
    Now,
    /// `$nonce`
    Nonce,
    /// `$token`
    Token,
    /// `$signed`
    Signed,
    /// `$signature`
    Signature,
}

/// A resolved reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    pub place: Place,
    pub path: Vec<String>,
    pub type_: Type,
    /// It may be absent.
    pub optional: bool,
}

/// All of these hold.
pub type Cond = Vec<Test>;

#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    pub source: Source,
    pub is: Is,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Is {
    /// Present and not false.
    Truthy,
    Present,
    Absent,
    OneOf(Vec<Json>),
}

/// A member of an object, or the members of a map in its place.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Member {
        name: String,
        when: Cond,
        value: Value,
    },
    /// Every pair of a map.
    Merge(Pick),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Literal(Json),
    /// The hexadecimal text of an asset.
    Recording(String),
    Pick(Pick),
    /// Left out if nothing is written into it.
    Object(Vec<Entry>),
    List(Vec<Item>),
    /// One value per element of the first list that is present.
    Each {
        from: Vec<Source>,
        when: Cond,
        element: Box<Value>,
    },
}

/// An item of a list; one that is an `Each` is spliced.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub when: Cond,
    pub value: Value,
}

/// One value out of references: the first that is present, perhaps converted, else the default.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// Never empty.
    pub from: Vec<Source>,
    pub through: Option<Box<Through>>,
    pub default: Option<Json>,
}

/// A step that is computed before the value is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Through {
    /// Name of the result, unique in its request.
    pub name: String,
    pub step: Step,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Convert(Call),
    /// A finite table over the text of the value.
    Map(Vec<(String, Json)>),
}

/// A call of a converter or finisher.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub function: String,
    /// What it takes.
    pub input: Type,
    /// In the order of its declaration; those that are not given and optional are [`ArgumentValue::Absent`].
    pub arguments: Vec<Argument>,
    pub output: Type,
    /// It may give nothing.
    pub optional: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    pub name: String,
    pub type_: Type,
    pub optional: bool,
    pub value: ArgumentValue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentValue {
    Absent,
    Literal(Json),
    From { when: Cond, from: Vec<Source> },
}
