//! The ways in which servers, proxies and libraries write the same text: percent-encoding, the escapes of JSON, Python
//! and HTML, base64 and hexadecimal digits. Pure; knows nothing of secrets.

use std::borrow::Cow;

/// The longest escape: a pair of surrogates in JSON.
pub(super) const LONGEST: usize = 12;

/// One escape: how long it is, and the bytes that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Escape {
    /// Bytes that it takes.
    pub length: u8,
    bytes: [u8; 4],
    count: u8,
}

impl Escape {
    fn of_byte(length: usize, byte: u8) -> Self {
        Escape { length: length as u8, bytes: [blank(byte), 0, 0, 0], count: 1 }
    }

    fn of_char(length: usize, c: char) -> Self {
        let mut bytes = [0; 4];
        let count = c.encode_utf8(&mut bytes).len();
        bytes[0] = blank(bytes[0]);
        Escape { length: length as u8, bytes, count: count as u8 }
    }

    /// What it stands for.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.count)).unwrap_or_default()
    }
}

/// White space of any kind is one blank: texts are shown on one line.
pub(super) fn blank(byte: u8) -> u8 {
    if byte.is_ascii_whitespace() { b' ' } else { byte }
}

/// The escape at the beginning of `text`, if there is one.
pub(super) fn escape(text: &[u8]) -> Option<Escape> {
    match text {
        [b'%', high, low, ..] => Some(Escape::of_byte(3, hex_byte(*high, *low)?)),
        [b'\\', rest @ ..] => backslash(rest),
        [b'&', rest @ ..] => entity(rest),
        _ => None,
    }
}

fn backslash(rest: &[u8]) -> Option<Escape> {
    let byte = |byte| Some(Escape::of_byte(2, byte));
    match rest {
        [b'n' | b'r' | b't' | b'f', ..] => byte(b' '),
        [b'"' | b'\\' | b'/' | b'\'', ..] => byte(rest[0]),
        [b'x', high, low, ..] => Some(Escape::of_byte(4, hex_byte(*high, *low)?)),
        [b'u', rest @ ..] => {
            let first = u32::from(code_unit(rest)?);
            if let Some(c) = char::from_u32(first) {
                return Some(Escape::of_char(6, c));
            }
            let second = rest.get(4..)?.strip_prefix(b"\\u").and_then(code_unit).map(u32::from)?;
            let is_pair = (0xD800..0xDC00).contains(&first) && (0xDC00..0xE000).contains(&second);
            let c = char::from_u32(0x10000 + ((first & 0x3FF) << 10) + (second & 0x3FF)).filter(|_| is_pair)?;
            Some(Escape::of_char(12, c))
        }
        _ => None,
    }
}

fn entity(rest: &[u8]) -> Option<Escape> {
    let end = rest.iter().take(LONGEST - 2).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(rest.get(..end)?).ok()?;
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some(Escape::of_char(end + 2, c))
}

fn code_unit(text: &[u8]) -> Option<u16> {
    let [a, b, c, d, ..] = text else { return None };
    Some(u16::from_be_bytes([hex_byte(*a, *b)?, hex_byte(*c, *d)?]))
}

/// The byte of two hexadecimal digits.
pub(super) fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| (byte as char).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// Whether a byte is a digit of base64, in either alphabet.
pub(super) fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The six bits of a digit of base64, in either alphabet.
pub(super) fn base64_bits(digit: u8) -> u32 {
    u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' | b'-' => 62,
        _ => 63,
    })
}

/// A text without percent-encoding; as it is where that gives no text.
pub(super) fn percent_decoded(text: &str) -> Cow<'_, str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        match rest {
            [b'%', high, low, after @ ..] if hex_byte(*high, *low).is_some() => {
                bytes.extend(hex_byte(*high, *low));
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}
