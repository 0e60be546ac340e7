//! A plugin that does what it is told, for tests.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use tokio::sync::{Semaphore, watch};

use crate::call::Call;
use crate::connection::EndpointVersion;
use crate::credentials::Stored;
use crate::error::{Error, Kind, Result};
use crate::operation::{Answers, BoxFuture, Operation};
use crate::plugin::{Asset, Declaration, Leaf, Offer, Plugin, Select, Unlisted};
use crate::schema::Schema;
use crate::text::Text;

/// Does what `data.do` says.
struct Obedient;

thread_local! {
    /// What `"do": "wait"` waits for; a test has one thread.
    static RELEASE: Arc<Semaphore> = Arc::new(Semaphore::new(0));
}

/// Wakes those that wait, now or later: one a permit.
pub(crate) fn release() -> Arc<Semaphore> {
    RELEASE.with(Arc::clone)
}

/// Names of the sessions that `"do": "hold"`.
static HOLDING: LazyLock<watch::Sender<BTreeSet<String>>> = LazyLock::new(watch::Sender::default);

/// Waits until the session of a name holds on, or until it no longer does.
pub(crate) async fn until_holding(name: &str, holds: bool) {
    HOLDING.subscribe().wait_for(|names| names.contains(name) == holds).await.expect("it is static");
}

struct Hold(String);

impl Hold {
    fn new(name: &str) -> Self {
        HOLDING.send_modify(|names| assert!(names.insert(name.to_owned()), "{name} holds twice"));
        Hold(name.to_owned())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        HOLDING.send_modify(|names| assert!(names.remove(&self.0)));
    }
}

/// A request's line, without its line feed. `data` says what to do.
pub(crate) fn request(session: &str, data: Value) -> String {
    let mut all = json!({"type":"model","action":"act","model_type":"llm","model":"m","user_id":"","credentials":null});
    all.as_object_mut().expect("an object").extend(data.as_object().expect("an object").clone());
    json!({"session_id": session, "event": "request", "data": all}).to_string()
}

/// A message of a session, with its line feed.
pub(crate) fn message(session: &str, kind: &str, data: &str) -> String {
    format!("{{\"event\":\"session\",\"session_id\":\"{session}\",\"data\":{{\"type\":\"{kind}\",\"data\":{data}}}}}\n")
}

impl Operation for Obedient {
    fn action(&self) -> &'static str {
        "act"
    }

    fn is_local(&self) -> bool {
        true
    }

    fn run<'a>(&'a self, _: &'a Call<'a>, data: &'a str, answers: &'a mut Answers) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let data: Value = serde_json::from_str(data).map_err(|_| Error::bad_request("not JSON"))?;
            let count = data["count"].as_u64().unwrap_or(1);
            match data["do"].as_str().unwrap_or_default() {
                "thread" => {
                    let thread = format!("\"{:?}\"", std::thread::current().id());
                    answers.send(|out| out.extend_from_slice(thread.as_bytes())).await
                }
                "panic" => panic!("secret of this call"),
                "fail" => Err(Error::new(Kind::RateLimit, "slow down").with_request_id(Some("r-1".into()))),
                "wait" => {
                    release().acquire().await.expect("never closed").forget();
                    answers.send(|out| out.extend_from_slice(b"1")).await
                }
                "begin and wait" => {
                    answers.send(|out| out.extend_from_slice(b"0")).await?;
                    release().acquire().await.expect("never closed").forget();
                    answers.send(|out| out.extend_from_slice(b"1")).await
                }
                "hold" => {
                    let _hold = Hold::new(data["name"].as_str().expect("a name"));
                    std::future::pending().await
                }
                "flood" => {
                    let line = format!("\"{}\"", "x".repeat(100_000)).into_bytes();
                    for _ in 0..count {
                        answers.send(|out| out.extend_from_slice(&line)).await?;
                    }
                    Ok(())
                }
                _ => {
                    for number in 0..count {
                        answers.send(|out| out.extend_from_slice(number.to_string().as_bytes())).await?;
                        tokio::task::yield_now().await;
                    }
                    Ok(())
                }
            }
        })
    }
}

pub(crate) static PLUGIN: Plugin = Plugin {
    name: "test",
    author: "test",
    version: "0.0.1",
    fields: &[],
    endpoint_version: EndpointVersion::V1,
    endpoint_suffixes: &[],
    attach: |_, _, _| Ok(()),
    declaration: Declaration {
        manifest: "{\n  \"name\": \"test\"\n}\n",
        provider: "{\n  \"provider\": \"test\",\n  \"models\": []\n}\n",
        assets: &[Asset { name: "icon.png", content: b"xxx" }],
    },
    auth: Select {
        variable: "auth",
        label: Text::all("Auth"),
        default: "none",
        unlisted: Unlisted::Error,
        options: &[],
    },
    offers: &[(
        "llm",
        Offer::Leaf(Leaf {
            protocol: "test",
            model: None,
            endpoint_suffix: None,
            operations: &[&Obedient],
            schema: |_: &Stored<'_>| Ok(Schema::new("llm")),
            passes_on: &[],
            probe: |_: &Stored<'_>| Ok(b"{}".to_vec()),
        }),
    )],
};
