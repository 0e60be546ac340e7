//! JSON that holds secrets: stored rows, and documents with a key in them.

use std::fmt;
use std::ops::Deref;

use serde_json::{Map, Value};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// An object whose texts are overwritten when it is dropped. `Debug` shows nothing of it.
#[derive(Default)]
pub(crate) struct Wiped(Map<String, Value>);

impl From<Map<String, Value>> for Wiped {
    fn from(members: Map<String, Value>) -> Self {
        Wiped(members)
    }
}

impl Deref for Wiped {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Zeroize for Wiped {
    fn zeroize(&mut self) {
        self.0.values_mut().for_each(wipe);
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Wiped {}

impl fmt::Debug for Wiped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The reader of JSON limits how deep this goes.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(values) => values.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_is_left_at_any_depth() {
        let Value::Object(members) = json!({"k": "s3cret", "keys": [{"d": "s3cret"}, ["s3cret"]], "n": 1}) else {
            panic!("an object")
        };
        let mut wiped = Wiped::from(members);
        assert_eq!(format!("{wiped:?}"), "***");
        wiped.zeroize();
        assert_eq!(Value::Object(wiped.clone()), json!({"k": "", "keys": [{"d": ""}, [""]], "n": 1}));
    }
}
