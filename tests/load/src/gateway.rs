//! A gateway that does nothing but write streams: no event loop, one thread, one write a chunk.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::frames::Stream;

const HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

/// A running gateway. It runs until the process ends.
#[derive(Debug, Clone, Copy)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// The moment from which the times in chunks count.
    pub epoch: Instant,
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
        let listener = TcpListener::from(listener);
        let gateway = Gateway { address: listener.local_addr()?, epoch: Instant::now() };
        let (accepted, writing) = mpsc::channel();
        thread::spawn(move || accept(&listener, &accepted));
        thread::spawn(move || gateway.write(&writing));
        Ok(gateway)
    }

    /// The endpoint, with its version.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Writes chunks when they are due. A caller that has gone is forgotten.
    fn write(self, accepted: &Receiver<Writing>) {
        let mut waiting: BinaryHeap<Reverse<(Instant, u64)>> = BinaryHeap::new();
        let mut streams: Vec<Option<Writing>> = Vec::new();
        let mut text = String::new();
        loop {
            let now = Instant::now();
            let pause = match waiting.peek() {
                Some(Reverse((due, _))) => due.saturating_duration_since(now),
                None => Duration::from_secs(3600),
            };
            let next = if pause.is_zero() {
                accepted.try_recv().ok()
            } else {
                match accepted.recv_timeout(pause) {
                    Ok(writing) => Some(writing),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            };
            if let Some(writing) = next {
                waiting.push(Reverse((Instant::now(), streams.len() as u64)));
                streams.push(Some(writing));
            }
            let now = Instant::now();
            while waiting.peek().is_some_and(|Reverse((due, _))| *due <= now)
                && let Some(Reverse((due, number))) = waiting.pop()
                && let Some(place) = streams.get_mut(number as usize)
                && let Some(writing) = place
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
                    *place = None;
                }
            }
        }
    }
}

fn accept(listener: &TcpListener, accepted: &Sender<Writing>) {
    for socket in listener.incoming().flatten() {
        // A caller that says nothing sensible gets nothing.
        if let Ok(Some(writing)) = answer(socket) {
            let _ = accepted.send(writing);
        }
    }
}

/// Reads a request and writes the head of its answer.
fn answer(mut socket: TcpStream) -> io::Result<Option<Writing>> {
    socket.set_nodelay(true)?;
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    let stream = loop {
        let read = socket.read(&mut buffer)?;
        request.extend_from_slice(&buffer[..read]);
        let model = memchr::memmem::find(&request, b"load.").map(|start| {
            let end = memchr::memchr(b'"', &request[start..]).map(|end| start + end);
            end.and_then(|end| std::str::from_utf8(&request[start..end]).ok())
        });
        match model {
            Some(Some(model)) if request.ends_with(b"}") => break Stream::of(model),
            _ if read == 0 => return Ok(None),
            _ => {}
        }
    };
    socket.write_all(HEAD)?;
    Ok(stream.map(|stream| Writing { stream, socket, index: 0 }))
}
