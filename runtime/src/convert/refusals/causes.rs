//! Which texts and statuses mean what (gateway reference 1.2, 2.1, 3, 6). The first row that fits wins.

use super::Body;
use crate::error::Kind;
use crate::http::Head;

/// What is said before the server's own words.
pub(super) enum Cause {
    /// A fixed text, may be empty.
    Text(&'static str),
    /// A text, followed by how far the clocks are apart.
    Clock(&'static str),
    /// Where the signed texts differ.
    Signature,
}

use Cause::{Clock, Signature, Text};

/// Statuses for which a row holds.
type Statuses = std::ops::RangeInclusive<u16>;

const ANY: Statuses = 100..=599;
const CLIENT: Statuses = 400..=499;

/// Words in lower case, and what they mean.
#[rustfmt::skip]
const TEXTS: &[(Statuses, &[&str], Kind, Cause)] = &[
    (CLIENT, &["invalid signature"], Kind::Authorization, Signature),
    (CLIENT, &["invalid date"], Kind::Authorization, Clock("the gateway refuses the time of the request")),
    (CLIENT, &["invalid content-md5"], Kind::Authorization,
        Text("the gateway changes or limits the body before it checks it; switch body signing off")),
    (CLIENT, &["invalid key", "empty signature"], Kind::Authorization,
        Text("the gateway does not know the access key, or found no signature")),
    (401..=401, &["expired", "not yet valid"], Kind::Authorization, Clock("the token's time is over or has not come")),
    (401..=401, &["jwks doesn't have key", "jwt verification fails", "jwt header [alg]"], Kind::Authorization,
        Text("check key, algorithm, key id, issuer and consumer claim (with several consumers the gateway names the \
              first one's failure)")),
    (CLIENT, &["no quota left", "allocationquota.freetieronly", "billoverdue", "commoditynotpurchased", "arrearage"],
        Kind::RateLimit, Text("the quota or the account is used up")),
    (CLIENT, &["unauthorized consumer", "access denied", "jwt token not allow"], Kind::Authorization,
        Text("the credential was read, but its consumer may not call this API (or is unknown)")),
    (401..=403, &["invalid_api_key", "invalidapikey", "incorrect api key", "accessdenied", "access_denied"],
        Kind::Authorization,
        Text("the model service refused its key or account; behind a gateway that is the gateway's own: ask its \
              operator")),
    (CLIENT, &["datainspectionfailed", "data_inspection_failed", "content_filter", "content_policy_violation",
        "faqruleblocked", "customroleblocked", "ipinfringementsuspect"], Kind::Blocked,
        Text("content blocked by the rules of the model service")),
    (200..=299, &["datainspectionfailed", "data_inspection_failed", "content_filter"], Kind::Blocked,
        Text("content blocked by the rules of the model service")),
    (ANY, &["context_length_exceeded", "maximum context length", "range of input length"], Kind::BadRequest,
        Text("the input is too long for the model")),
    (ANY, &["unsupported api name", "url error, please check url"], Kind::BadRequest,
        Text("the protocol of this model type does not fit the route or the model")),
    (ANY, &["model_not_found", "modelnotfound", "model_not_supported"], Kind::BadRequest,
        Text("the endpoint does not know a model of this name; enter the name it knows")),
    (500..=599, &["no healthy upstream", "upstream connect error", "upstream request timeout"],
        Kind::ServerUnavailable, Text("the gateway does not reach the model service")),
    (200..=299, &["rate limit", "rate_limit", "throttling", "too many requests", "limit_requests"], Kind::RateLimit,
        Text("rate limit")),
    (200..=299, &["invalid_request", "invalidparameter", "bad_request", "badrequest"], Kind::BadRequest, Text("")),
];

/// Plain texts of gateways that may come with any status, 200 included.
const PLAIN: &[&str] = &["too many requests", "request denied by", "no healthy upstream", "upstream connect error"];

/// Whether plain text is known to be a gateway's refusal.
pub(super) fn is_known_text(body: &Body) -> bool {
    !body.is_json && PLAIN.iter().any(|text| body.words.starts_with(text))
}

/// Kind and cause of a refusal.
pub(super) fn of(head: &Head, status: u16, body: &Body) -> (Kind, Cause) {
    for (statuses, texts, kind, cause) in TEXTS {
        if statuses.contains(&status) && texts.iter().any(|text| body.words.contains(text)) {
            let cause = match cause {
                Text(text) => Text(text),
                Clock(text) => Clock(text),
                Signature => Signature,
            };
            return (*kind, cause);
        }
    }
    match status {
        401 | 403 if body.text.is_empty() => (Kind::Authorization, Text(refused_key(head))),
        401 | 403 => (Kind::Authorization, Text("not authorized")),
        429 => (Kind::RateLimit, Text(limit(body))),
        404 if body.text.is_empty() => (
            Kind::Connection,
            Text("nothing is served there; check the endpoint: its base URL, its prefix, and whether it ends in /v1"),
        ),
        407 => {
            (Kind::Connection, Text("the proxy wants another user name or password; check HTTPS_PROXY and HTTP_PROXY"))
        }
        413 => (Kind::BadRequest, Text("the request is too large for the gateway")),
        408 | 500..=599 => (Kind::ServerUnavailable, Text("")),
        400..=499 => (Kind::BadRequest, Text("")),
        _ if body.is_operators => (Kind::RateLimit, Text("the gateway refuses the call")),
        _ => (Kind::ServerUnavailable, Text("an error in place of an answer")),
    }
}

fn refused_key(head: &Head) -> &'static str {
    match head.header("www-authenticate").and_then(|value| value.split_whitespace().next()) {
        Some("Key" | "Basic") => {
            "the gateway refuses the API key; check its value, its header, and whether the gateway's credential \
             includes the word Bearer"
        }
        _ => "not authorized",
    }
}

/// One name means two things: used up for good, or a limit per minute.
fn limit(body: &Body) -> &'static str {
    let per_time = ["rate", "per minute", "throttling", "limit_"].iter().any(|word| body.words.contains(word));
    if body.words.contains("insufficient_quota") && !per_time { "the quota is used up" } else { "rate limit" }
}
