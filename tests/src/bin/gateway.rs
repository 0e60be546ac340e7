//! The embedded gateway by itself, for peers that are not Rust: prints one line of JSON and serves until stdin closes.
//!
//! The line has `root`, the gateway's address, and `calls`: for every plugin, offer and auth method the request that the
//! daemon would send (`data`), and a part of what comes back (`expected`).

use std::io::Read;

use serde_json::{Value, json};
use tests::gateway::Gateway;
use tests::{demo, package};

fn main() {
    let gateway = Gateway::start();
    let mut calls: Vec<Value> = Vec::new();
    for plugin in package::plugins() {
        for auth in demo::AUTHS {
            for call in demo::calls(&plugin) {
                let request = (call.request)(demo::stored(&plugin, auth, &gateway));
                calls.push(json!({"plugin": plugin, "protocol": call.protocol, "auth": auth.name(),
                    "action": request.action(), "data": request.data(), "expected": call.expected}));
            }
        }
    }
    print(&json!({"root": gateway.root(), "calls": calls}));
    // Nothing is expected there but its end.
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
}

#[allow(clippy::print_stdout)]
fn print(line: &Value) {
    println!("{line}");
}
