//! The HTTP clients of a process: built when first used, one for each way to connect, connections kept for reuse.
//!
//! Certificates are those built in, the files named in `SSL_CERT_FILE` and `REQUESTS_CA_BUNDLE`, and those of the
//! model. A model that names no proxy uses `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either spelling.

mod authorities;

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::Client;
use rustls::ClientConfig;
use sha2::{Digest, Sha256};

use super::names::Names;
use crate::connection::{Connection, Proxy};
use crate::credentials::Secrets;
use crate::error::{Error, Kind, Result};
use crate::log::Log;
use authorities::{Authorities, Public};

/// Idle connections are closed before the balancers in front of gateways close them (15 s at the earliest), so that
/// no request is written to a connection that is going away.
const IDLE: Duration = Duration::from_secs(12);

/// The most idle connections to one server: each keeps some 40 KB here, and a place there. More are of use only if as many
/// requests begin at once again.
pub(super) const MOST_IDLE: usize = 32;

/// The most clients that are kept: tenants come with settings of their own, and a client keeps connections open.
const MOST: usize = 32;

/// The clients, by what a client cannot take per request: connect timeout, proxy, certificates. The one used last
/// stands last.
#[derive(Default)]
pub(crate) struct Clients {
    agent: String,
    public: Arc<Public>,
    names: Names,
    proxies: OnceLock<Secrets>,
    clients: Mutex<Vec<(Key, Client)>>,
}

/// The connect timeout, and a digest of what few have, as a proxy's URL holds a password.
type Key = (Duration, Option<[u8; 32]>);

impl Clients {
    /// `agent` is sent as `user-agent`; unusable certificate files are reported to `log`.
    pub(crate) fn new(agent: String, log: Log) -> Self {
        Clients { agent, public: Arc::new(Public::new(log)), ..Clients::default() }
    }

    /// User names and passwords of the proxies: a proxy that refuses may send them back.
    pub(crate) fn proxy_secrets(&self) -> &Secrets {
        self.proxies.get_or_init(|| {
            let mut secrets = Secrets::default();
            for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
                for variable in [variable, &variable.to_ascii_lowercase()] {
                    secrets.add_user_info(&std::env::var(variable).unwrap_or_default());
                }
            }
            secrets
        })
    }

    /// The client that connects in this way.
    pub(crate) fn client(&self, connection: &Connection) -> Result<Client> {
        let key = key(connection);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match clients.iter().position(|(known, _)| *known == key) {
            Some(position) => clients.remove(position).1,
            None => self.build(connection)?,
        };
        if clients.len() >= MOST {
            // Requests under way keep theirs until they end.
            clients.remove(0);
        }
        clients.push((key, client.clone()));
        Ok(client)
    }

    fn build(&self, connection: &Connection) -> Result<Client> {
        let builder = Client::builder()
            .tls_backend_preconfigured(self.tls(connection)?)
            // One connection a request: on a shared HTTP/2 connection a slow reader holds up all others, and more
            // requests than the gateway's stream limit wait for each other.
            .http1_only()
            .user_agent(&self.agent)
            .dns_resolver(self.names.clone())
            .connect_timeout(connection.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Never asked for (see `accept-encoding`), but read where a gateway compresses all the same.
            .gzip(true);
        let builder = match &connection.proxy {
            None => builder,
            Some(Proxy::Direct) => builder.no_proxy(),
            Some(Proxy::Through { url, .. }) => {
                // The client's own words may show the URL.
                let proxy = reqwest::Proxy::all(url.reveal()).map_err(|_| unusable(&"the proxy cannot be used"))?;
                builder.proxy(proxy)
            }
        };
        builder.build().map_err(|error| unusable(&error))
    }

    fn tls(&self, connection: &Connection) -> Result<ClientConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let authorities = Authorities::new(self.public.clone(), connection.authorities.clone(), provider.clone());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(&error))?;
        Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(authorities)).with_no_client_auth())
    }
}

fn key(connection: &Connection) -> Key {
    if connection.proxy.is_none() && connection.authorities.is_empty() {
        return (connection.connect_timeout, None);
    }
    let mut digest = Sha256::new();
    let mut add = |part: &[u8]| {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    };
    match &connection.proxy {
        None => add(b""),
        Some(Proxy::Direct) => add(b"direct"),
        Some(Proxy::Through { url, .. }) => add(url.reveal().as_bytes()),
    }
    connection.authorities.iter().for_each(|certificate| add(certificate));
    (connection.connect_timeout, Some(digest.finalize().into()))
}

fn unusable(error: &dyn fmt::Display) -> Error {
    Error::new(Kind::Connection, format!("the HTTP client cannot be set up: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(number: usize) -> Connection {
        let proxy = Proxy::parse(&format!("http://user:password@proxy:{}", number + 1)).unwrap();
        Connection { proxy: Some(proxy), ..Connection::unused() }
    }

    #[test]
    fn as_many_clients_are_kept_as_there_are_ways_to_connect_up_to_a_limit() {
        let clients = Clients::default();
        let kept = || clients.clients.lock().unwrap().iter().map(|(key, _)| *key).collect::<Vec<_>>();
        for connection in [through(1), through(2), through(1)] {
            clients.client(&connection).unwrap();
        }
        assert_eq!(kept(), [key(&through(2)), key(&through(1))]);
        for number in 0..2 * MOST {
            clients.client(&through(number)).unwrap();
            clients.client(&Connection::unused()).unwrap();
        }
        let kept = kept();
        assert_eq!(kept.len(), MOST);
        assert_eq!(kept.last(), Some(&key(&Connection::unused())));
        assert!(!kept.contains(&key(&through(1))), "what nobody used for longest goes first");
    }

    #[test]
    fn every_setting_of_a_client_tells_it_from_others() {
        let authority = rustls::pki_types::CertificateDer::from(include_bytes!("tests/leaf.der").as_slice());
        let ways = [
            Connection::unused(),
            Connection { connect_timeout: Duration::from_secs(3), ..Connection::unused() },
            Connection { proxy: Some(Proxy::Direct), ..Connection::unused() },
            Connection { authorities: vec![authority].into(), ..Connection::unused() },
            through(1),
        ];
        let keys: std::collections::HashSet<Key> = ways.iter().map(key).collect();
        assert_eq!(keys.len(), ways.len());
        assert_eq!(key(&Connection { read_timeout: Duration::from_secs(1), ..Connection::unused() }), key(&ways[0]));
    }
}
