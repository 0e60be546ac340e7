//! What a reference means where it stands: its type, or that the reply decides, or why it means nothing.

use crate::ast::{Action, Field, FieldType, File, Map, ModelType, ParameterType, Protocol, Ref, Sent, Specs, Type};
use crate::catalogue::{self, Site, named, type_of};

use super::fits::fits;
use super::uses::{Owner, Use};

/// What a reference stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// A value of this type.
    Typed(Type),
    /// A path of a reply or event: it takes the type of what it feeds.
    Inferred,
}

/// Why a reference means nothing.
#[derive(Debug, PartialEq)]
pub enum Unknown {
    /// There is no such root.
    Root,
    /// The root is not legal here.
    Place,
    /// The root stands alone and must not, or the other way round.
    Bare,
    /// There is no such member; what there is.
    Member(String, Vec<String>),
}

/// The model type that a protocol implements and the action of it.
pub fn implemented<'s>(specs: &'s Specs, protocol: &Protocol) -> Option<(&'s File<ModelType>, &'s Action)> {
    specs.implemented(&protocol.implements).map(|(file, _, action)| (file, action))
}

/// Finds an entry of a table.
pub fn find<'m, T>(map: &'m Map<T>, name: &str) -> Option<&'m T> {
    map.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// The fields that a spec may refer to.
pub fn fields<'s>(specs: &'s Specs, owner: Owner<'s>) -> Vec<(&'s str, &'s Field)> {
    let table = |map: &'s Map<Field>| map.iter().map(|(name, field)| (name.as_str(), field));
    match owner {
        Owner::Protocol(protocol) => {
            let type_ = implemented(specs, protocol).map(|(file, _)| table(&file.spec.credentials));
            table(&protocol.credentials).chain(type_.into_iter().flatten()).collect()
        }
        Owner::ModelType(type_, _) => table(&type_.credentials).collect(),
        Owner::Auth(auth) => table(&auth.credentials).collect(),
        Owner::Connection(connection) => table(&connection.credentials).collect(),
    }
}

/// The inputs and derived values of an action, each with its type.
pub fn inputs(action: &Action) -> Vec<(&str, Type)> {
    let given = action.input.iter().map(|(name, type_)| (name.as_str(), type_.clone()));
    let mut all: Vec<(&str, Type)> = given.collect();
    for (name, derived) in &action.derived {
        let output = catalogue::function(catalogue::CONVERTERS, &derived.as_.name).map(|function| function.output);
        let mut type_ = type_of(output.unwrap_or("json"));
        let source = derived.from.path.first().and_then(|from| all.iter().find(|(name, _)| name == from));
        if matches!(source, Some((_, Type::Optional(_)))) {
            type_ = Type::Optional(Box::new(type_));
        }
        all.push((name, type_));
    }
    all
}

/// The type of a credential field's value.
pub fn field_type(field: &Field) -> Type {
    let named = |name: &str| Type::Named(name.to_owned());
    let type_ = match (&field.options, field.type_) {
        (Some(options), _) => Type::Closed(options.iter().map(|(value, _)| value.clone()).collect()),
        (None, Some(FieldType::Flag)) => return named("boolean"),
        (None, Some(FieldType::Integer | FieldType::Seconds)) => named("integer"),
        (None, Some(FieldType::Number)) => named("number"),
        (None, Some(FieldType::Decimal)) => named("decimal"),
        (None, Some(FieldType::Headers | FieldType::Map)) => named("map"),
        (None, Some(FieldType::SigningKey)) => named("signing_key"),
        (None, Some(FieldType::Voices)) => type_of("list<voice>"),
        (None, _) => named("string"),
    };
    if field.required == Some(true) || field.default.is_some() { type_ } else { Type::Optional(Box::new(type_)) }
}

/// The type of a parameter's value.
pub fn parameter_type(specs: &Specs, name: &str) -> Option<Type> {
    let parameter = &specs.parameters.get(name)?.spec;
    Some(match (&parameter.options, parameter.type_) {
        (Some(options), _) => Type::Closed(options.iter().map(|(value, _)| value.clone()).collect()),
        (None, ParameterType::Number) => Type::Named("number".to_owned()),
        (None, ParameterType::Integer) => Type::Named("integer".to_owned()),
        (None, ParameterType::Boolean) => Type::Named("boolean".to_owned()),
        (None, ParameterType::String | ParameterType::Text) => Type::Named("string".to_owned()),
    })
}

