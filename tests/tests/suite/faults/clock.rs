//! A clock that jumps, ours or the gateway's. Timeouts do not notice: they are measured by a clock that cannot be set.
//!
//! What our own clock does is tested where moments can be handed in: `runtime::auth::jwt::cache`, `runtime::http::tests::times`.

use std::collections::BTreeSet;

use tests::consumers::Auth;
use tests::gateway::reply::Reply;
use tests::request::Request;

use super::page::{Row, row};
use crate::support::{Setting, assert_says};

/// Sessions that hold the same token when the gateway's clock jumps.
const AT_ONCE: usize = 20;

/// For the page.
pub fn rows() -> Vec<Row> {
    let tested = "`runtime::auth::jwt::cache`";
    let sent = "`runtime::http::tests::times`";
    vec![
        row(
            "ours is set back, before a kept token was valid",
            "nothing",
            format!("one token of the new time ({tested})"),
        ),
        row(
            "ours is set forward, beyond the end of a kept token",
            "nothing",
            format!("one token of the new time ({tested})"),
        ),
        row("ours jumps between two attempts of a call", "nothing", format!("date and token of the new time ({sent})")),
        row(
            "the gateway's jumps: it says that a token has expired",
            "nothing",
            format!("{AT_ONCE} sessions with that token: one new token, two requests each"),
        ),
        row(
            "the gateway says so of a fresh token as well",
            "`InvokeAuthorizationError`: the token's time",
            "two requests",
        ),
    ]
}

fn expired() -> Reply {
    Reply::new(401, "text/plain", "Jwt is expired")
}

#[test]
fn after_the_gateways_clock_jumped_all_sessions_share_one_fresh_token() {
    let setting = Setting::new();
    let credentials = setting.auth(Auth::Jwt("ES256"));
    setting.plugin.call(&Request::rerank("before", credentials.clone(), &["a"])).ok();
    let before = setting.gateway.only("before").header("authorization").map(str::to_owned).expect("a token");
    let old = before.clone();
    setting.gateway.script("after", move |asked| {
        let token = asked.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone());
        if token.as_deref() == Some(old.as_str()) { expired() } else { tests::gateway::scripts::built_in(asked) }
    });
    let request = Request::rerank("after", credentials, &["a"]);
    let sessions: Vec<_> = (0..AT_ONCE).map(|_| setting.plugin.send(&request)).collect();
    for session in sessions {
        assert_eq!(session.wait().ok().hits().len(), 1);
    }
    let seen = setting.gateway.seen_for("after");
    let token = |seen: &tests::gateway::Seen| seen.header("authorization").map(str::to_owned);
    let fresh: BTreeSet<_> = seen.iter().filter_map(token).filter(|token| *token != before).collect();
    assert_eq!(fresh.len(), 1, "tokens after the one that was refused");
    let accepted = seen.iter().filter(|seen| token(seen).as_ref() != Some(&before)).count();
    assert_eq!(accepted, AT_ONCE);
    assert!(seen.len() <= 2 * AT_ONCE, "{} requests", seen.len());
}

#[test]
fn a_fresh_token_that_has_expired_as_well_is_an_error() {
    let setting = Setting::new();
    setting.gateway.script("always", |_| expired());
    let failed = setting.plugin.call(&Request::rerank("always", setting.auth(Auth::Jwt("ES256")), &["a"]));
    assert_eq!(failed.failed().error_type, "InvokeAuthorizationError");
    assert_says(&failed.failed().message, &["token's time"]);
    assert_eq!(setting.gateway.seen_for("always").len(), 2);
}
