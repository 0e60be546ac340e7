//! Readers of texts, references, types, options, paths and of everything that may be a reference instead of a literal.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value as Json;

use super::refuse;
use crate::ast::{Derived, Map, Options, OrRef, Path, Property, Ref, Text, Type};

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
        struct Reader;

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Languages {
            #[serde(rename = "en_US")]
            en_us: String,
            #[serde(rename = "zh_Hans")]
            zh_hans: Option<String>,
            #[serde(rename = "ja_JP")]
            ja_jp: Option<String>,
            #[serde(rename = "pt_BR")]
            pt_br: Option<String>,
        }

        impl<'de> Visitor<'de> for Reader {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a map from language to text (`en_US`, `zh_Hans`, `ja_JP`, `pt_BR`)")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text { en_us: text.to_owned(), zh_hans: None, ja_jp: None, pt_br: None, all: true })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Text, A::Error> {
                let Languages { en_us, zh_hans, ja_jp, pt_br } =
                    Languages::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
                Ok(Text { en_us, zh_hans, ja_jp, pt_br, all: false })
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

impl Ref {
    /// Reads `$root.segment.segment`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Ref, String> {
        let rest = text.strip_prefix('$').ok_or("it does not begin with `$`")?;
        let mut segments = rest.split('.').map(str::to_owned);
        let root = segments.next().unwrap_or_default();
        let path: Vec<String> = segments.collect();
        for segment in std::iter::once(&root).chain(&path) {
            if segment.is_empty() {
                return Err("a segment is empty".to_owned());
            }
            if let Some(odd) = segment.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '_' && *c != '-') {
                return Err(match odd {
                    '[' | ']' => format!("an index is a segment: `{}`", text.replace('[', ".").replace(']', "")),
                    ' ' => "a reference is always the whole scalar, nothing stands beside it".to_owned(),
                    '{' | '}' => format!("it has no braces: `{}`", text.replace(['{', '}'], "")),
                    '*' => "a list is read with `$each`, and `$item` is its element".to_owned(),
                    odd => format!("`{odd}` cannot stand in a segment"),
                });
            }
            if segment.bytes().all(|byte| byte.is_ascii_digit()) && segment.parse::<u16>().is_err() {
                return Err(format!("an index is at most {}", u16::MAX));
            }
        }
        Ok(Ref { root, path })
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "${}", self.root)?;
        self.path.iter().try_for_each(|segment| write!(f, ".{segment}"))
    }
}

/// The error for a text that should be a reference.
pub fn bad_reference<E: Error>(text: &str, why: &str) -> E {
    refuse(
        "S0111",
        format!("`{text}` is not a reference: {why}"),
        "a reference is `$root.segment.segment`; a text that begins with `$` is written `{ $literal: ... }`",
    )
}

