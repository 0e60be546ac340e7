//! What is worth having and not worth failing for, and what is there without saying anything.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Integer, Json, List, Text};

/// A count of tokens: `3.0` and `"3"` are accepted, and anything else is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count(Option<u64>);

impl Count {
    /// The count, if there is one.
    pub fn known(self) -> Option<u64> {
        self.0
    }
}

impl From<Integer> for Count {
    fn from(integer: Integer) -> Self {
        Count(u64::try_from(integer.0).ok())
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyCount).map(Count)
    }
}

struct AnyCount;

impl<'de> Visitor<'de> for AnyCount {
    type Value = Option<u64>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(u64::try_from(number).ok())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        // Counts are far below the limit of both types; a fraction is cut off.
        Ok((0.0..1e15).contains(&number).then_some(number as u64))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        let number = text.trim().parse::<f64>().ok();
        Ok(number.filter(|number| (0.0..1e15).contains(number)).map(|number| number as u64))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// An object; anything else is absent. Use as `#[serde(default, deserialize_with = "reply::object")]`.
///
/// # Errors
/// If a member of the object cannot be read.
pub fn object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_any(ObjectOrNot(PhantomData))
}

struct ObjectOrNot<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectOrNot<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// What can be there and say nothing.
pub trait Blank {
    /// Whether it says nothing.
    fn is_blank(&self) -> bool;
}

impl Blank for Text<'_> {
    fn is_blank(&self) -> bool {
        self.0.is_empty()
    }
}

impl Blank for Count {
    fn is_blank(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Blank for List<T> {
    fn is_blank(&self) -> bool {
        self.0.is_empty()
    }
}

impl Blank for Json<'_> {
    fn is_blank(&self) -> bool {
        matches!(self.get(), "\"\"" | "[]" | "null")
    }
}

/// The first that says something; if none does, the first that is there.
pub fn first<T: Blank, const N: usize>(candidates: [Option<T>; N]) -> Option<T> {
    let mut blank = None;
    for candidate in candidates.into_iter().flatten() {
        if !candidate.is_blank() {
            return Some(candidate);
        }
        blank.get_or_insert(candidate);
    }
    blank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Reply {
        #[serde(default, deserialize_with = "object")]
        usage: Option<Usage>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    struct Usage {
        tokens: Option<Count>,
    }

    fn tokens(usage: &str) -> Option<Option<u64>> {
        let reply: Reply = serde_json::from_str(&format!(r#"{{"usage":{usage},"x":[1]}}"#)).unwrap();
        reply.usage.map(|usage| usage.tokens.and_then(Count::known))
    }

    #[test]
    fn an_object_of_another_kind_is_absent() {
        for usage in ["null", r#""n/a""#, "[]", "[[1],{}]", "0", "-1", "1.5", "true"] {
            assert_eq!(tokens(usage), None, "{usage}");
        }
        assert_eq!(serde_json::from_str::<Reply>("{}").unwrap(), Reply::default());
    }

    #[test]
    fn a_count_of_another_kind_is_none() {
        for (count, known) in [("3", 3), ("3.0", 3), (r#"" 3 ""#, 3), ("3e0", 3), ("0", 0)] {
            assert_eq!(tokens(&format!(r#"{{"tokens":{count}}}"#)), Some(Some(known)), "{count}");
        }
        for count in ["null", "-1", r#""many""#, r#""NaN""#, "[3]", r#"{"total":3}"#, "true", "1e300"] {
            assert_eq!(tokens(&format!(r#"{{"tokens":{count}}}"#)), Some(None), "{count}");
        }
    }

    #[test]
    fn what_is_broken_inside_is_still_an_error() {
        assert!(serde_json::from_str::<Reply>(r#"{"usage":{"tokens":}"#).is_err());
    }

    #[test]
    fn the_first_that_says_something_wins() {
        let text = |text: &'static str| Some(Text(text.into()));
        assert_eq!(first([text(""), text("b"), text("c")]), text("b"));
        assert_eq!(first([None, text(""), None]), text(""));
        assert_eq!(first::<Text<'_>, 2>([None, None]), None);
        let list = |items: &[i64]| Some(List(items.to_vec()));
        assert_eq!(first([list(&[]), list(&[1])]).unwrap().0, [1]);
    }
}
