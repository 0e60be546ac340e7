//! The dialect of Anthropic's Messages.

mod blocks;
mod limit;
mod messages;
mod tools;

pub use limit::room_for_thinking;
pub use messages::{anthropic_messages, system_text};
pub use tools::{anthropic_tool_choice, anthropic_tools};
