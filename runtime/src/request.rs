//! One HTTP request, before and after it is signed. No IO.

pub mod parts;

use reqwest::Url;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::credentials::Secret;
use crate::error::Result;

pub use parts::Parts;

/// Where a protocol's path is put (spec key `request.under`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Under {
    /// After the endpoint's version part: `https://gw/prefix/v1` + `rerank`.
    Version,
    /// After its prefix, with the version part removed: `https://gw/prefix` + `api/v1/services/...`.
    Prefix,
}

/// What an adapter's `encode` makes: everything but host and authentication.
#[derive(Debug)]
pub struct Draft {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Relative path, already percent-encoded, without a leading slash.
    pub path: String,
    /// Where the path is put.
    pub under: Under,
    /// Query parameters of this call, in order, not encoded.
    pub query: Vec<(String, String)>,
    /// Headers of this call, names lower-case.
    pub headers: Vec<(String, String)>,
    /// Headers that the caller gave as a parameter, names lower-case. Their values are masked in errors.
    pub given: Vec<(String, Secret)>,
    /// The body, serialised once: these bytes are signed and sent.
    pub body: Vec<u8>,
    /// `content-type` of the body; `None` for an empty one.
    pub content_type: Option<String>,
}

impl Draft {
    /// A GET.
    pub fn get(path: impl Into<String>, under: Under) -> Self {
        Draft {
            method: "GET",
            path: path.into(),
            under,
            query: Vec::new(),
            headers: Vec::new(),
            given: Vec::new(),
            body: Vec::new(),
            content_type: None,
        }
    }

    /// A POST without a body.
    pub fn post(path: impl Into<String>, under: Under) -> Self {
        Draft { method: "POST", ..Self::get(path, under) }
    }

    /// A POST with a JSON body.
    pub fn post_json(path: impl Into<String>, under: Under, body: Vec<u8>) -> Self {
        Draft { body, content_type: Some("application/json".into()), ..Self::post(path, under) }
    }

    /// A POST with a multipart body.
    pub fn post_parts(path: impl Into<String>, under: Under, parts: Parts) -> Self {
        let (content_type, body) = parts.finish();
        Draft { body, content_type: Some(content_type), ..Self::post(path, under) }
    }
}

/// A request with its final URL, headers and body bytes. Authentication adds to `headers` and the URL's query, and
/// changes nothing else.
#[derive(Clone)]
pub struct Request {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// The URL as it is sent: sign from this, never from configuration text.
    pub url: Url,
    /// Names lower-case, in sending order.
    pub headers: Vec<(String, String)>,
    /// The bytes that are signed and sent.
    pub body: bytes::Bytes,
}

impl Request {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Sets a header, replacing one of the same name. `name` is lowered, `value` is checked.
    ///
    /// # Errors
    /// If name or value cannot stand in a header. The message names the header, never the value.
    pub fn set_header(&mut self, name: &str, value: impl Into<String>) -> Result<()> {
        let name = name.to_ascii_lowercase();
        let mut value = value.into();
        if let Err(problem) = check_header(&name, &value) {
            value.zeroize();
            return Err(problem);
        }
        self.take_header(&name);
        self.headers.push((name, value));
        Ok(())
    }

    /// Sets a header; without a value, one of that name is taken away: nobody else may say it.
    ///
    /// # Errors
    /// As [`set_header`](Self::set_header).
    pub fn put_header(&mut self, name: &str, value: Option<String>) -> Result<()> {
        match value {
            Some(value) => self.set_header(name, value),
            None => {
                self.take_header(name);
                Ok(())
            }
        }
    }

    fn take_header(&mut self, name: &str) {
        self.headers.retain_mut(|(key, value)| {
            let stays = key != name;
            if !stays {
                value.zeroize();
            }
            stays
        });
    }

    /// Adds a query parameter, percent-encoded (a blank as `%20`, never `+`: the gateway does not decode `+`).
    pub fn add_query(&mut self, name: &str, value: &str) {
        let pair = format!("{}={}", encode_query(name), encode_query(value));
        let query = match self.url.query() {
            Some(query) if !query.is_empty() => format!("{query}&{pair}"),
            _ => pair,
        };
        self.url.set_query(Some(&query));
    }
}

impl Drop for Request {
    /// Headers and query may hold secrets.
    fn drop(&mut self) {
        self.headers.iter_mut().for_each(|(_, value)| value.zeroize());
        if self.url.query().is_some()
            && let Ok(nowhere) = Url::parse("data:,")
        {
            String::from(std::mem::replace(&mut self.url, nowhere)).zeroize();
        }
    }
}

impl ZeroizeOnDrop for Request {}

impl std::fmt::Debug for Request {
    /// Method and host only: headers, query and body may hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}{}", self.method, self.url.host_str().unwrap_or(""), self.url.path())
    }
}

/// Percent-encodes everything but unreserved characters.
pub fn encode_query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// A text as the value of a header: all but visible ASCII is percent-encoded, `%` too, so that it can be read back.
pub fn header_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'!'..=b'~' if byte != b'%' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// Headers that follow from the request and its connection.
const OWN: [&str; 9] =
    ["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// Whether a text can be the value of a header: visible ASCII, blanks and tabs.
pub(crate) fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
}

fn check_header(name: &str, value: &str) -> Result<()> {
    use crate::error::Error;
    if reqwest::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Err(Error::bad_request("a header name holds characters that no header name may have"));
    }
    if OWN.contains(&name) {
        return Err(Error::bad_request(format!("the header {name} follows from the request and cannot be set")));
    }
    if !is_header_value(value) {
        return Err(Error::bad_request(format!(
            "the value of the header {name} holds a line break or other characters than ASCII"
        )));
    }
    Ok(())
}
