//! An endpoint as users type it, split once into prefix, version part and query (gateway reference 4.2).

use reqwest::Url;

use crate::error::cut;
use crate::request::{Draft, Under, encode_query};

/// How a plugin completes endpoints (spec key `endpoint_version`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointVersion {
    /// A base without a version part gets `/v1`.
    V1,
    /// A base without a version part gets none.
    AsGiven,
}

/// An endpoint, split once: `https://gw` + `/prefix` + `/v1` + `?x=1` (gateway reference 4.2).
#[derive(Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its path is replaced for each request.
    server: Url,
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
        let text = text.trim();
        if text.is_empty() {
            return Err("is required".to_owned());
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err("must not hold blanks or line breaks".to_owned());
        }
        let text = with_scheme(text)?;
        refuse_oddities(&text)?;
        let mut url = Url::parse(&text).map_err(|problem| format!("is not a URL: {problem}"))?;

        let mut segments: Vec<&str> = url.path().split('/').filter(|segment| !segment.is_empty()).collect();
        let bare_suffix = cut_suffix(&mut segments, suffixes, version);
        let version = match cut_version(&mut segments) {
            Some(version) => version,
            None if bare_suffix || version == EndpointVersion::AsGiven => String::new(),
            None => "/v1".to_owned(),
        };
        let prefix = segments.iter().flat_map(|segment| ["/", segment]).collect();
        let query = url.query().filter(|query| !query.is_empty()).map(str::to_owned);
        url.set_path("");
        url.set_query(None);
        Ok(Endpoint { server: url, prefix, version, query })
    }

    /// The finished URL of a draft.
    ///
    /// # Errors
    /// If the path leads elsewhere than it says.
    pub fn join(&self, draft: &Draft) -> Result<Url, String> {
        if has_dot_segment(&draft.path) {
            return Err("the path of the request holds a dot segment".to_owned());
        }
        // An id that is empty would ask for the list of all.
        if draft.path.trim_start_matches('/').split('/').skip(1).any(str::is_empty) {
            return Err("a part of the request's path is empty".to_owned());
        }
        let version = match draft.under {
            Under::Version => self.version.as_str(),
            Under::Prefix => "",
        };
        let path = draft.path.trim_start_matches('/');
        let mut url = self.server.clone();
        url.set_path(&format!("{}{version}/{path}", self.prefix));
        let pairs = draft.query.iter().map(|(name, value)| format!("{}={}", encode_query(name), encode_query(value)));
        let query: Vec<String> = self.query.iter().cloned().chain(pairs).collect();
        if !query.is_empty() {
            url.set_query(Some(&query.join("&")));
        }
        Ok(url)
    }
}

impl std::fmt::Debug for Endpoint {
    /// Without the query: it may hold a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}{}", self.server.origin().ascii_serialization(), self.prefix, self.version)
    }
}

/// The text with a scheme: `https` if it has none and looks like a host.
fn with_scheme(text: &str) -> Result<String, String> {
    let expected = "enter an address that starts with http:// or https://";
    if let Some((scheme, _)) = text.split_once("://").filter(|(scheme, _)| !scheme.contains(['/', '?', '#', '@'])) {
        return match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Ok(text.to_owned()),
            _ => Err(format!("`{}` is not supported; {expected}", cut(scheme, 40))),
        };
    }
    let authority = text.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !authority.ends_with(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let has_port = port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let looks_like_host = !host.is_empty()
        && (port.is_none() || has_port)
        && (host.contains('.') || host == "localhost" || host.starts_with('[') || has_port);
    if looks_like_host { Ok(format!("https://{text}")) } else { Err(format!("is not a URL; {expected}")) }
}

/// What a URL may hold and an endpoint may not: it would be sent elsewhere than it looks, or not at all.
fn refuse_oddities(text: &str) -> Result<(), String> {
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    if rest.contains('#') {
        return Err("must not hold a fragment (#)".to_owned());
    }
    let (before_query, _) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = before_query.split_once('/').unwrap_or((before_query, ""));
    if authority.contains('@') {
        return Err("must not hold a user name or password; use the fields for authentication".to_owned());
    }
    if authority.is_empty() {
        return Err("has no host".to_owned());
    }
    if before_query.contains('\\') {
        return Err("must not hold a backslash".to_owned());
    }
    if has_dot_segment(path) {
        return Err("must not hold the path segments `.` or `..`".to_owned());
    }
    Ok(())
}

