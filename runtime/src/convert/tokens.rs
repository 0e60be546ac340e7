//! Token counts as converters.

use crate::error::Result;
use crate::input::{Message, Tool};
use crate::tokens;

/// Tokens of a conversation with its tools, estimated with the GPT-2 vocabulary.
///
/// # Errors
/// None.
pub fn message_tokens(messages: &[Message<'_>], tools: Option<&[Tool<'_>]>) -> Result<i64> {
    let tokens = tokens::messages(messages, tools.unwrap_or_default());
    Ok(i64::try_from(tokens).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::samples::said;
    use super::*;
    use crate::input::Role;

    #[test]
    fn no_tools_cost_nothing() {
        let messages = [said(Role::System, "You are."), said(Role::User, "Hi")];
        assert_eq!(message_tokens(&messages, None).unwrap(), 15);
        assert_eq!(message_tokens(&messages, Some(&[])).unwrap(), 15);
    }
}
