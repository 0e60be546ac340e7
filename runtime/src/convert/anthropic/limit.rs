//! The limit of an answer's length, which thinking counts towards.

use crate::error::Result;

/// The least budget that the service accepts, and what it is given when nobody chose one.
const LEAST: i64 = 1024;

/// The limit, if the `budget` of `thinking` leaves room for an answer below it; else budget and limit together. The
/// service refuses a budget that takes all of the limit.
///
/// # Errors
/// None.
pub fn room_for_thinking(limit: i64, thinking: Option<bool>, budget: Option<i64>) -> Result<i64> {
    let budget = if thinking == Some(true) { budget.unwrap_or(LEAST) } else { 0 };
    Ok(if limit > budget { limit } else { limit.saturating_add(budget) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_raised_only_where_thinking_would_take_all_of_it() {
        for (limit, thinking, budget, expected) in [
            (16, None, None, 16),
            (16, Some(false), Some(2048), 16),
            (16, None, Some(2048), 16),
            (16, Some(true), None, 1040),
            (1024, Some(true), None, 2048),
            (1025, Some(true), None, 1025),
            (4096, Some(true), Some(4096), 8192),
            (4096, Some(true), Some(2048), 4096),
            (i64::MAX, Some(true), Some(i64::MAX), i64::MAX),
        ] {
            assert_eq!(
                room_for_thinking(limit, thinking, budget).unwrap(),
                expected,
                "{limit} {thinking:?} {budget:?}"
            );
        }
    }
}
