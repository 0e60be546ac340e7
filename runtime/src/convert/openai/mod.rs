//! The dialect of OpenAI chat completions.

mod format;
mod limit;
mod media;
mod messages;
mod parts;
mod tools;

pub(super) use format::Schema;
pub use format::openai_response_format;
pub use limit::token_limit;
pub(super) use media::{Place, of_bytes};
pub use messages::openai_messages;
pub(super) use parts::INLINE;
pub(super) use tools::Parameters;
pub use tools::{openai_functions, openai_tool_choice, openai_tools};
