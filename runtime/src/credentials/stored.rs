//! Reading stored values by logical id: names and aliases, defaults, bounds, and errors that name the label.

use std::borrow::Cow;
use std::time::Duration;

use super::masking::Secrets;
use super::values::{advanced, finite, headers, members, number, plain_text, unescaped, within, without_controls};
use super::voices::voices;
use super::{Field, FieldType, Row, Secret, SigningKey, Voice, Wiped};
use crate::error::{Error, Result, cut};
use crate::text::Text;

/// Settings without a field of their own.
pub(super) const ADVANCED: &str = "connection.advanced";

/// The longest stored text. What errors may not show is searched for in all spellings, and one tenant's credentials may
/// not take the time of others.
const LONGEST: usize = 64 << 10;
/// The longest list of certificates, which nobody searches for.
const LONGEST_PEM: usize = 1 << 20;

fn within_length(kind: FieldType, text: &str) -> Result<(), String> {
    let longest = if kind == FieldType::Pem { LONGEST_PEM } else { LONGEST };
    if text.len() <= longest { Ok(()) } else { Err(format!("is longer than {} KiB", longest >> 10)) }
}

static UNDECLARED: Field = Field { label: Text::all("Credentials"), ..Field::DEFAULTS };

/// The credentials of one request, bound to the fields of one plugin.
pub struct Stored<'a> {
    /// Sorted by id.
    fields: &'static [Field],
    row: Row<'a>,
    /// Members of the `connection.advanced` JSON object, by field id.
    advanced: Wiped,
    /// Bad values fall back to the default instead of failing: for schema requests, where an error hides the model.
    lenient: bool,
}

impl<'a> Stored<'a> {
    /// Binds stored values to a plugin's fields. `row` is the daemon's `credentials` object.
    ///
    /// # Errors
    /// If `connection.advanced` is set and is not a JSON object of known field ids. Never when `lenient`.
    pub fn new(fields: &'static [Field], row: impl Into<Row<'a>>, lenient: bool) -> Result<Self> {
        debug_assert!(fields.is_sorted_by_key(|field| field.id));
        let mut stored = Stored { fields, row: row.into(), advanced: Wiped::default(), lenient };
        if let Some(text) = stored.raw(stored.field(ADVANCED)).filter(|text| !text.trim().is_empty()) {
            let members = within_length(FieldType::Map, &text).and_then(|()| advanced(&text, fields));
            match members {
                Ok(members) => stored.advanced = members,
                Err(_) if lenient => {}
                Err(problem) => return Err(Error::credential(stored.field(ADVANCED).label.en_us, problem)),
            }
        }
        Ok(stored)
    }

