//! What the user wrote, file by file. No meaning yet: references are not resolved and nothing is derived.
//!
//! Plain structs and enums are read by serde. The few keys with two YAML forms (reference lists, conditions, options,
//! paths, outputs, converter calls, texts and mapping values) have one hand-written reader each, in [`crate::parse`],
//! which decides by YAML kind and never by trying one form after another, so that every error keeps its position.

use std::collections::BTreeMap;

use serde_json::Value as Json;

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
    /// `$merge`: bare `$param`, or references to maps.
    Merge(Vec<Ref>),
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

// Protocol

#[derive(Debug)]
pub struct Protocol {
    pub id: String,
    pub about: Option<String>,
    /// `rerank`, or `llm.start_polling`.
    pub implements: String,
    pub shape: Shape,
    pub features: Vec<String>,
    pub properties: Map<OrRef<Json>>,
    pub parameters: Map<Narrowing>,
    pub credentials: Map<Field>,
    /// Empty: `[{ $reply.error: $present }]`.
    pub fails: Vec<Cond>,
    pub request: Request,
    pub stream: Option<Stream>,
    pub reply: Option<Value>,
    pub examples: Vec<Example>,
}

/// The shapes that a spec uses so far; the others come with the first protocol that needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Json,
    Chat,
}

/// What a protocol says of a parameter: the vendor's limits.
#[derive(Debug, Clone, Default)]
pub struct Narrowing {
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    pub options: Option<Vec<String>>,
    pub required: Option<bool>,
}

#[derive(Debug)]
pub struct Request {
    /// Exactly one of `post` and `get`.
    pub method: Method,
    pub path: Path,
    pub under: Under,
    pub headers: Map<Value>,
    pub query: Map<Value>,
    pub body: Option<Value>,
    pub retreat: Retreat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Post,
    Get,
}

/// A relative path, or segments that are literals or references encoded as one segment.
#[derive(Debug, Clone)]
pub enum Path {
    Is(String),
    Segments(Vec<OrRef<String>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    Version,
    Prefix,
}

#[derive(Debug, Clone, Default)]
pub struct Retreat {
    pub drop: Vec<String>,
    pub rename: Map<String>,
}

#[derive(Debug)]
pub struct Stream {
    pub frames: Frames,
    pub separator: Option<Ref>,
    pub ends_with: Option<String>,
    pub events: Vec<Rule>,
}

/// The framings that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frames {
    Sse,
}

/// One rule of a stream: the first whose condition holds wins.
#[derive(Debug)]
pub struct Rule {
    pub when: Option<Cond>,
    pub emit: Value,
}

#[derive(Debug)]
pub struct Example {
    pub name: Option<String>,
    pub input: Json,
    pub parameters: Map<Json>,
    /// Logical names; flags as booleans.
    pub credentials: Map<Json>,
    pub headers: Map<String>,
    pub sends: Json,
    pub receives: Option<Json>,
    pub streams: Option<Vec<Json>>,
    pub yields: Json,
}

// Model type

#[derive(Debug)]
pub struct ModelType {
    pub id: String,
    pub about: Option<String>,
    pub dify: String,
    pub action: String,
    /// The main action.
    pub main: Action,
    pub also: Map<Action>,
    pub credentials: Map<Field>,
    pub schema: Schema,
    pub parameters: Map<Switch>,
    pub probe: Probe,
}

#[derive(Debug, Default)]
pub struct Action {
    pub input: Map<Type>,
    pub derived: Map<Derived>,
    pub output: Option<Type>,
    pub finish: Option<Call>,
    pub deliver: Option<Deliver>,
}

#[derive(Debug)]
pub struct Derived {
    pub from: Ref,
    pub as_: Call,
}

/// A type of section 4: `string`, `list<message>`, `optional integer`, `a | b`, or a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    Named(String),
    List(Box<Type>),
    Optional(Box<Type>),
    Closed(Vec<String>),
    Record(Map<Type>),
}

#[derive(Debug)]
pub enum Deliver {
    /// Dify's answer.
    Answer(Value),
    /// The options of a chat output.
    Chat { reasoning: Reasoning },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reasoning {
    ThinkTags,
    Drop,
}

#[derive(Debug, Default)]
pub struct Schema {
    pub features: Map<Cond>,
    pub properties: Map<OrRef<Json>>,
    pub pricing: Option<Pricing>,
}

#[derive(Debug)]
pub struct Pricing {
    pub input: Ref,
    pub output: Option<Ref>,
    pub unit: Ref,
    pub currency: Ref,
}

/// What a model type says of a parameter: when it is offered, limits and values fed by credentials.
#[derive(Debug, Default)]
pub struct Switch {
    pub when: Option<Cond>,
    pub min: Option<OrRef<f64>>,
    pub max: Option<OrRef<f64>>,
    pub default: Option<OrRef<Json>>,
    pub fixed: Vec<Fixed>,
}

#[derive(Debug)]
pub struct Fixed {
    pub when: Cond,
    pub value: Json,
}

#[derive(Debug)]
pub struct Probe {
    pub input: Value,
    pub parameters: Map<Json>,
}

// Credential fields

/// A credential field as declared.
#[derive(Debug, Clone, Default)]
pub struct Field {
    /// Absent beside `options`.
    pub type_: Option<FieldType>,
    pub options: Option<Options>,
    pub enabled: Option<String>,
    pub disabled: Option<String>,
    pub required: Option<bool>,
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub empty_word: Option<String>,
    pub variable: Option<String>,
    pub form: Option<bool>,
    pub label: Option<Text>,
    pub placeholder: Option<Text>,
    pub help: Option<Text>,
}

/// What a plugin says of a field: any key of its declaration, and its stored names.
#[derive(Debug, Clone, Default)]
pub struct FieldOverride {
    pub field: Field,
    pub aliases: Vec<String>,
    /// Logical option to stored value.
    pub stored: Option<Map<String>>,
    pub same_as: Option<String>,
}

/// The field types that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    String,
    Secret,
    Integer,
    Number,
    Decimal,
    Seconds,
    Flag,
    Url,
    HeaderName,
    Headers,
    Map,
    SigningKey,
    Escaped,
}

