//! The floor: copies each event of a stream in a fixed envelope to standard output, and parses nothing.
//!
//! One thread, one queue of the system for all sockets, one write for all that is ready. It speaks just enough of the
//! plugin's protocol to be measured beside plugins: `relay ADDRESS` answers every request line with the events that
//! `ADDRESS` sends for it. What is wrong ends the process.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::os::fd::AsFd;

use memchr::memmem;
use mio::net::TcpStream;
use mio::unix::pipe::Receiver;
use mio::{Events, Interest, Poll, Token};

const HEARTBEAT: &[u8] = b"{\"event\":\"heartbeat\",\"session_id\":null,\"data\":{}}\n";
const REQUESTS: Token = Token(0);
const READ: usize = 64 << 10;

fn main() -> io::Result<()> {
    let upstream: SocketAddr = std::env::args()
        .nth(1)
        .and_then(|address| address.parse().ok())
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "usage: relay ADDRESS"))?;
    let mut out = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    out.write_all(HEARTBEAT)?;

    let mut poll = Poll::new()?;
    let mut requests = Receiver::from(io::stdin().as_fd().try_clone_to_owned()?);
    requests.set_nonblocking(true)?;
    poll.registry().register(&mut requests, REQUESTS, Interest::READABLE)?;
    let (mut events, mut next) = (Events::with_capacity(1024), 1);
    let (mut lines, mut buffer, mut batch) = (Vec::new(), vec![0; READ], Vec::new());
    let mut streams: HashMap<Token, Stream> = HashMap::new();
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == REQUESTS {
                let open = read_all(&mut requests, &mut buffer, |bytes| lines.extend_from_slice(bytes))?;
                while let Some(end) = memchr::memchr(b'\n', &lines) {
                    let mut stream = Stream::open(upstream, &lines[..end])?;
                    lines.drain(..=end);
                    poll.registry().register(&mut stream.socket, Token(next), Interest::READABLE)?;
                    streams.insert(Token(next), stream);
                    next += 1;
                }
                if !open {
                    return Ok(());
                }
            } else if let Some(stream) = streams.get_mut(&event.token())
                && stream.copy(&mut buffer, &mut batch)?
            {
                streams.remove(&event.token());
            }
        }
        out.write_all(&batch)?;
        batch.clear();
    }
}

/// Reads what there is; `false` at the end of input.
fn read_all(from: &mut impl Read, buffer: &mut [u8], mut take: impl FnMut(&[u8])) -> io::Result<bool> {
    loop {
        match from.read(buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => {
                take(&buffer[..read]);
                if read < buffer.len() {
                    return Ok(true);
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
            Err(error) => return Err(error),
        }
    }
}

struct Stream {
    socket: TcpStream,
    /// What every line begins with.
    beginning: Vec<u8>,
    session: String,
    /// The beginning of an event whose end has not come.
    rest: Vec<u8>,
    done: bool,
}

impl Stream {
    fn open(upstream: SocketAddr, line: &[u8]) -> io::Result<Self> {
        let broken = || io::Error::new(ErrorKind::InvalidData, "not a request");
        let request: serde_json::Value = serde_json::from_slice(line)?;
        let session = request["session_id"].as_str().ok_or_else(broken)?.to_owned();
        let body = serde_json::json!({"model": request["data"]["model"], "stream": true}).to_string();
        let mut socket = std::net::TcpStream::connect(upstream)?;
        let length = body.len();
        write!(
            socket,
            "POST /v1/chat/completions HTTP/1.1\r\nhost: {upstream}\r\ncontent-length: {length}\r\n\r\n{body}"
        )?;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let beginning =
            format!("{{\"event\":\"session\",\"session_id\":\"{session}\",\"data\":{{\"type\":\"stream\",\"data\":");
        let socket = TcpStream::from_std(socket);
        Ok(Stream { socket, beginning: beginning.into_bytes(), session, rest: Vec::new(), done: false })
    }

    /// Copies what there is; whether that was all.
    fn copy(&mut self, buffer: &mut [u8], batch: &mut Vec<u8>) -> io::Result<bool> {
        let Stream { socket, beginning, rest, done, .. } = self;
        let open = read_all(socket, buffer, |bytes| {
            if rest.is_empty() {
                let copied = copy(beginning, bytes, batch, done);
                rest.extend_from_slice(&bytes[copied..]);
            } else {
                rest.extend_from_slice(bytes);
                let copied = copy(beginning, rest, batch, done);
                rest.drain(..copied);
            }
        })?;
        if self.done || !open {
            let session = &self.session;
            writeln!(
                batch,
                "{{\"event\":\"session\",\"session_id\":\"{session}\",\"data\":{{\"type\":\"end\",\"data\":{{}}}}}}"
            )?;
        }
        Ok(self.done || !open)
    }
}

/// Copies whole events; how many bytes are done with.
fn copy(beginning: &[u8], bytes: &[u8], batch: &mut Vec<u8>, done: &mut bool) -> usize {
    let mut at = 0;
    while let Some(start) = memmem::find(&bytes[at..], b"data: ").map(|offset| at + offset + 6)
        && let Some(end) = memmem::find(&bytes[start..], b"\n\n").map(|offset| start + offset)
    {
        let event = &bytes[start..end];
        if event == b"[DONE]" {
            *done = true;
        } else {
            batch.extend_from_slice(beginning);
            batch.extend_from_slice(event);
            batch.extend_from_slice(b"}}\n");
        }
        at = end + 2;
    }
    at
}
