//! Tasks that end well, badly or never; the clock is paused, so that waiting takes no time.

use serde_json::{Value, json};

use super::fixture::Script;
use crate::error::{Error, Kind};

const STARTED: &str = r#"{"id":"t 1"}"#;
const PENDING: &str = r#"{"status":"PENDING"}"#;
const RUNNING: &str = r#"{"status":"RUNNING"}"#;
const DONE: &str =
    r#"{"status":"SUCCEEDED","urls":["https://e.example/1.png","https://e.example/2.png"],"finish":"stop"}"#;

fn failing(kind: Kind) -> Error {
    Error::new(kind, "not now").with_request_id(Some("r-1".into()))
}

#[tokio::test(start_paused = true)]
async fn polls_come_at_growing_distances_until_the_answer_is_there() {
    let script = Script::of(&[Ok(STARTED), Ok(PENDING), Ok(RUNNING), Ok(RUNNING), Ok(RUNNING), Ok(DONE)]);
    let chunk = script.waited().await.unwrap();
    assert_eq!(script.times(), [0, 1, 3, 7, 12, 17]);
    assert_eq!(script.asked()[0].1, "POST start");
    assert_eq!(script.asked()[1].1, "GET tasks/t%201");
    assert_eq!(chunk["model"], "dify-name");
    let delta = &chunk["delta"];
    assert_eq!(delta["message"]["content"], "https://e.example/1.png\nhttps://e.example/2.png");
    assert_eq!(delta["finish_reason"], "stop");
    assert_eq!(delta["usage"]["total_tokens"], 0, "images are not priced by tokens");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_never_ends_is_an_error_before_the_daemon_gives_up() {
    let script = Script::of(&[Ok(STARTED), Ok(PENDING), Ok(RUNNING)]);
    let error = script.waited().await.unwrap_err();
    assert_eq!(error.kind(), Kind::ServerUnavailable, "Dify must not start it again with another credential");
    assert!(error.message().contains("the task t 1 is not done after 590 s (`RUNNING`)"), "{error}");
    assert!(script.times().iter().all(|&at| at <= 590));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_ends_without_an_answer_says_why() {
    for (last, kind, says) in [
        (
            r#"{"status":"FAILED","code":"InternalError.Algo","message":"it broke"}"#,
            Kind::ServerUnavailable,
            "the task t 1 ended as `FAILED`: the model service failed: it broke: InternalError.Algo",
        ),
        (
            r#"{"status":"FAILED","code":"DataInspectionFailed","message":"Input data may be inappropriate."}"#,
            Kind::Blocked,
            "content blocked by the rules of the model service: Input data may be inappropriate.",
        ),
        (r#"{"status":"FAILED","code":"InvalidParameter","message":"size"}"#, Kind::BadRequest, "InvalidParameter"),
        (r#"{"status":"FAILED","code":"Throttling.RateQuota"}"#, Kind::RateLimit, "rate limit"),
        (r#"{"status":"CANCELED"}"#, Kind::ServerUnavailable, "the task t 1 ended as `CANCELED`"),
        (r#"{"status":"UNKNOWN"}"#, Kind::ServerUnavailable, "ended as `UNKNOWN`: the service does not know it"),
        (r#"{"status":"PAUSED"}"#, Kind::BadReply, "a state that is not known: `PAUSED`"),
        (r#"{"other":1}"#, Kind::BadReply, "no state of the task in it"),
        (r#"{"status":"SUCCEEDED","urls":[],"finish":"stop"}"#, Kind::BadReply, "no answer in it"),
        (r#"{"status":"SUCCEEDED","urls":["oops"]}"#, Kind::BadReply, "neither a URL nor the data of one"),
        ("<html>", Kind::BadReply, "HTML"),
    ] {
        let script = Script::of(&[Ok(STARTED), Ok(RUNNING), Ok(last)]);
        let error = script.waited().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{last}: {error}");
        assert!(error.message().contains(says), "{last}: {error}");
        assert_eq!(script.times().len(), 3, "{last}: nothing is asked after the end");
    }
}

#[tokio::test(start_paused = true)]
async fn a_poll_that_fails_for_a_while_does_not_lose_the_task() {
    let passing = [Kind::Connection, Kind::RateLimit, Kind::ServerUnavailable, Kind::Connection];
    let mut replies = vec![Ok(STARTED), Ok(RUNNING)];
    replies.extend(passing.map(|kind| Err(failing(kind))));
    replies.extend([Ok(RUNNING), Err(failing(Kind::Connection)), Ok(DONE)]);
    let script = Script::of(&replies);
    script.waited().await.unwrap();
    assert_eq!(script.times().len(), replies.len());

    let script = Script::of(&[Ok(STARTED), Err(failing(Kind::Connection))]);
    let error = script.waited().await.unwrap_err();
    assert_eq!(script.times().len(), 1 + 5);
    assert_eq!(error.kind(), Kind::ServerUnavailable);
    assert_eq!(error.request_id(), Some("r-1"));
    assert!(error.message().contains("the task t 1 was started, but not followed to its end: not now"), "{error}");

    let script = Script::of(&[Ok(STARTED), Err(failing(Kind::Authorization))]);
    assert_eq!(script.waited().await.unwrap_err().kind(), Kind::Authorization);
    assert_eq!(script.times().len(), 2, "a refusal of the caller does not pass");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_is_not_taken_on_is_not_polled() {
    for (first, kind) in [
        (Err(failing(Kind::RateLimit)), Kind::RateLimit),
        (Ok(r#"{"code":"Throttling","message":"Requests throttling triggered."}"#), Kind::RateLimit),
        (Ok(r#"{"status":"PENDING"}"#), Kind::BadReply),
    ] {
        let script = Script::of(&[first, Ok(DONE)]);
        assert_eq!(script.waited().await.unwrap_err().kind(), kind);
        assert_eq!(script.times().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_stops_waiting_asks_nothing_more() {
    let script = Script::of(&[Ok(STARTED), Ok(RUNNING)]);
    let gone = tokio::time::timeout(std::time::Duration::from_secs(8), script.waited()).await;
    assert!(gone.is_err());
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(script.times(), [0, 1, 3, 7]);
}

#[tokio::test(start_paused = true)]
async fn a_probe_does_not_wait() {
    let script = Script::of(&[Ok(STARTED)]);
    script.probed().await.unwrap();
    assert_eq!(script.times(), [0]);
    assert!(Script::of(&[Err(failing(Kind::Authorization))]).probed().await.is_err());
}

fn step(status: &str, state: &Value, error: &Value, pause: &Value) -> Value {
    json!({"status": status, "plugin_state": state, "result": null, "error": error,
        "next_check_after_seconds": pause, "expires_after_seconds": null, "max_attempts": null})
}

#[tokio::test(start_paused = true)]
async fn dify_does_the_waiting_step_by_step() {
    let begun = Script::of(&[Ok(STARTED)]).begun().await.unwrap();
    let state = json!({"id": "t 1"});
    assert_eq!(begun, step("running", &state, &Value::Null, &json!(1)));
    let state = begun["plugin_state"].to_string();

    let script = Script::of(&[Ok(RUNNING)]);
    let running = script.checked(&state).await.unwrap();
    assert_eq!(running, step("running", &json!({"id": "t 1"}), &Value::Null, &json!(5)));
    assert_eq!(script.asked(), [(0, "GET tasks/t%201".to_owned())]);

    let done = Script::of(&[Ok(DONE)]).checked(&state).await.unwrap();
    assert_eq!(done["status"], "succeeded");
    assert_eq!(done["result"]["model"], "dify-name");
    assert_eq!(done["result"]["prompt_messages"], json!([]));
    let message =
        json!({"role": "assistant", "content": "https://e.example/1.png\nhttps://e.example/2.png", "tool_calls": []});
    assert_eq!(done["result"]["message"], message);
    assert_eq!(done["result"]["usage"]["total_tokens"], 0);
    assert_eq!(done["plugin_state"], Value::Null);

    let failed = Script::of(&[Ok(r#"{"status":"FAILED","message":"no"}"#)]).checked(&state).await.unwrap();
    assert_eq!(failed, step("failed", &Value::Null, &json!("the task t 1 ended as `FAILED`: no"), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn a_state_that_dify_does_not_bring_back_is_a_bad_request() {
    for state in ["null", "{}", r#"{"id":3}"#, "[]"] {
        let script = Script::of(&[Ok(DONE)]);
        let error = script.checked(state).await.unwrap_err();
        assert_eq!(error.kind(), Kind::BadRequest, "{state}");
        assert!(error.message().starts_with("plugin_state: "), "{error}");
        assert!(script.times().is_empty());
    }
}
