//! What must hold for any input: one function a target, which panics where it does not hold.
//!
//! `tests/fuzz` lets libFuzzer look for such inputs (`targets` is its side); `cargo test` checks the inputs that were kept
//! in `corpora`, and those that [`seeds`] makes of the examples in `specs/`. An input is text where it can be, so that
//! people can read and write one: most begin with a line that says how the rest is used.

pub mod answers;
pub mod credentials;
pub mod endpoints;
pub mod events;
pub mod frames;
pub mod keys;
pub mod lines;
pub mod multipart;
pub mod rehearsal;
pub mod seeds;
pub mod specs;

use runtime::plugin::Plugin;

/// Panics if something does not hold for an input.
pub type Check = fn(&[u8]);

/// Name and check of each target.
pub const TARGETS: [(&str, Check); 9] = [
    ("answers", answers::check),
    ("credentials", credentials::check),
    ("endpoints", endpoints::check),
    ("events", events::check),
    ("frames", frames::check),
    ("keys", keys::check),
    ("lines", lines::check),
    ("multipart", multipart::check),
    ("specs", specs::check),
];

/// The plugins.
pub const PLUGINS: [&Plugin; 2] = [&generated::plugins::ai_gateway::PLUGIN, &generated::plugins::higress::PLUGIN];

/// The plugin that the first byte names, and the rest.
fn plugin_of(input: &[u8]) -> Option<(&'static Plugin, &[u8])> {
    let (first, rest) = input.split_first()?;
    Some((PLUGINS[usize::from(first % 2)], rest))
}

/// The first line and the rest.
fn split_line(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    (&input[..end], input.get(end + 1..).unwrap_or_default())
}
