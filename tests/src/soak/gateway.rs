//! The other side of a plan: a raw gateway that answers, and breaks, as the plan of the asked model says.

use std::io::Result;
use std::net::{SocketAddr, TcpListener, TcpStream};

use super::plan::Plan;
use crate::upstream::Line;

/// A running gateway. It runs until the process ends.
pub(super) struct Gateway {
    address: SocketAddr,
}

impl Gateway {
    pub(super) fn start(seed: u64) -> Self {
        // The standard library's has a queue of 128 callers; whoever finds it full tries again after a second.
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).expect("a port is free");
        socket.listen(4096).expect("it listens");
        let listener = TcpListener::from(socket);
        let address = listener.local_addr().expect("a bound socket has an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A side that goes away ends its connection.
                std::thread::spawn(move || drop(serve(stream, seed)));
            }
        });
        Gateway { address }
    }

    pub(super) fn place(&self) -> SocketAddr {
        self.address
    }
}

/// Answers one request after the other, until a plan breaks the connection.
fn serve(stream: TcpStream, seed: u64) -> Result<()> {
    let mut line = Line::new(stream)?;
    loop {
        let request = line.request()?;
        let Some(number) = Plan::asked(&request) else { return Ok(()) };
        let (acts, keeps) = Plan::of(seed, number).acts();
        if !line.play(&acts, |_| {})? {
            return Ok(());
        }
        if !keeps {
            return line.close();
        }
    }
}
