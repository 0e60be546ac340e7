//! A gateway that does nothing but answer: one thread that reads requests and replies, one that writes streams, one write
//! a chunk. Connections stay open, as those of gateways do.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};
use socket2::{Domain, SockRef, Socket, Type};

use crate::frames::Stream;
use crate::replies;
use crate::requests::Auth;

const STREAM: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const DOOR: Token = Token(0);
const BACK: Token = Token(1);

/// A running gateway. It runs until the process ends.
#[derive(Debug, Clone, Copy)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// The moment from which the times in chunks count.
    pub epoch: Instant,
}

/// What a request gets.
enum Answer {
    Stream(Stream),
    Whole(Vec<u8>),
}

/// A stream that is being written, and the next of its chunks.
struct Writing {
    stream: Stream,
    socket: TcpStream,
    index: u64,
}

impl Gateway {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// If no port can be had.
    pub fn start() -> io::Result<Self> {
        // The standard library's has a queue of 128 callers; whoever finds it full tries again after a second.
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        listener.listen(4096)?;
        listener.set_nonblocking(true)?;
        let listener = std::net::TcpListener::from(listener);
        let gateway = Gateway { address: listener.local_addr()?, epoch: Instant::now() };
        let ((streams, writing), (back, written)) = (mpsc::channel(), mpsc::channel());
        let (listener, poll) = (TcpListener::from_std(listener), Poll::new()?);
        let waker = Waker::new(poll.registry(), BACK)?;
        let door = Door { listener, poll, callers: HashMap::new(), next: 2, streams };
        thread::spawn(move || door.open(&written));
        thread::spawn(move || gateway.write(&writing, &back, &waker));
        Ok(gateway)
    }

    /// Writes chunks when they are due, and gives back the connections of streams that have ended. A caller that has gone
    /// is forgotten.
    fn write(self, new: &Receiver<(TcpStream, Stream)>, back: &Sender<TcpStream>, waker: &Waker) {
        let mut waiting: BinaryHeap<Reverse<(Instant, u64)>> = BinaryHeap::new();
        let mut streams: HashMap<u64, Writing> = HashMap::new();
        let (mut text, mut next) = (String::new(), 0);
        loop {
            let pause = match waiting.peek() {
                Some(Reverse((due, _))) => due.saturating_duration_since(Instant::now()),
                None => Duration::from_secs(3600),
            };
            let begun = if pause.is_zero() {
                new.try_recv().ok()
            } else {
                match new.recv_timeout(pause) {
                    Ok(begun) => Some(begun),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            };
            if let Some((mut socket, stream)) = begun
                && socket.write_all(STREAM).is_ok()
            {
                waiting.push(Reverse((Instant::now(), next)));
                streams.insert(next, Writing { stream, socket, index: 0 });
                next += 1;
            }
            let now = Instant::now();
            while waiting.peek().is_some_and(|Reverse((due, _))| *due <= now)
                && let Some(Reverse((due, number))) = waiting.pop()
                && let Some(writing) = streams.get_mut(&number)
            {
                text.clear();
                let at = self.epoch.elapsed().as_micros() as u64;
                let more = writing.index < writing.stream.chunks;
                if more {
                    writing.stream.write(&mut text, writing.index, at);
                } else {
                    writing.stream.write_end(&mut text);
                }
                writing.index += 1;
                let written = writing.socket.write_all(text.as_bytes());
                if written.is_ok() && more {
                    waiting.push(Reverse((due + writing.stream.delay, number)));
                } else if let Some(ended) = streams.remove(&number)
                    && written.is_ok()
                    && back.send(ended.socket).is_ok()
                {
                    let _ = waker.wake();
                }
            }
        }
    }
}

/// Where requests come in.
struct Door {
    listener: TcpListener,
    poll: Poll,
    callers: HashMap<Token, (mio::net::TcpStream, Vec<u8>)>,
    next: usize,
    streams: Sender<(TcpStream, Stream)>,
}

impl Door {
    /// Lets callers in; `written` are connections whose streams have ended.
    fn open(mut self, written: &Receiver<TcpStream>) {
        let mut events = Events::with_capacity(1024);
        if self.poll.registry().register(&mut self.listener, DOOR, Interest::READABLE).is_err() {
            return;
        }
        loop {
            if self.poll.poll(&mut events, None).is_err_and(|error| error.kind() != ErrorKind::Interrupted) {
                return;
            }
            for event in &events {
                match event.token() {
                    DOOR => {
                        while let Ok((socket, _)) = self.listener.accept() {
                            let _ = socket.set_nodelay(true);
                            self.admit(socket);
                        }
                    }
                    BACK => {
                        while let Ok(socket) = written.try_recv() {
                            if socket.set_nonblocking(true).is_ok() {
                                self.admit(mio::net::TcpStream::from_std(socket));
                            }
                        }
                    }
                    token => self.read(token),
                }
            }
        }
    }

