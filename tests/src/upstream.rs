//! An endpoint that is no HTTP server: it reads a request, then writes bytes as a test says and breaks as networks do.
//! With [`Act::Secure`] it does so behind TLS.

mod line;

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(crate) use line::Line;
use line::Played;

/// What an endpoint does with a connection. After the last act it closes it.
#[derive(Debug, Clone)]
pub enum Act {
    /// Reads a request.
    Request,
    /// Reads the head of one, and leaves its body.
    Head,
    /// Speaks TLS from now on, with this certificate of `tests/fixtures/tls`.
    Secure(&'static str),
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Writes these bytes so many times.
    Repeat(Vec<u8>, usize),
    /// Writes these bytes one by one, with this pause between them.
    Drip(Vec<u8>, Duration),
    /// Says nothing more until the other side closes.
    Silence,
    /// Neither reads nor says anything any more.
    Deaf,
    /// Closes without the farewell of TLS.
    Cut,
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
    /// Starts to listen, and reads a request before it acts. The threads end with the connections, the listener with the
    /// process.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(acts: Vec<Act>) -> Self {
        Self::raw([vec![Act::Request], acts].concat())
    }

    /// The same, but acts as soon as somebody connects.
    ///
    /// # Panics
    /// If no port is free.
    pub fn raw(acts: Vec<Act>) -> Self {
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

    /// One that lets nobody in: whoever waits for it has filled its queue.
    ///
    /// # Panics
    /// If no port is free.
    pub fn full() -> Self {
        let listener = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
        listener.listen(0).expect("it listens");
        let listener = TcpListener::from(listener);
        let address = listener.local_addr().expect("a bound socket has an address");
        // There is room for one, who must not be given up only because the machine is slow.
        let mut waiting = vec![TcpStream::connect(address).expect("there is room")];
        // Who finds none is not refused but waits.
        while let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_millis(200)) {
            waiting.push(stream);
        }
        std::mem::forget((listener, waiting));
        Upstream { address, seen: Arc::default() }
    }

    /// One that nobody listens at.
    ///
    /// # Panics
    /// If no port is free.
    pub fn closed() -> Self {
        // Bound and not listening: whoever comes is refused, and nobody else gets the port.
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
        let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it has an address");
        std::mem::forget(socket);
        Upstream { address, seen: Arc::default() }
    }

    /// Where nobody listens in this process: always the same place.
    ///
    /// # Panics
    /// If no port is free.
    pub fn nowhere() -> String {
        static NOWHERE: std::sync::OnceLock<Upstream> = std::sync::OnceLock::new();
        NOWHERE.get_or_init(Upstream::closed).place()
    }

    /// `127.0.0.1:<port>`.
    pub fn place(&self) -> String {
        self.address.to_string()
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

fn serve(stream: TcpStream, seen: &Seen, acts: &[Act]) -> std::io::Result<()> {
    let mut line = Line::new(stream)?;
    let goes_on = line.play(acts, |played| match played {
        Played::Request(request) => seen.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request),
        Played::Bytes(count) => {
            *seen.written.lock().unwrap_or_else(PoisonError::into_inner) += count;
            seen.wrote.notify_all();
        }
    })?;
    if goes_on { line.close() } else { Ok(()) }
}
