//! Lenient types for what endpoints send: every member may be missing or null, numbers come as integers or floats,
//! lists of one come bare. Generated reply structs are made of these.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

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

impl From<serde_json::Error> for Undecoded {
    fn from(error: serde_json::Error) -> Self {
        Undecoded::Malformed(error.to_string())
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

/// A number; `"0.5"` is accepted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

/// A list; a bare element is a list of one.
#[derive(Debug, Clone)]
pub struct List<T>(pub Vec<T>);

/// Any JSON, verbatim.
pub type Json<'a> = &'a RawValue;

macro_rules! lenient {
    ($($type:ty),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let _ = deserializer;
                todo!()
            }
        }
    )*};
}
lenient!(Presence, Integer, Number);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        todo!()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let _ = deserializer;
        todo!()
    }
}
