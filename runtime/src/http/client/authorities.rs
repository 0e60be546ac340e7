//! Whom a client trusts. The public authorities and the files of the environment are read when the first certificate
//! is checked, which an endpoint without TLS never sends.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use crate::log::Log;

/// What every model trusts: the authorities that are built in, and those of files that the environment names.
#[derive(Default)]
pub(super) struct Public {
    log: Log,
    roots: OnceLock<RootCertStore>,
}

impl Public {
    /// Reads nothing yet. Unusable files will be reported to `log`.
    pub(super) fn new(log: Log) -> Self {
        Public { log, roots: OnceLock::new() }
    }

    fn roots(&self) -> &RootCertStore {
        self.roots.get_or_init(|| {
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.into() };
            for variable in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"] {
                if let Some(path) = std::env::var_os(variable).filter(|path| !path.is_empty())
                    && let Err(problem) = add_file(&mut roots, Path::new(&path))
                {
                    self.log.warn(&format!("{variable}: {}: {problem}; it is ignored", path.display()));
                }
            }
            roots
        })
    }
}

/// Adds the certificates of a PEM file; some of them usable is enough.
fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect();
    match roots.add_parsable_certificates(certificates) {
        (0, _) => Err("no usable certificate in it".to_owned()),
        _ => Ok(()),
    }
}

/// Checks what servers show, as rustls does it, from the first certificate on.
pub(super) struct Authorities {
    public: Arc<Public>,
    own: Arc<[CertificateDer<'static>]>,
    provider: Arc<CryptoProvider>,
    checks: OnceLock<Result<Arc<WebPkiServerVerifier>, Error>>,
}

impl Authorities {
    /// Public authorities, and those of one model.
    pub(super) fn new(public: Arc<Public>, own: Arc<[CertificateDer<'static>]>, provider: Arc<CryptoProvider>) -> Self {
        Authorities { public, own, provider, checks: OnceLock::new() }
    }

    fn checks(&self) -> Result<&WebPkiServerVerifier, Error> {
        let checks = self.checks.get_or_init(|| {
            let mut roots = self.public.roots().clone();
            roots.add_parsable_certificates(self.own.iter().cloned());
            WebPkiServerVerifier::builder_with_provider(roots.into(), self.provider.clone())
                .build()
                .map_err(|problem| Error::General(problem.to_string()))
        });
        checks.as_deref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorities")
    }
}

impl ServerCertVerifier for Authorities {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.checks()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.checks()?.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.checks()?.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_adds_none_and_says_so() {
        let path = std::env::temp_dir().join(format!("authorities-{}.pem", std::process::id()));
        let mut roots = RootCertStore::empty();
        std::fs::write(&path, "nothing").unwrap();
        assert_eq!(add_file(&mut roots, &path), Err("no usable certificate in it".to_owned()));
        std::fs::write(&path, include_str!("../tests/ca.pem")).unwrap();
        assert_eq!(add_file(&mut roots, &path), Ok(()));
        assert_eq!(roots.len(), 1);
        std::fs::remove_file(&path).unwrap();
    }
}
