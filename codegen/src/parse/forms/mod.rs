//! What is written where the tree has another form: keys that exclude each other, keys one level deeper or higher.

mod auth;

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::scalars::{options, table};
use super::{Refusal, refusal, value_table};
pub use auth::*;

use crate::ast::{self, Field, FieldType, Map, Schema, Text, Type, Value};

/// Reads a form and turns it into what it means while its place is known.
fn through<'de, D, F, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    F: Deserialize<'de>,
    T: TryFrom<F, Error: fmt::Display>,
{
    struct Reader<F, T>(PhantomData<(F, T)>);

    impl<'de, F: Deserialize<'de>, T: TryFrom<F, Error: fmt::Display>> Visitor<'de> for Reader<F, T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::try_from(F::deserialize(text.into_deserializer())?).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
            T::try_from(F::deserialize(MapAccessDeserializer::new(map))?).map_err(A::Error::custom)
        }
    }

    deserializer.deserialize_any(Reader(PhantomData::<(F, T)>))
}

macro_rules! read_through {
    ($($name:ident),*) => {$(
        impl<'de> Deserialize<'de> for ast::$name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ast::$name, D::Error> {
                through::<D, $name, ast::$name>(deserializer)
            }
        }
    )*};
}

read_through!(Request, ModelType, Action, FieldOverride, Node, Auth, Claim, Line, Attach, AuthExample);

/// A list of values, or a map from value to label.
#[derive(JsonSchema)]
#[serde(untagged)]
pub enum Options {
    Values(Vec<String>),
    Labels(BTreeMap<String, Text>),
}

/// How the request is sent. Exactly one of `post` and `get`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = [{ "required": ["post"] }, { "required": ["get"] }],
    "not" = { "required": ["body", "parts"] }
))]
pub struct Request {
    /// Path of a POST, relative to the endpoint's version part.
    post: Option<ast::Path>,
    /// Path of a GET, relative to the endpoint's version part.
    get: Option<ast::Path>,
    /// After the endpoint's version part (the default), or after its prefix with the version part removed.
    under: Option<ast::Under>,
    /// Headers by name, scalars only, a fraction in quotes; signed with the request. Never `host`, `content-length` or
    /// what authentication sets.
    #[serde(default, deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    headers: Map<Value>,
    /// Query parameters by name, scalars only, a fraction in quotes.
    #[serde(default, deserialize_with = "value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    query: Map<Value>,
    /// The JSON body, written as it is sent.
    body: Option<Value>,
    /// The parts of a multipart body, in the order they are sent; never beside `body`.
    #[serde(default, deserialize_with = "some_value_table")]
    #[schemars(schema_with = "crate::schema::value_table")]
    parts: Option<Map<Value>>,
    /// What to leave out or rename once more on a 400 that names it.
    #[serde(default)]
    retreat: ast::Retreat,
}

impl TryFrom<Request> for ast::Request {
    type Error = Refusal;

    fn try_from(request: Request) -> Result<ast::Request, Refusal> {
        let Request { post, get, under, headers, query, body, parts, retreat } = request;
        let (method, path) = match (post, get) {
            (Some(path), None) => (ast::Method::Post, path),
            (None, Some(path)) => (ast::Method::Get, path),
            _ => return Err(refusal("S0116", "a request has exactly one of `post` and `get`", "write one path")),
        };
        if body.is_some() && parts.is_some() {
            return Err(refusal("S0116", "a request has `body` or `parts`, not both", "take one of the two out"));
        }
        let under = under.unwrap_or(ast::Under::Version);
        Ok(ast::Request { method, path, under, headers, query, body, parts, retreat })
    }
}

/// One action: its typed input and output and what is delivered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Action {
    /// The daemon's own field names, each with its type.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Type>")]
    input: Map<Type>,
    /// Computed once before encoding; becomes `$input.<name>`.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ast::Derived>")]
    derived: Map<ast::Derived>,
    /// What a protocol's reply builds. Without it `deliver` answers here, and nothing is sent.
    output: Option<Type>,
    /// A finisher: from output and input to what is delivered.
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::finisher")]
    finish: Option<ast::Call>,
    /// Dify's answer. Of an output `chat` only `reasoning` and `images`; none for `audio`.
    deliver: Option<Value>,
}

impl TryFrom<Action> for ast::Action {
    type Error = Refusal;

