//! One plugin between a daemon and a gateway of its own.

use serde_json::{Map, Value};
use tests::consumers::Auth;
use tests::daemon::{Plugin, Start};
use tests::gateway::Gateway;
use tests::package;

/// A plugin and the gateway it calls.
pub struct Setting {
    pub gateway: Gateway,
    pub plugin: Plugin,
}

impl Setting {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With more variables in the plugin's environment.
    pub fn with(environment: &[(&str, &str)]) -> Self {
        let start = Start { environment, ..Start::default() };
        Setting { gateway: Gateway::start(), plugin: Plugin::start_with(package::installed(), &start) }
    }

    /// Stored credentials for a route that asks for nothing.
    pub fn open(&self) -> Map<String, Value> {
        self.auth(Auth::None)
    }

    /// Stored credentials for an auth method's own route.
    pub fn auth(&self, auth: Auth) -> Map<String, Value> {
        auth.credentials(&self.gateway.url(auth.route()))
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
