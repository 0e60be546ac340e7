//! The endpoint's end of one connection, plain or behind TLS.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use super::Act;
use crate::python::workspace;

/// What has happened on a connection.
pub(crate) enum Played {
    /// This request was read.
    Request(String),
    /// So many bytes were written.
    Bytes(usize),
}

/// A connection.
pub(crate) struct Line {
    socket: TcpStream,
    tls: Option<Box<ServerConnection>>,
}

impl Line {
    pub(crate) fn new(socket: TcpStream) -> Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Line { socket, tls: None })
    }

    /// Acts, and tells what has happened. Gives whether the connection is still there.
    pub(crate) fn play(&mut self, acts: &[Act], mut happens: impl FnMut(Played)) -> Result<bool> {
        for act in acts {
            match act {
                Act::Request => happens(Played::Request(self.request()?)),
                Act::Head => drop(self.head()?),
                Act::Secure(certificate) => self.secure(certificate),
                Act::Write(bytes) => {
                    self.write_all(bytes)?;
                    happens(Played::Bytes(bytes.len()));
                }
                Act::Repeat(bytes, times) => {
                    for _ in 0..*times {
                        self.write_all(bytes)?;
                        happens(Played::Bytes(bytes.len()));
                    }
                }
                Act::Drip(bytes, pause) => {
                    for byte in bytes {
                        self.write_all(&[*byte])?;
                        happens(Played::Bytes(1));
                        std::thread::sleep(*pause);
                    }
                }
                Act::Silence => {
                    self.read_to_end(&mut Vec::new())?;
                }
                Act::Deaf => loop {
                    std::thread::park();
                },
                Act::Cut => return self.cut().map(|()| false),
                Act::Reset => return self.reset().map(|()| false),
            }
        }
        Ok(true)
    }

    /// TLS from now on; the handshake comes with the first byte that is read or written.
    ///
    /// # Panics
    /// If there is no such certificate.
    pub(crate) fn secure(&mut self, certificate: &str) {
        let directory = workspace().join("tests/fixtures/tls");
        let certificate = CertificateDer::from_pem_file(directory.join(certificate).with_extension("pem"));
        let key = PrivateKeyDer::from_pem_file(directory.join("key.pem")).expect("the fixture is a key");
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the versions are known")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.expect("the fixture is a certificate")], key)
            .expect("the key is the certificate's");
        self.tls = Some(Box::new(ServerConnection::new(Arc::new(config)).expect("the configuration is whole")));
    }

    /// Head and body of one request; empty if the other side has closed.
    pub(crate) fn request(&mut self) -> Result<String> {
        let (mut request, reader) = self.head()?;
        let lines = request.lines().map(str::to_ascii_lowercase);
        let length = lines.filter_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok()).next();
        let mut body = Vec::new();
        reader.take(length.unwrap_or(0)).read_to_end(&mut body)?;
        request.push_str(&String::from_utf8_lossy(&body));
        Ok(request)
    }

    /// The head of a request, and what reads on.
    pub(crate) fn head(&mut self) -> Result<(String, impl BufRead)> {
        let mut reader = BufReader::new(self);
        let mut head = String::new();
        loop {
            let start = head.len();
            if reader.read_line(&mut head)? == 0 || head[start..].trim_end().is_empty() {
                return Ok((head, reader));
            }
        }
    }

    /// Closes the way out, politely.
    pub(crate) fn close(&mut self) -> Result<()> {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            self.flush()?;
        }
        self.cut()
    }

    /// Closes the way out without the farewell of TLS.
    pub(crate) fn cut(&self) -> Result<()> {
        self.socket.shutdown(Shutdown::Write)
    }

    /// Breaks the connection: closing a socket whose time to linger is zero resets it.
    pub(crate) fn reset(&self) -> Result<()> {
        socket2::SockRef::from(&self.socket).set_linger(Some(Duration::ZERO))
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls.as_mut(), &mut self.socket).read(buffer),
            None => self.socket.read(buffer),
        }
    }
}

impl Write for Line {
    fn write(&mut self, buffer: &[u8]) -> Result<usize> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls.as_mut(), &mut self.socket).write(buffer),
            None => self.socket.write(buffer),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(tls.as_mut(), &mut self.socket).flush(),
            None => self.socket.flush(),
        }
    }
}
