//! One plugin between a daemon and a gateway of its own.

use serde_json::{Map, Value};
use tests::consumers::Auth;
use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::package;
use tests::plugins::{AI_GATEWAY, HIGRESS};

/// A plugin and the gateway it calls.
pub struct Setting {
    pub gateway: Gateway,
    pub plugin: Plugin,
    name: String,
}

impl Setting {
    /// With `ai-gateway`.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With any plugin.
    pub fn of(name: &str) -> Self {
        Self::start(name, &[])
    }

    /// With more variables in the plugin's environment.
    pub fn with(environment: &[(&str, &str)]) -> Self {
        Self::start(AI_GATEWAY, environment)
    }

    fn start(name: &str, environment: &[(&str, &str)]) -> Self {
        let start = Start { environment, ..Start::default() };
        Setting {
            gateway: Gateway::start(),
            plugin: Plugin::start_with(package::installed_of(name), &start),
            name: name.to_owned(),
        }
    }

    /// Stored credentials for a route that asks for nothing.
    pub fn open(&self) -> Map<String, Value> {
        self.auth(Auth::None)
    }

    /// Stored credentials for an auth method's own route.
    pub fn auth(&self, auth: Auth) -> Map<String, Value> {
        self.row(auth, auth.route())
    }

    /// Stored credentials for any route, with an endpoint as users of the plugin write it.
    pub fn row(&self, auth: Auth, route: &str) -> Map<String, Value> {
        if self.name == HIGRESS {
            auth.higress(&self.gateway.base(route))
        } else {
            auth.credentials(&self.gateway.url(route))
        }
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        // The plugin is dropped after this, and looks for them in all it wrote.
        self.plugin.keep_secrets(self.gateway.proofs());
    }
}

/// `text` holds all of these parts.
#[track_caller]
pub fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is not in {text:?}");
    }
}
