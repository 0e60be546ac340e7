//! Tokens of a call: what the service reported, and estimates of what it did not.

use std::borrow::Cow;

use super::answer::Asked;
use super::chunk::Usage;
use super::tool_calls::ToolCall;
use super::turn::Turn;
use crate::tokens;

/// The daemon reads counts as signed numbers.
const MOST: u64 = i64::MAX as u64;

/// What the answer cost: as reported, gaps filled from the total, else estimated. For a probe nothing is estimated, nor
/// for pictures: they are not priced by tokens unless the service says so.
pub async fn usage(asked: &Asked<'_>, turn: &Turn, calls: &[ToolCall]) -> Usage {
    let reported = turn.usage;
    let free = asked.probe || turn.is_pictures_only();
    let input = match (reported.input, reported.total, reported.output) {
        (Some(input), ..) => input,
        (None, Some(total), Some(output)) => total.saturating_sub(output),
        _ if free => 0,
        _ => estimated_input(asked).await,
    };
    let output = match (reported.output, reported.total) {
        (Some(output), _) => output,
        (None, Some(total)) if reported.input.is_some() => total.saturating_sub(input),
        _ if free => 0,
        _ => {
            let called = calls.iter().flat_map(|call| [call.name.as_str(), &call.arguments]);
            let called = tokens::count_all(called.map(Cow::Borrowed).collect()).await;
            (turn.estimated_output().await + called) as u64
        }
    };
    let total = match (reported.input, reported.output, reported.total) {
        (Some(_), Some(_), Some(total)) => total,
        _ => input.saturating_add(output),
    };
    let [input, output, total] = [input, output, total].map(|tokens| tokens.min(MOST));
    Usage { input, output, total, pricing: asked.pricing.clone(), latency: asked.started.elapsed() }
}

/// All messages and tools are counted, not only the first message.
async fn estimated_input(asked: &Asked<'_>) -> u64 {
    let words = tokens::Words::of(asked.messages, asked.tools);
    (words.fixed + tokens::count_all(words.texts).await) as u64
}
