//! How a process is told to attach: variables of its environment, then of a file `.env` beside it.
//!
//! Names and defaults are those of Dify's Python SDK. The file is read once, at the start; nothing else sees what is
//! in it, and nothing of it is passed on: it sets no variable of this process, of a child or of a request.

mod dotenv;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::credentials::Secret;
use crate::error::cut;
use crate::log::Level;

/// What a process was told.
#[derive(Debug)]
pub struct Settings {
    /// `INSTALL_METHOD`, with the variables of that way.
    pub attach: Attach,
    /// `LOG_LEVEL`; INFO if absent or unknown.
    pub level: Level,
}

/// The ways to attach.
#[derive(Debug)]
pub enum Attach {
    /// `local`: the daemon holds the pipes of this process.
    Local,
    /// `remote`: this process connects to the daemon.
    Remote(Remote),
    /// `serverless`: this process is an HTTP server.
    Serverless(Serverless),
}

/// Where to register for remote debugging, and with which key.
#[derive(Debug)]
pub struct Remote {
    /// Host and port of the daemon: `REMOTE_INSTALL_URL`, else `REMOTE_INSTALL_HOST` and `REMOTE_INSTALL_PORT`.
    pub address: Address,
    /// `REMOTE_INSTALL_KEY`, a UUID.
    pub key: Secret,
}

/// Where to listen, and how long an answer may be silent.
#[derive(Debug)]
pub struct Serverless {
    /// `SERVERLESS_HOST` and `SERVERLESS_PORT`; port 0 is any that is free.
    pub address: Address,
    /// `MAX_REQUEST_TIMEOUT`: the longest silence in one answer.
    pub silence: Duration,
}

/// A host, without the brackets of an IPv6 address, and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl Settings {
    /// Reads the environment and the file `.env` of the working directory. `warn` is told what of the file was
    /// ignored.
    ///
    /// # Errors
    /// The first variable that is missing or unusable, without its value if that may be a secret.
    pub fn of_process(warn: impl Fn(&str)) -> Result<Self, String> {
        let file = dotenv::read(".env".as_ref(), warn);
        Settings::read(|name| match std::env::var_os(name) {
            Some(value) => Some(value.to_string_lossy().into_owned()),
            None => file.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.clone()),
        })
    }

    /// Reads variables. One that is empty is not set.
    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let of = |name: &str| {
            let value = variable(name)?.trim().to_owned();
            (!value.is_empty()).then_some(value)
        };
        let method = of("INSTALL_METHOD").unwrap_or_default();
        let attach = match method.to_ascii_lowercase().as_str() {
            "" | "local" => Attach::Local,
            "remote" => Attach::Remote(Remote { address: remote_address(&of)?, key: remote_key(&of)? }),
            "serverless" => Attach::Serverless(Serverless {
                address: Address {
                    host: of("SERVERLESS_HOST").unwrap_or_else(|| "0.0.0.0".to_owned()),
                    port: number(&of, "SERVERLESS_PORT", 0, 8080)?,
                },
                silence: Duration::from_secs(number(&of, "MAX_REQUEST_TIMEOUT", 1, 300_u32)?.into()),
            }),
            _ => {
                let method = cut(&method, 60).escape_debug();
                return Err(format!("INSTALL_METHOD is `{method}`; it may be local, remote or serverless"));
            }
        };
        let level = of("LOG_LEVEL").and_then(|name| Level::named(&name)).unwrap_or(Level::Info);
        Ok(Settings { attach, level })
    }
}

fn remote_address(of: &impl Fn(&str) -> Option<String>) -> Result<Address, String> {
    match of("REMOTE_INSTALL_URL") {
        // What does not read as an address may hold a password.
        Some(url) => address(&url).ok_or_else(|| {
            "REMOTE_INSTALL_URL names no host and port; write it as host:port, for example debug.example:5003"
                .to_owned()
        }),
        None => Ok(Address {
            host: of("REMOTE_INSTALL_HOST").unwrap_or_else(|| "localhost".to_owned()),
            port: number(of, "REMOTE_INSTALL_PORT", 1, 5003)?,
        }),
    }
}

/// Host and port of `host:port`, or of a URL that has both.
fn address(url: &str) -> Option<Address> {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#']).next()?;
    let place = authority.rsplit('@').next()?;
    let (host, port) = place.rsplit_once(':')?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let port = port.parse().ok().filter(|port| *port > 0)?;
    match bare {
        Some(host) if !host.is_empty() => Some(Address { host: host.to_owned(), port }),
        None if !host.is_empty() && !host.contains([':', ' ', '[', ']']) => {
            Some(Address { host: host.to_owned(), port })
        }
        _ => None,
    }
}

