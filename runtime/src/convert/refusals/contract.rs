//! Section 6 of the gateway reference (and 1.2, 1.9, 2.1, 3, 5.11 where it points there), line by line.

use super::*;

const A: Kind = Kind::Authorization;
const R: Kind = Kind::RateLimit;
const B: Kind = Kind::BadRequest;
const T: Kind = Kind::TooLarge;
const C: Kind = Kind::Connection;
const S: Kind = Kind::ServerUnavailable;
const X: Kind = Kind::Blocked;

const GATEWAY: &str = "the gateway answered";
const SERVICE: &str = "the model service answered";
const ENDPOINT: &str = "the endpoint answered";

type Headers = &'static [(&'static str, &'static str)];

const NONE: Headers = &[];
const ENVOY: Headers = &[("server", "istio-envoy")];
const UPSTREAM: Headers = &[("server", "istio-envoy"), ("x-envoy-upstream-service-time", "12")];
const DASHSCOPE: Headers = &[("x-dashscope-requestid", "d-1")];
const OLD: Headers = &[("server", "istio-envoy"), ("date", "Thu, 01 Jan 2015 00:00:00 GMT")];

/// Section, status, headers, body, class, who answered, what is said.
type Line = (&'static str, u16, Headers, &'static str, Kind, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const LINES: &[Line] = &[
    // 6.1: who answered.
    ("6.1", 500, ENVOY, "x", S, GATEWAY, &["500"]),
    ("6.1", 500, UPSTREAM, "x", S, SERVICE, &["500"]),
    ("6.1", 500, &[("req-cost-time", "3")], "x", S, SERVICE, &[]),
    ("6.1", 500, DASHSCOPE, "x", S, SERVICE, &["(request id d-1)"]),
    ("6.1", 500, ENVOY, r#"{"code":"InternalError","message":"x","request_id":"r-7"}"#, S, SERVICE,
        &["the model service failed", "(request id r-7)"]),
    ("6.1", 500, NONE, "x", S, ENDPOINT, &[]),
    ("6.1", 401, UPSTREAM, r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#, A, SERVICE,
        &["behind a gateway that is the gateway's own", "ask its operator"]),
    // 1.2: HMAC.
    ("1.2", 401, ENVOY, "Invalid Key", A, GATEWAY, &["does not know the access key"]),
    ("1.2", 403, NONE, "Unauthorized Consumer", A, GATEWAY, &["may not call this API"]),
    ("1.2", 401, NONE, "Empty Signature", A, GATEWAY, &["found no signature"]),
    ("1.2", 400, OLD, "Invalid Date", A, GATEWAY, &["refuses the time", "s ahead of its"]),
    ("1.2", 400, NONE, "Invalid Signature", A, GATEWAY, &["check the secret key"]),
    ("1.2", 400, NONE, "Invalid Content-MD5", A, GATEWAY, &["switch body signing off"]),
    ("1.2", 413, NONE, "Request Body Too Large", T, ENDPOINT, &["too large", "body signing can be off"]),
    ("1.2", 413, ENVOY, "Payload Too Large", T, GATEWAY, &["too large"]),
    // 1.7 and 1.8: the other signature.
    ("1.8", 401, NONE, r#"{"message":"client request can't be validated: Invalid signature"}"#, A, ENDPOINT,
        &["hmac-auth-apisix"]),
    ("1.7", 401, OLD, r#"{"message":"client request can't be validated: Clock skew exceeded"}"#, A, GATEWAY,
        &["hmac-auth-apisix"]),
    // 1.9: replay protection.
    ("1.9", 400, NONE, "Missing Required Header", B, GATEWAY, &["nonce header"]),
    ("1.9", 400, NONE, "Invalid Nonce", B, GATEWAY, &["nonce header"]),
    ("1.9", 429, NONE, "Replay Attack Detected", B, GATEWAY, &["has seen the nonce"]),
    // 2.1: JWT.
    ("2.1", 401, OLD, "Jwt is expired", A, GATEWAY, &["token's time", "s ahead of its"]),
    ("2.1", 401, NONE, "Jwt not yet valid", A, ENDPOINT, &["token's time"]),
    ("2.1", 401, NONE, "Jwt is missing", A, GATEWAY, &["header's name and prefix"]),
    ("2.1", 401, NONE, "Jwt is not in the form of Header.Payload.Signature", A, GATEWAY, &["check key"]),
    ("2.1", 401, NONE, "Jwt verification fails", A, GATEWAY, &["consumer claim"]),
    ("2.1", 401, NONE, "Jwks doesn't have key to match kid or alg from Jwt", A, GATEWAY, &["key id", "first one's"]),
    ("2.1", 401, NONE, "Jwt header [alg] is not supported", A, GATEWAY, &["algorithm"]),
    ("2.1", 403, NONE, "Access Denied", A, ENDPOINT, &["may not call this API"]),
    ("2.1", 401, NONE, "Request denied by JWT Auth check. JWT is missing.", A, GATEWAY, &["found no token"]),
    ("2.1", 401, NONE, "Request denied by JWT Auth check. JWT is expired.", A, GATEWAY, &["token's time"]),
    ("2.1", 401, NONE, "Request denied by JWT Auth check. JWT verification fails", A, GATEWAY, &["check key"]),
    ("2.1", 403, NONE, "Request denied by JWT Auth check. Unauthorized consumer.", A, GATEWAY, &["may not call"]),
    ("2.1", 403, NONE, "JWT token not allow.", A, GATEWAY, &["may not call"]),
    // 3: API key.
    ("3", 401, &[("www-authenticate", "Key realm=MSE Gateway")], "", A, ENDPOINT, &["includes the word Bearer"]),
    ("3", 403, &[("www-authenticate", "Basic realm=x")], "", A, ENDPOINT, &["refuses the API key"]),
    ("3", 401, NONE, "Request denied by Key Auth check. Multi Key Authentication information found.", A, GATEWAY,
        &["more than one place"]),
    ("3", 401, NONE, "Request denied by Key Auth check. No Key Authentication information found.", A, GATEWAY,
        &["found no key"]),
    ("3", 403, NONE, "Request denied by Key Auth check. Unauthorized consumer.", A, GATEWAY, &["is unknown"]),
    // 6.2: limits and quotas. Status and words are the operator's to choose, the header is not.
    ("6.2", 429, &[("x-tokenratelimit-reset", "42")], "Too many requests", R, GATEWAY, &["(try again in 42 s)"]),
    ("6.2", 503, &[("x-tokenratelimit-reset", "42")], "come back", R, ENDPOINT, &["come back", "(try again in 42 s)"]),
    ("6.2", 429, &[("x-ratelimit-reset", "7"), ("x-ratelimit-limit", "10")], "Too many requests", R, GATEWAY,
        &["(try again in 7 s)"]),
    ("6.2", 403, NONE, "Too many requests", R, GATEWAY, &["rate limit of the gateway"]),
    ("6.2", 429, NONE, "Exceeded maximum request limit from ai-load-balancer.", R, GATEWAY, &["limit"]),
    ("6.2", 403, NONE, "Request denied by ai quota check, No quota left", R, GATEWAY, &["quota", "used up"]),
    ("6.2", 401, NONE, "Request denied by ai quota check. No Key Authentication information found.", A, GATEWAY,
        &["found no key"]),
    ("6.2", 403, NONE, "Request denied by ai quota check. Unauthorized consumer.", A, GATEWAY, &["may not call"]),
    ("6.2", 503, NONE, "redis error: connection refused", S, GATEWAY, &["a part of the gateway itself"]),
    ("6.2", 200, ENVOY, r#"{"code":-1,"msg":"Too many requests"}"#, R, GATEWAY, &["Too many requests"]),
    ("6.2", 200, ENVOY, r#"{"code":-1,"msg":"余额不足"}"#, R, GATEWAY, &["refuses the call", "余额不足"]),
    ("6.2", 429, &[("retry-after", "1.5")], "slow down", R, ENDPOINT, &["rate limit", "(try again in 2 s)"]),
    // 6.3: guards.
    ("6.3", 200, UPSTREAM, r#"{"model":"from-security-guard","choices":[{"message":{"content":"很抱歉"}}]}"#, X, GATEWAY,
        &["content blocked by the gateway", "很抱歉"]),
    ("6.3", 403, ENVOY, r#"{"blockedDetails":[{"type":"contentModeration","level":"high"}],"denyMessage":"no"}"#, X, GATEWAY,
        &["(contentModeration)", "no"]),
    ("6.3", 200, ENVOY, r#"{"guardCode":1,"requestId":"g","blockedDetails":[{"Type":"promptAttack"},{"Type":"maliciousUrl"}]}"#,
        X, GATEWAY, &["(promptAttack, maliciousUrl)", "(request id g)"]),
    ("6.3", 400, DASHSCOPE, r#"{"code":"DataInspectionFailed","message":"x"}"#, X, SERVICE, &["blocked by the rules"]),
    ("6.3", 200, NONE, r#"{"error":{"code":"data_inspection_failed","message":"x"}}"#, X, ENDPOINT, &["blocked"]),
    // 6.4: other answers.
    ("6.4", 404, ENVOY, "", C, GATEWAY, &["nothing is served there", "/v1", "[https://gw/p/rerank]"]),
    ("6.4", 404, NONE, r#"{"detail":"Not Found"}"#, C, ENDPOINT, &["nothing is served there"]),
    ("6.4", 404, NONE, "<html><title>404 Not Found</title></html>", C, ENDPOINT, &["nothing is served there"]),
    ("6.4", 503, ENVOY, "no healthy upstream", S, GATEWAY, &["does not reach", "[https://gw/p/rerank]"]),
    ("6.4", 503, ENVOY, "upstream connect error or disconnect/reset before headers. reset reason: connection failure", S,
        GATEWAY, &["does not reach"]),
    ("6.4", 504, ENVOY, "upstream request timeout", S, GATEWAY, &["does not reach", "[https://gw/p/rerank]"]),
    ("6.4", 403, ENVOY, "RBAC: access denied", A, GATEWAY, &["access rule"]),
    ("6.4", 403, ENVOY, "", A, GATEWAY, &["not authorized"]),
    ("6.4", 500, NONE, "failed to process request body: unsupported API name", B, GATEWAY, &["does not fit the route"]),
    ("6.4", 500, NONE, "failed to process request headers: no token", S, GATEWAY, &["could not translate"]),
    ("6.4", 500, NONE, "failed to process response body: EOF", S, GATEWAY, &["could not translate"]),
    ("6.4", 200, NONE, r#"{"code":401,"message":"who are you"}"#, A, ENDPOINT, &["not authorized", "who are you"]),
    ("6.4", 200, NONE, r#"{"code":503,"message":"later"}"#, S, ENDPOINT, &["later"]),
    // 6.6 and 5.11: model services.
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidParameter","message":"Range of input length should be [1, 6000]"}"#, B, SERVICE,
        &["too long"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidParameter","message":"Range of max_tokens should be [1, 8192]"}"#, B, SERVICE,
        &["another number of max tokens"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidParameter","message":"url error, please check url!"}"#, B, SERVICE,
        &["does not fit the route"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidURL","message":"no such image"}"#, B, SERVICE, &["no such image"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"Arrearage","message":"x"}"#, R, SERVICE, &["used up"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InternalError.Algo.DataInspectionFailed","message":"x"}"#, X, SERVICE, &["blocked"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"FaqRuleBlocked","message":"x"}"#, X, SERVICE, &["blocked"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"CustomRoleBlocked","message":"x"}"#, X, SERVICE, &["blocked"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"IPInfringementSuspect","message":"x"}"#, X, SERVICE, &["blocked"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidParameter.NotSupportEnableThinking","message":"x"}"#, B, SERVICE,
        &["no thinking switch"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"UnsupportedOperation","message":"not pending"}"#, B, SERVICE, &["not pending"]),
    ("5.11", 401, DASHSCOPE, r#"{"code":"InvalidApiKey","message":"x"}"#, A, SERVICE, &["ask its operator"]),
    ("5.11", 403, DASHSCOPE, r#"{"code":"AccessDenied.Unpurchased","message":"x"}"#, A, SERVICE, &["ask its operator"]),
    ("5.11", 403, DASHSCOPE, r#"{"code":"Model.AccessDenied","message":"x"}"#, A, SERVICE, &["ask its operator"]),
    ("5.11", 403, DASHSCOPE, r#"{"code":"Workspace.AccessDenied","message":"x"}"#, A, SERVICE, &["ask its operator"]),
    ("5.11", 403, DASHSCOPE, r#"{"code":"AllocationQuota.FreeTierOnly","message":"x"}"#, R, SERVICE, &["used up"]),
    ("5.11", 404, DASHSCOPE, r#"{"code":"ModelNotFound","message":"x"}"#, B, SERVICE, &["does not know a model"]),
    ("5.11", 404, NONE, r#"{"error":{"code":"model_not_supported","message":"x"}}"#, B, ENDPOINT, &["does not know a model"]),
    ("5.11", 404, DASHSCOPE, r#"{"code":"WorkSpaceNotFound","message":"w"}"#, B, SERVICE, &["w"]),
    ("5.11", 500, DASHSCOPE, r#"{"code":"RequestTimeOut","message":"x"}"#, S, SERVICE, &["longer than its service allows"]),
    ("5.11", 408, DASHSCOPE, r#"{"code":"RequestTimeOut","message":"x"}"#, S, SERVICE, &["longer than its service allows"]),
    ("5.11", 413, DASHSCOPE, r#"{"code":"BadRequest.TooLarge","message":"x"}"#, T, SERVICE, &["too large"]),
    ("5.3", 400, DASHSCOPE, r#"{"code":"InvalidParameter","message":"batch size is invalid, it should not be larger than 10.: input.contents"}"#,
        T, SERVICE, &["takes less in one request", "larger than 10"]),
    ("5.3", 400, NONE, r#"{"error":{"message":"Invalid 'input': array too long. Expected an array with maximum length 2048","type":"invalid_request_error"}}"#,
        T, ENDPOINT, &["takes less in one request"]),
    ("5.3", 422, NONE, r#"{"error":"batch size 33 > maximum allowed batch size 32","error_type":"Validation"}"#,
        T, ENDPOINT, &["takes less in one request"]),
    ("5.11", 415, DASHSCOPE, r#"{"code":"BadRequest","message":"x"}"#, B, SERVICE, &["media of this type"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"Throttling","message":"x"}"#, R, SERVICE, &["rate limit"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"Throttling.RateQuota","message":"x"}"#, R, SERVICE, &["rate limit"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"Throttling.BurstRate","message":"x"}"#, R, SERVICE, &["rate limit"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"Throttling.AllocationQuota","message":"x"}"#, R, SERVICE, &["rate limit"]),
    ("5.11", 429, NONE, r#"{"error":{"code":"limit_requests","message":"x"}}"#, R, ENDPOINT, &["rate limit"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"PrepaidBillOverdue","message":"x"}"#, R, SERVICE, &["used up"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"PostpaidBillOverdue","message":"x"}"#, R, SERVICE, &["used up"]),
    ("5.11", 429, DASHSCOPE, r#"{"code":"CommodityNotPurchased","message":"x"}"#, R, SERVICE, &["used up"]),
    ("5.11", 429, NONE, r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#, R, ENDPOINT,
        &["the quota is used up"]),
    ("5.11", 429, NONE, r#"{"error":{"code":"insufficient_quota","message":"tokens per minute"}}"#, R, ENDPOINT, &["rate limit"]),
    ("5.11", 400, DASHSCOPE, r#"{"code":"InvalidParameter","message":"<400> InternalError.Algo.InvalidParameter: no role"}"#,
        B, SERVICE, &["no role"]),
    ("5.11", 200, DASHSCOPE, r#"{"error":{"code":"invalid_parameter_error","message":"<400> InternalError.Algo.InvalidParameter: no role"}}"#,
        B, SERVICE, &["no role"]),
    ("5.11", 500, DASHSCOPE, r#"{"code":"InternalError.Algo","message":"x"}"#, S, SERVICE, &["the model service failed"]),
    ("5.11", 500, DASHSCOPE, r#"{"code":"SystemError","message":"x"}"#, S, SERVICE, &["the model service failed"]),
    ("5.11", 500, DASHSCOPE, r#"{"code":"ModelServiceFailed","message":"x"}"#, S, SERVICE, &["the model service failed"]),
    ("5.11", 503, DASHSCOPE, r#"{"code":"ModelServingError","message":"x"}"#, S, SERVICE, &["the model service failed"]),
    ("5.11", 503, DASHSCOPE, r#"{"code":"ModelUnavailable","message":"x"}"#, S, SERVICE, &["the model service failed"]),
    ("5.11", 200, DASHSCOPE, r#"{"code":"Throttling.RateQuota","message":"x","request_id":"q"}"#, R, SERVICE, &["rate limit"]),
    ("5.11", 200, DASHSCOPE, r#"{"code":"InvalidApiKey","message":"x","request_id":"q"}"#, A, SERVICE, &["ask its operator"]),
    ("5.11", 200, DASHSCOPE, r#"{"code":"InvalidParameter","message":"x","request_id":"q"}"#, B, SERVICE, &[]),
    ("5.11", 200, DASHSCOPE, r#"{"code":"InternalError","message":"x","request_id":"q"}"#, S, SERVICE, &["failed"]),
    ("5.11", 400, NONE, r#"{"error":{"code":"context_length_exceeded","message":"x"}}"#, B, ENDPOINT, &["too long"]),
    ("5.11", 400, NONE, r#"{"error":{"code":"content_policy_violation","message":"x"}}"#, X, ENDPOINT, &["blocked"]),
    ("5.11", 400, NONE, r#"{"error":{"message":"Invalid key 'foo' in body"}}"#, B, ENDPOINT, &["Invalid key 'foo'"]),
    ("5.11", 400, NONE, r#"{"object":"error","message":"This model's maximum context length is 10","code":400}"#, B, ENDPOINT,
        &["too long"]),
    ("6.6", 408, NONE, "", S, ENDPOINT, &["408"]),
    ("6.6", 500, NONE, "", S, ENDPOINT, &["500"]),
    ("6.6", 502, NONE, "", S, ENDPOINT, &["502", "[https://gw/p/rerank]"]),
];

#[test]
fn every_line_of_the_contract_has_its_class_and_its_words() {
    let mut wrong = Vec::new();
    for (section, status, headers, body, kind, who, says) in LINES {
        let mut head = Head { status: *status, place: "https://gw/p/rerank".into(), ..Head::default() };
        for (name, value) in *headers {
            head.headers.insert(*name, value.parse().unwrap());
        }
        let error = refusal(&head, body.as_bytes());
        let text = error.to_string();
        let fits = error.kind() == *kind
            && text.starts_with(&format!("{who} {status}"))
            && says.iter().all(|words| text.contains(words));
        if !fits {
            wrong.push(format!("{section}: {status} {body}\n  {:?}: {text}", error.kind()));
        }
        // A refusal in a 200 is seen as one.
        if *status == 200 && !is_refusal(body.as_bytes()) {
            wrong.push(format!("{section}: taken for an answer: {body}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_request_is_named_whichever_header_holds_its_id() {
    for name in ["x-request-id", "x-dashscope-requestid", "eagleeye-traceid", "x-ca-request-id", "request-id"] {
        let mut head = Head { status: 429, ..Head::default() };
        head.headers.insert(name, "id-1".parse().unwrap());
        for error in [refusal(&head, b"Too many requests"), bad_reply(&head, "odd", b"{}")] {
            assert!(error.to_string().ends_with("(request id id-1)"), "{name}: {error}");
        }
    }
}
