//! A plugin that does what it is told, for tests.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::Notify;

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
    static RELEASE: Arc<Notify> = Arc::default();
}

/// Wakes one that waits.
pub(crate) fn release() -> Arc<Notify> {
    RELEASE.with(Arc::clone)
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
                    release().notified().await;
                    answers.send(|out| out.extend_from_slice(b"1")).await
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
            operations: &[&Obedient],
            schema: |_: &Stored<'_>| Ok(Schema::new("llm")),
            probe: |_: &Stored<'_>| Ok(b"{}".to_vec()),
        }),
    )],
};