/// A list of values, or a map from value to label.
pub type Options = Map<Option<Text>>;

// Auth

#[derive(Debug)]
pub struct Auth {
    pub id: String,
    pub about: Option<String>,
    pub label: Text,
    pub credentials: Map<Field>,
    pub mint: Option<Jwt>,
    pub sign: Option<Sign>,
    pub attach: Vec<Attach>,
    /// The reply header that shows the text the gateway signed.
    pub explain: Option<String>,
    pub examples: Vec<AuthExample>,
}

#[derive(Debug)]
pub struct Jwt {
    pub key: Ref,
    pub algorithm: Ref,
    pub key_id: Option<Ref>,
    pub ttl: Ref,
    /// Seconds.
    pub backdate: u64,
    pub claims: Vec<Claim>,
}

#[derive(Debug)]
pub enum Claim {
    Named { name: OrRef<String>, value: OrRef<String> },
    Merge(Ref),
}

#[derive(Debug)]
pub struct Sign {
    pub mac: OrRef<String>,
    pub secret: Ref,
    pub encoding: Encoding,
    pub headers: Map<Value>,
    pub signed: Vec<String>,
    pub lines: Vec<Line>,
    pub final_newline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Base64,
    Hex,
}

#[derive(Debug)]
pub enum Line {
    Is(OrRef<String>),
    Words(Vec<OrRef<String>>),
    EachSigned(Separator),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Separator {
    Colon,
    ColonSpace,
}

#[derive(Debug)]
pub struct Attach {
    pub when: Option<Cond>,
    pub to: AttachTo,
}

#[derive(Debug)]
pub enum AttachTo {
    Header {
        name: OrRef<String>,
        value: Value,
        prefix: Option<Value>,
    },
    /// `Scheme a="x",b="y"`.
    Fields {
        name: OrRef<String>,
        scheme: String,
        fields: Map<Value>,
    },
    Query {
        name: OrRef<String>,
        value: Value,
    },
}

#[derive(Debug)]
pub struct AuthExample {
    pub name: Option<String>,
    pub credentials: Map<Json>,
    pub method: String,
    pub url: String,
    pub headers: Map<String>,
    pub body: Option<String>,
    pub adds_headers: Map<String>,
    pub adds_query: Map<String>,
}

// Parameter, connection, plugin

#[derive(Debug)]
pub struct Parameter {
    pub type_: ParameterType,
    pub label: Text,
    pub help: Option<Text>,
    pub required: bool,
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    pub options: Option<Options>,
    pub template: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterType {
    Number,
    Integer,
    String,
    Boolean,
    Text,
}

#[derive(Debug)]
pub struct Connection {
    pub about: Option<String>,
    pub credentials: Map<Field>,
}

#[derive(Debug)]
pub struct Plugin {
    pub id: String,
    pub about: Option<String>,
    pub author: String,
    pub version: String,
    pub created_at: String,
    pub memory: u64,
    pub label: Text,
    pub description: Text,
    pub icon: String,
    pub icon_dark: String,
    pub background: Option<String>,
    pub tags: Vec<String>,
    pub repo: Option<String>,
    pub help: Option<Help>,
    pub model_name: ModelName,
    pub endpoint_version: EndpointVersion,
    pub auth: AuthSelect,
    pub offers: Map<Node>,
    /// `<group>.<field>` to override.
    pub credentials: Map<FieldOverride>,
    pub parameters: Map<ParameterOverride>,
    pub differences: Vec<Text>,
}

#[derive(Debug)]
pub struct Help {
    pub title: Text,
    pub url: Text,
}

#[derive(Debug)]
pub struct ModelName {
    pub label: Text,
    pub placeholder: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointVersion {
    V1,
    AsGiven,
}

#[derive(Debug)]
pub struct AuthSelect {
    pub select: String,
    pub default: String,
    pub label: Text,
    pub options: Map<AuthOption>,
}

#[derive(Debug)]
pub struct AuthOption {
    pub auth: String,
    pub label: Option<Text>,
}

/// What is offered for a model type: a protocol, or a choice by a stored value.
#[derive(Debug)]
pub enum Node {
    Leaf { protocol: String, also: Vec<String>, model: Option<String>, label: Option<Text> },
    Branch { select: String, default: String, form: bool, label: Option<Text>, options: Map<Node> },
}

#[derive(Debug, Default)]
pub struct ParameterOverride {
    pub default: Option<Json>,
    pub help: Option<Text>,
    pub label: Option<Text>,
}
