//! Shape `upload`: a multipart request, answered by one document or by plain text.

use std::marker::PhantomData;

use bytes::Bytes;

use crate::adapter::{Action, Answer, Protocol, Upload};
use crate::call::Call;
use crate::convert::refusals;
use crate::error::Result;
use crate::heavy;
use crate::http::{self, Head, LARGEST_REPLY};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::parameters::Parameter;
use crate::shapes::Prepared;

/// The operation of an `upload` protocol, with the plugin's parameter rules.
pub struct UploadOperation<P: Upload> {
    /// What a call may set.
    pub parameters: &'static [Parameter<<<P as Protocol>::Action as Action>::Credential>],
    /// The protocol.
    pub protocol: PhantomData<P>,
}

impl<P: Upload> Operation for UploadOperation<P> {
    fn action(&self) -> &'static str {
        <P::Action as Action>::NAME
    }

    fn run<'a>(&'a self, call: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let prepared = Prepared::<P>::read(call, data, self.parameters)?;
            let mut response = http::send(call, prepared.draft(call)?, "application/json", P::RETREAT).await?;
            let reply = response.body(LARGEST_REPLY).await?;
            let output = heavy::read(&response.head, reply, output::<P>).await?;
            let answer = P::Action::deliver(call, &prepared.credential, &prepared.input, output)?;
            answers.send_rope(|out| out.append(&answer)).await
        })
    }
}

/// What an answer says: a document by its reading, text by itself.
///
/// # Errors
/// The error reader's for a refusal; `BadReply` for a page, or for what is neither.
fn output<P: Upload>(head: &Head, reply: &Bytes) -> Result<<P::Action as Answer>::Output> {
    let reply = &reply.slice(if reply.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 }..);
    let media_type = head.media_type();
    let is_text = media_type.starts_with("text/") && media_type != "text/html";
    let is_json = media_type == "application/json" || media_type.ends_with("+json");
    // Services that answer with text quote it now and then; and some send JSON under another name.
    let quoted: Option<String> = serde_json::from_slice(reply).ok();
    let is_object = reply.trim_ascii_start().starts_with(b"{") && serde_json::from_slice::<Object>(reply).is_ok();
    if quoted.is_none() && (is_json || is_object) {
        return P::decode(reply).map_err(|problem| refusals::undecoded(head, problem, reply));
    }
    if refusals::is_refusal(reply) {
        return Err(refusals::refusal(head, reply));
    }
    let text = match (&quoted, std::str::from_utf8(reply)) {
        (Some(text), _) => Some(text.as_str()),
        // Nothing at all says nothing, unless it is called text: that is what silence comes to.
        (None, Ok(text)) if is_text || !(text.trim().is_empty() || text.trim_start().starts_with('<')) => Some(text),
        _ => None,
    };
    let output = text.and_then(|text| P::plain(text.trim()));
    output.ok_or_else(|| refusals::bad_reply(head, "it is neither JSON nor plain text", reply))
}

/// Any JSON object.
#[derive(serde::Deserialize)]
struct Object {}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;
    use serde::Deserialize;

    use super::*;
    use crate::error::{Error, Kind};
    use crate::reply::{Presence, Text, Undecoded};
    use crate::request::Draft;
    use crate::rope::Rope;

    struct Listen;

    #[derive(Deserialize)]
    struct NoInput {}

    impl Action for Listen {
        const NAME: &'static str = "listen";
        type Credential = ();
        type Input<'a> = NoInput;
    }

    impl Answer for Listen {
        type Output = String;

        fn deliver(_: &Call<'_>, (): &(), _: &NoInput, output: String) -> Result<Rope> {
            let mut answer = Rope::default();
            answer.text().extend_from_slice(output.as_bytes());
            Ok(answer)
        }
    }

    struct Transcribe;

    impl Protocol for Transcribe {
        const ID: &'static str = "test";
        type Action = Listen;
        type Param = ();

        fn encode(_: &Call<'_>, (): &(), _: &NoInput, (): &()) -> Result<Draft> {
            Err(Error::bad_request("not sent in tests"))
        }
    }

    #[derive(Default, Deserialize)]
    struct Reply<'a> {
        error: Option<Presence>,
        #[serde(borrow)]
        text: Option<Text<'a>>,
    }

    impl Upload for Transcribe {
        fn decode(reply: &Bytes) -> Result<String, Undecoded> {
            let reply: Reply<'_> = serde_json::from_slice(reply)?;
            if reply.error.is_some_and(|error| error.0) {
                return Err(Undecoded::Refused);
            }
            Ok(reply.text.ok_or(Undecoded::Missing("text"))?.0.into_owned())
        }

        fn plain(text: &str) -> Option<String> {
            Some(text.to_owned())
        }
    }

    fn heard(media_type: &str, reply: &str) -> Result<String> {
        let mut head = Head { status: 200, ..Head::default() };
        head.headers.insert("content-type", HeaderValue::from_str(media_type).unwrap());
        output::<Transcribe>(&head, &reply.to_owned().into())
    }

    #[test]
    fn documents_and_plain_text_are_both_answers() {
        for (media_type, reply, text) in [
            ("application/json", r#"{"text":"hi","usage":{"seconds":1}}"#, "hi"),
            ("application/json; charset=utf-8", r#"{"text":""}"#, ""),
            ("text/plain; charset=utf-8", "hi there\n", "hi there"),
            ("text/plain", "", ""),
            ("text/plain", "\u{feff}1\n00:00:00,000 --> 00:00:01,000\nhi\n", "1\n00:00:00,000 --> 00:00:01,000\nhi"),
            ("text/vtt", "WEBVTT\n\n<v Ann>hi\n", "WEBVTT\n\n<v Ann>hi"),
            ("application/octet-stream", "hi", "hi"),
            ("application/json", r#""hi""#, "hi"),
            ("text/plain", r#"{"text":"hi"}"#, "hi"),
            ("text/html", r#" {"text":"hi"}"#, "hi"),
            ("text/plain", "{smiling} hi", "{smiling} hi"),
        ] {
            assert_eq!(heard(media_type, reply).as_deref(), Ok(text), "{media_type}: {reply}");
        }
    }

    #[test]
    fn what_is_no_answer_is_never_a_transcript() {
        for (media_type, reply, kind, says) in [
            ("application/json", r#"{"error":{"message":"no such model"}}"#, Kind::ServerUnavailable, "no such model"),
            ("text/plain", r#"{"error":{"message":"no such model"}}"#, Kind::ServerUnavailable, "no such model"),
            ("application/json", r#"{"words":[]}"#, Kind::BadReply, "no `text` in it"),
            ("application/json", "hello", Kind::BadReply, "hello"),
            ("text/html", "<html><title>Log in</title></html>", Kind::BadReply, "an HTML page"),
            ("application/octet-stream", "", Kind::BadReply, "nothing"),
            ("audio/mpeg", "  <x>", Kind::BadReply, "neither JSON nor plain text"),
        ] {
            let error = heard(media_type, reply).unwrap_err();
            assert!(error.kind() == kind && error.message().contains(says), "{media_type}: {reply}: {error}");
        }
    }
}
