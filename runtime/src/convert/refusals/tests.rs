use super::*;

fn head(status: u16, headers: &[(&'static str, &str)]) -> Head {
    let mut head = Head { status, place: "https://gw/p/rerank".into(), ..Head::default() };
    for (name, value) in headers {
        head.headers.insert(*name, value.parse().unwrap());
    }
    head
}

#[test]
fn every_kind_of_refusal_gets_its_class_and_its_words() {
    #[rustfmt::skip]
    let cases: &[(u16, &str, Kind, &str)] = &[
        (401, "Invalid Key", Kind::Authorization, "access key"),
        (401, "Empty Signature", Kind::Authorization, "signature"),
        (403, "Unauthorized Consumer", Kind::Authorization, "may not call this API"),
        (400, "Invalid Date", Kind::Authorization, "time of the request"),
        (400, "Invalid Content-MD5", Kind::Authorization, "switch body signing off"),
        (401, "Jwt is expired", Kind::Authorization, "token's time"),
        (401, "Jwks doesn't have key to match kid or alg from Jwt", Kind::Authorization, "consumer claim"),
        (403, "JWT token not allow.", Kind::Authorization, "consumer"),
        (403, "Request denied by ai quota check, No quota left", Kind::RateLimit, "used up"),
        (429, "Too many requests", Kind::RateLimit, "rate limit"),
        (429, r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#,
            Kind::RateLimit, "used up"),
        (429, r#"{"error":{"message":"rate of tokens per minute","code":"insufficient_quota"}}"#,
            Kind::RateLimit, "rate limit"),
        (400, r#"{"code":"Arrearage","message":"overdue"}"#, Kind::RateLimit, "used up"),
        (200, r#"{"code":-1,"msg":"Too many requests"}"#, Kind::RateLimit, "Too many requests"),
        (200, r#"{"code":-1,"msg":"come back later"}"#, Kind::RateLimit, "come back later"),
        (200, r#"{"code":401,"message":"who are you"}"#, Kind::Authorization, "who are you"),
        (200, r#"{"error":{"message":"rate limit reached","type":"rate_limit_error"}}"#, Kind::RateLimit, "reached"),
        (200, r#"{"error":"the engine died"}"#, Kind::ServerUnavailable, "the engine died"),
        (401, r#"{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}"#, Kind::Authorization,
            "ask its operator"),
        (403, r#"{"code":"AccessDenied.Unpurchased","message":"x"}"#, Kind::Authorization, "ask its operator"),
        (403, "RBAC: access denied", Kind::Authorization, "RBAC"),
        (404, "", Kind::Connection, "https://gw/p/rerank"),
        (404, r#"{"error":{"code":"model_not_found","message":"no m"}}"#, Kind::BadRequest, "does not know a model"),
        (400, r#"{"object":"error","message":"maximum context length is 10","type":"BadRequestError","code":400}"#,
            Kind::BadRequest, "too long"),
        (422, r#"{"detail":[{"loc":["body","top_n"],"msg":"must be positive","type":"value_error"}]}"#,
            Kind::BadRequest, "body.top_n: must be positive"),
        (400, r#"{"code":"DataInspectionFailed","message":"bad words"}"#, Kind::Blocked, "blocked"),
        (200, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Kind::ServerUnavailable,
            "too much to do"),
        (200, r#"{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
            Kind::Authorization, "invalid x-api-key"),
        (400, r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#,
            Kind::BadRequest, "input is too long"),
        (404, r#"{"error":"model \"llama9\" not found, try pulling it first"}"#, Kind::BadRequest, "does not know a model"),
        (413, "Payload Too Large", Kind::TooLarge, "too large"),
        (500, "failed to process request body: unsupported API name", Kind::BadRequest, "does not fit the route"),
        (503, "no healthy upstream", Kind::ServerUnavailable, "does not reach"),
        (504, "upstream request timeout", Kind::ServerUnavailable, "does not reach"),
        (500, "", Kind::ServerUnavailable, "500"),
        (408, "", Kind::ServerUnavailable, "408"),
        (502, "<html><head><title>502 Bad Gateway</title></head><body>x</body></html>", Kind::ServerUnavailable,
            "502 Bad Gateway"),
        (400, "Invalid Signature", Kind::Authorization, "check the secret key"),
        (401, "Jwt verification fails", Kind::Authorization, "consumer claim"),
        (401, r#"{"error":"token not yet valid"}"#, Kind::Authorization, "token's time"),
        (403, "Access Denied", Kind::Authorization, "may not call this API"),
        (403, "Request denied by ai quota check. Unauthorized consumer.", Kind::Authorization, "may not call"),
        (429, r#"{"code":"PrepaidBillOverdue","message":"x"}"#, Kind::RateLimit, "used up"),
        (429, "Exceeded maximum request limit from ai-load-balancer.", Kind::RateLimit, "limit of requests"),
        (400, r#"{"error":{"message":"x","code":"content_filter"}}"#, Kind::Blocked, "blocked"),
        (400, r#"{"error":{"message":"x","code":"data_inspection_failed"}}"#, Kind::Blocked, "blocked"),
        (400, r#"{"code":"InvalidParameter","message":"url error, please check url!"}"#, Kind::BadRequest,
            "does not fit the route"),
        (400, r#"{"code":"InvalidParameter","message":"Range of input length should be [1, 6000]"}"#,
            Kind::BadRequest, "too long"),
        (400, r#"{"error":{"message":"x","code":"context_length_exceeded"}}"#, Kind::BadRequest, "too long"),
        (503, "upstream connect error or disconnect/reset before headers", Kind::ServerUnavailable, "does not reach"),
        (407, "who are you", Kind::Connection, "the proxy wants another user name or password"),
        (502, "", Kind::ServerUnavailable, "502"),
        (418, "odd", Kind::BadRequest, "odd"),
    ];
    for (status, body, kind, says) in cases {
        let error = refusal(&head(*status, &[]), body.as_bytes());
        assert_eq!(error.kind(), *kind, "{status} {body}: {error}");
        assert!(error.message().contains(says), "{status} {body}: {error}");
        assert!(error.message().contains(&status.to_string()), "{error}");
    }
}

#[test]
fn an_empty_refusal_says_what_the_gateway_asks_for() {
    for (status, scheme, says) in [
        (401, "Key realm=MSE", "check its value, its header"),
        (403, "Basic realm=x", "includes the word Bearer"),
        (401, "Bearer", "not authorized"),
    ] {
        let error = refusal(&head(status, &[("www-authenticate", scheme)]), b"");
        assert_eq!(error.kind(), Kind::Authorization);
        assert!(error.message().contains(says), "{error}");
    }
}

#[test]
fn a_guard_is_recognised_in_all_its_clothes() {
    let content = r#"{\"code\":1,\"denyMessage\":\"not that\",\"blockedDetails\":[{\"type\":\"promptAttack\",\"level\":\"high\"}]}"#;
    for (body, says) in [
        (
            format!(r#"{{"model":"from-security-guard","choices":[{{"message":{{"content":"{content}"}}}}]}}"#),
            "promptAttack",
        ),
        (format!(r#"{{"model":"m","choices":[{{"delta":{{"content":"{content}"}}}}]}}"#), "not that"),
        (r#"{"blockedDetails":[{"Type":"sensitiveData","Level":"S3"}],"guardCode":1}"#.to_owned(), "sensitiveData"),
        (r#"{"model":"from-security-guard","choices":[{"delta":{"content":"sorry"}}]}"#.to_owned(), "sorry"),
        (r#"{"choices":[{"del data:{"model":"from-security-guard"}"#.to_owned(), "blocked"),
    ] {
        assert!(is_refusal(body.as_bytes()), "{body}");
        let error = refusal(&head(200, &[]), body.as_bytes());
        assert_eq!(error.kind(), Kind::Blocked, "{body}");
        assert!(error.message().contains(says), "{error}");
        assert!(!error.message().contains("blockedDetails"), "{error}");
    }
}

#[test]
fn how_long_to_wait_and_which_request_it_was() {
    let headers = [("x-tokenratelimit-reset", "12"), ("x-request-id", "r-1")];
    let error = refusal(&head(429, &headers), b"Too many requests");
    assert_eq!(
        error.to_string(),
        "the gateway answered 429: rate limit of the gateway: Too many requests (try again in 12 s) (request id r-1)"
    );
    let error =
        refusal(&head(429, &[("retry-after", "1.5")]), br#"{"code":"Throttling","message":"slow","request_id":"d-1"}"#);
    assert_eq!(
        error.to_string(),
        "the model service answered 429: rate limit: slow (try again in 2 s) (request id d-1)"
    );
}

#[test]
fn gateway_and_model_service_are_told_apart() {
    let gateway = refusal(&head(500, &[("server", "istio-envoy")]), b"x");
    assert!(gateway.message().starts_with("the gateway answered 500"), "{gateway}");
    let service = refusal(&head(500, &[("server", "istio-envoy"), ("x-envoy-upstream-service-time", "3")]), b"x");
    assert!(service.message().starts_with("the model service answered 500"), "{service}");
}

#[test]
fn a_refused_signature_shows_the_first_difference() {
    let mut head =
        head(400, &[("x-ca-error-message", "Server StringToSign:`POST#*/*##application/json#d#/v1/rerank`")]);
    head.signed = Some(("x-ca-error-message", "POST\napplication/json\n\napplication/json\nd\n/v1/rerank".into()));
    let error = refusal(&head, b"Invalid Signature");
    assert!(error.message().contains("line 2"), "{error}");
    assert!(error.message().contains("the gateway signed `*/*`, the plugin signed `application/json`"), "{error}");

    head.signed = Some(("x-ca-error-message", "POST\n*/*\n\napplication/json\nd\n/v1/rerank".into()));
    assert!(refusal(&head, b"Invalid Signature").message().contains("check the secret key"));
}

#[test]
fn clocks_that_differ_are_named() {
    let error = refusal(&head(400, &[("date", "Thu, 01 Jan 2015 00:00:00 GMT")]), b"Invalid Date");
    assert!(error.message().contains("s ahead of its"), "{error}");
    assert!(says_expired(b"Jwt is expired") && says_expired(b"Jwt not yet valid") && !says_expired(b"Invalid Key"));
}

#[test]
fn redirects_are_explained_without_their_query() {
    let error = refusal(&head(302, &[("location", "https://login.example/a?key=secret")]), b"");
    assert!(error.message().contains("https://login.example/a`"), "{error}");
    assert!(!error.message().contains("secret"), "{error}");
}

#[test]
fn what_is_no_answer_is_shown_but_never_more_than_500_bytes() {
    let long = "é".repeat(4000);
    #[rustfmt::skip]
    let cases: Vec<(&str, Undecoded, String, &str)> = vec![
        ("application/json", Undecoded::Missing("results"), "{}".into(), "no `results` in it"),
        ("application/json", Undecoded::Malformed("EOF while parsing a list".into()), r#"{"a":["#.into(), "cut off"),
        ("text/html", Undecoded::Malformed("expected value".into()), "<html>hi</html>".into(), "an HTML page"),
        ("application/json", Undecoded::Malformed("expected value".into()), "  ".into(), "with nothing"),
        ("application/json", Undecoded::Malformed("wrong".into()), long, "éé"),
        ("application/json", Undecoded::Malformed("invalid type".into()), "[1,2]".into(), "[1,2]"),
    ];
    for (media_type, problem, document, says) in cases {
        let error = undecoded(&head(200, &[("content-type", media_type)]), problem, document.as_bytes());
        assert_eq!(error.kind(), Kind::BadReply, "{error}");
        assert!(error.message().contains(says), "{error}");
        assert!(error.message().len() < SHOWN + 200, "{}", error.message().len());
    }
}

#[test]
fn what_is_too_large_is_named_with_its_limit_and_a_coding_goes_first() {
    let whole = too_large(&head(200, &[]), 32 << 20);
    assert_eq!(whole.kind(), Kind::BadReply);
    assert!(whole.message().contains("the answer is larger than 32 MiB"), "{whole}");
    let event = event_too_large(&head(200, &[]), 8 << 20);
    assert!(event.message().contains("one event of its stream is larger than 8 MiB"), "{event}");
    let packed = event_too_large(&head(200, &[("content-encoding", "br")]), 8 << 20);
    assert!(packed.message().contains("its content-encoding br was not asked for"), "{packed}");
}

#[test]
fn documents_without_the_answer_are_offered_to_the_error_reader_first() {
    let offered = |document: &str| undecoded(&head(200, &[]), Undecoded::Missing("results"), document.as_bytes());
    assert_eq!(offered(r#"{"code":-1,"msg":"Too many requests"}"#).kind(), Kind::RateLimit);
    assert_eq!(offered(r#"{"message":"no such model"}"#).kind(), Kind::ServerUnavailable);
    assert_eq!(offered("Too many requests").kind(), Kind::RateLimit);
    assert_eq!(offered(r#"{"data":null}"#).kind(), Kind::BadReply);
    assert_eq!(offered(r#"{"choices":[],"message":"m"}"#).kind(), Kind::BadReply);
}

#[test]
fn a_minted_token_never_shows() {
    let mut head = head(401, &[]);
    head.secrets.add("Bearer ey.token");
    assert!(!refusal(&head, b"bad header: Bearer ey.token").message().contains("ey.token"));
    // One that reaches over the end of what is shown is not shown in part.
    head.secrets.add("sk-0123456789");
    let long = format!("{} sk-0123456789", "x".repeat(SHOWN - 6));
    for error in [refusal(&head, long.as_bytes()), bad_reply(&head, "odd", long.as_bytes())] {
        assert!(!error.message().contains("sk-0"), "{error}");
    }
    head.headers.insert("x-request-id", "sk-0123456789".parse().unwrap());
    let error = refusal(&head, b"");
    assert!(!error.to_string().contains("sk-0"), "{error}");
}

proptest::proptest! {
    #[test]
    fn nothing_a_server_says_makes_it_panic(status in 200_u16..600, body in "\\PC{0,60}", value in "[ -~]{0,40}") {
        let mut head = head(status, &[("retry-after", &value), ("date", &value), ("location", &value), ("x-ca-error-message", &value)]);
        head.signed = Some(("x-ca-error-message", body.clone()));
        for document in [body.clone(), format!(r#"{{"error":{body}}}"#), format!("Invalid Signature {body}")] {
            let error = refusal(&head, document.as_bytes());
            proptest::prop_assert!(error.message().len() < 2_000);
            undecoded(&head, Undecoded::Missing("a"), document.as_bytes());
        }
    }
}
