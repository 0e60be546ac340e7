//! Stored credentials: what Dify kept as text under a plugin's variable names, read as typed values under logical names.
//!
//! Generated code declares the fields ([`Field`]) and asks for values by logical id (`llm.context_size`). Rows may be
//! older than the form: absent, empty and extra keys are all normal (survey, H3).

mod masking;
mod row;
mod stored;
mod values;
mod voices;
mod wiped;

use std::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::error::Result;
use crate::text::Text;

pub(crate) use masking::Secrets;
pub use row::Row;
pub use stored::Stored;
pub(crate) use values::{headers, is_reserved, plain_text};
pub use voices::Voice;
pub(crate) use wiped::Wiped;

/// A secret text, overwritten when it is dropped. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, ZeroizeOnDrop)]
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
#[derive(Debug, Clone, ZeroizeOnDrop)]
pub struct SigningKey {
    /// JWK, JWK set, PEM, or an object with `private_key`.
    pub text: Secret,
    /// The field's label.
    #[zeroize(skip)]
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
    /// Certificates in PEM form.
    Pem,
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
    /// Voices of a speech model.
    Voices,
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

impl Field {
    /// An optional text of no name, without anything else: tables say what differs.
    pub const DEFAULTS: Self = Field {
        id: "",
        variable: "",
        aliases: &[],
        label: Text::all(""),
        kind: FieldType::String,
        required: false,
        default: None,
        min: None,
        max: None,
        empty_word: None,
    };
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

#[cfg(test)]
mod tests;
