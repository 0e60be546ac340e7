//! The credentials every plugin has (`specs/connection.yaml`), and the endpoint split into its parts.

use std::time::Duration;

use reqwest::Url;

use crate::credentials::Stored;
use crate::error::Result;
use crate::request::{Draft, Request};

/// How a plugin completes endpoints (spec key `endpoint_version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointVersion {
    /// A base without a version part gets `/v1`.
    V1,
    /// A base without a version part gets none.
    AsGiven,
}

/// An endpoint, split once: `https://gw/prefix` + `/v1` + `?x=1` (gateway reference 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    prefix: String,
    version: String,
    query: Option<String>,
}

impl Endpoint {
    /// Splits what a user typed. `suffixes` are the paths of all protocols: one of them at the end is cut off.
    ///
    /// # Errors
    /// A text saying what is wrong with it and what is expected; the caller puts the field's label before it.
    pub fn parse(text: &str, version: EndpointVersion, suffixes: &[&str]) -> Result<Self, String> {
        let _ = (text, version, suffixes);
        todo!()
    }

    /// The finished URL of a draft.
    ///
    /// # Errors
    /// If the parts do not make a URL.
    pub fn join(&self, draft: &Draft) -> Result<Url, String> {
        let _ = draft;
        todo!()
    }
}

/// The connection of one call.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Where requests go.
    pub endpoint: Endpoint,
    /// Stored upstream model name.
    pub model: Option<String>,
    /// Display name of the model.
    pub display_name: Option<String>,
    /// Headers sent with every request.
    pub extra_headers: Vec<(String, String)>,
    /// Until the connection is up.
    pub connect_timeout: Duration,
    /// Until the answer begins, and between two reads.
    pub read_timeout: Duration,
}

impl Connection {
    /// Reads the group `connection`.
    ///
    /// # Errors
    /// Naming the label of the first field that is missing or unusable.
    pub fn read(stored: &Stored<'_>, version: EndpointVersion, suffixes: &[&str]) -> Result<Self> {
        let _ = (stored, version, suffixes);
        todo!()
    }

    /// The request of a draft: URL, `accept`, `content-type`, extra headers and body are final after this; only
    /// authentication adds to it.
    ///
    /// # Errors
    /// If URL or headers cannot be made.
    pub fn request(&self, draft: Draft, accept: &str) -> Result<Request> {
        let _ = (draft, accept);
        todo!()
    }
}
