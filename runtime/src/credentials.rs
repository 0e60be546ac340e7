//! Stored credentials: what Dify kept as text under a plugin's variable names, read as typed values under logical names.
//!
//! Generated code declares the fields ([`Field`]) and asks for values by logical id (`llm.context_size`). Rows may be
//! older than the form: absent, empty and extra keys are all normal (existing-plugins reference, H3).

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::text::Text;

/// A secret text. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(Zeroizing::new(text.into()))
    }

    /// The text itself. Use it where it is sent or signed with, nowhere else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A private key as the user pasted it, with the field it came from so that errors can name it.
#[derive(Debug, Clone)]
pub struct SigningKey {
    /// JWK, JWK set, PEM, or an object with `private_key`.
    pub text: Secret,
    /// The field's label.
    pub label: &'static str,
}

/// What kind of value a field holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FieldType {
    /// Any text.
    String,
    /// Text that is masked in every message.
    Secret,
    /// A private key; secret too.
    SigningKey,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A price: a number kept as text.
    Decimal,
    /// A number of seconds.
    Seconds,
    /// Two stored words; only the first means yes.
    Flag {
        /// The stored word that means yes.
        enabled: &'static str,
        /// The stored word that means no.
        disabled: &'static str,
    },
    /// A closed choice: logical name and stored word.
    Choice(&'static [(&'static str, &'static str)]),
    /// An http or https URL.
    Url,
    /// The name of an HTTP header.
    HeaderName,
    /// A JSON object from header name to value.
    Headers,
    /// A JSON object from name to text.
    Map,
    /// Text with `\n`, `\r`, `\t`, `\\` and `\uXXXX` escapes.
    Escaped,
}

/// One credential field of one plugin.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// `<group>.<field>`, for example `llm.context_size`.
    pub id: &'static str,
    /// The name under which Dify stores it.
    pub variable: &'static str,
    /// Further stored names, read in order.
    pub aliases: &'static [&'static str],
    /// The label in Dify's form.
    pub label: Text,
    /// Its type.
    pub kind: FieldType,
    /// Absent is an error at call time.
    pub required: bool,
    /// The value when absent, as logical text.
    pub default: Option<&'static str>,
    /// Smallest number allowed.
    pub min: Option<f64>,
    /// Largest number allowed.
    pub max: Option<f64>,
    /// Stored word that means the empty text.
    pub empty_word: Option<&'static str>,
}

/// The credentials of one request, bound to the fields of one plugin.
pub struct Stored<'a> {
    /// Sorted by id.
    fields: &'static [Field],
    values: &'a serde_json::Map<String, Value>,
    /// Members of the `connection.advanced` JSON object, by field id.
    advanced: BTreeMap<String, Value>,
    /// Bad values fall back to the default instead of failing: for schema requests, where an error hides the model.
    lenient: bool,
}

/// Typed credentials of one group, generated from its spec.
pub trait Credential: Sized + Send + Sync + 'static {
    /// Reads every field of the group.
    ///
    /// # Errors
    /// Naming the label of the first field that is missing or unusable.
    fn read(stored: &Stored<'_>) -> Result<Self>;
}

impl Credential for () {
    fn read(_: &Stored<'_>) -> Result<Self> {
        Ok(())
    }
}

impl<'a> Stored<'a> {
    /// Binds stored values to a plugin's fields. `values` is the daemon's `credentials` object.
    ///
    /// # Errors
    /// If `connection.advanced` is set and is not a JSON object of known field ids. Never when `lenient`.
    pub fn new(fields: &'static [Field], values: &'a serde_json::Map<String, Value>, lenient: bool) -> Result<Self> {
        let _ = (fields, values, lenient);
        todo!()
    }

    /// The field's declaration. Generated code asks only for ids that its plugin declares.
    pub fn field(&self, id: &str) -> &'static Field {
        let _ = id;
        todo!()
    }

    /// Trimmed text; blank is absent. The default where there is one.
    ///
    /// # Errors
    /// If the field is required and absent.
    pub fn text(&self, id: &str) -> Result<Option<String>> {
        let _ = id;
        todo!()
    }

    /// As [`text`](Self::text), for a secret.
    pub fn secret(&self, id: &str) -> Result<Option<Secret>> {
        let _ = id;
        todo!()
    }

    /// A private key.
    pub fn signing_key(&self, id: &str) -> Result<Option<SigningKey>> {
        let _ = id;
        todo!()
    }

    /// A whole number within the field's bounds.
    pub fn integer(&self, id: &str) -> Result<Option<i64>> {
        let _ = id;
        todo!()
    }

    /// A number within the field's bounds.
    pub fn number(&self, id: &str) -> Result<Option<f64>> {
        let _ = id;
        todo!()
    }

    /// A price, kept as text so that it is not rounded.
    pub fn decimal(&self, id: &str) -> Result<Option<String>> {
        let _ = id;
        todo!()
    }

    /// A duration, stored as a number of seconds.
    pub fn seconds(&self, id: &str) -> Result<Option<Duration>> {
        let _ = id;
        todo!()
    }

    /// True only for the field's `enabled` word. Absent is the default, else false.
    pub fn flag(&self, id: &str) -> Result<bool> {
        let _ = id;
        todo!()
    }

    /// The logical name of the stored option.
    pub fn choice(&self, id: &str) -> Result<Option<&'static str>> {
        let _ = id;
        todo!()
    }

    /// The name of an HTTP header.
    pub fn header_name(&self, id: &str) -> Result<Option<String>> {
        let _ = id;
        todo!()
    }

    /// Headers from a JSON object, names lower-case. Hop-by-hop, `host`, `content-length` and authentication headers
    /// are refused.
    pub fn headers(&self, id: &str) -> Result<Vec<(String, String)>> {
        let _ = id;
        todo!()
    }

    /// Members of a JSON object, values as text.
    pub fn map(&self, id: &str) -> Result<Vec<(String, String)>> {
        let _ = id;
        todo!()
    }

    /// Text with its escapes decoded. Blanks and line feeds are kept.
    pub fn escaped(&self, id: &str) -> Result<Option<String>> {
        let _ = id;
        todo!()
    }

    /// The value that `read` finds, or the error that names the field which lacks it:
    /// `stored.required("jwt.key", Stored::signing_key)`.
    pub fn required<T>(&self, id: &str, read: impl FnOnce(&Self, &str) -> Result<Option<T>>) -> Result<T> {
        read(self, id)?.ok_or_else(|| Error::credential(self.field(id).label.en_us, "is required"))
    }

    /// `text` with every stored secret replaced by `***`.
    pub fn mask(&self, text: &str) -> String {
        let _ = text;
        todo!()
    }
}
