//! Reads a document for the sake of the vectors in it, whose numbers are passed over many at a time.
//!
//! Everything else is left to `serde_json`, value by value. What is odd in any way ends the walk, and whoever asked for it
//! reads the document as any other: so there is one way in which mistakes are found and told.

use serde::de::value::Error;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use super::{numbers, values};

/// Deeper documents are not walked.
const DEEPEST: usize = 16;

/// What a document says, unless it is odd or mostly something else than vectors.
pub(super) fn read<'de, T: Deserialize<'de>>(document: &'de [u8]) -> Option<T> {
    let mut walk = Walk { document, at: 0, depth: 0, numbers: 0 };
    if walk.peek() != Some(b'{') {
        return None;
    }
    let read = T::deserialize(&mut walk).ok()?;
    // Vectors are parts of the document from here on: it must be worth keeping.
    (walk.peek().is_none() && walk.numbers >= document.len() / 2).then_some(read)
}

struct Walk<'de> {
    document: &'de [u8],
    at: usize,
    depth: usize,
    /// Bytes of vectors.
    numbers: usize,
}

fn odd() -> Error {
    Error::custom("odd")
}

impl<'de> Walk<'de> {
    fn rest(&self) -> &'de [u8] {
        self.document.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.rest().first().copied()
    }

    /// One value, by `serde_json`.
    fn json<T>(
        &mut self,
        read: impl FnOnce(&mut serde_json::Deserializer<serde_json::de::SliceRead<'de>>) -> serde_json::Result<T>,
    ) -> Result<T, Error> {
        let mut json = serde_json::Deserializer::from_slice(self.rest());
        let value = read(&mut json).map_err(|_| odd())?;
        self.at += json.into_iter::<IgnoredAny>().byte_offset();
        Ok(value)
    }

    /// What is in a list or an object.
    fn inside<T>(
        &mut self,
        close: u8,
        visit: impl FnOnce(&mut Inside<'_, 'de>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.at += 1;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(odd());
        }
        let mut inside = Inside { walk: self, close, first: true };
        let value = visit(&mut inside)?;
        if inside.walk.peek() != Some(close) {
            return Err(odd());
        }
        self.at += 1;
        self.depth -= 1;
        Ok(value)
    }
}