    /// The field's declaration. Generated code asks only for ids that its plugin declares; any other is a text that
    /// nobody stored.
    pub fn field(&self, id: &str) -> &'static Field {
        let place = self.fields.binary_search_by_key(&id, |field| field.id);
        place.ok().and_then(|place| self.fields.get(place)).unwrap_or(&UNDECLARED)
    }

    /// The stored text of a variable that is no field, such as a selector; blank is absent.
    pub fn selected(&self, variable: &str) -> Option<String> {
        Some(self.row.get(variable)?.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Whether bad values fall back to defaults.
    pub fn is_lenient(&self) -> bool {
        self.lenient
    }

    /// Trimmed text; blank is absent. The default where there is one.
    ///
    /// # Errors
    /// If the field is required and absent, or holds control characters: no header could carry them.
    pub fn text(&self, id: &str) -> Result<Option<String>> {
        self.read(id, |_, text| without_controls(text).map(str::to_owned))
    }

    /// As [`text`](Self::text), for a secret.
    pub fn secret(&self, id: &str) -> Result<Option<Secret>> {
        self.read(id, |_, text| without_controls(text).map(Secret::new))
    }

    /// A private key.
    pub fn signing_key(&self, id: &str) -> Result<Option<SigningKey>> {
        self.read(id, |field, text| Ok(SigningKey { text: Secret::new(text), label: field.label.en_us }))
    }

    /// Text of several lines: certificates. What is in it is for the reader to say.
    pub fn pem(&self, id: &str) -> Result<Option<String>> {
        self.read(id, |_, text| Ok(text.to_owned()))
    }

    /// A whole number within the field's bounds.
    pub fn integer(&self, id: &str) -> Result<Option<i64>> {
        self.read(id, |field, text| {
            let whole = match text.parse::<i64>() {
                Ok(whole) => whole,
                Err(_) => {
                    let number = finite(text).filter(|number| number.fract() == 0.0 && number.abs() < 9e15);
                    number.ok_or_else(|| format!("`{}` is not a whole number", cut(text, 40)))? as i64
                }
            };
            within(field, whole as f64)?;
            Ok(whole)
        })
    }

    /// A number within the field's bounds.
    pub fn number(&self, id: &str) -> Result<Option<f64>> {
        self.read(id, number)
    }

    /// A price, kept as text so that it is not rounded.
    pub fn decimal(&self, id: &str) -> Result<Option<String>> {
        self.read(id, |field, text| {
            let is_decimal = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'));
            if !is_decimal {
                return Err(format!("`{}` is not a number", cut(text, 40)));
            }
            number(field, text)?;
            Ok(text.to_owned())
        })
    }

    /// A duration, stored as a number of seconds.
    pub fn seconds(&self, id: &str) -> Result<Option<Duration>> {
        self.read(id, |field, text| {
            let seconds = number(field, text)?;
            Duration::try_from_secs_f64(seconds).map_err(|_| format!("`{}` is no number of seconds", cut(text, 40)))
        })
    }

    /// True only for the field's `enabled` word. Absent is the default, else false.
    pub fn flag(&self, id: &str) -> Result<bool> {
        let field = self.field(id);
        let FieldType::Flag { enabled, .. } = field.kind else {
            return Ok(false);
        };
        Ok(match self.raw(field) {
            Some(word) => word.trim() == enabled || word.trim() == "true",
            None => field.default.is_some_and(|word| word == "true" || word == enabled),
        })
    }

    /// The logical name of the stored option.
    pub fn choice(&self, id: &str) -> Result<Option<&'static str>> {
        self.read(id, |field, text| {
            let FieldType::Choice(options) = field.kind else {
                return Err("is no choice".to_owned());
            };
            let stored = options.iter().find(|(_, word)| *word == text);
            match stored.or_else(|| options.iter().find(|(name, _)| *name == text)) {
                Some((name, _)) => Ok(*name),
                None => {
                    let words: Vec<_> = options.iter().map(|(_, word)| *word).collect();
                    Err(format!("`{}` is none of {}", cut(text, 40), words.join(", ")))
                }
            }
        })
    }

    /// The name of an HTTP header.
    pub fn header_name(&self, id: &str) -> Result<Option<String>> {
        self.read(id, |_, text| match reqwest::header::HeaderName::from_bytes(text.as_bytes()) {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err("a header name may hold letters, digits and hyphens only".to_owned()),
        })
    }

    /// Headers from a JSON object, names lower-case. Hop-by-hop, `host`, `content-length` and authentication headers
    /// are refused.
    pub fn headers(&self, id: &str) -> Result<Vec<(String, Secret)>> {
        let headers = self.read(id, |_, text| headers(text))?;
        Ok(headers.unwrap_or_default())
    }

    /// Members of a JSON object, values as text.
    pub fn map(&self, id: &str) -> Result<Vec<(String, String)>> {
        Ok(self.read(id, |_, text| members(text))?.unwrap_or_default())
    }

    /// The voices of a speech model.
    pub fn voices(&self, id: &str) -> Result<Option<Vec<Voice>>> {
        self.read(id, |_, text| voices(text))
    }

    /// Text with its escapes decoded. Blanks and line feeds are kept.
    pub fn escaped(&self, id: &str) -> Result<Option<String>> {
        let field = self.field(id);
        let decoded = |text: Cow<'_, str>| within_length(field.kind, &text).and_then(|()| unescaped(&text));
        match self.raw(field).filter(|text| !text.is_empty()).map(decoded) {
            Some(Ok(text)) => Ok(Some(text)),
            Some(Err(problem)) if !self.lenient => Err(Error::credential(field.label.en_us, problem)),
            _ => Ok(field.default.and_then(|text| unescaped(text).ok())),
        }
    }

    /// The value that `read` finds, or the error that names the field which lacks it:
    /// `stored.required("jwt.key", Stored::signing_key)`.
    pub fn required<T>(&self, id: &str, read: impl FnOnce(&Self, &str) -> Result<Option<T>>) -> Result<T> {
        read(self, id)?.ok_or_else(|| Error::credential(self.field(id).label.en_us, "is required"))
    }

    /// `text` with every stored secret replaced by `***`.
    pub fn mask(&self, text: &str) -> String {
        self.secrets().mask(text)
    }

    /// What must not be shown of the stored values.
    pub(crate) fn secrets(&self) -> Secrets {
        let mut secrets = Secrets::default();
        for field in self.fields.iter().filter(|field| Secrets::are_in(field.kind)) {
            // What is too long is refused, and never sent.
            for text in self.all(field).filter(|text| within_length(field.kind, text).is_ok()) {
                secrets.add_stored(field.kind, &text);
            }
        }
        secrets
    }

    /// What is stored: under the variable, under an alias, or in `connection.advanced`. Blank is absent.
    fn raw(&self, field: &Field) -> Option<Cow<'_, str>> {
        self.all(field).find(|text| match field.kind {
            FieldType::Escaped => !text.is_empty(),
            _ => !text.trim().is_empty(),
        })
    }

    fn all(&self, field: &Field) -> impl Iterator<Item = Cow<'_, str>> {
        let names = std::iter::once(&field.variable).chain(field.aliases);
        let texts = names.filter_map(|name| self.row.get(name)).map(Cow::Borrowed);
        texts.chain(self.advanced.get(field.id).and_then(plain_text))
    }

    /// A typed value: what is stored, else the default. A bad stored value is an error, or the default if lenient.
    fn read<T>(&self, id: &str, convert: impl Fn(&'static Field, &str) -> Result<T, String>) -> Result<Option<T>> {
        let field = self.field(id);
        if let Some(text) = self.raw(field) {
            let text = text.trim();
            let converted = within_length(field.kind, text).and_then(|()| match field.empty_word {
                Some(word) if word == text => convert(field, ""),
                _ => convert(field, text),
            });
            match converted {
                Ok(value) => return Ok(Some(value)),
                Err(_) if self.lenient => {}
                Err(problem) => return Err(Error::credential(field.label.en_us, problem)),
            }
        }
        match field.default {
            Some(text) => match convert(field, text) {
                Ok(value) => Ok(Some(value)),
                Err(_) if self.lenient => Ok(None),
                Err(problem) => Err(Error::credential(field.label.en_us, problem)),
            },
            None if field.required && !self.lenient => Err(Error::credential(field.label.en_us, "is required")),
            None => Ok(None),
        }
    }
}
