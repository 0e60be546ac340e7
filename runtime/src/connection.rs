//! The credentials every plugin has (`specs/connection.yaml`), and the endpoint split into its parts.

mod endpoint;

use std::time::Duration;

use crate::credentials::Stored;
use crate::error::{Error, Result};
use crate::http::OVERALL;
use crate::request::{Draft, Request};

pub use endpoint::{Endpoint, EndpointVersion};

/// For plugins whose connection has no such field.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Likewise.
const READ_TIMEOUT: Duration = Duration::from_secs(300);

/// The connection of one call.
#[derive(Clone)]
pub struct Connection {
    /// Where requests go.
    pub endpoint: Endpoint,
    /// Stored upstream model name.
    pub model: Option<String>,
    /// Display name of the model.
    pub display_name: Option<String>,
    /// Headers sent with every request.
    pub extra_headers: Vec<(String, String)>,
    /// Until the connection is up.
    pub connect_timeout: Duration,
    /// Until the answer begins, and between two reads.
    pub read_timeout: Duration,
}

impl Connection {
    /// Reads the group `connection`.
    ///
    /// # Errors
    /// Naming the label of the first field that is missing or unusable.
    pub fn read(stored: &Stored<'_>, version: EndpointVersion, suffixes: &[&str]) -> Result<Self> {
        let field = stored.field("connection.endpoint");
        let text = stored.required("connection.endpoint", Stored::text)?;
        let endpoint = Endpoint::parse(&text, version, suffixes)
            .map_err(|problem| Error::credential(field.label.en_us, problem))?;
        let seconds = |id: &str, default: Duration| Ok::<_, Error>(stored.seconds(id)?.unwrap_or(default));
        let connect_timeout = seconds("connection.connect_timeout", CONNECT_TIMEOUT)?.min(OVERALL);
        Ok(Connection {
            endpoint,
            model: stored.text("connection.model")?,
            display_name: stored.text("connection.display_name")?,
            extra_headers: stored.headers("connection.extra_headers")?,
            // Whole seconds: each connect timeout has a client of its own, which is kept.
            connect_timeout: Duration::from_secs(connect_timeout.as_secs_f64().ceil() as u64),
            read_timeout: seconds("connection.read_timeout", READ_TIMEOUT)?.min(OVERALL),
        })
    }

    /// The connection of an action that makes no request.
    pub fn unused() -> Self {
        Connection {
            endpoint: Endpoint::default(),
            model: None,
            display_name: None,
            extra_headers: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
        }
    }

    /// The request of a draft: URL, `accept`, `content-type`, extra headers and body are final after this; only
    /// authentication adds to it.
    ///
    /// # Errors
    /// If URL or headers cannot be made.
    pub fn request(&self, draft: Draft, accept: &str) -> Result<Request> {
        let url = self.endpoint.join(&draft).map_err(Error::bad_request)?;
        let mut request = Request { method: draft.method, url, headers: Vec::new(), body: draft.body.into() };
        for (name, value) in self.extra_headers.iter().chain(&draft.headers) {
            request.set_header(name, value.as_str())?;
        }
        request.set_header("accept", accept)?;
        if let Some(content_type) = draft.content_type {
            request.set_header("content-type", content_type)?;
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Under;

    #[test]
    fn a_request_is_final_but_for_authentication() {
        let mut connection = Connection::unused();
        connection.endpoint = Endpoint::parse("https://gw/p/v1?x=1", EndpointVersion::AsGiven, &[]).unwrap();
        connection.extra_headers = vec![("x-a".into(), "b".into())];
        let mut draft = Draft::post_json("rerank", Under::Version, b"{}".to_vec());
        draft.query.push(("q".into(), "a b".into()));
        let request = connection.request(draft, "application/json").unwrap();
        assert_eq!(request.url.as_str(), "https://gw/p/v1/rerank?x=1&q=a%20b");
        assert_eq!(
            request.headers,
            [("x-a", "b"), ("accept", "application/json"), ("content-type", "application/json")]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }
}