    fn try_from(action: Action) -> Result<ast::Action, Refusal> {
        let Action { input, derived, output, finish, deliver } = action;
        let deliver = deliver.map(|value| delivery(output.as_ref(), value)).transpose()?;
        Ok(ast::Action { input, derived, output, finish, deliver })
    }
}

fn delivery(output: Option<&Type>, value: Value) -> Result<ast::Deliver, Refusal> {
    if output != Some(&Type::Named("chat".to_owned())) {
        return Ok(ast::Deliver::Answer(value));
    }
    let Value::Mapping(mapping) = &value else { return Err(chat_delivery()) };
    let (mut reasoning, mut images) = (ast::Reasoning::ThinkTags, None);
    for member in &mapping.members {
        match member {
            ast::Member::Named(key, Value::Literal(word)) if key == "reasoning" => {
                reasoning = match word.as_str() {
                    Some("think_tags") => ast::Reasoning::ThinkTags,
                    Some("drop") => ast::Reasoning::Drop,
                    _ => return Err(chat_delivery()),
                };
            }
            ast::Member::Named(key, Value::Literal(word)) if key == "images" => {
                images = Some(ast::OrRef::Is(match word.as_str() {
                    Some("markdown") => ast::Images::Markdown,
                    Some("parts") => ast::Images::Parts,
                    Some("links") => ast::Images::Links,
                    _ => return Err(chat_delivery()),
                }));
            }
            ast::Member::Named(key, Value::Ref(reference)) if key == "images" => {
                images = Some(ast::OrRef::Ref(reference.clone()));
            }
            _ => return Err(chat_delivery()),
        }
    }
    let plain = ast::Mapping { members: mapping.members.clone(), ..ast::Mapping::default() };
    if **mapping == plain { Ok(ast::Deliver::Chat { reasoning, images }) } else { Err(chat_delivery()) }
}

fn chat_delivery() -> Refusal {
    refusal(
        "S0116",
        "`deliver` of a `chat` output says only how reasoning and images are delivered",
        "write `reasoning: think_tags` or `drop`, `images: markdown`, `parts`, `links` or a field with these options",
    )
}

/// A model type: Dify's side of a protocol.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ModelType {
    /// Equal to the file name.
    id: String,
    /// What models of this type do: a sentence for the reference pages and the generated module.
    about: Option<String>,
    /// The model type in Dify, for example `text-embedding`.
    dify: String,
    /// The main action, for example `invoke_llm`.
    action: String,
    /// The daemon's own field names.
    #[serde(deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Type>")]
    input: Map<Type>,
    /// Computed once before encoding; becomes `$input.<name>`.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ast::Derived>")]
    derived: Map<ast::Derived>,
    /// What a protocol's `reply` builds.
    output: Option<Type>,
    /// From output and input to what is delivered.
    #[serde(default)]
    #[schemars(schema_with = "crate::schema::finisher")]
    finish: Option<ast::Call>,
    /// Dify's answer.
    deliver: Option<Value>,
    /// More actions.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Action>")]
    also: Map<ast::Action>,
    /// What the user fills in for a model of this type, by field.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, Field>")]
    credentials: Map<Field>,
    /// What the model reports of itself to Dify.
    #[serde(default)]
    schema: Schema,
    /// When a parameter is offered, limits fed by credentials, values forced by credentials.
    #[serde(default, deserialize_with = "table")]
    #[schemars(with = "BTreeMap<String, ast::Switch>")]
    parameters: Map<ast::Switch>,
    /// The request that validates credentials.
    probe: ast::Probe,
}

impl TryFrom<ModelType> for ast::ModelType {
    type Error = Refusal;

    fn try_from(raw: ModelType) -> Result<ast::ModelType, Refusal> {
        let ModelType { id, about, dify, action, input, derived, output, finish, deliver, .. } = raw;
        let main = Action { input, derived, output, finish, deliver }.try_into()?;
        let ModelType { also, credentials, schema, parameters, probe, .. } = raw;
        Ok(ast::ModelType { id, about, dify, action, main, also, credentials, schema, parameters, probe })
    }
}

