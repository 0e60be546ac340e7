//! Takes out of a body what an endpoint refused by name. Pure; knows no member by name.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::adapter::Retreat;
use crate::convert::refusals::Complaint;

/// The body without, or with another name for, the top-level members that the refusal speaks of. A member gets its
/// other name only if the refusal says that it is not supported, or names the other: its value may be the mistake.
/// `None` if there is nothing to change.
pub(super) fn without_what_is_refused(body: &[u8], refusal: &[u8], retreat: Retreat) -> Option<Bytes> {
    if retreat.drop.is_empty() && retreat.rename.is_empty() {
        return None;
    }
    let Members(members) = serde_json::from_slice(body).ok()?;
    let complaint = Complaint::read(refusal);
    let rejects = complaint.rejects();
    let mut changed = false;
    let mut out = Vec::with_capacity(body.len());
    out.push(b'{');
    for (name, value) in &members {
        let mut name: &str = name;
        if retreat.drop.contains(&name) && complaint.names(name) {
            changed = true;
            continue;
        }
        let other = retreat.rename.iter().find(|(from, _)| *from == name).map(|(_, other)| *other);
        if let Some(other) = other.filter(|other| complaint.names(name) && (rejects || complaint.names(other))) {
            changed = true;
            name = other;
        }
        if out.len() > 1 {
            out.push(b',');
        }
        serde_json::to_writer(&mut out, name).ok()?;
        out.push(b':');
        out.extend_from_slice(value.get().as_bytes());
    }
    out.push(b'}');
    changed.then(|| out.into())
}

/// The members of an object in order, values as they are written.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> serde::Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETREAT: Retreat = Retreat { drop: &["extra", "other"], rename: &[("max_tokens", "max_completion_tokens")] };

    fn retreated(body: &str, refusal: &str) -> Option<String> {
        without_what_is_refused(body.as_bytes(), refusal.as_bytes(), RETREAT)
            .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn only_what_is_named_goes_and_the_rest_keeps_its_bytes() {
        assert_eq!(
            retreated(r#"{"a": 1.50,"extra":{"x":1},"other":2,"b":1e30}"#, "unknown field 'extra'").as_deref(),
            Some(r#"{"a":1.50,"other":2,"b":1e30}"#)
        );
        assert_eq!(
            retreated(r#"{"max_tokens":5,"m":1}"#, "use max_completion_tokens instead of max_tokens").as_deref(),
            Some(r#"{"max_completion_tokens":5,"m":1}"#)
        );
    }

    #[test]
    fn a_refusal_that_names_nothing_we_sent_changes_nothing() {
        assert_eq!(retreated(r#"{"a":1}"#, "unknown field 'extra'"), None);
        assert_eq!(retreated(r#"{"extra":1}"#, "bad request"), None);
        assert_eq!(retreated(r#"{"max_tokens":5000}"#, "max_tokens is too large: 5000"), None);
        assert_eq!(retreated("not json", "extra"), None);
    }
}
