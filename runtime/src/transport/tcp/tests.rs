use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::pending;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, DuplexStream, duplex};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use super::*;
use crate::credentials::Secret;
use crate::serve::obedient::{PLUGIN, message, request, until_holding};

const KEY: &str = "11111111-2222-3333-4444-555555555555";

fn remote(port: u16) -> Remote {
    Remote { address: Address { host: "127.0.0.1".into(), port }, key: Secret::new(KEY) }
}

/// A plugin and its log.
fn server() -> (Arc<Server>, Arc<Outbox>) {
    let log = Arc::new(Outbox::default());
    (Server::new(&PLUGIN, Limits::default(), Log::to_daemon(Level::Debug, log.clone())), log)
}

async fn logged(log: &Outbox) -> Vec<String> {
    log.finish();
    let lines = log.next().await.unwrap_or_default();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let message = |line| serde_json::from_slice::<Value>(line).unwrap()["data"]["message"].as_str().unwrap().to_owned();
    lines.map(message).collect()
}

/// The daemon's end of a connection.
struct Daemon<Socket> {
    socket: BufReader<Socket>,
}

impl<Socket: AsyncRead + AsyncWrite + Unpin> Daemon<Socket> {
    fn new(socket: Socket) -> Self {
        Daemon { socket: BufReader::new(socket) }
    }

    /// The next line, with its line feed; empty at the end.
    async fn line(&mut self) -> String {
        let mut line = String::new();
        self.socket.read_line(&mut line).await.unwrap();
        line
    }

    async fn registration(&mut self) -> String {
        let mut all = String::new();
        while !all.ends_with("{\"type\":\"end\",\"data\":{}}\n") {
            all += &self.line().await;
        }
        all
    }

    async fn say(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).await.unwrap();
        self.socket.flush().await.unwrap();
    }

    /// What comes, without heartbeats, until a session ends.
    async fn until_end(&mut self, session: &str) -> String {
        let mut all = String::new();
        while !all.ends_with(&message(session, "end", "{}")) {
            let line = self.line().await;
            assert!(!line.is_empty(), "closed after {all}");
            if line.as_bytes() != crate::wire::HEARTBEAT {
                all += &line;
            }
        }
        all
    }
}

/// Sockets to dial, in their order; when there is none left, nobody answers.
fn sockets<const N: usize>(capacity: usize) -> (RefCell<VecDeque<DuplexStream>>, [DuplexStream; N]) {
    let mut ours = VecDeque::new();
    let theirs = std::array::from_fn(|_| {
        let (our, their) = duplex(capacity);
        ours.push_back(our);
        their
    });
    (RefCell::new(ours), theirs)
}

async fn next_of(sockets: &RefCell<VecDeque<DuplexStream>>) -> io::Result<DuplexStream> {
    let socket = sockets.borrow_mut().pop_front();
    match socket {
        Some(socket) => Ok(socket),
        None => pending().await,
    }
}

#[tokio::test]
async fn a_daemon_hears_the_declaration_then_heartbeats_then_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = remote(listener.local_addr().unwrap().port());
    let (server, log) = server();
    let stop = Notify::new();
    let serving = keep_connected(&server, &remote, async || connect(&remote.address).await, stop.notified());
    let daemon = async {
        let mut daemon = Daemon::new(listener.accept().await.unwrap().0);
        let registration = daemon.registration().await;
        assert_eq!(registration.as_bytes(), registration::lines(&PLUGIN.declaration, &remote.key));
        assert_eq!(daemon.line().await.as_bytes(), crate::wire::HEARTBEAT);
        // What is no request disturbs nobody.
        daemon.say("{\"session_id\":\n\n{}\n{\"session_id\":7,\"event\":\"request\"}\n").await;
        daemon.say(&format!("{}\n", request("s", json!({"count": 2})))).await;
        let (zero, one, end) = (message("s", "stream", "0"), message("s", "stream", "1"), message("s", "end", "{}"));
        assert_eq!(daemon.until_end("s").await, format!("{zero}{one}{end}"));
        stop.notify_one();
        assert_eq!(daemon.line().await, "");
    };
    assert_eq!(tokio::join!(serving, daemon).0, Ended::Stopped);
    let logged = logged(&log).await;
    assert!(logged[0].starts_with("test/test 0.0.1 is declared to 127.0.0.1:"), "{logged:?}");
    assert!(logged[1].contains("ignored: it is not JSON") || logged[1].contains("cut off"), "{logged:?}");
}

