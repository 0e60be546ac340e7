//! A gateway that does nothing but answer: one thread that reads requests, one that writes, one write a chunk.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use memchr::memmem;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::frames::Stream;
use crate::replies;
use crate::requests::Auth;

const STREAM: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
const DOOR: Token = Token(0);

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
        let (answers, writing) = mpsc::channel();
        let door = Door { listener: TcpListener::from_std(listener), poll: Poll::new()?, callers: HashMap::new() };
        thread::spawn(move || door.open(&answers));
        thread::spawn(move || gateway.write(&writing));
        Ok(gateway)
    }

    /// Writes chunks when they are due, and whole replies at once. A caller that has gone is forgotten.
    fn write(self, answers: &Receiver<(TcpStream, Answer)>) {
        let mut waiting: BinaryHeap<Reverse<(Instant, u64)>> = BinaryHeap::new();
        let mut streams: HashMap<u64, Writing> = HashMap::new();
        let (mut text, mut next) = (String::new(), 0);
        loop {
            let pause = match waiting.peek() {
                Some(Reverse((due, _))) => due.saturating_duration_since(Instant::now()),
                None => Duration::from_secs(3600),
            };
            let answer = if pause.is_zero() {
                answers.try_recv().ok()
            } else {
                match answers.recv_timeout(pause) {
                    Ok(answer) => Some(answer),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            };
            if let Some((mut socket, answer)) = answer {
                let head = if let Answer::Whole(reply) = &answer { reply } else { STREAM };
                let written = socket.write_all(head);
                if let (Ok(()), Answer::Stream(stream)) = (written, answer) {
                    waiting.push(Reverse((Instant::now(), next)));
                    streams.insert(next, Writing { stream, socket, index: 0 });
                    next += 1;
                }
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
                } else {
                    streams.remove(&number);
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
}

impl Door {
    fn open(mut self, answers: &Sender<(TcpStream, Answer)>) {
        let (mut events, mut next) = (Events::with_capacity(1024), 1);
        if self.poll.registry().register(&mut self.listener, DOOR, Interest::READABLE).is_err() {
            return;
        }
        loop {
            if self.poll.poll(&mut events, None).is_err_and(|error| error.kind() != ErrorKind::Interrupted) {
                return;
            }
            for event in &events {
                if event.token() != DOOR {
                    self.read(event.token(), answers);
                    continue;
                }
                while let Ok((mut socket, _)) = self.listener.accept() {
                    let token = Token(next);
                    next += 1;
                    if self.poll.registry().register(&mut socket, token, Interest::READABLE).is_ok() {
                        self.callers.insert(token, (socket, Vec::new()));
                        self.read(token, answers);
                    }
                }
            }
        }
    }

    /// Reads what there is. A caller that says nothing sensible gets nothing.
    fn read(&mut self, token: Token, answers: &Sender<(TcpStream, Answer)>) {
        let Some((socket, request)) = self.callers.get_mut(&token) else { return };
        let mut buffer = [0; 16 << 10];
        let open = loop {
            match socket.read(&mut buffer) {
                Ok(0) => break false,
                Ok(read) => request.extend_from_slice(&buffer[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => break error.kind() == ErrorKind::WouldBlock,
            }
            if whole(request) {
                break false;
            }
        };
        if open {
            return;
        }
        if let Some((mut socket, request)) = self.callers.remove(&token) {
            let _ = self.poll.registry().deregister(&mut socket);
            let socket = TcpStream::from(socket);
            if let Some(answer) = answer(&request)
                && socket.set_nonblocking(false).is_ok()
                && socket.set_nodelay(true).is_ok()
            {
                let _ = answers.send((socket, answer));
            }
        }
    }
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
    let head = "content-type: application/json\r\nconnection: close";
    format!("HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {length}\r\n\r\n{body}").into_bytes()
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
