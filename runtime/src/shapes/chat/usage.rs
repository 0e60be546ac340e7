//! Tokens of a call: what the service reported, and estimates of what it did not.

use super::answer::Asked;
use super::chunk::Usage;
use super::tool_calls::ToolCall;
use super::turn::Turn;
use crate::input::{Content, Part};
use crate::tokens;

/// Counting more text than this at once would hold up other sessions.
const COUNTED_AT_ONCE: usize = 16 << 10;

/// The daemon reads counts as signed numbers.
const MOST: u64 = i64::MAX as u64;

/// What the answer cost: as reported, gaps filled from the total, else estimated. For a probe nothing is estimated.
pub async fn usage(asked: &Asked<'_>, turn: &Turn, calls: &[ToolCall]) -> Usage {
    let reported = turn.usage;
    let input = match (reported.input, reported.total, reported.output) {
        (Some(input), ..) => input,
        (None, Some(total), Some(output)) => total.saturating_sub(output),
        _ if asked.probe => 0,
        _ => estimated_input(asked).await,
    };
    let output = match (reported.output, reported.total) {
        (Some(output), _) => output,
        (None, Some(total)) if reported.input.is_some() => total.saturating_sub(input),
        _ if asked.probe => 0,
        _ => {
            let of_calls = calls.iter().map(|call| tokens::count(&call.name) + tokens::count(&call.arguments));
            (turn.estimated_output() + of_calls.sum::<usize>()) as u64
        }
    };
    let total = match (reported.input, reported.output, reported.total) {
        (Some(_), Some(_), Some(total)) => total,
        _ => input.saturating_add(output),
    };
    let [input, output, total] = [input, output, total].map(|tokens| tokens.min(MOST));
    Usage { input, output, total, pricing: asked.pricing.clone(), latency: asked.started.elapsed() }
}

/// All messages and tools are counted, not only the first message; other sessions go on between long ones.
async fn estimated_input(asked: &Asked<'_>) -> u64 {
    let mut counted = tokens::tools(asked.tools);
    let mut at_once = 0;
    for message in asked.messages {
        counted += tokens::message(message);
        at_once += match &message.content {
            Content::Text(text) => text.len(),
            Content::Parts(parts) => {
                parts.iter().map(|part| if let Part::Text(text) = part { text.len() } else { 0 }).sum()
            }
        };
        if at_once > COUNTED_AT_ONCE {
            at_once = 0;
            tokio::task::yield_now().await;
        }
    }
    counted as u64
}