impl<'de> Deserializer<'de> for &mut Walk<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'{') => self.inside(b'}', |members| visitor.visit_map(members)),
            Some(b'[') => self.inside(b']', |elements| visitor.visit_seq(elements)),
            _ => self.json(|json| json.deserialize_any(visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.peek() {
            Some(b'n') => self.json(|json| json.deserialize_option(visitor)),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.peek();
        let rest = self.rest();
        match numbers::plain(rest).filter(|_| name == values::NAME) {
            Some(length) => {
                self.at += length;
                self.numbers += length;
                visitor.visit_borrowed_bytes(&rest[..length])
            }
            None => self.json(|json| json.deserialize_newtype_struct(name, visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.json(|json| json.deserialize_ignored_any(visitor))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct
        map struct enum identifier
    }
}

/// Elements or members, and what closes them.
struct Inside<'a, 'de> {
    walk: &'a mut Walk<'de>,
    close: u8,
    first: bool,
}

impl Inside<'_, '_> {
    /// Whether there is another one, which is next.
    fn has_more(&mut self) -> Result<bool, Error> {
        let is_first = std::mem::take(&mut self.first);
        match self.walk.peek() {
            Some(byte) if byte == self.close => Ok(false),
            Some(_) if is_first => Ok(true),
            Some(b',') => {
                self.walk.at += 1;
                if self.walk.peek() == Some(self.close) { Err(odd()) } else { Ok(true) }
            }
            _ => Err(odd()),
        }
    }
}

impl<'de> SeqAccess<'de> for &mut Inside<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        if self.has_more()? { seed.deserialize(&mut *self.walk).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for &mut Inside<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        if !self.has_more()? {
            return Ok(None);
        }
        if self.walk.peek() != Some(b'"') {
            return Err(odd());
        }
        seed.deserialize(&mut *self.walk).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        if self.walk.peek() != Some(b':') {
            return Err(odd());
        }
        self.walk.at += 1;
        seed.deserialize(&mut *self.walk)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reply::{Bytes, Count, Integer, Json, List, Presence, Text, Values, document, object};

    /// What generated readers are made of.
    #[derive(Debug, Default, Deserialize)]
    struct Reply<'a> {
        error: Option<Presence>,
        #[serde(borrow)]
        data: Option<List<Item<'a>>>,
        #[serde(default, deserialize_with = "object")]
        usage: Option<Usage>,
        #[serde(borrow)]
        text: Option<Text<'a>>,
        #[serde(borrow)]
        raw: Option<Json<'a>>,
    }

    #[derive(Debug, Default, Deserialize)]
    struct Item<'a> {
        index: Option<Integer>,
        #[serde(borrow)]
        embedding: Option<Values<'a>>,
    }

    #[derive(Debug, Default, Deserialize)]
    struct Usage {
        tokens: Option<Count>,
    }

    /// All that was read, with the numbers as they will be written.
    fn shown(reply: Reply<'_>, bytes: &Bytes) -> String {
        let items = reply.data.map(|items| {
            let numbers = |values: Values<'_>| values.within(bytes).json().clone();
            items.0.into_iter().map(|item| (item.index, item.embedding.map(numbers))).collect::<Vec<_>>()
        });
        let tokens = reply.usage.map(|usage| usage.tokens);
        format!("{:?} {items:?} {tokens:?} {:?} {:?}", reply.error, reply.text, reply.raw)
    }

    /// What the walk says of a document, if anything: the same as the usual reader.
    fn walked(text: &[u8]) -> Option<String> {
        let bytes = Bytes::copy_from_slice(text);
        let walked = shown(read::<Reply<'_>>(&bytes)?, &bytes);
        let usual = document::<Reply<'_>>(&*bytes).map(|reply| shown(reply, &bytes));
        assert_eq!(Ok(&walked), usual.as_ref(), "{}", String::from_utf8_lossy(text));
        Some(walked)
    }

    fn vector(numbers: usize) -> String {
        let numbers: Vec<String> = (0..numbers).map(|number| format!("-0.0{number}")).collect();
        format!("[{}]", numbers.join(","))
    }

    #[test]
    fn usual_replies_are_walked_and_their_vectors_not_copied() {
        let vector = vector(500);
        let text = format!(
            " {{\"object\":\"list\",\"data\":[{{\"object\":\"embedding\",\"index\":0,\"embedding\":{vector}}},\r\n\
             {{ \"embedding\" : {vector} , \"index\" : \"1\", \"more\": [{{}}, [], \"]\\\"\"] }}],\"model\":\"m\",\"error\":null,\
             \"usage\":{{\"tokens\":2,\"details\":null}},\"text\":[{{\"text\":\"a\"}},\"\\u00e9\"],\"raw\":[1, 2]}}\n"
        );
        assert!(walked(text.as_bytes()).is_some_and(|walked| walked.contains(&vector)));
        let bytes = Bytes::from(text);
        let item = read::<Reply<'_>>(&bytes).and_then(|reply| reply.data?.0.pop()?.embedding).expect("a vector");
        assert!(bytes.as_ptr_range().contains(&item.within(&bytes).json().as_ptr()));
    }

    #[test]
    fn what_is_odd_is_not_walked() {
        let v = vector(500);
        let item = format!("{{\"embedding\":{v}}}");
        let deep = |levels| format!("{{\"text\":{}{},\"data\":[{item}]}}", "[".repeat(levels), "]".repeat(levels));
        assert!(walked(deep(DEEPEST - 1).as_bytes()).is_some());
        for text in [
            String::new(),
            item.clone() + "}",
            format!("[{item}]"),
            format!("{{\"data\":[{item},]}}"),
            format!("{{\"data\":[{item} {item}]}}"),
            format!("{{\"data\":[,{item}]}}"),
            format!("{{\"data\":[{item}],}}"),
            format!("{{\"data\":[{item}]"),
            format!("{{\"data\" [{item}]}}"),
            format!("{{data:[{item}]}}"),
            format!("{{\"data\":[{item}],\"data\":[]}}"),
            format!("{{\"data\":[{item}],\"raw\":tru}}"),
            format!("{{\"data\":[{item}]}} 1"),
            format!("{{\"data\":[{item}],\"raw\":\"{}\"}}", "x".repeat(v.len() + 100)),
            deep(DEEPEST),
            deep(100_000),
        ] {
            assert_eq!(walked(text.as_bytes()), None, "{}", crate::error::cut(&text, 200));
        }
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            8 => (20..200_usize).prop_map(vector),
            1 => "\\[(-?[0-9.eE+]{0,6},? ?){0,4}\\]",
            1 => prop::sample::select(vec![
                "null", "[]", "{}", "\"\"", "\"AACAPgAAAL8=\"", "\"\\u0041\"", "[NaN]", "[01]", "[[0.5]]", "[1,\n2]", "[1e999]",
                "[null]", "7", "-1.5e3", "true", "{\"text\":\"a\"}", "[{\"text\":\"a\"},null]", "\"\\ud800\"", "[0.5,]", "nul",
            ]).prop_map(str::to_owned),
        ]
    }

    fn reply() -> impl Strategy<Value = Vec<u8>> {
        let name = prop::sample::select(vec!["embedding", "embedding", "embedding", "index", "usage", "tokens", "x"]);
        let member = (name, value()).prop_map(|(name, value)| format!("\"{name}\":{value}"));
        let item = prop::collection::vec(member, 0..3).prop_map(|members| format!("{{{}}}", members.join(",")));
        let list = prop_oneof![
            6 => prop::collection::vec(item, 1..4).prop_map(|items| format!("[{}]", items.join(", "))),
            1 => value(),
        ];
        let names = prop::sample::select(vec!["data", "data", "data", "error", "usage", "text", "raw", "model"]);
        let members = prop::collection::vec((names, list), 1..4);
        let broken = prop::option::weighted(0.5, (any::<prop::sample::Index>(), "[{}\\[\\]\",:0-9.e \n-]{0,2}"));
        (members, broken, any::<bool>()).prop_map(|(members, broken, bytes)| {
            let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
            let mut text = format!("{{{}}}", members.join(",")).into_bytes();
            if let Some((place, with)) = broken {
                let place = place.index(text.len());
                text.splice(place..=place, if bytes { vec![0xff] } else { with.into_bytes() });
            }
            text
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn a_walk_says_what_the_usual_reader_says(text in reply()) {
            walked(&text);
        }
    }
}