impl<'de> Deserialize<'de> for Ref {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ref, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ref::read(&text).map_err(|why| bad_reference(&text, &why))
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for OrRef<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OrRef<T>, D::Error> {
        let value = Json::deserialize(deserializer)?;
        if let Some(text) = value.as_str()
            && text.starts_with('$')
        {
            return Ref::read(text).map(OrRef::Ref).map_err(|why| bad_reference(text, &why));
        }
        T::deserialize(value).map(OrRef::Is).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Property, D::Error> {
        let value = OrRef::<Json>::deserialize(deserializer)?;
        Ok(match value {
            OrRef::Ref(reference) => Property::Ref(reference),
            OrRef::Is(Json::Object(members)) if members.keys().any(|key| key.starts_with('$')) => {
                Property::Derived(Derived::deserialize(Json::Object(members)).map_err(D::Error::custom)?)
            }
            OrRef::Is(literal) => Property::Is(literal),
        })
    }
}

impl<'de> Deserialize<'de> for Path {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Path, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Path;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a relative path, or a list of segments")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Path, E> {
                check_path(text)?;
                Ok(Path::Is(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Path, A::Error> {
                let mut segments = Vec::new();
                while let Some(segment) = items.next_element::<OrRef<String>>()? {
                    if let OrRef::Is(text) = &segment {
                        check_path::<A::Error>(text)?;
                    }
                    segments.push(segment);
                }
                if segments.is_empty() {
                    return Err(refuse("S0115", "the path has no segments", RELATIVE));
                }
                Ok(Path::Segments(segments))
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// How a path is written.
const RELATIVE: &str = "write it relative to the endpoint: `chat/completions`; segments that come from a reference are \
                        a list: `[models, $model]`";

/// What is written of a path: all of it, or one segment.
fn check_path<E: Error>(text: &str) -> Result<(), E> {
    let bad = |what: String| Err(refuse("S0115", what, RELATIVE));
    if text.starts_with('/') {
        return bad(format!("the path `{text}` begins with `/`"));
    }
    if text.contains("://") {
        return bad(format!("`{text}` is a whole URL"));
    }
    if text.contains(['{', '}']) {
        return bad(format!("nothing is filled into the path `{text}`: it would be sent with its braces"));
    }
    if text.is_empty() || text.contains(['$', '?', '#', '\\']) {
        return bad(format!("`{text}` is not a relative path"));
    }
    if let Some(odd) = text.chars().find(|c| !c.is_ascii_graphic()) {
        return bad(format!("the path `{}` holds `{}`, which no URL does", text.escape_debug(), odd.escape_debug()));
    }
    let wrong = match text.split('/').find(|part| matches!(*part, "" | "." | "..")) {
        None => return Ok(()),
        Some("") if text.ends_with('/') => "ends in `/`".to_owned(),
        Some("") => "has an empty part".to_owned(),
        Some(dots) => format!("has the part `{dots}`"),
    };
    Err(refuse("S0117", format!("the path `{text}` {wrong}"), "leave it out: no such request is ever sent"))
}

impl Type {
    /// Reads `string`, `list<message>`, `optional integer`, `a | b`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Type, String> {
        const DEEPEST: usize = 8;
        if text.matches("list<").count() + text.matches("optional ").count() > DEEPEST {
            return Err(format!("it has more than {DEEPEST} levels"));
        }
        let text = text.trim();
        if let Some(bare) = text.strip_suffix('?') {
            return Err(format!("a type has no `?`: write `optional {bare}`"));
        }
        if let Some(rest) = text.strip_prefix("optional ") {
            return Ok(Type::Optional(Box::new(Type::read(rest)?)));
        }
        let list =
            text.strip_suffix("[]").or_else(|| text.strip_prefix("list[").and_then(|rest| rest.strip_suffix(']')));
        if let Some(element) = list {
            return Err(format!("write `list<{element}>`"));
        }
        if let Some(rest) = text.strip_prefix("list<") {
            let inner = rest.strip_suffix('>').ok_or_else(|| format!("`{text}` lacks its `>`"))?;
            return Ok(Type::List(Box::new(Type::read(inner)?)));
        }
        let word = |word: &str| {
            let word = word.trim();
            let legal = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            legal.then(|| word.to_owned()).ok_or_else(|| match word.to_ascii_lowercase() {
                lower if lower != word => format!("types are written in lower case: `{lower}`"),
                _ => format!("`{word}` is not a word"),
            })
        };
        if text.contains('|') {
            return Ok(Type::Closed(text.split('|').map(word).collect::<Result<_, _>>()?));
        }
        word(text).map(Type::Named)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Named(name) => f.write_str(name),
            Type::List(inner) => write!(f, "list<{inner}>"),
            Type::Optional(inner) => write!(f, "optional {inner}"),
            Type::Closed(words) => f.write_str(&words.join(" | ")),
            Type::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, type_)| format!("{name}: {type_}")).collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Type, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Type;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a type such as `list<string>`, or a record of types")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Type, E> {
                Type::read(text).map_err(|why| {
                    let help =
                        "types: `string`, `list<string>`, `optional integer`, `a | b`, or a record `{ name: type }`";
                    refuse("S0112", format!("`{text}` is not a type: {why}"), help)
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Type, A::Error> {
                entries(map).map(Type::Record)
            }
        }

        deserializer.deserialize_any(Reader)
    }
}

/// Reads a map in the order written.
pub fn table<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Map<T>, D::Error> {
    struct Reader<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Reader<T> {
        type Value = Map<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Map<T>, A::Error> {
            entries(map)
        }
    }

    deserializer.deserialize_map(Reader(PhantomData))
}

/// Reads a map whose values may be left empty.
pub fn sparse_table<'de, D, T>(deserializer: D) -> Result<Map<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    let table: Map<Option<T>> = table(deserializer)?;
    Ok(table.into_iter().map(|(key, value)| (key, value.unwrap_or_default())).collect())
}

pub fn entries<'de, A: MapAccess<'de>, T: Deserialize<'de>>(mut map: A) -> Result<Map<T>, A::Error> {
    let mut entries = Vec::new();
    while let Some(entry) = map.next_entry()? {
        entries.push(entry);
    }
    Ok(entries)
}

/// Reads a list of values, or a map from value to label.
pub fn options<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Options>, D::Error> {
    struct Reader;

    impl<'de> Visitor<'de> for Reader {
        type Value = Options;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of values, or a map from value to label")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Options, A::Error> {
            let mut options = Vec::new();
            while let Some(value) = items.next_element::<String>()? {
                options.push((value, None));
            }
            Ok(options)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Options, A::Error> {
            entries(map)
        }
    }

    deserializer.deserialize_any(Reader).map(Some)
}
