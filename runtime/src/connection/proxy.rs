//! The proxy of one model, as a user typed it.

use std::fmt;

use reqwest::Url;
use zeroize::Zeroizing;

use crate::credentials::Secret;

const EXPECTED: &str = "enter http://host:port, https://host:port, socks5://host:port or socks5h://host:port, \
                        with user:password@ before the host if it wants them, or the word `direct`";

/// In place of a proxy's URL: none.
pub(crate) const DIRECT: &str = "direct";

/// How requests get to the endpoint, where the environment does not decide.
#[derive(Clone)]
pub enum Proxy {
    /// Without any, whatever the environment says.
    Direct,
    /// Through this one.
    Through {
        /// With user name and password.
        url: Secret,
        /// Host and port, for errors.
        place: String,
    },
}

impl Proxy {
    /// Reads a proxy's URL, or `direct`. Without a scheme it is `http`.
    ///
    /// # Errors
    /// What is expected; the text itself is never shown, it may hold a password.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.eq_ignore_ascii_case(DIRECT) {
            return Ok(Proxy::Direct);
        }
        let odd = |what: &str| format!("{what}; {EXPECTED}");
        let text = Zeroizing::new(if text.contains("://") { text.to_owned() } else { format!("http://{text}") });
        let url = Url::parse(&text).map_err(|problem| odd(&format!("is not a URL ({problem})")))?;
        if !["http", "https", "socks5", "socks5h"].contains(&url.scheme()) {
            return Err(odd("is no proxy of a known kind"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| odd("has no host"))?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
            return Err(odd("has something after host and port"));
        }
        let port = url.port_or_known_default().unwrap_or(1080);
        let place = format!("{host}:{port}");
        Ok(Proxy::Through { url: Secret::new(url), place })
    }
}

impl fmt::Display for Proxy {
    /// For the end of a sentence: where it is, without its secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proxy::Direct => Ok(()),
            Proxy::Through { place, .. } => write!(f, " through the proxy {place}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read_as_people_write_them() {
        for (typed, through) in [
            ("http://proxy:3128", " through the proxy proxy:3128"),
            (" proxy.example:8080 ", " through the proxy proxy.example:8080"),
            ("https://user:pa%40ss@proxy", " through the proxy proxy:443"),
            ("socks5h://[::1]:9050/", " through the proxy [::1]:9050"),
            ("SOCKS5://proxy", " through the proxy proxy:1080"),
            ("Direct", ""),
        ] {
            assert_eq!(Proxy::parse(typed).map(|proxy| proxy.to_string()).as_deref(), Ok(through), "{typed}");
        }
    }

    #[test]
    fn what_is_no_proxy_is_refused_without_showing_it() {
        for typed in
            ["ftp://u:s3cret@h", "http://u:s3cret@", "http://u:s3cret@h/path", "http://u:s3cret@h?a", "", "a b"]
        {
            let problem = Proxy::parse(typed).err().unwrap_or_else(|| panic!("{typed} was taken"));
            assert!(problem.contains("socks5://host:port") && !problem.contains("s3cret"), "{typed}: {problem}");
        }
    }
}