fn has_dot_segment(path: &str) -> bool {
    let may_be_dots = |byte| matches!(byte, b'.' | b'%' | b'2' | b'e' | b'E');
    path.split(['/', '\\']).filter(|segment| segment.bytes().all(may_be_dots)).any(|segment| {
        let segment = segment.to_ascii_lowercase().replace("%2e", ".");
        segment == "." || segment == ".."
    })
}

/// Cuts off the longest suffix that the path ends in. Whether it was a path that goes after a version part: who pastes
/// that whole has said whether there is one. Where a version part is put in, a single word that has none before it stays:
/// it is a route, as `/rerank` is in rows of the Python plugin, below which it asked for `/rerank/v1/...`.
fn cut_suffix(segments: &mut Vec<&str>, suffixes: &[&str], version: EndpointVersion) -> bool {
    let length = |suffix: &&str| {
        let mut at = segments.iter().rev();
        let parts = suffix.rsplit('/').filter(|part| !part.is_empty());
        parts.map(|part| at.next() == Some(&part)).try_fold(0, |length, same| same.then_some(length + 1))
    };
    let ends_alike = |suffix: &&&str| segments.last().is_some_and(|last| suffix.trim_end_matches('/').ends_with(last));
    let Some(length) = suffixes.iter().filter(ends_alike).filter_map(length).max().filter(|length| *length > 0) else {
        return false;
    };
    let start = segments.len() - length;
    let has_version = segments.iter().take(start).any(|segment| is_version(segment));
    if length == 1 && version == EndpointVersion::V1 && !has_version {
        return false;
    }
    let suffix = segments.split_off(start);
    !suffix.iter().any(|segment| is_version(segment))
}

/// What stands before a version part and belongs to it: compatibility paths, and the base of DashScope's own API, below
/// which its native paths begin again.
const BEFORE_VERSION: [&str; 3] = ["compatible-mode", "compatible-api", "api"];

/// Cuts off and returns a version part: `/v1` and the like, with what belongs to it.
fn cut_version(segments: &mut Vec<&str>) -> Option<String> {
    let last = segments.last().filter(|segment| is_version(segment))?;
    let mut version = format!("/{last}");
    segments.pop();
    if let Some(before) = segments.last().filter(|segment| BEFORE_VERSION.contains(segment)) {
        version = format!("/{before}{version}");
        segments.pop();
    }
    Some(version)
}

