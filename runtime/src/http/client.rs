//! The HTTP clients of a process: built when first used, one for each connect timeout, connections kept for reuse.
//!
//! Certificates are those built in plus the files named in `SSL_CERT_FILE` and `REQUESTS_CA_BUNDLE`; proxies come
//! from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` in either spelling.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::credentials::Secrets;
use crate::error::{Error, Kind, Result};
use crate::log::Log;

/// Idle connections are closed before the balancers in front of gateways close them (15 s at the earliest), so that
/// no request is written to a connection that is going away.
const IDLE: Duration = Duration::from_secs(12);

/// The clients, by connect timeout: the one setting that a client cannot take per request.
#[derive(Default)]
pub(crate) struct Clients {
    agent: String,
    log: Log,
    tls: OnceLock<Result<ClientConfig>>,
    proxies: OnceLock<Secrets>,
    clients: Mutex<HashMap<Duration, Client>>,
}

impl Clients {
    /// `agent` is sent as `user-agent`; unusable certificate files are reported to `log`.
    pub(crate) fn new(agent: String, log: Log) -> Self {
        Clients { agent, log, ..Clients::default() }
    }

    /// User names and passwords of the proxies: a proxy that refuses may send them back.
    pub(crate) fn proxy_secrets(&self) -> &Secrets {
        self.proxies.get_or_init(|| {
            let mut secrets = Secrets::default();
            for variable in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"] {
                for variable in [variable, &variable.to_ascii_lowercase()] {
                    add_proxy(&mut secrets, &std::env::var(variable).unwrap_or_default());
                }
            }
            secrets
        })
    }

    /// The client with this connect timeout.
    pub(crate) fn client(&self, connect_timeout: Duration) -> Result<Client> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&connect_timeout) {
            return Ok(client.clone());
        }
        let tls = self.tls.get_or_init(|| tls(&self.log)).clone()?;
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            // One connection a request: on a shared HTTP/2 connection a slow reader holds up all others, and more
            // requests than the gateway's stream limit wait for each other.
            .http1_only()
            .user_agent(&self.agent)
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            // Never asked for (see `accept-encoding`), but read where a gateway compresses all the same.
            .gzip(true)
            .build()
            .map_err(|error| unusable(&error))?;
        clients.insert(connect_timeout, client.clone());
        Ok(client)
    }
}

fn add_proxy(secrets: &mut Secrets, proxy: &str) {
    let Some((before, _)) = proxy.rsplit_once('@') else { return };
    let user = before.split_once("://").map_or(before, |(_, user)| user);
    secrets.add(user);
    if let Some((_, password)) = user.split_once(':') {
        secrets.add(password);
    }
}

fn tls(log: &Log) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().cloned());
    for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
        if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty())
            && let Err(problem) = add_file(&mut roots, std::path::Path::new(&path))
        {
            log.warn(&format!("{variable}: {}: {problem}; it is ignored", path.display()));
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Adds the certificates of a PEM file; some of them usable is enough.
fn add_file(roots: &mut RootCertStore, path: &std::path::Path) -> std::result::Result<(), String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(std::result::Result::ok).collect();
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err("no usable certificate in it".to_owned()),
        _ => Ok(()),
    }
}

fn unusable(error: &dyn std::error::Error) -> Error {
    Error::new(Kind::Connection, format!("the HTTP client cannot be set up: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_sends_back_does_not_show_its_password() {
        let mut secrets = Secrets::default();
        for proxy in ["http://user:pr0xypass@proxy:3128", "none", "http://proxy:3128"] {
            add_proxy(&mut secrets, proxy);
        }
        let sent_back = "proxy-authorization: Basic dXNlcjpwcjB4eXBhc3M= for pr0xypass at proxy:3128";
        assert_eq!(secrets.mask(sent_back), "proxy-authorization: Basic ***M= for *** at proxy:3128");
    }
}