fn remote_key(of: &impl Fn(&str) -> Option<String>) -> Result<Secret, String> {
    let where_from = "Dify shows it under Plugins, Debug";
    let key = of("REMOTE_INSTALL_KEY").ok_or_else(|| format!("REMOTE_INSTALL_KEY is not set; {where_from}"))?;
    let is_uuid = key.len() == 36 && uuid::Uuid::try_parse(&key).is_ok();
    is_uuid.then(|| Secret::new(key)).ok_or_else(|| format!("REMOTE_INSTALL_KEY is no UUID; {where_from}"))
}

fn number<N: FromStr + PartialOrd>(
    of: &impl Fn(&str) -> Option<String>,
    name: &str,
    least: N,
    default: N,
) -> Result<N, String> {
    let Some(text) = of(name) else { return Ok(default) };
    let number = text.parse().ok().filter(|number| *number >= least);
    number.ok_or_else(|| format!("{name} is `{}`, which is no number it may be", cut(&text, 60).escape_debug()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "11111111-2222-3333-4444-555555555555";

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    fn remote(variables: &[(&str, &str)]) -> Result<Remote, String> {
        let mut all = vec![("INSTALL_METHOD", "remote"), ("REMOTE_INSTALL_KEY", KEY)];
        all.extend(variables);
        match read(&all)?.attach {
            Attach::Remote(remote) => Ok(remote),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_variables_it_is_local() {
        for variables in [&[][..], &[("INSTALL_METHOD", "")], &[("INSTALL_METHOD", " Local ")]] {
            assert!(matches!(read(variables).unwrap().attach, Attach::Local));
        }
        assert_eq!(read(&[]).unwrap().level, Level::Info);
        assert_eq!(read(&[("LOG_LEVEL", "debug")]).unwrap().level, Level::Debug);
    }

    #[test]
    fn a_way_that_does_not_exist_is_answered_with_those_that_do() {
        let error = read(&[("INSTALL_METHOD", "aws\u{1b}[31m")]).unwrap_err();
        assert_eq!(error, "INSTALL_METHOD is `aws\\u{1b}[31m`; it may be local, remote or serverless");
    }

    #[test]
    fn the_url_wins_and_may_be_written_in_several_ways() {
        let place = |variables: &[(&str, &str)]| remote(variables).unwrap().address.to_string();
        assert_eq!(place(&[]), "localhost:5003");
        assert_eq!(place(&[("REMOTE_INSTALL_HOST", "h"), ("REMOTE_INSTALL_PORT", "7")]), "h:7");
        for (url, expected) in [
            ("debug.example:5003", "debug.example:5003"),
            ("tcp://debug.example:5003", "debug.example:5003"),
            ("https://user:pass@debug.example:81/path?x=1:2", "debug.example:81"),
            ("[::1]:5003", "[::1]:5003"),
        ] {
            assert_eq!(place(&[("REMOTE_INSTALL_URL", url), ("REMOTE_INSTALL_HOST", "other")]), expected);
        }
        for url in ["debug.example", "http://debug.example", ":5003", "h:0", "h:70000", "::1:5003", "s3cret@h:x"] {
            let error = remote(&[("REMOTE_INSTALL_URL", url)]).unwrap_err();
            assert!(error.contains("host:port") && !error.contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn a_key_that_cannot_be_one_is_refused_unseen() {
        assert_eq!(remote(&[]).unwrap().key.reveal(), KEY);
        for (key, says) in [("", "is not set"), ("s3cret", "no UUID"), ("11111111222233334444555555555555", "no UUID")]
        {
            let variables = [("INSTALL_METHOD", "remote"), ("REMOTE_INSTALL_KEY", key)];
            let error = read(&variables).unwrap_err();
            assert!(error.contains(says) && (key.is_empty() || !error.contains(key)), "{error}");
        }
        assert!(!format!("{:?}", remote(&[]).unwrap()).contains(KEY));
    }

    #[test]
    fn a_server_listens_where_it_is_told() {
        let serverless = |variables: &[(&str, &str)]| {
            let mut all = vec![("INSTALL_METHOD", "serverless")];
            all.extend(variables);
            match read(&all)?.attach {
                Attach::Serverless(serverless) => Ok(serverless),
                other => Err(format!("{other:?}")),
            }
        };
        let usual = serverless(&[]).unwrap();
        assert_eq!((usual.address.to_string().as_str(), usual.silence.as_secs()), ("0.0.0.0:8080", 300));
        let told =
            serverless(&[("SERVERLESS_HOST", "127.0.0.1"), ("SERVERLESS_PORT", "0"), ("MAX_REQUEST_TIMEOUT", "5")]);
        let told = told.unwrap();
        assert_eq!((told.address.to_string().as_str(), told.silence.as_secs()), ("127.0.0.1:0", 5));
        for (name, value) in [("SERVERLESS_PORT", "http"), ("SERVERLESS_PORT", "-1"), ("MAX_REQUEST_TIMEOUT", "0")] {
            let error = serverless(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(name) && error.contains(value), "{error}");
        }
    }
}
