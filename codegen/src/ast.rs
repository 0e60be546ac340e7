//! What the user wrote, file by file. No meaning yet: references are not resolved and nothing is derived.
//!
//! Plain structs and enums are read by serde. The few keys with two YAML forms (reference lists, conditions, options,
//! paths, outputs, converter calls, texts and mapping values) have one hand-written reader each, in [`crate::parse`],
//! which decides by YAML kind and never by trying one form after another, so that every error keeps its position.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::parse::forms;
use crate::parse::scalars::{options, sparse_table, table};

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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    pub id: String,
    pub about: Option<String>,
    /// `rerank`, or `llm.start_polling`.
    pub implements: String,
    pub shape: Shape,
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::features")]
    pub features: Vec<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<OrRef<Json>>,
    #[serde(default, deserialize_with = "sparse_table")]
    #[schemars(with = "BTreeMap<String, Option<Narrowing>>")]
    pub parameters: Map<Narrowing>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
    /// Empty: `[{ $reply.error: $present }]`.
    #[serde(default)]
    pub fails: Vec<Cond>,
    pub request: Request,
    pub stream: Option<Stream>,
    pub reply: Option<Value>,
    pub examples: Vec<Example>,
}

/// The shapes that a spec uses so far; the others come with the first protocol that needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    Json,
    Chat,
}

/// What a protocol says of a parameter: the vendor's limits.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Narrowing {
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    pub options: Option<Vec<String>>,
    pub required: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Request")]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Under {
    Version,
    Prefix,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Retreat {
    #[serde(default)]
    pub drop: Vec<String>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub rename: Map<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub frames: Frames,
    pub separator: Option<Ref>,
    pub ends_with: Option<String>,
    pub events: Vec<Rule>,
}

/// The framings that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Frames {
    Sse,
}

/// One rule of a stream: the first whose condition holds wins.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub when: Option<Cond>,
    pub emit: Value,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub name: Option<String>,
    pub input: Json,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
    /// Logical names; flags as booleans.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub credentials: Map<Json>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, String>")]
    pub headers: Map<String>,
    pub sends: Json,
    pub receives: Option<Json>,
    pub streams: Option<Vec<Json>>,
    pub yields: Json,
}

// Model type

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::ModelType")]
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

#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "forms::Action")]
pub struct Action {
    pub input: Map<Type>,
    pub derived: Map<Derived>,
    pub output: Option<Type>,
    pub finish: Option<Call>,
    pub deliver: Option<Deliver>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Derived {
    #[serde(rename = "$from")]
    pub from: Ref,
    #[serde(rename = "$as")]
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reasoning {
    ThinkTags,
    Drop,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Schema {
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_feature")]
    pub features: Map<Cond>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(schema_with = "crate::schema::by_property")]
    pub properties: Map<OrRef<Json>>,
    pub pricing: Option<Pricing>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pricing {
    pub input: Ref,
    pub output: Option<Ref>,
    pub unit: Ref,
    pub currency: Ref,
}

/// What a model type says of a parameter: when it is offered, limits and values fed by credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    pub when: Option<Cond>,
    pub min: Option<OrRef<f64>>,
    pub max: Option<OrRef<f64>>,
    pub default: Option<OrRef<Json>>,
    #[serde(default)]
    pub fixed: Vec<Fixed>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fixed {
    pub when: Cond,
    pub value: Json,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub input: Value,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub parameters: Map<Json>,
}

// Credential fields

/// A credential field as declared.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Absent beside `options`.
    #[serde(rename = "type")]
    pub type_: Option<FieldType>,
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
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
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(try_from = "forms::FieldOverride")]
pub struct FieldOverride {
    pub field: Field,
    pub aliases: Vec<String>,
    /// Logical option to stored value.
    pub stored: Option<Map<String>>,
    pub same_as: Option<String>,
}

/// The field types that a spec uses so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
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

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Auth")]
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Jwt {
    pub key: Ref,
    pub algorithm: Ref,
    pub key_id: Option<Ref>,
    pub ttl: Ref,
    /// Seconds.
    #[serde(default)]
    pub backdate: u64,
    #[serde(default)]
    pub claims: Vec<Claim>,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Claim")]
pub enum Claim {
    Named { name: OrRef<String>, value: OrRef<String> },
    Merge(Ref),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sign {
    pub mac: OrRef<String>,
    pub secret: Ref,
    #[serde(default)]
    pub encoding: Encoding,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Value>")]
    pub headers: Map<Value>,
    #[serde(default)]
    pub signed: Vec<String>,
    #[serde(default)]
    pub lines: Vec<Line>,
    #[serde(default)]
    pub final_newline: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    #[default]
    Base64,
    Hex,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Line")]
pub enum Line {
    Is(OrRef<String>),
    Words(Vec<OrRef<String>>),
    EachSigned(Separator),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Separator {
    Colon,
    ColonSpace,
}

#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Attach")]
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

#[derive(Debug, Deserialize)]
#[serde(from = "forms::AuthExample")]
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

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    #[serde(rename = "type")]
    pub type_: ParameterType,
    pub label: Text,
    pub help: Option<Text>,
    #[serde(default)]
    pub required: bool,
    pub default: Option<Json>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub precision: Option<u32>,
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<forms::Options>")]
    pub options: Option<Options>,
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::template")]
    pub template: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParameterType {
    Number,
    Integer,
    String,
    Boolean,
    Text,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    pub about: Option<String>,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    pub credentials: Map<Field>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
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
    #[serde(default)]
    pub tags: Vec<String>,
    pub repo: Option<String>,
    pub help: Option<Help>,
    pub model_name: ModelName,
    pub endpoint_version: EndpointVersion,
    pub auth: AuthSelect,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Node>")]
    pub offers: Map<Node>,
    /// `<group>.<field>` to override.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, FieldOverride>")]
    pub credentials: Map<FieldOverride>,
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ParameterOverride>")]
    pub parameters: Map<ParameterOverride>,
    #[serde(default)]
    pub differences: Vec<Text>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Help {
    pub title: Text,
    pub url: Text,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelName {
    pub label: Text,
    pub placeholder: Option<Text>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointVersion {
    V1,
    AsGiven,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthSelect {
    pub select: String,
    pub default: String,
    pub label: Text,
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, AuthOption>")]
    pub options: Map<AuthOption>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthOption {
    pub auth: String,
    pub label: Option<Text>,
}

/// What is offered for a model type: a protocol, or a choice by a stored value.
#[derive(Debug, Deserialize)]
#[serde(try_from = "forms::Node")]
pub enum Node {
    Leaf { protocol: String, also: Vec<String>, model: Option<String>, label: Option<Text> },
    Branch { select: String, default: String, form: bool, label: Option<Text>, options: Map<Node> },
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterOverride {
    pub default: Option<Json>,
    pub help: Option<Text>,
    pub label: Option<Text>,
}
