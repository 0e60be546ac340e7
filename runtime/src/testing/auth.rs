//! Examples of auth specs: what signing adds to a finished request.

use serde_json::{Map, Value};

use crate::auth::{Authenticator, Moment};
use crate::credentials::{Field, Stored};
use crate::error::Result;
use crate::request::{Request, encode_query};

/// One example of an auth spec.
///
/// ```text
/// AuthExample::of(read).fields(FIELDS).credential("api_key.key", "sk")
///     .request("POST", "https://gw.example/v1/rerank", &[], "{}")
///     .adds_header("authorization", "Bearer sk").check();
/// ```
pub struct AuthExample {
    read: fn(&Stored<'_>) -> Result<Box<dyn Authenticator>>,
    fields: &'static [Field],
    credentials: Map<String, Value>,
    request: Option<Request>,
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

impl AuthExample {
    /// An example of an auth method; `read` is its constructor.
    pub fn of(read: fn(&Stored<'_>) -> Result<Box<dyn Authenticator>>) -> Self {
        AuthExample {
            read,
            fields: &[],
            credentials: Map::new(),
            request: None,
            headers: Vec::new(),
            query: Vec::new(),
        }
    }

    /// The fields of the method, logical names as variables.
    #[must_use]
    pub fn fields(mut self, fields: &'static [Field]) -> Self {
        self.fields = fields;
        self
    }

    /// A stored credential: logical id and stored text.
    #[must_use]
    pub fn credential(mut self, id: &str, value: &str) -> Self {
        self.credentials.insert(id.to_owned(), value.into());
        self
    }

    /// The finished request that is signed.
    ///
    /// # Panics
    /// If the URL is none.
    #[must_use]
    pub fn request(mut self, method: &'static str, url: &str, headers: &[(&str, &str)], body: &str) -> Self {
        self.request = Some(Request {
            method,
            url: url.parse().expect("a URL"),
            headers: headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), (*value).to_owned())).collect(),
            body: body.to_owned().into(),
        });
        self
    }

    /// A header that signing must add.
    #[must_use]
    pub fn adds_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// A query parameter that signing must add, not encoded.
    #[must_use]
    pub fn adds_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Signs the request and compares: exactly these headers and parameters are added, nothing else changes.
    ///
    /// # Panics
    /// If they differ.
    pub fn check(self) {
        let stored = Stored::new(self.fields, &self.credentials, false).expect("usable credentials");
        let method = (self.read)(&stored).unwrap_or_else(|error| panic!("credentials: {error}"));
        let before = self.request.expect("an example has a request");
        let mut after = before.clone();
        method.sign(&mut after, &Moment::now(), None).unwrap_or_else(|error| panic!("sign: {error}"));

        let mut added: Vec<_> = after.headers.iter().filter(|header| !before.headers.contains(header)).collect();
        let mut expected: Vec<_> = self.headers.iter().collect();
        added.sort();
        expected.sort();
        assert_eq!(added, expected, "headers added");

        let mut url = before.url.clone();
        for (name, value) in &self.query {
            let pair = format!("{}={}", encode_query(name), encode_query(value));
            let query = before.url.query().map_or_else(|| pair.clone(), |query| format!("{query}&{pair}"));
            url.set_query(Some(&query));
        }
        assert_eq!(after.url, url, "the URL");
        assert_eq!((after.method, &after.body), (before.method, &before.body), "method and body stay as they are");
    }
}
