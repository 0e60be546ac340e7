//! Writing JSON members in order, leaving out what is absent.

use serde::Serialize;

use crate::error::{Error, Kind, Result};
use crate::output::Values;
use crate::rope::Rope;

/// A JSON object being written. Generated encoders fill it member by member, in the order of the spec.
///
/// ```
/// use runtime::json;
/// let body = json::object(|body| {
///     body.member("model", "m");
///     body.optional("top_n", None::<i64>);
///     body.object("options", |options| {
///         options.optional("a", None::<&str>);
///     });
/// });
/// assert_eq!(body.unwrap(), br#"{"model":"m"}"#);
/// ```
pub struct Object<'a> {
    out: &'a mut Rope,
    failure: &'a mut Option<Error>,
    empty: bool,
}

/// Writes one object to new bytes.
///
/// # Errors
/// The first of what [`Object::converted`] was given; else only if a value cannot be JSON (a map whose keys are not
/// text).
pub fn object(fill: impl FnOnce(&mut Object<'_>)) -> Result<Vec<u8>> {
    answer(fill).map(Rope::into_bytes)
}

/// Writes one object; vectors in it are not copied.
///
/// # Errors
/// As [`object`].
pub fn answer(fill: impl FnOnce(&mut Object<'_>)) -> Result<Rope> {
    let mut out = Rope::default();
    out.text().reserve(1024);
    let mut failure = None;
    members(&mut out, &mut failure, fill);
    match failure {
        None => Ok(out),
        Some(failure) => Err(failure),
    }
}

impl Object<'_> {
    /// Writes a member.
    pub fn member<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        self.key(name);
        self.value(value);
    }

    /// Writes a member that is text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        write_plain(self.out.text(), text);
    }

    /// Writes a member if it is present.
    pub fn optional<T: Serialize>(&mut self, name: &str, value: Option<T>) {
        if let Some(value) = value {
            self.member(name, &value);
        }
    }

    /// Writes a member that a converter made; its failure is that of the whole object.
    pub fn converted<T: Serialize>(&mut self, name: &str, value: Result<T>) {
        match value {
            Ok(value) => self.member(name, &value),
            Err(failure) => {
                self.failure.get_or_insert(failure);
            }
        }
    }

    /// Writes an object as a member. One that stays empty is left out itself.
    pub fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) {
        let (start, was_empty) = (self.out.text().len(), self.empty);
        self.key(name);
        if !members(self.out, self.failure, fill) {
            self.out.text().truncate(start);
            self.empty = was_empty;
        }
    }

    /// Writes names and values as a member, which may stay empty.
    pub fn map<T: Serialize>(&mut self, name: &str, values: &[(&str, T)]) {
        self.key(name);
        members(self.out, self.failure, |object| values.iter().for_each(|(name, value)| object.member(name, value)));
    }

    /// Writes a list as a member, one object per element.
    pub fn list<T>(
        &mut self,
        name: &str,
        elements: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Object<'_>, T),
    ) {
        self.key(name);
        self.out.text().push(b'[');
        for (position, element) in elements.into_iter().enumerate() {
            if position > 0 {
                self.out.text().push(b',');
            }
            members(self.out, self.failure, |object| fill(object, element));
        }
        self.out.text().push(b']');
    }

    /// Writes vectors as a member, as they came.
    pub fn vectors(&mut self, name: &str, vectors: &[Values]) {
        self.key(name);
        for (position, vector) in vectors.iter().enumerate() {
            self.out.text().push(if position == 0 { b'[' } else { b',' });
            self.out.insert(vector.json());
        }
        self.out.text().extend_from_slice(if vectors.is_empty() { b"[]" } else { b"]" });
    }

    /// Writes a list as a member, element by element.
    pub fn array(&mut self, name: &str, fill: impl FnOnce(&mut List<'_>)) {
        self.key(name);
        self.out.text().push(b'[');
        fill(&mut List { out: self.out, failure: self.failure, empty: true });
        self.out.text().push(b']');
    }

    fn key(&mut self, name: &str) {
        if !self.empty {
            self.out.text().push(b',');
        }
        self.empty = false;
        write_plain(self.out.text(), name);
        self.out.text().push(b':');
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        write(self.out, self.failure, value);
    }
}

