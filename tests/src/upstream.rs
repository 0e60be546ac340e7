//! An endpoint that is no HTTP server: it reads a request, then writes bytes as a test says and breaks as networks do.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// What an endpoint does after it has read a request. After the last act it closes the connection.
#[derive(Debug, Clone)]
pub enum Act {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes these bytes so many times.
    Repeat(Vec<u8>, usize),
    /// Writes these bytes one by one, with this pause between them.
    Drip(Vec<u8>, Duration),
    /// Says nothing more until the other side closes.
    Silence,
    /// Breaks the connection instead of closing it (TCP RST).
    Reset,
}

/// Writes text.
pub fn write(text: impl AsRef<[u8]>) -> Act {
    Act::Write(text.as_ref().to_vec())
}

/// A piece of a body in chunked transfer coding.
pub fn piece(text: impl AsRef<[u8]>) -> Act {
    let text = text.as_ref();
    let mut bytes = format!("{:x}\r\n", text.len()).into_bytes();
    bytes.extend_from_slice(text);
    bytes.extend_from_slice(b"\r\n");
    Act::Write(bytes)
}

/// A listener on a free port; every connection gets the same acts.
#[derive(Debug, Clone)]
pub struct Upstream {
    address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    written: Mutex<usize>,
    wrote: Condvar,
}

impl Upstream {
    /// Starts to listen. The threads end with the connections, the listener with the process.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let upstream = Upstream { address, seen: Arc::default() };
        let (seen, acts) = (Arc::clone(&upstream.seen), Arc::new(acts));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                seen.connections.fetch_add(1, Ordering::Relaxed);
                let (seen, acts) = (Arc::clone(&seen), Arc::clone(&acts));
                // A side that goes away ends the acts; that is what some tests are about.
                std::thread::spawn(move || drop(serve(stream, &seen, &acts)));
            }
        });
        upstream
    }

    /// What a user enters as endpoint.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// The requests that were read: head and body.
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Bytes that the network took.
    pub fn written(&self) -> usize {
        *self.seen.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, once nothing was written for longer than a writer that is only slow is ever still.
    pub fn written_until_still(&self) -> usize {
        let mut written = self.seen.written.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let waited = self.seen.wrote.wait_timeout(written, Duration::from_secs(2));
            let (now, still) = waited.unwrap_or_else(PoisonError::into_inner);
            if still.timed_out() {
                return *now;
            }
            written = now;
        }
    }
}

fn serve(mut stream: TcpStream, seen: &Seen, acts: &[Act]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let request = read_request(&stream)?;
    seen.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    let write = |stream: &mut TcpStream, bytes: &[u8]| {
        stream.write_all(bytes)?;
        *seen.written.lock().unwrap_or_else(PoisonError::into_inner) += bytes.len();
        seen.wrote.notify_all();
        std::io::Result::Ok(())
    };
    for act in acts {
        match act {
            Act::Write(bytes) => write(&mut stream, bytes)?,
            Act::Repeat(bytes, times) => (0..*times).try_for_each(|_| write(&mut stream, bytes))?,
            Act::Drip(bytes, pause) => {
                for byte in bytes {
                    write(&mut stream, &[*byte])?;
                    std::thread::sleep(*pause);
                }
            }
            Act::Silence => {
                stream.read_to_end(&mut Vec::new())?;
            }
            Act::Reset => {
                // Closing a socket whose time to linger is zero resets the connection.
                socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO))?;
                return Ok(());
            }
        }
    }
    stream.shutdown(std::net::Shutdown::Write)
}

fn read_request(stream: &TcpStream) -> std::io::Result<String> {
    let mut reader = BufReader::new(stream);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let start = request.len();
        if reader.read_line(&mut request)? == 0 {
            return Ok(request);
        }
        let line = request[start..].trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request.push_str(&String::from_utf8_lossy(&body));
    Ok(request)
}
