//! Takes out of a body what an endpoint refused by name. Pure; knows no member by name.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::adapter::Retreat;
use crate::convert::refusals::Complaint;
use crate::request::{Request, parts};

/// The body without, or with another name for, the top-level members (or parts) that the refusal speaks of. A member
/// gets its other name only if the refusal says that it is not supported, or names the other: its value may be the
/// mistake. Of those that stand in a sentence only the first of `drop` goes: it may say that one of two is enough.
/// `None` if there is nothing to change.
pub(super) fn without_what_is_refused(request: &Request, refusal: &[u8], retreat: Retreat) -> Option<Bytes> {
    if retreat.drop.is_empty() && retreat.rename.is_empty() {
        return None;
    }
    let complaint = Complaint::read(refusal);
    let rejects = complaint.rejects();
    let in_words = |is_sent: &dyn Fn(&str) -> bool| {
        retreat.drop.iter().copied().find(|name| is_sent(name) && !complaint.points_at(name) && complaint.names(name))
    };
    let dropped = |name: &str, first: Option<&str>| {
        retreat.drop.contains(&name) && (complaint.points_at(name) || first == Some(name))
    };
    let renamed = |name: &str| {
        let other = retreat.rename.iter().find(|(from, _)| *from == name).map(|(_, other)| *other);
        other.filter(|other| complaint.names(name) && (rejects || complaint.names(other)))
    };
    let content_type = request.header("content-type").unwrap_or_default();
    let body = &request.body;
    if content_type.starts_with("multipart/") {
        let sent = parts::read(content_type, body)?;
        let first = in_words(&|name| sent.iter().any(|part| part.name == name));
        return parts::changed(content_type, body, |name| dropped(name, first), renamed).map(Bytes::from);
    }
    let Members(members) = serde_json::from_slice(body).ok()?;
    let first = in_words(&|name| members.iter().any(|(member, _)| member == name));
    let mut changed = false;
    let mut out = Vec::with_capacity(body.len());
    out.push(b'{');
    for (name, value) in &members {
        if dropped(name, first) {
            changed = true;
            continue;
        }
        let other = renamed(name);
        changed |= other.is_some();
        let name: &str = other.unwrap_or(name);
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

    fn request(content_type: &str, body: impl Into<Bytes>) -> Request {
        let mut request = Request {
            method: "POST",
            url: reqwest::Url::parse("http://gateway.example/v1").unwrap(),
            headers: Vec::new(),
            body: body.into(),
        };
        request.set_header("content-type", content_type).unwrap();
        request
    }

    fn retreated(body: &str, refusal: &str) -> Option<String> {
        without_what_is_refused(&request("application/json", body.to_owned()), refusal.as_bytes(), RETREAT)
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
    fn of_two_that_exclude_each_other_one_stays() {
        let body = r#"{"other":0,"extra":0.9,"m":1}"#;
        let both = "`other` and `extra` cannot both be specified for this model. Please use only one.";
        assert_eq!(retreated(body, both).as_deref(), Some(r#"{"other":0,"m":1}"#));
        assert_eq!(retreated(r#"{"other":0}"#, both).as_deref(), Some("{}"));
        let pointed = r#"{"detail":[{"loc":["body","other"],"msg":"x"},{"loc":["body","extra"],"msg":"x"}]}"#;
        assert_eq!(retreated(body, pointed).as_deref(), Some(r#"{"m":1}"#));
    }

    #[test]
    fn parts_retreat_like_members() {
        let mut parts = parts::Parts::new();
        parts.text("extra", "x");
        parts.text("max_tokens", 5);
        let (content_type, body) = parts.finish();
        let request = request(&content_type, body);
        let names = |refusal: &str| -> Option<Vec<String>> {
            let body = without_what_is_refused(&request, refusal.as_bytes(), RETREAT)?;
            Some(parts::read(&content_type, &body).unwrap().iter().map(|part| part.name.to_owned()).collect())
        };
        assert_eq!(names("extra is not permitted").unwrap(), ["max_tokens"]);
        assert_eq!(names("unknown max_tokens").unwrap(), ["extra", "max_completion_tokens"]);
        assert_eq!(names("bad request"), None);
    }

    #[test]
    fn a_refusal_that_names_nothing_we_sent_changes_nothing() {
        assert_eq!(retreated(r#"{"a":1}"#, "unknown field 'extra'"), None);
        assert_eq!(retreated(r#"{"extra":1}"#, "bad request"), None);
        assert_eq!(retreated(r#"{"max_tokens":5000}"#, "max_tokens is too large: 5000"), None);
        assert_eq!(retreated("not json", "extra"), None);
    }
}
