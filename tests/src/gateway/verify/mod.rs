//! Who calls? Four checks as open-source Higress makes them, written from the gateway's side: they share no code with
//! the runtime that signs, and use another cryptographic library wherever there is one.
//!
//! Every check is a plain function of the request, the route's configuration and the time. None looks at the model.

pub mod apisix;
pub mod date;
pub mod hmac;
pub mod jwt;
pub mod key;
pub mod signature;

/// A request as it arrived at the authentication phase.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// As sent.
    pub method: &'a str,
    /// As sent, not decoded.
    pub path_and_query: &'a str,
    /// Names in lower case.
    pub headers: &'a [(String, String)],
    /// As the check sees it: another plugin may have rewritten it.
    pub body: &'a [u8],
}

/// What the gateway answers to a caller it refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Plain text, possibly empty.
    pub body: String,
    /// Further headers, names in lower case.
    pub headers: Vec<(String, String)>,
}

/// The consumer's name, or the refusal.
pub type Verdict = Result<String, Answer>;

impl Answer {
    fn text(status: u16, body: &str) -> Self {
        Answer { status, body: body.to_owned(), headers: Vec::new() }
    }

    fn with(mut self, name: &str, value: String) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }
}

impl<'a> Incoming<'a> {
    /// The first header of this name; empty if there is none.
    fn header(&self, name: &str) -> &'a str {
        self.headers.iter().find(|(own, _)| own == name).map_or("", |(_, value)| value.as_str())
    }

    fn path(&self) -> &'a str {
        self.path_and_query.split_once('?').map_or(self.path_and_query, |(path, _)| path)
    }

    /// Name and value of each query parameter as decoded bytes, in the order sent, repeated names included.
    fn parameters(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        self.path_and_query.split_once('?').map_or_else(Vec::new, |(_, query)| pairs(query.as_bytes()))
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let (_, value) = self.parameters().into_iter().find(|(own, _)| own == name.as_bytes())?;
        String::from_utf8(value).ok()
    }
}

/// Reads `a=1&b=2`: percent-decoded, `+` as it is, a segment without `=` not decoded, nothing after a last `&`.
fn pairs(text: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut segments: Vec<&[u8]> = text.split(|byte| *byte == b'&').collect();
    if segments.last().is_some_and(|last| last.is_empty()) {
        segments.pop();
    }
    let pair = |segment: &[u8]| {
        let mut parts = segment.splitn(2, |byte| *byte == b'=');
        let name = parts.next().unwrap_or_default();
        parts.next().map_or_else(|| (name.to_vec(), Vec::new()), |value| (decoded(name), decoded(value)))
    };
    segments.into_iter().map(pair).collect()
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut index = 0;
    while index < text.len() {
        let code = text.get(index + 1..index + 3).filter(|_| text[index] == b'%');
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        out.push(code.unwrap_or(text[index]));
        index += if code.is_some() { 3 } else { 1 };
    }
    out
}

/// Whether a route's allow list, if it has one, names the consumer.
fn allowed(allow: &[String], consumer: &str) -> bool {
    allow.is_empty() || allow.iter().any(|name| name == consumer)
}
