//! A daemon that dies, or closes one of its pipes, at any stage: the process ends by itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

use tests::consumers::Auth;
use tests::daemon::PATIENCE;
use tests::package;
use tests::request::Request;
use tests::upstream::{Act, Upstream};

use super::gateway::{begun, text};
use super::page::{Row, row};

/// The longest silence of a gateway that a model may allow, far longer than a test waits: only the daemon's death can end
/// the sessions here. It is noticed when something is written, a heartbeat at the latest.
const SETTINGS: &str = r#"{"connection.read_timeout": 590}"#;

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
    let figure = |stage: &Stage| {
        let codes: Vec<String> = stage.codes.iter().map(i32::to_string).collect();
        format!("the process ends by itself, with code {}", codes.join(" or "))
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
        let request = Request::chat("m", Auth::None.credentials(&upstream.url())).credential("advanced", SETTINGS);
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
        let (number, code, after) = ends.recv_timeout(PATIENCE).expect("every process ends");
        let stage = &stages[number];
        eprintln!("{}: {code:?} after {} ms", stage.name, after.as_millis());
        assert!(code.is_some_and(|code| stage.codes.contains(&code)), "{}: {code:?}", stage.name);
    }
    drop(kept);
}
