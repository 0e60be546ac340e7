//! Values that come in: the structs of a document, and what is built from them.
//!
//! The structs are inferred from the paths a spec reads: a path takes the type of what it feeds.

use serde_json::Value as Json;

/// A reply or an event, and everything read from it.
#[derive(Debug)]
pub struct Document {
    /// `Reply` or `Event`.
    pub name: &'static str,
    /// The root first.
    pub structs: Vec<Struct>,
    pub scope: Scope,
    /// What is built.
    pub feeds: Feeds,
    /// Any of these means that the document is an error.
    pub fails: Vec<Cond>,
    /// The event is the last if this holds; `None`: no event says so.
    pub ends: Option<Cond>,
    /// The first rule whose condition holds.
    pub rules: Vec<Rule>,
}

#[derive(Debug)]
pub struct Rule {
    pub when: Cond,
    pub build: Build,
}

/// A struct of the document. Every member may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct Struct {
    pub name: String,
    pub members: Vec<(String, Type)>,
    /// It holds text or vectors of the document.
    pub borrows: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Presence,
    Text,
    Integer,
    /// A count: anything but a number is none.
    Count,
    Number,
    Boolean,
    Json,
    /// Numbers of a vector.
    Values,
    /// Index into [`Document::structs`].
    Struct(usize),
    List(Box<Type>),
}

/// The objects that are read within a document or within one element of a list.
#[derive(Debug, Default)]
pub struct Scope {
    /// Parents first; the scope's own object is not listed.
    pub locals: Vec<Local>,
}

/// An object inside a scope.
#[derive(Debug)]
pub struct Local {
    pub name: String,
    /// `None`: the scope's own object.
    pub parent: Option<usize>,
    pub step: Step,
}

/// A member, then perhaps elements of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub member: String,
    pub indices: Vec<usize>,
    /// Others read the same member, so it must not be moved away.
    pub shared: bool,
}

/// A member that is read.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The object it is a member of; `None`: the scope's own.
    pub local: Option<usize>,
    pub step: Step,
    pub type_: Type,
    /// As the spec writes it, without the root.
    pub path: String,
}

pub type Cond = Vec<Test>;

#[derive(Debug)]
pub struct Test {
    pub source: Source,
    pub is: super::value::Is,
}

/// What is built.
#[derive(Debug)]
pub enum Build {
    Literal(Json),
    Pick {
        from: Vec<Source>,
        map: Option<Vec<(String, Json)>>,
        default: Option<Json>,
        when: Cond,
    },
    Each {
        from: Vec<Source>,
        scope: Scope,
        when: Cond,
        element: Box<Build>,
    },
    /// A piece of the document as it is, through a function of `runtime::convert` that gives a list or a text.
    Read {
        from: Vec<Source>,
        function: String,
        when: Cond,
    },
    Record(Record, Vec<Member>),
    /// Elements that are written out, each a record.
    List(Vec<Build>),
    /// A list through a converter without arguments.
    Convert {
        list: Box<Build>,
        of: Feeds,
        function: String,
    },
}

#[derive(Debug)]
pub struct Member {
    pub name: String,
    pub feeds: Feeds,
    pub required: bool,
    /// `None`: the spec does not say it.
    pub build: Option<Build>,
}

/// The records a spec can build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    Chat,
    ToolCall,
    Usage,
    Hit,
    Vector,
    /// The action's own.
    Own,
    /// How far a task is.
    Progress,
}

/// What a value becomes a part of.
#[derive(Debug, Clone, PartialEq)]
pub enum Feeds {
    Text,
    /// A text that outlives the document.
    OwnText,
    /// A URL, a data URI or base64.
    Image,
    /// A word for the state of a task.
    State,
    /// Why an answer ended: `""` and `"null"` are absent.
    Finish,
    Integer,
    Number,
    Boolean,
    /// A token count.
    Count,
    /// Numbers of a vector.
    Values,
    /// Audio in base64, which an event need not have.
    Audio,
    Record(Record),
    /// Members of the action's own record.
    Own(Vec<(String, Feeds)>),
    List(Box<Feeds>),
}
