//! Files to `ast`. Refuses what is not of this language's shape (S0); knows no meaning.
//!
//! serde reads the tree; a marked parse of the same text refuses what serde would silently accept ([`traps`]) and finds
//! the place of an error. A file that does not parse gives one error, every other trap is reported at once.

pub mod forms;
mod punctuation;
pub mod scalars;
mod traps;
pub mod tree;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;

use crate::ast::{self, File, Specs};
use crate::diagnostics::{At, Diagnostics, Report};
use crate::sources::Sources;

pub use values::{DIRECTIVES, value_table};

/// Stands between the parts of an error that a reader passes through serde.
const MARK: char = '\u{1f}';

/// The most bytes of a spec. Checks compare what a file holds with what else it holds.
const LARGEST: usize = 128 * 1024;

/// An error of a hand-written reader: its code, what is wrong, what to do.
pub struct Refusal {
    code: &'static str,
    what: String,
    help: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MARK}{}{MARK}{}{MARK}{}{MARK}", self.code, self.what, self.help)
    }
}

fn refusal(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> Refusal {
    Refusal { code, what: what.into(), help: help.into() }
}

fn refuse<E: serde::de::Error>(code: &'static str, what: impl Into<String>, help: impl Into<String>) -> E {
    E::custom(refusal(code, what, help))
}

/// What a path says of a file below `specs/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Plugin(String),
    ModelType(String),
    Protocol(String),
    Auth(String),
    Connection,
    Parameters,
    Asset,
    Unknown,
}

/// The kind of a file and the id that its path gives it.
pub fn place(path: &str) -> Place {
    let inside = path.strip_prefix("specs/").unwrap_or(path);
    let parts: Vec<&str> = inside.split('/').collect();
    let yaml = |name: &str| name.strip_suffix(".yaml").map(str::to_owned);
    let id = match parts.as_slice() {
        ["assets", ..] => return Place::Asset,
        ["connection.yaml"] => return Place::Connection,
        ["parameters", name] if name.ends_with(".yaml") => return Place::Parameters,
        ["plugins", name] => yaml(name).map(Place::Plugin),
        ["model_types", name] => yaml(name).map(Place::ModelType),
        ["auth", name] => yaml(name).map(Place::Auth),
        ["protocols", family, name] => yaml(name).map(|name| Place::Protocol(format!("{family}_{name}"))),
        _ => None,
    };
    id.unwrap_or(Place::Unknown)
}

/// Reads every file. Specs are keyed by the id that their path gives them; p1 compares it with the `id:` they carry.
///
/// # Errors
/// Everything of S0, in all files.
pub fn parse(sources: &Sources) -> Result<Specs, Diagnostics> {
    let mut report = Report::default();
    let mut specs = Specs::default();
    for path in sources.paths() {
        let place = place(path);
        match &place {
            Place::Asset => continue,
            Place::Unknown => {
                report
                    .error("S0009", At::file(path), format!("`{path}` is no spec"))
                    .label("no kind of spec lives here")
                    .help(
                        "specs live in `plugins/<id>.yaml`, `model_types/<id>.yaml`, `auth/<id>.yaml`, \
                         `protocols/<family>/<name>.yaml`, `parameters/<group>.yaml` and `connection.yaml`; icons in `assets/`",
                    );
                continue;
            }
            _ => {}
        }
        let Some(text) = sources.text(path) else {
            not_utf_8(&mut report, path, sources.bytes(path).unwrap_or_default());
            continue;
        };
        if text.len() > LARGEST {
            report
                .error("S0008", At::file(path), format!("this file has more than {} KiB", LARGEST / 1024))
                .help("no spec needs as much: put each parameter, protocol or model type into a file of its own");
            continue;
        }
        document(&mut report, &mut specs, path, text, place);
    }
    if specs.connection.is_none() && sources.bytes("specs/connection.yaml").is_none() {
        report
            .error("S0010", At::file("specs/connection.yaml"), "`specs/connection.yaml` is missing")
            .help("every plugin needs the endpoint that it declares");
    }
    if report.failed() { Err(report.finish(sources)) } else { Ok(specs) }
}

fn not_utf_8(report: &mut Report, path: &str, bytes: &[u8]) {
    let what = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "this file is UTF-16".to_owned(),
        _ => {
            let good = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| bytes.len());
            let line = bytes.iter().take(good).filter(|byte| **byte == b'\n').count() + 1;
            format!("this file is not UTF-8: line {line} holds other bytes")
        }
    };
    report.error("S0008", At::file(path), what).help("save it as UTF-8");
}

fn document(report: &mut Report, specs: &mut Specs, path: &str, text: &str, place: Place) {
    let tree = match tree::read(text) {
        Ok(tree) => tree,
        Err(broken) => return traps::syntax(report, path, text, &broken),
    };
    let mut trapped = Report::default();
    punctuation::walk(&mut trapped, path, text, &tree);
    if !trapped.failed() {
        traps::walk(&mut trapped, path, text, &tree, place == Place::Parameters, false);
    }
    if trapped.failed() {
        return report.append(trapped);
    }
    let mut reading = Reading { report, path, text, tree: &tree };
    match place {
        Place::Plugin(id) => reading.keep(&mut specs.plugins, id),
        Place::ModelType(id) => reading.keep(&mut specs.model_types, id),
        Place::Protocol(id) => reading.keep(&mut specs.protocols, id),
        Place::Auth(id) => reading.keep(&mut specs.auth, id),
        Place::Connection => specs.connection = reading.read().map(|spec| File { path: path.to_owned(), spec }),
        Place::Parameters => {
            let table: Option<Parameters> = reading.read();
            for (name, spec) in table.map(|table| table.0).unwrap_or_default() {
                let at = At::file(path).key(&name).on_key();
                if let Some(first) = specs.parameters.get(&name) {
                    let first = At::file(&first.path).key(&name).on_key();
                    reading
                        .report
                        .error("S1003", at, format!("the parameter `{name}` is declared twice"))
                        .label("declared again")
                        .related(first, "first declared here")
                        .help("parameters of all files share one list of names");
                } else {
                    specs.parameters.insert(name, File { path: path.to_owned(), spec });
                }
            }
        }
        Place::Asset | Place::Unknown => {}
    }
}