#[tokio::test]
async fn a_refused_key_is_told_in_the_daemons_words_and_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let remote = remote(listener.local_addr().unwrap().port());
    let (server, log) = server();
    let serving = keep_connected(&server, &remote, async || connect(&remote.address).await, pending());
    let daemon = async {
        // It closes with most of the registration unread, which resets the connection.
        let mut daemon = Daemon::new(listener.accept().await.unwrap().0);
        assert!(daemon.line().await.contains("handshake"));
        daemon.say(&format!("handshake failed, invalid key\n\u{1b}[2Jit was {KEY}\n")).await;
    };
    let (ended, ()) = tokio::join!(serving, daemon);
    let Ended::Refused(words) = ended else { panic!("{ended:?}") };
    assert_eq!(words, format!("handshake failed, invalid key\n[2Jit was {KEY}"));
    let logged = logged(&log).await.join("\n");
    assert!(logged.contains("says: handshake failed, invalid key [2Jit was ***"), "{logged}");
    assert!(!logged.contains(KEY), "{logged}");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_may_pass_is_tried_again() {
    let (ours, [first, second, third]) = sockets(1 << 20);
    let (server, log) = server();
    let remote = remote(1);
    let serving = keep_connected(&server, &remote, async || next_of(&ours).await, pending());
    let daemon = async {
        let busy = "server is busy now, please try again later\n";
        let mut first = Daemon::new(first);
        first.registration().await;
        first.say(busy).await;
        drop(first);
        // This one says it and forgets to close.
        let mut second = Daemon::new(second);
        second.registration().await;
        second.say(busy).await;
        let mut third = Daemon::new(third);
        third.registration().await;
        third.say("register failed, invalid manifest detected: Key: 'a'\nKey: 'b'\n").await;
    };
    let (ended, ()) = tokio::join!(serving, daemon);
    assert_eq!(ended, Ended::Refused("register failed, invalid manifest detected: Key: 'a'\nKey: 'b'".into()));
    let logged = logged(&log).await;
    assert_eq!(logged.iter().filter(|line| line.contains("server is busy")).count(), 2, "{logged:?}");
}

#[tokio::test(start_paused = true)]
async fn tries_have_growing_pauses_and_an_end() {
    let (server, log) = server();
    let tried = RefCell::new(Vec::new());
    let dial = async || {
        tried.borrow_mut().push(Instant::now());
        Err::<DuplexStream, _>(io::Error::from(io::ErrorKind::ConnectionRefused))
    };
    assert_eq!(keep_connected(&server, &remote(1), dial, pending()).await, Ended::DaemonGone);
    let tried = tried.into_inner();
    let pauses: Vec<_> = tried.windows(2).map(|pair| (pair[1] - pair[0]).as_secs()).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 30, 30, 30, 30]);
    let logged = logged(&log).await;
    assert_eq!(logged[0], "127.0.0.1:1: no connection: connection refused");
    assert_eq!(logged.last().unwrap(), "127.0.0.1:1 is given up after 10 tries in a row");
}

