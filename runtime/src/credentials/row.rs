//! A stored row as it comes: texts under the names Dify keeps them, borrowed from the daemon's line.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor, value};
use serde_json::{Map, Value};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::plain_text;

/// Stored texts by name; null is absent, of names that come twice the last one counts. Rows written by hand may hold
/// numbers, booleans and objects: those are their JSON. What had to be copied is overwritten when it is dropped. `Debug`
/// shows nothing of it.
#[derive(Default)]
pub struct Row<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl Row<'_> {
    /// The text under a name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, text)| &**text)
    }
}

impl<'a> From<&'a Map<String, Value>> for Row<'a> {
    fn from(members: &'a Map<String, Value>) -> Self {
        let text = |(name, value): (&'a String, &'a Value)| Some((name.as_str().into(), plain_text(value)?));
        Row(members.iter().filter_map(text).collect())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Row<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("credentials by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut row = Row(Vec::with_capacity(32));
                while let Some((Text(name), Text(text))) = map.next_entry()? {
                    let name = name.unwrap_or_default();
                    match text {
                        Some(text) => row.0.push((name, text)),
                        None => row.0.retain(|(known, _)| *known != name),
                    }
                }
                Ok(row)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A value as text; null is none.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text(None))
            }
            fn visit_bool<E>(self, yes: bool) -> Result<Self::Value, E> {
                Ok(json(&yes.into()))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
                Ok(json(&number.into()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(json(&number.into()))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
                Ok(json(&number.into()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(value::SeqAccessDeserializer::new(list)).map(|list| json(&list))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Value::deserialize(value::MapAccessDeserializer::new(map)).map(|map| json(&map))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

fn json(value: &Value) -> Text<'static> {
    Text(plain_text(value).map(|text| Cow::Owned(text.into_owned())))
}

impl Zeroize for Row<'_> {
    fn zeroize(&mut self) {
        for (_, text) in &mut self.0 {
            if let Cow::Owned(text) = text {
                text.zeroize();
            }
        }
    }
}

impl Drop for Row<'_> {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Row<'_> {}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &str = r#"{"a":"s3cret","b":null,"c":4.0,"d":true,"e":{"k":["s3cret",1]},"f":"x","f":"s3\u0063ret",
        "g":"gone","g":null}"#;

    #[test]
    fn whatever_was_stored_is_text() {
        let row: Row<'_> = serde_json::from_str(ROW).unwrap();
        let expected = [
            ("a", Some("s3cret")),
            ("b", None),
            ("c", Some("4.0")),
            ("d", Some("true")),
            ("e", Some(r#"{"k":["s3cret",1]}"#)),
            ("f", Some("s3cret")),
            ("g", None),
        ];
        let members: Map<String, Value> = serde_json::from_str(ROW).unwrap();
        for (name, text) in expected {
            assert_eq!(row.get(name), text, "{name}");
            assert_eq!(Row::from(&members).get(name), text, "{name}");
        }
        assert_eq!(format!("{row:?}"), "***");
        assert!(serde_json::from_str::<Row<'_>>("[]").is_err());
    }

    #[test]
    fn what_was_copied_is_overwritten() {
        let mut row: Row<'_> = serde_json::from_str(ROW).unwrap();
        row.zeroize();
        assert_eq!((row.get("e"), row.get("f")), (Some(""), Some("")));
        assert_eq!(row.get("a"), Some("s3cret"), "part of the line");
    }
}
