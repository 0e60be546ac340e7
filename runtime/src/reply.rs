//! Lenient types for what endpoints send: every member may be missing or null, numbers come as integers or floats,
//! lists of one come bare. Generated reply structs are made of these.

mod lenient;
mod numbers;
mod values;
mod walk;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer, MapDeserializer};
use serde::de::{self, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub use bytes::Bytes;
pub use lenient::{Blank, Count, first, object};
pub use values::Values;

use crate::error::Error;

/// Why a document could not be decoded. The shape turns it into an error that says what came.
#[derive(Debug, PartialEq, Eq)]
pub enum Undecoded {
    /// The document says that the call failed (spec key `fails`).
    Refused,
    /// A required member did not arrive; the path as in the spec, for example `results`.
    Missing(&'static str),
    /// Not JSON, or JSON of another shape.
    Malformed(String),
}

impl From<Error> for Undecoded {
    /// What a converter says of what was read.
    fn from(error: Error) -> Self {
        Undecoded::Malformed(error.message().to_owned())
    }
}

impl From<serde_json::Error> for Undecoded {
    fn from(error: serde_json::Error) -> Self {
        Undecoded::Malformed(error.to_string())
    }
}

/// Reads a document. One that is a list has it as its member `$list`: without that, a list would be taken for the
/// members of an object, one after the other.
///
/// # Errors
/// If it is not JSON, or neither an object nor a list.
pub fn document<'de, T: Deserialize<'de>>(document: &'de (impl Document + ?Sized)) -> Result<T, Undecoded> {
    if !document.is_list() {
        return Ok(document.read()?);
    }
    let list: &RawValue = document.read()?;
    let members: MapDeserializer<'_, _, serde_json::Error> = MapDeserializer::new(std::iter::once(("$list", list)));
    Ok(T::deserialize(members)?)
}

/// Reads a document that is expected to hold vectors above all, as [`document`] does but faster.
///
/// # Errors
/// As [`document`].
pub fn vectors<'de, T: Deserialize<'de>>(document: &'de [u8]) -> Result<T, Undecoded> {
    walk::read(document).map_or_else(|| self::document(document), Ok)
}

/// What a document is read from: bytes, or text that is known to be UTF-8 and need not be checked again.
pub trait Document {
    /// Reads it.
    ///
    /// # Errors
    /// If it is not JSON, or JSON of another shape.
    fn read<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T>;

    /// Whether it begins as a list does.
    fn is_list(&self) -> bool;
}

impl Document for str {
    fn read<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        serde_json::from_str(self)
    }

    fn is_list(&self) -> bool {
        self.as_bytes().is_list()
    }
}

impl Document for Bytes {
    fn read<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        serde_json::from_slice(self)
    }

    fn is_list(&self) -> bool {
        self.as_ref().is_list()
    }
}

impl Document for [u8] {
    fn read<'de, T: Deserialize<'de>>(&'de self) -> serde_json::Result<T> {
        serde_json::from_slice(self)
    }

    fn is_list(&self) -> bool {
        self.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
    }
}

/// Whether a member is there: anything but null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Presence(pub bool);

/// Text. Also a list of parts (`[{"type":"text","text":"..."}]`), whose texts are joined; numbers as their digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

/// A whole number; `3.0` and `"3"` are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Integer(pub i64);

impl<'a> Text<'a> {
    /// Why an answer ended; `""` and `"null"` are no reason.
    pub fn finish(self) -> Option<Cow<'a, str>> {
        Some(self.0).filter(|text| !matches!(&**text, "" | "null"))
    }
}

/// A number; `"0.5"` is accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

/// A list; a bare element is a list of one.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<T>);

/// Any JSON, verbatim.
pub type Json<'a> = &'a RawValue;

impl<'de> Deserialize<'de> for Presence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Presence(Option::<IgnoredAny>::deserialize(deserializer)?.is_some()))
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserializer.deserialize_any(AnyNumber)?;
        // Counts are far below the limits of both types; a fraction is cut off.
        Ok(Integer(match number {
            Numeral::Whole(whole) => whole,
            Numeral::Fraction(fraction) => fraction as i64,
        }))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Number(match deserializer.deserialize_any(AnyNumber)? {
            Numeral::Whole(whole) => whole as f64,
            Numeral::Fraction(fraction) => fraction,
        }))
    }
}

enum Numeral {
    Whole(i64),
    Fraction(f64),
}

struct AnyNumber;

