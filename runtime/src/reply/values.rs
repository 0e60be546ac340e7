//! The numbers of a vector: kept digit by digit as the endpoint wrote them, or read from base64.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::error::cut;
use crate::output;

/// The numbers of a vector as one line of JSON, `[0.1,-2e-3]`. It comes as a list of numbers, or as base64 of
/// little-endian 32-bit floats. There is at least one number, and every number is finite.
#[derive(Debug, Clone)]
pub struct Values<'a>(Cow<'a, [u8]>);

/// Under this name a reader may hand over bytes that it knows to be such numbers.
pub(super) const NAME: &str = "runtime::reply::Values";

/// Padding may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Values<'_> {
    /// What outlives the document: a part of `document`, where it was read without a change.
    pub fn within(self, document: &Bytes) -> output::Values {
        output::Values::of(match self.0 {
            Cow::Borrowed(numbers) => document.slice_ref(numbers),
            Cow::Owned(numbers) => numbers.into(),
        })
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Values<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, AnyNumbers)
    }
}

struct AnyNumbers;

impl<'de> Visitor<'de> for AnyNumbers {
    type Value = Values<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any valid JSON value")
    }

    fn visit_borrowed_bytes<E>(self, numbers: &'de [u8]) -> Result<Values<'de>, E> {
        Ok(Values(Cow::Borrowed(numbers)))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Values<'de>, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let values = match raw.as_bytes().first() {
            Some(b'[') => numbers(raw),
            Some(b'"') => floats(raw),
            _ => Err(format!("a vector is `{}`, neither a list of numbers nor base64", cut(raw, 40))),
        };
        values.map(|numbers| Values(Cow::Owned(numbers.into_bytes()))).map_err(D::Error::custom)
    }
}

fn numbers(text: &str) -> Result<String, String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or_default();
    if inner.trim_ascii().is_empty() {
        return Err("a vector without numbers".to_owned());
    }
    // The text is JSON: where it has no inner list, object or text, a comma parts two numbers.
    for number in inner.split(',') {
        let number = number.trim_ascii();
        if !is_finite(number) {
            return Err(format!("a vector holds `{}` where a finite number belongs", cut(number, 40)));
        }
    }
    // The answer is one line.
    if memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none() {
        return Ok(text.to_owned());
    }
    Ok(text.chars().filter(|character| !character.is_ascii_whitespace()).collect())
}

/// Only an exponent or hundreds of digits can make a JSON number too large.
fn is_finite(number: &str) -> bool {
    let bytes = number.as_bytes();
    match bytes.first() {
        Some(b'-' | b'0'..=b'9') => {
            let may_be_large = bytes.len() > 300 || memchr::memchr2(b'e', b'E', bytes).is_some();
            !may_be_large || number.parse().is_ok_and(f64::is_finite)
        }
        _ => false,
    }
}

fn floats(text: &str) -> Result<String, String> {
    let text: Cow<'_, str> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let bytes = BASE64.decode(text.as_bytes()).map_err(|error| format!("a vector is not base64 ({error})"))?;
    let (floats, rest) = bytes.as_chunks::<4>();
    if floats.is_empty() || !rest.is_empty() {
        return Err(format!("a vector in base64 has {} bytes, which are no 32-bit floats", bytes.len()));
    }
    let floats: Vec<f32> = floats.iter().map(|float| f32::from_le_bytes(*float)).collect();
    match floats.iter().find(|float| !float.is_finite()) {
        Some(float) => Err(format!("a vector holds {float} where a finite number belongs")),
        None => serde_json::to_string(&floats).map_err(|error| error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD as PADDED;

    use super::*;

    fn read(json: &str) -> Result<String, String> {
        let values: Result<Values<'_>, _> = serde_json::from_str(json);
        values.map(|values| String::from_utf8(values.0.into_owned()).unwrap()).map_err(|error| error.to_string())
    }

    fn base64_of(floats: &[f32]) -> String {
        let bytes: Vec<u8> = floats.iter().flat_map(|float| float.to_le_bytes()).collect();
        format!("\"{}\"", PADDED.encode(bytes))
    }

    #[test]
    fn numbers_keep_their_digits() {
        for json in ["[0.10,-2E-3,1]", "[0.1, 2.000000000000000000001]", "[-0.0]", "[1e308]"] {
            assert_eq!(read(json).unwrap(), json);
        }
        assert_eq!(read("[\n  0.1,\r\n\t0.2\n]").unwrap(), "[0.1,0.2]");
    }

    #[test]
    fn base64_is_read_with_and_without_padding() {
        let json = base64_of(&[0.1, -2.5, 1e-30]);
        assert_eq!(read(&json).unwrap(), "[0.1,-2.5,1e-30]");
        assert_eq!(read(&base64_of(&[1.0])).unwrap(), "[1.0]");
        assert_eq!(read(&base64_of(&[1.0]).replace('=', "")).unwrap(), "[1.0]");
        assert_eq!(read(&base64_of(&[f32::MIN_POSITIVE, 0.3]).replace('/', "\\/")).unwrap(), "[1.1754944e-38,0.3]");
    }

    #[test]
    fn what_is_no_vector_is_refused_by_name() {
        for (json, says) in [
            ("[]", "without numbers"),
            ("[ ]", "without numbers"),
            ("[0.1,null]", "`null`"),
            ("[0.1,\"0.2\"]", "`\"0.2\"`"),
            ("[[0.1,0.2]]", "`[0.1`"),
            ("[{\"a\":1}]", "`{\"a\":1}`"),
            ("[true]", "`true`"),
            ("[1e999]", "`1e999`"),
            ("[NaN]", "expected value"),
            ("{\"a\":1}", "neither a list"),
            ("7", "neither a list"),
            ("\"\"", "has 0 bytes"),
            ("\"AAAAAAA=\"", "has 5 bytes"),
            ("\"not base64!\"", "not base64"),
        ] {
            let problem = read(json).unwrap_err();
            assert!(problem.contains(says), "{json}: {problem}");
        }
        for float in [f32::NAN, f32::INFINITY] {
            let problem = read(&base64_of(&[0.5, float])).unwrap_err();
            assert!(problem.contains("finite number"), "{problem}");
        }
        for digits in [310, 400] {
            assert!(read(&format!("[1,{}]", "9".repeat(digits))).unwrap_err().contains("finite"));
        }
    }
}