/// What a plugin says of a field: any key of its declaration, and its stored names.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldOverride {
    /// Another type, which reads the same stored text.
    r#type: Option<FieldType>,
    /// Another closed choice.
    #[serde(default, deserialize_with = "options")]
    #[schemars(with = "Option<Options>")]
    options: Option<ast::Options>,
    /// Stored word that reads as true.
    enabled: Option<String>,
    /// Stored word that reads as false.
    disabled: Option<String>,
    /// Whether the form, and a call, insist on it.
    required: Option<bool>,
    /// Another value when nothing is stored.
    default: Option<serde_json::Value>,
    /// Least value.
    min: Option<f64>,
    /// Greatest value.
    max: Option<f64>,
    /// Stored word that means the empty text.
    empty_word: Option<String>,
    /// Stored name.
    variable: Option<String>,
    /// Whether the form shows it.
    form: Option<bool>,
    /// What the form calls it.
    label: Option<Text>,
    /// Grey text in the empty field.
    placeholder: Option<Text>,
    /// Text under the field.
    help: Option<Text>,
    /// Further stored names, read in order.
    #[serde(default)]
    aliases: Vec<String>,
    /// Logical option to stored value; options it leaves out are not offered.
    #[serde(default, deserialize_with = "some_table")]
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    stored: Option<Map<String>>,
    /// Another field, `<group>.<field>`, whose value this one shares.
    same_as: Option<String>,
}

fn some_table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Map<T>>, D::Error> {
    table(deserializer).map(Some)
}

fn some_value_table<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<Value>>, D::Error> {
    value_table(deserializer).map(Some)
}

impl From<FieldOverride> for ast::FieldOverride {
    fn from(raw: FieldOverride) -> ast::FieldOverride {
        let field = Field {
            type_: raw.r#type,
            options: raw.options,
            enabled: raw.enabled,
            disabled: raw.disabled,
            required: raw.required,
            default: raw.default,
            min: raw.min,
            max: raw.max,
            empty_word: raw.empty_word,
            variable: raw.variable,
            form: raw.form,
            label: raw.label,
            placeholder: raw.placeholder,
            help: raw.help,
        };
        ast::FieldOverride { field, aliases: raw.aliases, stored: raw.stored, same_as: raw.same_as }
    }
}

/// What is offered: a protocol (leaf), or a choice by a stored value (branch).
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Leaf: the protocol of the main action.
    protocol: Option<String>,
    /// Leaf: protocols of other actions.
    #[serde(default)]
    also: Vec<String>,
    /// Leaf: upstream model name when the user gives none.
    model: Option<String>,
    /// Leaf: what the option that leads here is called. Branch: what the selector is called.
    label: Option<Text>,
    /// Branch: the stored variable that chooses.
    select: Option<String>,
    /// Branch: the value when none is stored.
    default: Option<String>,
    /// Branch: whether the form shows the selector.
    form: Option<bool>,
    /// Branch: what the option is called that leads here, in a nested choice.
    option: Option<Text>,
    /// Branch: what a stored value that is no option means. `default` only where `form` is false.
    unlisted: Option<ast::Unlisted>,
    /// Branch: from stored value to what it chooses.
    #[serde(default, deserialize_with = "some_nodes")]
    #[schemars(with = "Option<BTreeMap<String, Node>>")]
    options: Option<Map<ast::Node>>,
}

fn some_nodes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Map<ast::Node>>, D::Error> {
    table(deserializer).map(Some)
}

impl TryFrom<Node> for ast::Node {
    type Error = Refusal;

    fn try_from(node: Node) -> Result<ast::Node, Refusal> {
        match node {
            Node {
                protocol: Some(protocol),
                also,
                model,
                label,
                select: None,
                default: None,
                form: None,
                option: None,
                unlisted: None,
                options: None,
            } => Ok(ast::Node::Leaf { protocol, also, model, label }),
            Node {
                protocol: None,
                also,
                model: None,
                label,
                select: Some(select),
                default: Some(default),
                form,
                option,
                unlisted,
                options: Some(options),
            } if also.is_empty() => Ok(ast::Node::Branch(ast::Branch {
                select,
                default,
                form: form.unwrap_or(true),
                label,
                option,
                unlisted: unlisted.unwrap_or_default(),
                options,
            })),
            _ => Err(refusal(
                "S0116",
                "an offer is either a protocol or a choice",
                "write `{ protocol }` with `also`, `model`, `label`, or `{ select, default, options }` with `form`, `label`, `option`, `unlisted`",
            )),
        }
    }
}
