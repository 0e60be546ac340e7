//! Stored credentials are read or refused, headers are such as may be sent, and a secret is in no text that was masked,
//! however it is spelled there.
//!
//! An input is a byte that names the plugin, credentials (a JSON object), a secret, and texts that a server may send, with
//! `@` where the secret stands.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use runtime::auth::Moment;
use runtime::connection::Connection;
use runtime::credentials::{Field, FieldType, Stored};
use runtime::plugin::{Offer, Plugin};
use runtime::request::{Draft, Under, encode_query};
use runtime::text::Text;
use serde_json::{Map, Value};

use crate::{plugin_of, split_line};

/// One secret of each kind, and nothing else.
static FIELDS: [Field; 1] =
    [Field { id: "auth.key", variable: "key", label: Text::all("Key"), kind: FieldType::Secret, ..Field::DEFAULTS }];

/// Shorter texts keep nothing secret.
const SHORTEST: usize = 4;
/// Fewer bytes make no run of digits that is looked into.
const SHORTEST_ENCODED: usize = 8;
/// No text is longer in which a server's words are shown.
const LONGEST_TEXT: usize = 64 << 10;

/// Checks one input.
///
/// # Panics
/// If it does not hold.
pub fn check(input: &[u8]) {
    let Some((plugin, rest)) = plugin_of(input) else { return };
    let (credentials, rest) = split_line(rest);
    let (secret, text) = split_line(rest);
    if let Ok(credentials) = serde_json::from_slice::<Map<String, Value>>(credentials) {
        are_read(plugin, &credentials);
    }
    if let (Ok(secret), Ok(text)) = (std::str::from_utf8(secret), std::str::from_utf8(text)) {
        is_masked(secret, text);
    }
}

/// Everything that reads stored values, both as for a call and as for a schema, where nothing may fail.
fn are_read(plugin: &'static Plugin, credentials: &Map<String, Value>) {
    for lenient in [false, true] {
        let Ok(stored) = Stored::new(plugin.fields, credentials, lenient) else {
            assert!(!lenient, "a schema is for everyone");
            continue;
        };
        for field in plugin.fields {
            let _ = stored.flag(field.id);
            let _ = stored.choice(field.id);
            let _ = stored.map(field.id);
            let _ = stored.voices(field.id);
            let _ = stored.escaped(field.id);
            let _ = stored.decimal(field.id);
            let _ = stored.seconds(field.id);
            let _ = stored.integer(field.id);
        }
        for (_, read) in plugin.auth.options {
            if let Ok(method) = read(&stored) {
                signs(&stored, plugin, &*method);
            }
        }
        plugin.offers.iter().for_each(|(_, offer)| ask(offer, &stored, lenient));
    }
}

/// A finished request can be signed, or the method says why not; what is sent are headers.
fn signs(stored: &Stored<'_>, plugin: &Plugin, method: &dyn runtime::auth::Authenticator) {
    let Ok(connection) = Connection::read(stored, plugin.endpoint_version, plugin.endpoint_suffixes) else { return };
    for (name, value) in &connection.extra_headers {
        let is_name = name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':' && !byte.is_ascii_uppercase());
        assert!(is_name && !name.is_empty(), "{name:?}");
        assert!(!value.reveal().contains(['\r', '\n', '\0']), "the value of {name:?}");
        let own = ["host", "content-length", "transfer-encoding", "connection", "authorization"];
        assert!(!own.contains(&name.as_str()), "{name} is not for users to set");
    }
    let draft = Draft::post_json("a", Under::Version, b"{}".to_vec());
    let Ok(mut request) = connection.request(draft, "application/json") else { return };
    let before = request.clone();
    if method.sign(&mut request, &Moment::now(), Some("token")).is_ok() {
        assert_eq!((request.method, &request.body), (before.method, &before.body));
        assert_eq!((request.url.origin(), request.url.path()), (before.url.origin(), before.url.path()));
    }
}

fn ask(offer: &Offer, stored: &Stored<'_>, lenient: bool) {
    match offer {
        Offer::Branch(select) => select.options.iter().for_each(|(_, offer)| ask(offer, stored, lenient)),
        Offer::Leaf(leaf) => {
            let schema = (leaf.schema)(stored);
            assert!(!lenient || schema.is_ok(), "{}: an error would hide the model: {:?}", leaf.protocol, schema.err());
            if let Ok(probe) = (leaf.probe)(stored) {
                assert!(serde_json::from_slice::<Map<String, Value>>(&probe).is_ok(), "{}: a probe", leaf.protocol);
            }
        }
    }
}

/// No spelling of a secret is left in a text.
fn is_masked(secret: &str, text: &str) {
    let secret = secret.trim();
    // What stands for a secret must not be a piece of one. Control characters are refused where a secret is read.
    let is_odd = |c: char| matches!(c, '*' | '@') || c.is_whitespace() || c.is_control();
    if secret.len() < SHORTEST || secret.contains(is_odd) {
        return;
    }
    let mut credentials = Map::new();
    credentials.insert("key".to_owned(), secret.into());
    let stored = Stored::new(&FIELDS, &credentials, false).expect("a text is usable");
    let json = Value::from(secret).to_string();
    let mut spellings = vec![secret.to_owned(), json[1..json.len() - 1].to_owned(), encode_query(secret)];
    if secret.len() >= SHORTEST_ENCODED {
        spellings.extend([STANDARD.encode(secret), URL_SAFE_NO_PAD.encode(secret), const_hex::encode(secret)]);
    }
    for spelling in spellings {
        let most = (LONGEST_TEXT / spelling.len()).max(1);
        let masked = stored.mask(&text.replacen('@', &spelling, most));
        let shown = text.contains('@') && masked.contains(&spelling);
        assert!(!shown, "{secret:?} is shown as {spelling:?} in {masked:?}");
    }
}
