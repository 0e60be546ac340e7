//! The credentials every plugin has (`specs/connection.yaml`), and the endpoint split into its parts.

mod certificates;
mod endpoint;
mod proxy;

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;

use crate::auth::Moment;
use crate::call::Call;
use crate::credentials::{Secret, Stored, is_reserved};
use crate::error::{Error, Result};
use crate::http::OVERALL;
use crate::request::{Draft, Request};

pub use endpoint::{Endpoint, EndpointVersion};
pub(crate) use proxy::DIRECT;
pub use proxy::Proxy;

/// Puts on one attempt of a request what is sent with every one, before it is signed. Generated from
/// `specs/connection.yaml`.
pub type Attach = fn(&Call<'_>, &mut Request, &Moment) -> Result<()>;

/// For plugins whose connection has no such field.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Likewise.
const READ_TIMEOUT: Duration = Duration::from_secs(300);

/// The connection of one call.
#[derive(Clone)]
pub struct Connection {
    /// Where requests go; nowhere if none are made.
    pub endpoint: Option<Endpoint>,
    /// Stored upstream model name.
    pub model: Option<String>,
    /// Headers sent with every request.
    pub extra_headers: Vec<(String, Secret)>,
    /// Until the connection is up.
    pub connect_timeout: Duration,
    /// Until the answer begins, and between two reads.
    pub read_timeout: Duration,
    /// The proxy, where the environment does not decide.
    pub proxy: Option<Proxy>,
    /// Certificates that are trusted beside the public ones.
    pub authorities: Arc<[CertificateDer<'static>]>,
    /// What is put on every attempt.
    pub attach: Attach,
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
        let proxy = stored.secret("connection.proxy")?;
        let proxy = proxy.as_ref().map(Secret::reveal).map(Proxy::parse).transpose();
        let authorities = stored.pem("connection.ca_certificate")?.as_deref().map(certificates::read).transpose();
        let of = |id: &str| stored.field(id).label.en_us;
        if let Some(name) = stored.header_name("connection.nonce_header")?
            && is_reserved(&name.to_ascii_lowercase())
        {
            let problem = format!("the header {name} is set by the plugin and cannot be a nonce");
            return Err(Error::credential(of("connection.nonce_header"), problem));
        }
        Ok(Connection {
            endpoint: Some(endpoint),
            model: stored.text("connection.model")?,
            extra_headers: stored.headers("connection.extra_headers")?,
            // Whole seconds: each connect timeout has a client of its own, which is kept.
            connect_timeout: Duration::from_secs(connect_timeout.as_secs_f64().ceil() as u64),
            read_timeout: seconds("connection.read_timeout", READ_TIMEOUT)?.min(OVERALL),
            proxy: proxy.map_err(|problem| Error::credential(of("connection.proxy"), problem))?,
            authorities: authorities
                .map_err(|problem| Error::credential(of("connection.ca_certificate"), problem))?
                .unwrap_or_default()
                .into(),
            attach: |_, _, _| Ok(()),
        })
    }

    /// The connection of an action that makes no request.
    pub fn unused() -> Self {
        Connection {
            endpoint: None,
            model: None,
            extra_headers: Vec::new(),
            connect_timeout: CONNECT_TIMEOUT,
            read_timeout: READ_TIMEOUT,
            proxy: None,
            authorities: Arc::default(),
            attach: |_, _, _| Ok(()),
        }
    }

    /// The request of a draft: URL, `accept`, `content-type`, extra headers and body are final after this; only what
    /// every attempt has, and authentication, is added to it.
    ///
    /// # Errors
    /// If URL or headers cannot be made.
    pub fn request(&self, draft: Draft, accept: &str) -> Result<Request> {
        let endpoint = self.endpoint.as_ref().ok_or_else(|| Error::bad_request("this action makes no request"))?;
        let url = endpoint.join(&draft).map_err(Error::bad_request)?;
        let mut request = Request { method: draft.method, url, headers: Vec::new(), body: draft.body.into() };
        for (name, value) in self.extra_headers.iter().chain(&draft.given) {
            request.set_header(name, value.reveal())?;
        }
        for (name, value) in &draft.headers {
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
        connection.endpoint = Endpoint::parse("https://gw/p/v1?x=1", EndpointVersion::AsGiven, &[]).ok();
        connection.extra_headers = vec![("x-a".into(), Secret::new("b"))];
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
