//! A daemon that dies, or closes one of its pipes, at any stage: the process ends by itself, and soon.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tests::consumers::Auth;
use tests::package;
use tests::request::Request;
use tests::upstream::{Act, Upstream};

use super::gateway::{begun, text};
use super::page::{Row, row};

/// A pipe that nobody reads is noticed when something is written: a heartbeat at the latest.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// For a machine that is busy. Far below the 590 s of a call.
const GRACE: Duration = Duration::from_secs(110);

/// Which pipes the daemon lets go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closes {
    Both,
    Input,
    Output,
}

/// When: what it has written by then, and what the gateway does.
struct Stage {
    name: &'static str,
    line: fn(&Request) -> String,
    /// After the request.
    gateway: Vec<Act>,
    /// A line with this text has been read by then.
    until: &'static str,
    closes: Closes,
    /// Exit codes. Whether there is a last line to write, and somebody to read it, is chance where both pipes go at once.
    codes: &'static [i32],
}

fn whole(request: &Request) -> String {
    request.line("last")
}

fn half(request: &Request) -> String {
    let line = request.line("last");
    line[..line.len() / 2].to_owned()
}

fn stages() -> Vec<Stage> {
    let heartbeat = "heartbeat";
    let silent = || [begun(), vec![Act::Silence]].concat();
    let flood = || {
        let event = text("x");
        let piece = format!("{:x}\r\n{event}\r\n", event.len()).into_bytes();
        [begun(), vec![Act::Repeat(piece.repeat(100), 1 << 20)]].concat()
    };
    let stage = |name, line, gateway, until, closes, codes| Stage { name, line, gateway, until, closes, codes };
    use Closes::{Both, Input, Output};
    vec![
        stage("dies before its first request", |_| String::new(), vec![], heartbeat, Both, &[0, 1]),
        stage("dies within a line", half, vec![], heartbeat, Both, &[0, 1]),
        stage("dies before the gateway answers", whole, vec![Act::Silence], heartbeat, Both, &[1]),
        stage("dies while a stream is silent", whole, silent(), "Hel", Both, &[1]),
        stage("dies while a stream flows", whole, flood(), "Hel", Both, &[1]),
        stage("closes stdout only", |_| String::new(), vec![], heartbeat, Output, &[1]),
        stage("closes stdout only, while a stream flows", whole, flood(), "Hel", Output, &[1]),
        stage("closes stdin only, within a line", half, vec![], heartbeat, Input, &[0]),
    ]
}

/// For the page.
pub fn rows() -> Vec<Row> {
    let figure = |stage: &Stage| match stage.codes {
        [1] => format!("the process ends within {} s (heartbeat), with code 1", HEARTBEAT.as_secs()),
        codes => format!(
            "the process ends at once, with code {}",
            codes.iter().map(i32::to_string).collect::<Vec<_>>().join(" or ")
        ),
    };
    let ends = "nothing is left: no process, no connection to the gateway";
    stages().iter().map(|stage| row(stage.name, ends, figure(stage))).collect()
}

/// A plugin as a daemon starts it.
pub fn spawn() -> Child {
    Command::new(package::installed().python())
        .args(["-m", "main"])
        .current_dir(&package::installed().directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the plugin starts")
}

fn read_until(output: ChildStdout, part: &str) -> BufReader<ChildStdout> {
    let (mut output, mut line) = (BufReader::new(output), String::new());
    while !line.contains(part) {
        line.clear();
        assert!(output.read_line(&mut line).expect("stdout is text") > 0, "no line with {part}");
    }
    output
}

#[test]
fn whenever_a_daemon_dies_the_process_ends() {
    let (ended, ends) = mpsc::channel();
    let mut kept = Vec::new();
    let stages = stages();
    for (number, stage) in stages.iter().enumerate() {
        let upstream = Upstream::start(stage.gateway.clone());
        let request = Request::chat("m", Auth::None.credentials(&upstream.url()));
        let mut plugin = spawn();
        let (input, output) = (plugin.stdin.take(), plugin.stdout.take());
        let mut input = input.expect("stdin is piped");
        input.write_all((stage.line)(&request).as_bytes()).expect("the line is taken");
        let output = read_until(output.expect("stdout is piped"), stage.until);
        let closed = Instant::now();
        match stage.closes {
            Closes::Both => drop((input, output)),
            Closes::Input => {
                drop(input);
                kept.push((None, Some(output)));
            }
            Closes::Output => {
                drop(output);
                kept.push((Some(input), None));
            }
        }
        let ended = ended.clone();
        let process = plugin.id();
        std::thread::spawn(move || {
            let status = plugin.wait().expect("it can be waited for");
            let _ = ended.send((number, status.code(), closed.elapsed()));
        });
        // The gateway sees its connection closed when the process has gone: the system does that.
        eprintln!("{}: process {process}", stage.name);
    }
    for _ in &stages {
        let (number, code, after) = ends.recv_timeout(HEARTBEAT + GRACE).expect("every process ends");
        let stage = &stages[number];
        eprintln!("{}: {code:?} after {} ms", stage.name, after.as_millis());
        assert!(code.is_some_and(|code| stage.codes.contains(&code)), "{}: {code:?}", stage.name);
    }
    drop(kept);
}