#[tokio::test(start_paused = true)]
async fn a_good_connection_starts_the_count_anew() {
    let (server, _log) = server();
    let lasts = |seconds| (Duration::from_secs(seconds), true);
    let fails = (Duration::ZERO, false);
    let script = RefCell::new(VecDeque::from([fails, fails, lasts(3), fails, lasts(70), fails, lasts(1)]));
    let tried = RefCell::new(Vec::new());
    let stop = Notify::new();
    let ended = RefCell::new(None);
    let dial = async || {
        let since_last = ended.take().map_or(Duration::ZERO, |ended: Instant| ended.elapsed());
        tried.borrow_mut().push(since_last.as_secs());
        let Some((lasts, connects)) = script.borrow_mut().pop_front() else {
            stop.notify_one();
            return pending().await;
        };
        *ended.borrow_mut() = Some(Instant::now() + lasts);
        if !connects {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = duplex(1 << 20);
        tokio::spawn(async move {
            sleep(lasts).await;
            drop(theirs);
        });
        Ok(ours)
    };
    assert_eq!(keep_connected(&server, &remote(1), dial, stop.notified()).await, Ended::Stopped);
    assert_eq!(tried.into_inner(), [0, 1, 2, 4, 8, 1, 2, 4]);
}

#[tokio::test]
async fn a_lost_connection_takes_its_sessions_along_and_nothing_of_them_comes_later() {
    let (ours, [first, second]) = sockets(1 << 20);
    let (server, _log) = server();
    let remote = remote(1);
    let stop = Notify::new();
    let serving = keep_connected(&server, &remote, async || next_of(&ours).await, stop.notified());
    let daemon = async {
        let mut first = Daemon::new(first);
        first.registration().await;
        let heavy = "x".repeat(1 << 20);
        first.say(&format!("{}\n", request("light", json!({"do": "hold", "name": "tcp light"})))).await;
        first.say(&format!("{}\n", request("heavy", json!({"do": "hold", "name": "tcp heavy", "x": heavy})))).await;
        until_holding("tcp light", true).await;
        until_holding("tcp heavy", true).await;
        drop(first);
        until_holding("tcp light", false).await;
        until_holding("tcp heavy", false).await;

        let mut second = Daemon::new(second);
        second.registration().await;
        second.say(&format!("{}\n", request("s", json!({})))).await;
        let expected = message("s", "stream", "0") + &message("s", "end", "{}");
        assert_eq!(second.until_end("s").await, expected);
        stop.notify_one();
    };
    assert_eq!(tokio::join!(serving, daemon).0, Ended::Stopped);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_stops_reading_is_left() {
    let (ours, [deaf, forgetful, good]) = sockets(1 << 8);
    let (server, log) = server();
    let remote = remote(1);
    let stop = Notify::new();
    let serving = keep_connected(&server, &remote, async || next_of(&ours).await, stop.notified());
    let daemon = async {
        // One never reads, one reads no heartbeats; both keep their sockets.
        let mut forgetful = Daemon::new(forgetful);
        forgetful.registration().await;
        let mut good = Daemon::new(good);
        good.registration().await;
        good.say(&format!("{}\n", request("s", json!({})))).await;
        good.until_end("s").await;
        stop.notify_one();
        drop((deaf, forgetful));
    };
    assert_eq!(tokio::join!(serving, daemon).0, Ended::Stopped);
    assert!(logged(&log).await.iter().all(|line| !line.contains("reading requests failed")));
}

#[tokio::test(start_paused = true)]
async fn a_signal_is_heard_while_nothing_is_connected() {
    let (server, _log) = server();
    let remote = remote(1);
    let silent = async || pending::<io::Result<DuplexStream>>().await;
    assert_eq!(keep_connected(&server, &remote, silent, sleep(Duration::from_secs(1))).await, Ended::Stopped);
    let refused = async || Err::<DuplexStream, _>(io::ErrorKind::ConnectionRefused.into());
    let stop = sleep(Duration::from_secs(10));
    let before = Instant::now();
    assert_eq!(keep_connected(&server, &remote, refused, stop).await, Ended::Stopped);
    assert_eq!(before.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_machine_that_goes_away_is_noticed_by_its_socket() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Of the addresses of this name the first that answers counts.
    let stream = connect(&Address { host: "localhost".into(), port }).await.unwrap();
    let socket = SockRef::from(&stream);
    assert!(socket.keepalive().unwrap());
    assert_eq!(socket.tcp_keepalive_time().unwrap(), SILENCE / 4);
    assert_eq!(socket.tcp_user_timeout().unwrap(), Some(SILENCE));
    drop(listener);
    let refused = connect(&Address { host: "127.0.0.1".into(), port }).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
}