    /// Waits for a caller's request, which may be there already.
    fn admit(&mut self, mut socket: mio::net::TcpStream) {
        let token = Token(self.next);
        self.next += 1;
        if self.poll.registry().register(&mut socket, token, Interest::READABLE).is_ok() {
            self.callers.insert(token, (socket, Vec::new()));
            self.read(token);
        }
    }

    /// Reads what there is. A caller that says nothing sensible gets nothing.
    fn read(&mut self, token: Token) {
        let Some((socket, request)) = self.callers.get_mut(&token) else { return };
        let mut buffer = [0; 16 << 10];
        let open = loop {
            match socket.read(&mut buffer) {
                Ok(0) => break false,
                Ok(read) => request.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => break error.kind() == ErrorKind::WouldBlock,
            }
            if !whole(request) {
                continue;
            }
            match answer(request) {
                Some(Answer::Whole(reply)) if write_whole(socket, &reply).is_ok() => request.clear(),
                Some(Answer::Stream(stream)) => return self.hand_over(token, stream),
                _ => break false,
            }
        };
        if !open {
            self.callers.remove(&token);
        }
    }

    fn hand_over(&mut self, token: Token, stream: Stream) {
        let Some((mut socket, _)) = self.callers.remove(&token) else { return };
        let _ = self.poll.registry().deregister(&mut socket);
        let socket = TcpStream::from(socket);
        if socket.set_nonblocking(false).is_ok() {
            let _ = self.streams.send((socket, stream));
        }
    }
}

/// Writes all of a reply, for which it waits.
fn write_whole(socket: &mut mio::net::TcpStream, reply: &[u8]) -> io::Result<()> {
    SockRef::from(&*socket).set_nonblocking(false)?;
    socket.write_all(reply)?;
    SockRef::from(&*socket).set_nonblocking(true)
}

/// Whether a request has all of its body.
fn whole(request: &[u8]) -> bool {
    let Some(end) = memmem::find(request, b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    length.and_then(|length| length.trim().parse().ok()).is_some_and(|length: usize| request.len() >= end + 4 + length)
}

/// What a whole request gets.
fn answer(request: &[u8]) -> Option<Answer> {
    let (head, body) = std::str::from_utf8(request).ok()?.split_once("\r\n\r\n")?;
    let (target, headers) = head.split_once("\r\n")?;
    let headers = headers.to_ascii_lowercase();
    let asked = Auth::ALL.into_iter().find(|auth| target.split('/').nth(1) == Some(auth.path()));
    if asked.is_some_and(|auth| !auth.accepts(&headers)) {
        return Some(Answer::Whole(whole_reply("401 Unauthorized", r#"{"error":{"message":"no such proof"}}"#)));
    }
    let start = body.find("\"load.")? + 1;
    let model = &body[start..start + body[start..].find('"')?];
    if let Some(stream) = Stream::of(model) {
        return Some(Answer::Stream(stream));
    }
    Some(Answer::Whole(match replies::reply(body) {
        Some(reply) => whole_reply("200 OK", &reply),
        None => whole_reply("404 Not Found", r#"{"error":{"message":"no such model"}}"#),
    }))
}

fn whole_reply(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(path: &str, headers: &str, model: &str) -> String {
        let body = format!(r#"{{"model":"{model}","input":[]}}"#);
        let length = body.len();
        let request = format!("POST /{path}/v1/x HTTP/1.1\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
        let (early, _) = request.split_at(request.len() - 1);
        assert!(whole(request.as_bytes()) && !whole(early.as_bytes()));
        match answer(request.as_bytes()) {
            Some(Answer::Whole(reply)) => String::from_utf8(reply[9..12].to_vec()).unwrap(),
            Some(Answer::Stream(_)) => "stream".to_owned(),
            None => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_request_without_its_proof_is_refused() {
        let signature = format!("X-Ca-Signature: {}=\r\n", "a".repeat(43));
        let cases = [
            ("api_key", "Authorization: Bearer sk-1\r\n"),
            ("jwt", "Authorization: Bearer a.b.c\r\n"),
            ("hmac", &*signature),
            ("none", ""),
        ];
        for (path, proof) in cases {
            for (other, headers) in cases {
                let expected = if other == path { "200" } else { "401" };
                assert_eq!(status(path, headers, "load.rerank.1"), expected, "{path} with the proof of {other}");
            }
            assert_eq!(status(path, proof, "load.same.1.0.1"), "stream");
            assert_eq!(status(path, proof, "load.other.1"), "404");
            assert_eq!(status(path, proof, "other"), "nothing");
        }
    }
}