/// Whether a parameter is sent as headers, and so is nothing that a request refers to.
pub fn sent_as_headers(specs: &Specs, parameter: &str) -> bool {
    specs.parameters.get(parameter).is_some_and(|file| file.spec.sent == Sent::Headers)
}

/// What an action hands to `deliver`: its output, of which the finisher has taken the whole or one member.
pub fn delivered(action: &Action) -> Option<Type> {
    let output = action.output.clone()?;
    let finisher = action.finish.as_ref().and_then(|call| catalogue::function(catalogue::FINISHERS, &call.name));
    let Some(function) = finisher else { return Some(output) };
    let Type::Record(mut members) = output else { return Some(type_of(function.output)) };
    if let Some(name) = finished(action, function)
        && let Some((_, type_)) = members.iter_mut().find(|(member, _)| *member == name)
    {
        *type_ = type_of(function.output);
    }
    Some(Type::Record(members))
}

/// The member of a record output that a finisher takes: the only one of its type.
pub fn finished(action: &Action, function: &catalogue::Function) -> Option<String> {
    let Some(Type::Record(members)) = &action.output else { return None };
    let input = type_of(function.input);
    let mut fitting = members.iter().filter(|(_, type_)| fits(type_, &input));
    match (fitting.next(), fitting.next()) {
        (Some((name, _)), None) => Some(name.clone()),
        _ => None,
    }
}

/// The type of `$batch`: of the slice, or of the element.
fn batch(specs: &Specs, owner: Owner<'_>) -> Result<Type, Unknown> {
    let Owner::Protocol(Protocol { batch: Some(batch), .. }) = owner else { return Err(Unknown::Place) };
    if batch.over.root == "batch" {
        return Err(Unknown::Place);
    }
    let Meaning::Typed(list) = resolve(specs, owner, Site::Request, &[], &batch.over)? else {
        return Err(Unknown::Place);
    };
    Ok(match (list, &batch.size) {
        (Type::List(element), None) => *element,
        (list, _) => list,
    })
}

/// What a reference means.
///
/// # Errors
/// Why it means nothing.
pub fn meaning(specs: &Specs, used: &Use<'_>) -> Result<Meaning, Unknown> {
    resolve(specs, used.owner, used.site, used.each, used.reference)
}