impl Visitor<'_> for AnyNumber {
    type Value = Numeral;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Numeral, E> {
        Ok(Numeral::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Numeral, E> {
        Ok(i64::try_from(number).map_or(Numeral::Fraction(number as f64), Numeral::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Numeral, E> {
        Ok(Numeral::Fraction(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Numeral, E> {
        let text = text.trim();
        if let Ok(whole) = text.parse() {
            return Ok(Numeral::Whole(whole));
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Numeral::Fraction(number)),
            _ => Err(E::custom("a text that is not a number")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

struct AnyText;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Owned(number.to_string())))
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Text<'de>, E> {
        Ok(Text(Cow::Borrowed(if yes { "true" } else { "false" })))
    }

    /// Parts: the texts are joined, parts without text are left out.
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Text<'de>, A::Error> {
        let mut joined: Option<Cow<'de, str>> = None;
        while let Some(part) = parts.next_element::<Option<Text<'de>>>()? {
            match (part, &mut joined) {
                (None, _) => {}
                (Some(part), None) => joined = Some(part.0),
                (Some(part), Some(joined)) => joined.to_mut().push_str(&part.0),
            }
        }
        Ok(Text(joined.unwrap_or_default()))
    }

    /// One part: its member `text`.
    fn visit_map<A: MapAccess<'de>>(self, mut part: A) -> Result<Text<'de>, A::Error> {
        let mut text = None;
        while let Some(key) = part.next_key::<Text<'de>>()? {
            if key.0 == "text" {
                text = part.next_value::<Option<Text<'de>>>()?;
            } else {
                part.next_value::<IgnoredAny>()?;
            }
        }
        Ok(text.unwrap_or(Text(Cow::Borrowed(""))))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListOrOne(PhantomData))
    }
}

struct ListOrOne<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListOrOne<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut elements = Vec::with_capacity(list.size_hint().unwrap_or(0));
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(List(elements))
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List(Vec::new()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<T>, A::Error> {
        one(MapAccessDeserializer::new(map))
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<List<T>, E> {
        one(BorrowedStrDeserializer::new(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List<T>, E> {
        one(text.into_deserializer())
    }

    fn visit_bool<E: de::Error>(self, yes: bool) -> Result<List<T>, E> {
        one(yes.into_deserializer())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<List<T>, E> {
        one(number.into_deserializer())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<List<T>, E> {
        one(number.into_deserializer())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<List<T>, E> {
        one(number.into_deserializer())
    }
}

fn one<'de, T: Deserialize<'de>, D: Deserializer<'de>>(element: D) -> Result<List<T>, D::Error> {
    Ok(List(vec![T::deserialize(element)?]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Reply<'a> {
        error: Option<Presence>,
        #[serde(borrow)]
        text: Option<Text<'a>>,
        count: Option<Integer>,
        score: Option<Number>,
        #[serde(borrow)]
        list: Option<List<Item<'a>>>,
        numbers: Option<List<Number>>,
    }

    #[derive(Deserialize)]
    struct Item<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
    }

    fn read(json: &str) -> Reply<'_> {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
    }

    #[derive(Deserialize)]
    struct Whole<'a> {
        first: Option<i64>,
        #[serde(borrow, rename = "$list")]
        list: Option<&'a RawValue>,
    }

    #[test]
    fn a_list_is_a_member_of_its_own_and_never_read_by_position() {
        let text = " [1, [2]]";
        for reply in [document::<Whole<'_>>(text).unwrap(), document(text.as_bytes()).unwrap()] {
            assert_eq!(reply.first, None);
            assert_eq!(reply.list.map(RawValue::get), Some("[1, [2]]"));
        }
        let reply: Whole<'_> = document(r#"{"first":1}"#).unwrap();
        assert_eq!((reply.first, reply.list.is_none()), (Some(1), true));
        for broken in ["[1", "[1] 2", "7", "", "\"text\""] {
            assert!(matches!(document::<Whole<'_>>(broken), Err(Undecoded::Malformed(_))), "{broken}");
        }
    }

    #[test]
    fn missing_and_null_are_the_same() {
        for json in ["{}", r#"{"error":null,"text":null,"count":null,"score":null,"list":null}"#] {
            let reply = read(json);
            assert!(reply.error.is_none() && reply.text.is_none() && reply.count.is_none());
            assert!(reply.score.is_none() && reply.list.is_none());
        }
        assert_eq!(read(r#"{"error":{"a":[1,{}]}}"#).error, Some(Presence(true)));
    }

    #[test]
    fn numbers_come_in_every_spelling() {
        for (json, count) in [("3", 3), ("3.0", 3), (r#""3""#, 3), (r#"" 3.0 ""#, 3), ("-1", -1), ("3e0", 3)] {
            assert_eq!(read(&format!(r#"{{"count":{json}}}"#)).count, Some(Integer(count)), "{json}");
        }
        for (json, score) in [("1", 1.0), ("0.5", 0.5), (r#""0.5""#, 0.5), ("1e-3", 0.001)] {
            assert_eq!(read(&format!(r#"{{"score":{json}}}"#)).score, Some(Number(score)), "{json}");
        }
        for json in [r#""NaN""#, r#""inf""#, r#""x""#, "{}", "[]", "true"] {
            assert!(serde_json::from_str::<Reply<'_>>(&format!(r#"{{"score":{json}}}"#)).is_err(), "{json}");
        }
    }

    #[test]
    fn text_is_borrowed_and_parts_are_joined() {
        assert!(matches!(read(r#"{"text":"plain"}"#).text, Some(Text(Cow::Borrowed("plain")))));
        let parts = r#"{"text":[{"type":"text","text":"a"},{"type":"image","url":"x"},null,"b",{"text":"c\n"}]}"#;
        assert_eq!(read(parts).text.unwrap().0, "abc\n");
        assert_eq!(read(r#"{"text":12}"#).text.unwrap().0, "12");
        assert!(matches!(read(r#"{"text":[{"text":"one"}]}"#).text, Some(Text(Cow::Borrowed("one")))));
    }

    #[test]
    fn a_bare_element_is_a_list_of_one() {
        assert_eq!(read(r#"{"list":{"name":"a"}}"#).list.unwrap().0.len(), 1);
        let list = read(r#"{"list":[{"name":"a"},{}]}"#).list.unwrap().0;
        assert!(matches!(&list[0].name, Some(Text(Cow::Borrowed("a")))) && list[1].name.is_none());
        assert_eq!(read(r#"{"numbers":2}"#).numbers.unwrap().0, [Number(2.0)]);
        assert_eq!(read(r#"{"numbers":"2.5"}"#).numbers.unwrap().0, [Number(2.5)]);
        assert!(read(r#"{"numbers":[]}"#).numbers.unwrap().0.is_empty());
    }
}
