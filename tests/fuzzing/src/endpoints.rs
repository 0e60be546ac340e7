//! What users enter for a connection: an endpoint that is taken leads where it says, with nothing beside it; a proxy and
//! certificates are taken or refused without being shown.
//!
//! An input is three lines (endpoint; path, name and value of a request, divided by blanks; proxy) and certificates.

use reqwest::Url;
use runtime::connection::{Connection, Endpoint, EndpointVersion, Proxy};
use runtime::credentials::Stored;
use runtime::request::{Draft, Under, encode_query};
use serde_json::{Map, Value};

use crate::PLUGINS;

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let Ok(input) = std::str::from_utf8(input) else { return };
    let mut lines = input.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (endpoint, request, proxy, certificates) = (line(), line(), line(), line());
    for version in [EndpointVersion::V1, EndpointVersion::AsGiven] {
        for suffixes in [&[][..], PLUGINS[0].endpoint_suffixes] {
            if let Ok(parsed) = Endpoint::parse(endpoint, version, suffixes) {
                leads_there(endpoint, &parsed, request);
            }
        }
    }
    if let Err(problem) = Proxy::parse(proxy) {
        let (_, rest) = proxy.split_once("://").unwrap_or(("", proxy));
        if let Some((_, password)) = rest.split_once('@').and_then(|(user, _)| user.split_once(':')) {
            // A word of the advice is no password, even if it is one: without it the same is said.
            let without = || Proxy::parse(&proxy.replace(password, "p")).err();
            assert!(password.len() < 12 || !problem.contains(password) || without() == Some(problem), "{proxy:?}");
        }
    }
    all_together(endpoint, proxy, certificates);
}

/// Every request goes to the origin that was typed, and says its query as it is.
fn leads_there(typed: &str, endpoint: &Endpoint, request: &str) {
    let typed = typed.trim();
    // What looks like a scheme behind a slash is a part of the path.
    let has_scheme = typed.split_once("://").is_some_and(|(scheme, _)| !scheme.contains(['/', '?', '#', '@']));
    let with_scheme = if has_scheme { typed.to_owned() } else { format!("https://{typed}") };
    let wanted = Url::parse(&with_scheme).expect("an endpoint that was taken is a URL");
    let base = format!("{endpoint:?}");
    let again = Endpoint::parse(&base, EndpointVersion::AsGiven, &[]).expect("what it became is an endpoint too");
    assert_eq!(format!("{again:?}"), base, "it is what it becomes");

    let mut words = request.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (path, name, value) = (encode_query(word()), word(), word());
    let mut draft = Draft::get(format!("a/{path}"), Under::Version);
    draft.query.push((name.to_owned(), value.to_owned()));
    for under in [Under::Version, Under::Prefix] {
        draft.under = under;
        let Ok(url) = endpoint.join(&draft) else {
            assert!(matches!(path.as_str(), "" | "." | ".."), "{base} and {path} make no URL");
            continue;
        };
        assert_eq!(url.origin(), wanted.origin(), "{url}");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{url}");
        assert!(url.path().ends_with(&format!("/a/{path}")), "{url}");
        let pair = url.query_pairs().last().map(|(name, value)| (name.into_owned(), value.into_owned()));
        assert_eq!(pair, Some((name.to_owned(), value.to_owned())), "{url}");
    }
}

/// All of a connection as it is stored.
fn all_together(endpoint: &str, proxy: &str, certificates: &str) {
    for plugin in PLUGINS {
        let variable = |id: &str| plugin.fields.iter().find(|field| field.id == id).map(|field| field.variable);
        let texts = [
            ("connection.endpoint", endpoint),
            ("connection.proxy", proxy),
            ("connection.ca_certificate", certificates),
        ];
        let values: Map<String, Value> =
            texts.iter().filter_map(|(id, text)| Some((variable(id)?.to_owned(), Value::from(*text)))).collect();
        let stored = Stored::new(plugin.fields, &values, false).expect("texts are usable");
        match Connection::read(&stored, plugin.endpoint_version, plugin.endpoint_suffixes) {
            Ok(_) => {}
            Err(problem) => assert!(!problem.message().is_empty()),
        }
    }
}

/// Makes an input of its parts.
pub fn input(endpoint: &str, request: &str, proxy: &str, certificates: &str) -> Vec<u8> {
    [endpoint, request, proxy, certificates].join("\n").into_bytes()
}