/// `v1`, `v4`, `v1beta`, `v1.1`.
fn is_version(segment: &str) -> bool {
    let mut bytes = segment.bytes();
    bytes.next() == Some(b'v')
        && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use EndpointVersion::{AsGiven, V1};

    const SUFFIXES: &[&str] =
        &["api/v1/services/rerank/text-rerank/text-rerank", "chat/completions", "completions", "rerank"];

    fn joined(text: &str, version: EndpointVersion, path: &str, under: Under) -> Result<String, String> {
        let endpoint = Endpoint::parse(text, version, SUFFIXES)?;
        endpoint.join(&Draft::post_json(path, under, Vec::new())).map(|url| url.to_string())
    }

    #[test]
    fn what_users_paste_leads_to_one_url() {
        #[rustfmt::skip]
        let cases = [
            // Typed, as_given, v1.
            ("https://gw", "https://gw/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/", "https://gw/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/v1", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/v1/", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            (" https://gw//p//v1// ", "https://gw/p/v1/chat/completions", "https://gw/p/v1/chat/completions"),
            ("https://gw/p", "https://gw/p/chat/completions", "https://gw/p/v1/chat/completions"),
            ("https://gw/v1/chat/completions", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/chat/completions", "https://gw/chat/completions", "https://gw/chat/completions"),
            ("https://gw/v1/rerank", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/v1beta/p/rerank", "https://gw/v1beta/p/chat/completions", "https://gw/v1beta/p/chat/completions"),
            ("https://gw/rerank", "https://gw/chat/completions", "https://gw/rerank/v1/chat/completions"),
            ("https://gw/v1?x=1", "https://gw/v1/chat/completions?x=1", "https://gw/v1/chat/completions?x=1"),
            ("https://gw?x=1", "https://gw/chat/completions?x=1", "https://gw/v1/chat/completions?x=1"),
            ("https://gw/v1?", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            ("gw.example.com/v1", "https://gw.example.com/v1/chat/completions", "https://gw.example.com/v1/chat/completions"),
            ("localhost:8080/v1", "https://localhost:8080/v1/chat/completions", "https://localhost:8080/v1/chat/completions"),
            ("[::1]:80/v1", "https://[::1]:80/v1/chat/completions", "https://[::1]:80/v1/chat/completions"),
            ("HTTP://GW:8080/V", "http://gw:8080/V/chat/completions", "http://gw:8080/V/v1/chat/completions"),
            ("https://gw/api/paas/v4", "https://gw/api/paas/v4/chat/completions", "https://gw/api/paas/v4/chat/completions"),
            ("https://gw/v1beta", "https://gw/v1beta/chat/completions", "https://gw/v1beta/chat/completions"),
            ("https://gw/api/v1", "https://gw/api/v1/chat/completions", "https://gw/api/v1/chat/completions"),
            ("https://xn--fiqs8s.example:8443/v1", "https://xn--fiqs8s.example:8443/v1/chat/completions", "https://xn--fiqs8s.example:8443/v1/chat/completions"),
            ("https://中国.example/v1", "https://xn--fiqs8s.example/v1/chat/completions", "https://xn--fiqs8s.example/v1/chat/completions"),
            ("http://[2001:db8::1]:65535/p/", "http://[2001:db8::1]:65535/p/chat/completions", "http://[2001:db8::1]:65535/p/v1/chat/completions"),
            ("https://gw/p/compatible-mode/v1", "https://gw/p/compatible-mode/v1/chat/completions", "https://gw/p/compatible-mode/v1/chat/completions"),
            ("https://gw/vision", "https://gw/vision/chat/completions", "https://gw/vision/v1/chat/completions"),
            ("https://gw:443/v1", "https://gw/v1/chat/completions", "https://gw/v1/chat/completions"),
            ("https://gw/中/v1", "https://gw/%E4%B8%AD/v1/chat/completions", "https://gw/%E4%B8%AD/v1/chat/completions"),
            ("https://gw/?u=http://x/", "https://gw/chat/completions?u=http://x/", "https://gw/v1/chat/completions?u=http://x/"),
        ];
        for (typed, as_given, v1) in cases {
            let path = "chat/completions";
            assert_eq!(joined(typed, AsGiven, path, Under::Version).as_deref(), Ok(as_given), "{typed}");
            assert_eq!(joined(typed, V1, path, Under::Version).as_deref(), Ok(v1), "{typed}");
        }
    }

    #[test]
    fn native_paths_go_under_the_prefix() {
        let path = "api/v1/services/rerank/text-rerank/text-rerank";
        for typed in ["https://gw/p", "https://gw/p/v1", "https://gw/p/compatible-mode/v1", "https://gw/p/api/v1"] {
            for version in [AsGiven, V1] {
                assert_eq!(joined(typed, version, path, Under::Prefix).unwrap(), format!("https://gw/p/{path}"));
            }
        }
        let whole = "https://gw/p/api/v1/services/rerank/text-rerank/text-rerank";
        assert_eq!(joined(whole, V1, path, Under::Prefix).unwrap(), whole);
        // It says nothing of the version part of other paths.
        assert_eq!(joined(whole, V1, "rerank", Under::Version).unwrap(), "https://gw/p/v1/rerank");
    }

    #[test]
    fn what_cannot_be_an_endpoint_is_refused_with_what_is_wrong() {
        for (typed, says) in [
            ("", "is required"),
            ("   ", "is required"),
            ("gateway", "is not a URL"),
            ("/v1", "is not a URL"),
            ("//gw.example/v1", "is not a URL"),
            ("ftp://gw/v1", "`ftp` is not supported"),
            ("mailto:a@b.c", "is not a URL"),
            ("javascript:alert(1)", "is not a URL"),
            ("https://user:password@gw/v1", "user name"),
            ("https://user:password@", "user name"),
            ("user:password@gw.example/v1", "is not a URL"),
            ("https://gw/v1?x=1#y", "fragment"),
            ("https://gw/./v1", "path segments"),
            ("https://gw/v1/..", "path segments"),
            ("https://[::1/v1", "is not a URL"),
            ("https://gw:x/v1", "is not a URL"),
            ("https://gw/v1#x", "fragment"),
            ("https://gw/a/../v1", "path segments"),
            ("https://gw/a/%2E%2e/v1", "path segments"),
            ("https://gw/a\\b", "backslash"),
            ("https://", "no host"),
            ("https:///v1", "no host"),
            ("https://gw:99999", "port"),
            ("https://g w/v1", "blanks"),
            ("https://gw/v1\r\nx: y", "blanks"),
        ] {
            let problem = Endpoint::parse(typed, AsGiven, SUFFIXES).unwrap_err();
            assert!(problem.contains(says), "{typed}: {problem}");
            assert!(!problem.contains("password@"), "{problem}");
        }
    }

    #[test]
    fn a_path_never_climbs() {
        let endpoint = Endpoint::parse("https://gw/p/v1", AsGiven, &[]).unwrap();
        assert!(endpoint.join(&Draft::post_json("tasks/../x", Under::Version, Vec::new())).is_err());
    }

    proptest! {
        #[test]
        fn whatever_is_pasted_leads_to_the_same_two_urls(
            origin in "https?://(gw|gw\\.example\\.com|xn--fiqs8s\\.cn|127\\.0\\.0\\.1|\\[::1\\])(:8[0-9]{3})?",
            prefix in "(/[b-u]{2,6}){0,3}",
            version in prop::sample::select(vec!["", "/v1", "/v4", "/v1beta", "/compatible-mode/v1", "/compatible-api/v1", "/api/v1"]),
            pasted in prop::option::of(prop::sample::select(SUFFIXES)),
            slashes in "/{0,3}",
            query in prop::option::of("[a-z]{1,3}=[a-z0-9]{0,4}"),
            completion in prop::sample::select(vec![AsGiven, V1]),
        ) {
            let native = SUFFIXES[0];
            prop_assume!(!SUFFIXES.iter().any(|suffix| prefix.ends_with(&format!("/{suffix}"))));
            let is_native = pasted == Some(native);
            // A word alone is a route where a version part is put in.
            let is_route = completion == V1 && version.is_empty() && pasted.is_some_and(|pasted| !pasted.contains('/'));
            let (prefix, pasted) =
                if is_route { (format!("{prefix}/{}", pasted.unwrap_or_default()), None) } else { (prefix, pasted) };
            // A native path follows the prefix, all others the version part.
            let middle = if is_native { "" } else { version };
            let end = pasted.map(|pasted| format!("/{pasted}")).unwrap_or_default();
            let asked = query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
            let typed = format!("{origin}{prefix}{middle}{end}{slashes}{asked}");
            let version = match (middle, pasted.is_some() && !is_native, completion) {
                ("", false, V1) => "/v1",
                (version, ..) => version,
            };
            let expected = format!("{origin}{prefix}{version}/chat/completions{asked}");
            prop_assert_eq!(joined(&typed, completion, "chat/completions", Under::Version), Ok(expected));
            let expected = format!("{origin}{prefix}/{native}{asked}");
            prop_assert_eq!(joined(&typed, completion, native, Under::Prefix), Ok(expected));

            let named = typed.replacen("://", "://someone:pa55word@", 1);
            let problem = joined(&named, completion, native, Under::Prefix).unwrap_err();
            prop_assert!(!problem.contains("pa55word") && !problem.contains("someone"), "{}", problem);
        }

        #[test]
        fn nothing_typed_makes_it_panic(text in "\\PC{0,40}", path in "[a-z/.%?#]{0,20}") {
            for typed in [text.clone(), format!("https://{text}"), format!("https://gw/{text}")] {
                if let Ok(endpoint) = Endpoint::parse(&typed, V1, SUFFIXES) {
                    let _ = endpoint.join(&Draft::post_json(path.clone(), Under::Version, Vec::new()));
                }
            }
        }

        #[test]
        fn parsing_what_was_joined_gives_the_same_endpoint(prefix in "(/[a-u]{1,5}){0,3}", version in "(/v[0-9])?") {
            let typed = format!("https://gw{prefix}{version}");
            let endpoint = Endpoint::parse(&typed, AsGiven, SUFFIXES).unwrap();
            let whole = endpoint.join(&Draft::post_json("chat/completions", Under::Version, Vec::new())).unwrap();
            prop_assert_eq!(Endpoint::parse(whole.as_str(), AsGiven, SUFFIXES).unwrap(), endpoint);
        }
    }
}
