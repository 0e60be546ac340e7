//! This project's plugin beside the OpenAI-compatible base classes of Dify's SDK: the same stored credentials, the same
//! request of the daemon, the same gateway. What each sends and answers is compared value by value.
//!
//! Every difference stands in `fixtures/differences.yaml` with its reason. One that is not listed fails, and so does one
//! that is listed and no longer there. `tests/python/reference` is the plugin of the base classes.

mod cases;
mod observed;
mod table;

use std::process::Command;
use std::sync::Arc;

use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::request::Request;
use tests::{package, python};

use cases::Case;
use observed::Observed;

/// One place at which the two are not the same.
#[derive(Debug, PartialEq)]
pub struct Difference {
    pub case: &'static str,
    /// What differs, such as `request.0.body.stream`.
    pub place: String,
    /// What the base classes have there.
    pub python: Option<String>,
    /// What this plugin has there.
    pub ours: Option<String>,
}

fn reference() -> Plugin {
    let mut command = Command::new(python::with_entities());
    command.args(["-m", "main"]).current_dir(python::workspace().join("tests/python/reference"));
    let environment = &[("PYTHONDONTWRITEBYTECODE", "1"), ("PYTHONWARNINGS", "ignore")];
    Plugin::run(command, &Start { environment, foreign: true, ..Start::default() })
}

fn observe(plugin: &Plugin, gateway: &Gateway, request: &Request) -> Observed {
    let before = gateway.seen().len();
    let outcome = plugin.call(request);
    Observed::new(request.action(), &gateway.seen()[before..], &outcome)
}

fn differences(cases: &[Case]) -> Vec<Difference> {
    let (theirs, ours) = (reference(), Plugin::start(package::installed()));
    let mut found = Vec::new();
    for Case { name, request, script } in cases {
        let gateway = Gateway::start();
        if let Some((model, script)) = script {
            let script = Arc::clone(script);
            gateway.script(model, move |asked| script(asked));
        }
        let request = request(&gateway);
        let python = observe(&theirs, &gateway, &request);
        let (python, ours) = (python.values, observe(&ours, &gateway, &request).values);
        for place in python.keys().chain(ours.keys().filter(|place| !python.contains_key(*place))) {
            let (python, ours) = (python.get(place).cloned(), ours.get(place).cloned());
            if python != ours {
                found.push(Difference { case: name, place: place.clone(), python, ours });
            }
        }
    }
    found
}

#[test]
fn every_difference_is_deliberate_and_every_deliberate_one_is_there() {
    let problems = table::compare(&table::read(), &differences(&cases::all()));
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}