/// A file of parameters.
struct Parameters(ast::Map<ast::Parameter>);

impl<'de> serde::Deserialize<'de> for Parameters {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Parameters, D::Error> {
        scalars::table(deserializer).map(Parameters)
    }
}

struct Reading<'r> {
    report: &'r mut Report,
    path: &'r str,
    text: &'r str,
    tree: &'r tree::Node,
}

impl Reading<'_> {
    fn keep<T: DeserializeOwned>(&mut self, specs: &mut BTreeMap<String, File<T>>, id: String) {
        let Some(spec) = self.read() else { return };
        if let Some(first) = specs.get(&id) {
            self.report
                .error("S1003", At::file(self.path).key("id"), format!("two files give the id `{id}`"))
                .label("taken")
                .related(At::file(&first.path).key("id"), "also gives it")
                .help("the family and the name of a protocol, joined with `_`, must be unique");
            return;
        }
        specs.insert(id, File { path: self.path.to_owned(), spec });
    }

    fn read<T: DeserializeOwned>(&mut self) -> Option<T> {
        match serde_yaml::from_str(self.text) {
            Ok(spec) => Some(spec),
            Err(error) => {
                self.fail(&error);
                None
            }
        }
    }

    /// Turns serde's error into ours.
    fn fail(&mut self, error: &serde_yaml::Error) {
        let byte = error.location().map_or(0, |location| byte_of(self.text, location.line(), location.column()));
        let span = self.tree.at(byte).map_or(byte..byte + 1, |node| node.find(&[], false));
        // An error of a whole map is shown at the key that holds it.
        let whole = At::span(self.path, self.tree.holder(byte).unwrap_or(span.clone()));
        let at = At::span(self.path, span);
        let message = error.to_string();
        let mut parts = message.split(MARK);
        if let (Some(code), Some(what), Some(help)) = (parts.nth(1), parts.next(), parts.next()) {
            let code = crate::diagnostics::codes::find(code).map_or("S0103", |code| code.id);
            let named = what.strip_prefix('`').and_then(|rest| rest.split('`').next());
            let named = named.and_then(|key| self.tree.key_of(byte, key)).map(|span| At::span(self.path, span));
            let at = if code == "S0116" { named.unwrap_or(whole) } else { at };
            self.report.error(code, at, what).label("here").help(help);
            return;
        }
        let message = match message.rfind(" at line ") {
            Some(end) => &message[..end],
            None => message.as_str(),
        };
        let of = |start: &str| message.find(start).map(|at| &message[at + start.len()..]);
        let quoted = |text: &str| -> Vec<String> { text.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
        let words = |start: &str| of(start).map(quoted).unwrap_or_default();
        if let [written, legal @ ..] = words("unknown field ").as_slice() {
            let mut legal: Vec<&str> = legal.iter().map(String::as_str).collect();
            legal.sort_unstable();
            self.report
                .error("S0101", at, format!("`{written}` is not a key here"))
                .label("unknown key")
                .legal(written, legal);
        } else if let [written, legal @ ..] = words("unknown variant ").as_slice() {
            let legal = legal.iter().map(String::as_str);
            self.report
                .error("S0104", at, format!("`{written}` is not a word of this list"))
                .label("unknown word")
                .legal(written, legal);
        } else if let [missing, ..] = words("missing field ").as_slice() {
            self.report
                .error("S0102", whole, format!("the key `{missing}` is missing"))
                .label(format!("needs `{missing}`"))
                .help(format!("add `{missing}:`"));
        } else if let Some(kind) = of("invalid type: ").or_else(|| of("invalid value: ")) {
            let (found, expected) = kind.split_once(", expected ").unwrap_or((kind, "something else"));
            // Of a value that could have been a reference only the map that holds it is known.
            let written = found.split(['`', '"']).nth(1);
            let held = written.and_then(|text| self.tree.held(byte, text)).map(|span| At::span(self.path, span));
            let expected = match expected {
                expected if expected.starts_with("a nonzero") => "a whole number above 0",
                "u16" | "u32" | "u64" => "a whole number, not negative",
                "i32" | "i64" => "a whole number",
                "f32" | "f64" => "a number",
                "a string" => "a text",
                "a sequence" => "a list",
                "struct Node" => "`{ protocol: <id> }`, or a choice `{ select, default, options }`",
                expected if expected.starts_with("struct ") => "a map",
                expected => expected,
            };
            let found = match found {
                "map" => "a map",
                found => found,
            };
            let found = found
                .replace("unit value", "nothing")
                .replace("sequence", "a list")
                .replace("string \"", "the text \"");
            let error = self.report.error("S0103", held.unwrap_or(at), format!("expected {expected}, found {found}"));
            error.label(format!("expected {expected}"));
            if expected.contains("number")
                && found.contains(|c: char| c.is_ascii_digit())
                && found.starts_with("the text")
            {
                error.help("write the number alone: without a unit, and without quotes");
            } else if expected == "a boolean" {
                error.help("write `true` or `false`");
            }
        } else {
            self.report.error("S0103", at, format!("this cannot be read: {message}")).label("here");
        }
    }
}

/// The byte of a line and a column, both from 1; columns are characters.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    start + rest.char_indices().nth(column.saturating_sub(1)).map_or(0, |(at, _)| at)
}
