//! A machine that has no more of something.

use std::process::Command;

use tests::consumers::Auth;
use tests::daemon::{Plugin, Session, Start};
use tests::gateway::Gateway;
use tests::gateway::reply::{Piece, Reply};
use tests::package;
use tests::request::Request;

use crate::support::assert_says;

fn run(script: &str) -> Plugin {
    let installed = package::installed();
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("PYTHON", installed.python()).current_dir(&installed.directory);
    Plugin::run(command, &Start::default())
}

#[test]
fn without_file_handles_sessions_fail_and_come_back() {
    let gateway = Gateway::start();
    gateway.script("held", |_| Reply::new(200, "application/json", "").then(Piece::Gate("held".to_owned())));
    let plugin = run("ulimit -n 40; exec \"$PYTHON\" -m main");
    let request = |model: &str| Request::chat(model, Auth::None.credentials(&gateway.url("open")));
    let sessions: Vec<_> = (0..100).map(|_| plugin.send(&request("held"))).collect();
    // Those that got a connection wait; the others are told.
    let beyond = plugin.call(&request("m"));
    let failure = beyond.failed();
    assert_says(&failure.message, &["Too many open files"]);
    assert_eq!(failure.error_type, "InvokeConnectionError");
    gateway.open("held");
    let says = |session: Session| session.wait().failed().message.clone();
    let told = sessions.into_iter().map(says).filter(|message| message.contains("Too many open files")).count();
    eprintln!("{told} of 100 sessions had no handle");
    assert!(told > 50, "{told}");
    assert_eq!(plugin.call(&request("m")).ok().text(), "Hello, world!");
}

#[test]
fn nobody_takes_what_goes_to_standard_error() {
    let gateway = Gateway::start();
    let plugin = run("exec \"$PYTHON\" -m main 2>/dev/full");
    let failed = plugin.call(&Request::chat("500", Auth::None.credentials(&gateway.url("open"))));
    assert_eq!(failed.failed().error_type, "InvokeServerUnavailableError");
    assert_eq!(
        plugin.call(&Request::chat("m", Auth::None.credentials(&gateway.url("open")))).ok().text(),
        "Hello, world!"
    );
}

#[test]
fn a_name_that_nobody_knows_is_a_connection_error() {
    let plugin = Plugin::start(package::installed());
    let failed = plugin.call(&Request::chat("m", Auth::None.credentials("http://gateway.invalid/v1")));
    assert_eq!(failed.failed().error_type, "InvokeConnectionError");
    assert_says(&failed.failed().message, &["gateway.invalid", "no connection"]);
}

/// A daemon's environment holds the passwords of its database and of its storage.
#[test]
fn the_environment_stays_in_the_process() {
    let canary = "env-canary-0123456789";
    let gateway = Gateway::start();
    let environment = [("DB_PASSWORD", canary), ("AWS_SECRET_KEY", canary), ("SERVER_KEY", canary)];
    let plugin = Plugin::start_with(package::installed(), &Start { environment: &environment, ..Start::default() });
    // Looked for in every line and on standard error when the plugin is dropped.
    plugin.keep_secrets([canary.to_owned()]);
    for model in ["m", "500", "garbage"] {
        let credentials = Auth::None.credentials(&gateway.url("open"));
        plugin.call(&Request::chat(model, credentials.clone()));
        plugin.call(&Request::llm_schema(model, credentials));
    }
    let seen = format!("{:?}", gateway.seen());
    assert!(seen.contains("\"m\"") && !seen.contains(canary));
}