/// What a reference means in a place.
///
/// # Errors
/// Why it means nothing.
pub fn resolve(specs: &Specs, owner: Owner<'_>, site: Site, each: &[Ref], reference: &Ref) -> Result<Meaning, Unknown> {
    let root = catalogue::root(&reference.root).ok_or(Unknown::Root)?;
    if !root.sites.contains(&site) || (root.name == "item" && each.is_empty()) {
        return Err(Unknown::Place);
    }
    let [name, rest @ ..] = reference.path.as_slice() else {
        return match (root.name, root.bare) {
            ("reply" | "event", _) => Ok(Meaning::Inferred),
            ("item", _) => {
                element(specs, owner, site, each).map(|element| element.map_or(Meaning::Inferred, Meaning::Typed))
            }
            ("output", _) => match owner {
                Owner::ModelType(_, Some(action)) => {
                    delivered(action).map(Meaning::Typed).ok_or_else(|| Unknown::Member(String::new(), Vec::new()))
                }
                _ => Err(Unknown::Place),
            },
            ("batch", _) => batch(specs, owner).map(Meaning::Typed),
            (_, Some(type_)) => Ok(Meaning::Typed(type_of(type_))),
            _ => Err(Unknown::Bare),
        };
    };
    let member = |table: Vec<(&str, Type)>| -> Result<Meaning, Unknown> {
        match table.iter().find(|(known, _)| known == name) {
            Some((_, type_)) => within(type_, rest).map(Meaning::Typed),
            None => Err(Unknown::Member(name.clone(), table.iter().map(|(name, _)| (*name).to_owned()).collect())),
        }
    };
    match root.name {
        "reply" | "event" => Ok(Meaning::Inferred),
        "item" => match element(specs, owner, site, each)? {
            None => Ok(Meaning::Inferred),
            Some(type_) => within(&type_, &reference.path).map(Meaning::Typed),
        },
        "batch" => within(&batch(specs, owner)?, &reference.path).map(Meaning::Typed),
        "input" => {
            let action = match owner {
                Owner::Protocol(protocol) => implemented(specs, protocol).map(|(_, action)| action),
                Owner::ModelType(_, action) => action,
                Owner::Auth(_) | Owner::Connection(_) => None,
            };
            member(action.map(inputs).unwrap_or_default())
        }
        "credential" => {
            member(fields(specs, owner).into_iter().map(|(name, field)| (name, field_type(field))).collect())
        }
        "task" => match owner {
            Owner::Protocol(protocol) => {
                let kept = protocol.task.iter().flat_map(|task| &task.keep);
                member(kept.map(|(name, _)| (name.as_str(), type_of("string"))).collect())
            }
            _ => Err(Unknown::Place),
        },
        "param" => match owner {
            Owner::Protocol(protocol) => {
                let type_ = |name: &str| parameter_type(specs, name).unwrap_or(Type::Named("json".to_owned()));
                let optional = |name: &str| Type::Optional(Box::new(type_(name)));
                let listed = protocol.parameters.iter().map(|(name, _)| name.as_str());
                member(listed.filter(|name| !sent_as_headers(specs, name)).map(|name| (name, optional(name))).collect())
            }
            _ => Err(Unknown::Place),
        },
        "output" => match owner {
            Owner::ModelType(_, Some(action)) => match delivered(action) {
                Some(type_) => within(&type_, &reference.path).map(Meaning::Typed),
                None => Err(Unknown::Member(name.clone(), Vec::new())),
            },
            _ => Err(Unknown::Place),
        },
        "request" if name == "header" && rest.len() == 1 => Ok(Meaning::Typed(type_of("optional string"))),
        _ if root.members.is_empty() => Err(Unknown::Bare),
        _ => {
            let path = reference.path.join(".");
            match root.members.iter().find(|(known, _)| *known == path) {
                Some((_, type_)) => Ok(Meaning::Typed(type_of(type_))),
                None => Err(Unknown::Member(path, root.members.iter().map(|(name, _)| (*name).to_owned()).collect())),
            }
        }
    }
}

/// The type of an element of `$each`; none if the reply decides.
fn element(specs: &Specs, owner: Owner<'_>, site: Site, each: &[Ref]) -> Result<Option<Type>, Unknown> {
    let Some(source) = each.first() else { return Err(Unknown::Place) };
    Ok(match resolve(specs, owner, site, &[], source)? {
        Meaning::Inferred => None,
        Meaning::Typed(type_) => match bare(&type_) {
            Type::List(element) => Some((**element).clone()),
            other => Some(other.clone()),
        },
    })
}

/// A type without `optional`.
pub fn bare(type_: &Type) -> &Type {
    match type_ {
        Type::Optional(inner) => bare(inner),
        other => other,
    }
}

/// The members of a type, each with its type.
pub fn members(type_: &Type) -> Vec<(String, Type)> {
    match bare(type_) {
        Type::Record(fields) => fields.clone(),
        Type::Named(name) => named(name)
            .map(|named| named.members.iter().map(|(name, type_)| ((*name).to_owned(), type_of(type_))).collect())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The type at the end of a path into a type.
fn within(type_: &Type, path: &[String]) -> Result<Type, Unknown> {
    let [name, rest @ ..] = path else { return Ok(type_.clone()) };
    let known = members(type_);
    match known.iter().find(|(member, _)| member == name) {
        Some((_, type_)) => within(type_, rest),
        None if *bare(type_) == Type::Named("json".to_owned()) => Ok(type_of("optional json")),
        None => Err(Unknown::Member(name.clone(), known.into_iter().map(|(name, _)| name).collect())),
    }
}
