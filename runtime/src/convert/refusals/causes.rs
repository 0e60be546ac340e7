//! Which texts and statuses mean what (gateway reference 1.2, 1.7, 1.9, 2.1, 3, 5.11, 6). The first row that fits wins.

use super::Body;
use crate::error::Kind;
use crate::http::Head;

/// What is said before the server's own words.
#[derive(Clone, Copy)]
pub(super) enum Cause {
    /// A fixed text, may be empty.
    Text(&'static str),
    /// A text, followed by how far the clocks are apart.
    Clock(&'static str),
    /// Where the signed texts differ.
    Signature,
}

use Cause::{Clock, Signature, Text};
use Kind::{Authorization, BadRequest, Blocked, RateLimit, ServerUnavailable, TooLarge};

/// Statuses for which a row holds.
type Statuses = std::ops::RangeInclusive<u16>;

const ANY: Statuses = 100..=599;
/// What a client can do something about, and what operators turned into a 200.
const REFUSED: Statuses = 200..=499;

type Row = (Statuses, &'static [&'static str], Kind, Cause);

/// What gateways say, in lower case, and what it means. Plain text, or the `message` of the operators' own JSON.
#[rustfmt::skip]
const OF_GATEWAYS: &[Row] = &[
    (REFUSED, &["client request can't be validated"], Authorization,
        Text("the route checks signatures of the APISIX kind (hmac-auth-apisix): choose an auth method that makes them, if \
              there is one, and check its keys")),
    (REFUSED, &["invalid signature"], Authorization, Signature),
    (REFUSED, &["invalid date"], Authorization, Clock("the gateway refuses the time of the request")),
    (REFUSED, &["invalid content-md5"], Authorization,
        Text("the gateway changes or limits the body before it checks it; switch body signing off")),
    (REFUSED, &["invalid key", "empty signature"], Authorization,
        Text("the gateway does not know the access key, or found no signature")),
    (401..=401, &["jwt is missing"], Authorization,
        Text("the gateway found no token where it looks; check the header's name and prefix")),
    (401..=401, &["jwks doesn't have key", "jwt verification fails", "jwt header [alg]", "jwt is not in the form"],
        Authorization,
        Text("check key, algorithm, key id, issuer and consumer claim (with several consumers the gateway names the \
              first one's failure)")),
    (REFUSED, &["multi key authentication information found"], Authorization,
        Text("the gateway found a key in more than one place; send it in one header only")),
    (REFUSED, &["no key authentication information found"], Authorization,
        Text("the gateway found no key where it looks; check the header's name")),
    (REFUSED, &["no quota left"], RateLimit, Text("the consumer's quota at the gateway is used up")),
    (REFUSED, &["unauthorized consumer", "jwt token not allow"], Authorization,
        Text("the credential was read, but its consumer may not call this API (or is unknown)")),
    (REFUSED, &["rbac: access denied"], Authorization, Text("an access rule of the gateway keeps this caller out")),
    (REFUSED, &["missing required header", "invalid nonce"], BadRequest,
        Text("the gateway protects from replays; name its nonce header in the setting of the connection")),
    (REFUSED, &["replay attack detected"], BadRequest, Text("the gateway has seen the nonce of this request before")),
    (ANY, &["exceeded maximum request limit"], RateLimit, Text("the gateway's limit of requests under way")),
    (ANY, &["redis error"], ServerUnavailable, Text("a part of the gateway itself does not work")),
    (ANY, &["unsupported api name"], BadRequest,
        Text("the protocol of this model type does not fit the route or the model")),
    (ANY, &["failed to process request", "failed to process response"], ServerUnavailable,
        Text("the gateway could not translate the call for the model service")),
    (500..=599, &["no healthy upstream", "upstream connect error", "upstream request timeout"], ServerUnavailable,
        Text("the gateway does not reach the model service")),
];

/// What model services say: codes and words in lower case.
#[rustfmt::skip]
const OF_SERVICES: &[Row] = &[
    (401..=401, &["expired", "not yet valid"], Authorization, Clock("the token's time is over or has not come")),
    (REFUSED, &["allocationquota.freetieronly", "billoverdue", "commoditynotpurchased", "arrearage"], RateLimit,
        Text("the quota or the account is used up")),
    (REFUSED, &["datainspectionfailed", "data_inspection_failed", "content_filter", "content_policy_violation",
        "faqruleblocked", "customroleblocked", "ipinfringementsuspect"], Blocked,
        Text("content blocked by the rules of the model service")),
    (REFUSED, &["invalid_api_key", "invalidapikey", "incorrect api key", "accessdenied", "access_denied"],
        Authorization,
        Text("the model service refused its key or account; behind a gateway that is the gateway's own: ask its \
              operator")),
    (REFUSED, &["access denied"], Authorization,
        Text("the credential was read, but its consumer may not call this API (or is unknown)")),
    (ANY, &["overloaded_error"], ServerUnavailable, Text("the model service has too much to do")),
    (200..=299, &["authentication_error", "permission_error"], Authorization, Text("not authorized")),
    (ANY, &["context_length_exceeded", "maximum context length", "prompt is too long", "range of input length"], BadRequest,
        Text("the input is too long for the model")),
    (400..=422, &["batch size", "batch_size", "batch too large", "array too long", "too many inputs", "too many texts",
        "number of texts", "number of inputs", "tokens per request", "数组最大"],
        TooLarge, Text("the endpoint takes less in one request")),
    (ANY, &["range of max_tokens"], BadRequest, Text("the model takes another number of max tokens")),
    (ANY, &["notsupportenablethinking"], BadRequest, Text("the model takes no thinking switch")),
    (ANY, &["url error, please check url"], BadRequest,
        Text("the protocol of this model type does not fit the route or the model")),
    (ANY, &["model_not_found", "modelnotfound", "model_not_supported", "model not exist"], BadRequest,
        Text("the endpoint does not know a model of this name; enter the name it knows")),
    (404..=404, &["does not exist", "' not found", "\" not found"], BadRequest,
        Text("the endpoint does not know a model of this name; enter the name it knows")),
    (ANY, &["requesttimeout"], ServerUnavailable, Text("the model took longer than its service allows")),
    // DashScope's words for a mistake in the request.
    (ANY, &["internalerror.algo.invalidparameter"], BadRequest, Text("")),
    (ANY, &["internalerror", "internal_error", "systemerror", "modelservicefailed", "modelservingerror",
        "modelunavailable"], ServerUnavailable, Text("the model service failed")),
    (200..=299, &["rate limit", "rate_limit", "throttling", "too many requests", "limit_requests",
        "limit_burst_rate", "insufficient_quota"], RateLimit, Text("rate limit")),
    (200..=299, &["invalid_request", "invalidparameter", "invalidurl", "bad_request", "badrequest",
        "unsupportedoperation"], BadRequest, Text("")),
];

/// Plain texts of gateways that may come with any status, 200 included.
const PLAIN: &[&str] = &["too many requests", "request denied by", "no healthy upstream", "upstream connect error"];

/// Whether plain text is known to be a gateway's refusal.
pub(super) fn is_known_text(body: &Body) -> bool {
    !body.is_json && PLAIN.iter().any(|text| body.words.starts_with(text))
}

/// Whether it is a gateway that speaks: in plain text, in words of its own.
pub(super) fn is_gateways(body: &Body) -> bool {
    !body.is_json && (is_known_text(body) || OF_GATEWAYS.iter().any(|row| says(row, body)))
}
/// What is said of an error that came as an answer and names no known cause.
pub(super) const UNKNOWN: &str = "an error in place of an answer";

/// Kind and cause of a refusal.
pub(super) fn of(head: &Head, status: u16, body: &Body) -> (Kind, Cause) {
    let fits = |row: &&Row| row.0.contains(&status) && says(row, body);
    // A service may say `invalid key` of a parameter.
    let of_gateways = OF_GATEWAYS.iter().filter(|_| !body.is_services);
    if let Some((_, _, kind, cause)) = of_gateways.chain(OF_SERVICES).find(fits) {
        return (*kind, *cause);
    }
    // Operators choose status and words of these; the header is the gateway's own.
    let is_limit = head.headers.contains_key("x-tokenratelimit-reset") || body.words.starts_with("too many requests");
    match status {
        _ if is_limit => (RateLimit, Text("rate limit of the gateway")),
        401 | 403 if body.text.is_empty() => (Authorization, Text(refused_key(head))),
        401 | 403 => (Authorization, Text("not authorized")),
        429 => (RateLimit, Text(limit(body))),
        404 if is_no_page(body) => (
            Kind::Connection,
            Text("nothing is served there; check the endpoint: its base URL, its prefix, and whether it ends in /v1"),
        ),
        407 => (
            Kind::Connection,
            Text(
                "the proxy wants another user name or password; check the proxy of the connection, or HTTPS_PROXY and \
                 HTTP_PROXY",
            ),
        ),
        413 => (
            TooLarge,
            Text("the request is too large (where the body is signed, a gateway takes less: body signing can be off)"),
        ),
        415 => (BadRequest, Text("the endpoint does not take media of this type")),
        408 | 500..=599 => (ServerUnavailable, Text("")),
        400..=499 => (BadRequest, Text("")),
        _ if body.is_operators => (RateLimit, Text("the gateway refuses the call")),
        _ => (ServerUnavailable, Text(UNKNOWN)),
    }
}

fn says((_, texts, _, _): &Row, body: &Body) -> bool {
    texts.iter().any(|text| body.words.contains(text))
}

/// What servers say of a path that they do not serve.
fn is_no_page(body: &Body) -> bool {
    let is_page = !body.is_json && (body.text.is_empty() || body.text.starts_with("an HTML page"));
    is_page || ["not found", "404 page not found"].contains(&body.words.trim())
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
