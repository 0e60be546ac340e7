//! API keys as the C++ `key_auth` checks them: verbatim, so that a credential looked for in `Authorization` is
//! configured with its `Bearer `.

use std::collections::HashMap;

use super::{Answer, Incoming, Verdict, allowed};

/// A route's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Names looked up, in lower case: as a header, then as a query parameter.
    pub names: Vec<String>,
    /// Whether headers are read.
    pub in_header: bool,
    /// Whether query parameters are read.
    pub in_query: bool,
    /// Credential to consumer name.
    pub consumers: HashMap<String, String>,
    /// Consumers that may pass; all if empty.
    pub allow: Vec<String>,
    /// Shown in the challenge.
    pub realm: String,
}

/// Looks for a known key. Every name is tried; one match is enough.
///
/// # Errors
/// The gateway's answer to a request it refuses: an empty body and a challenge.
pub fn verify(request: &Incoming<'_>, config: &Config) -> Verdict {
    let header = |name: &String| Some(request.header(name).to_owned()).filter(|_| config.in_header);
    let parameter = |name: &String| request.parameter(name).filter(|_| config.in_query);
    let found = config.names.iter().flat_map(|name| [header(name), parameter(name)]).flatten();
    match found.filter_map(|key| config.consumers.get(&key)).next() {
        None => Err(Answer::text(401, "").with("www-authenticate", format!("Key realm={}", config.realm))),
        Some(name) if !allowed(&config.allow, name) => {
            Err(Answer::text(403, "").with("www-authenticate", format!("Basic realm={}", config.realm)))
        }
        Some(name) => Ok(name.clone()),
    }
}