fn write<T: Serialize + ?Sized>(out: &mut Rope, failure: &mut Option<Error>, value: &T) {
    if let Err(problem) = serde_json::to_writer(out.text(), value) {
        let message = format!("this call cannot be written as JSON: {problem}");
        failure.get_or_insert(Error::new(Kind::BadRequest, message));
    }
}

/// Appends a text.
pub(crate) fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing text to memory does not fail.
    let _ = serde_json::to_writer(out, text);
}

/// Writes a text that is most likely itself in JSON, as names and labels are. That is seen many bytes at a time.
fn write_plain(out: &mut Vec<u8>, text: &str) {
    let is_odd = |byte: u8| (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, |odd, byte| odd | is_odd(byte)) {
        write_text(out, text);
    } else {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    }
}

/// Writes one object; whether there is anything in it.
fn members(out: &mut Rope, failure: &mut Option<Error>, fill: impl FnOnce(&mut Object<'_>)) -> bool {
    out.text().push(b'{');
    let mut object = Object { out, failure, empty: true };
    fill(&mut object);
    let is_empty = object.empty;
    out.text().push(b'}');
    !is_empty
}

/// A JSON list being written.
pub struct List<'a> {
    out: &'a mut Rope,
    failure: &'a mut Option<Error>,
    empty: bool,
}

impl List<'_> {
    /// Writes an element.
    pub fn value<T: Serialize + ?Sized>(&mut self, value: &T) {
        self.next();
        write(self.out, self.failure, value);
    }

    /// Writes an element that a converter made; its failure is that of the whole object.
    pub fn converted<T: Serialize>(&mut self, value: Result<T>) {
        match value {
            Ok(value) => self.value(&value),
            Err(failure) => {
                self.failure.get_or_insert(failure);
            }
        }
    }

    /// Writes an element if it is present.
    pub fn optional<T: Serialize>(&mut self, value: Option<T>) {
        if let Some(value) = value {
            self.value(&value);
        }
    }

    /// Writes an object as an element. One that stays empty is left out itself.
    pub fn object(&mut self, fill: impl FnOnce(&mut Object<'_>)) {
        let (start, was_empty) = (self.out.text().len(), self.empty);
        self.next();
        if !members(self.out, self.failure, fill) {
            self.out.text().truncate(start);
            self.empty = was_empty;
        }
    }

    /// Writes a list as an element.
    pub fn array(&mut self, fill: impl FnOnce(&mut List<'_>)) {
        self.next();
        self.out.text().push(b'[');
        fill(&mut List { out: self.out, failure: self.failure, empty: true });
        self.out.text().push(b']');
    }

    fn next(&mut self) {
        if !self.empty {
            self.out.text().push(b',');
        }
        self.empty = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_nothing_in_it_leaves_no_comma_behind() {
        let bytes = object(|o| {
            o.object("a", |_| {});
            o.member("b", &1);
            o.object("c", |_| {});
            o.object("d", |d| d.object("e", |_| {}));
            o.list("f", [1, 2], |o, n| o.member("n", &n));
        });
        assert_eq!(bytes.unwrap(), br#"{"b":1,"f":[{"n":1},{"n":2}]}"#);
    }

    #[test]
    fn vectors_are_written_as_they_came() {
        let vectors = ["[0.10]", "[1, 2e-3]"].map(|numbers| Values::of(numbers.into()));
        let bytes = object(|o| {
            o.vectors("a", &vectors);
            o.vectors("b", &[]);
        });
        assert_eq!(bytes.unwrap(), br#"{"a":[[0.10],[1, 2e-3]],"b":[]}"#);
    }

    #[test]
    fn what_cannot_be_converted_fails_the_whole() {
        let made = |second: Result<i64>| {
            object(|o| {
                o.array("a", |list| list.object(|o| o.converted("b", Ok(1))));
                o.array("c", |list| list.converted(second));
            })
        };
        assert_eq!(made(Ok(2)).unwrap(), br#"{"a":[{"b":1}],"c":[2]}"#);
        assert_eq!(made(Err(Error::bad_request("no"))).unwrap_err().message(), "no");
    }

    #[test]
    fn a_list_leaves_out_absent_elements() {
        let bytes = object(|o| {
            o.array("a", |list| {
                list.optional(None::<i64>);
                list.object(|_| {});
                list.value("x");
                list.object(|o| o.member("b", &1));
                list.array(|_| {});
            });
        });
        assert_eq!(bytes.unwrap(), br#"{"a":["x",{"b":1},[]]}"#);
    }
}
