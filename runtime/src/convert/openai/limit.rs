//! The limit of an answer's length, under the name that the model takes.

use crate::error::{Error, Result};

const OLD: &str = "max_tokens";
const NEW: &str = "max_completion_tokens";

/// Families of models that take the new name only.
const FAMILIES: [&str; 4] = ["o1", "o3", "o4", "gpt-5"];

/// `max_tokens` or `max_completion_tokens`: the one that `name` says, or with `auto` the one that a model of this name
/// takes, be it behind a vendor's (`openai/o3-mini`).
///
/// # Errors
/// `BadRequest` for an unknown name.
pub fn token_limit(limit: i64, name: &str, model: &str) -> Result<[(&'static str, i64); 1]> {
    let name = match name {
        "auto" if takes_new_name(model) => NEW,
        "auto" | OLD => OLD,
        NEW => NEW,
        other => return Err(Error::bad_request(format!("unknown name of the token limit: {other:?}"))),
    };
    Ok([(name, limit)])
}

fn takes_new_name(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    FAMILIES.iter().filter_map(|family| name.strip_prefix(family)).any(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str, model: &str) -> &'static str {
        let [(name, limit)] = token_limit(7, name, model).unwrap();
        assert_eq!(limit, 7);
        name
    }

    #[test]
    fn families_are_told_by_the_last_part_of_the_name() {
        for model in ["o1", "o3-mini", "o4-mini", "gpt-5", "GPT-5.1-codex", "openai/gpt-5-mini", "a/b/o1-preview"] {
            assert_eq!(name("auto", model), NEW, "{model}");
        }
        for model in ["gpt-4o", "gpt-50", "o1js", "o10", "qwen-plus", "o1/qwen-plus", "", "gpt-oss-120b"] {
            assert_eq!(name("auto", model), OLD, "{model}");
        }
    }

    #[test]
    fn a_name_that_is_set_wins() {
        assert_eq!(name("max_tokens", "o1"), OLD);
        assert_eq!(name("max_completion_tokens", "qwen-plus"), NEW);
        assert!(token_limit(1, "n_predict", "m").is_err());
    }
}
