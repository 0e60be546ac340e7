//! Replaces secrets in texts that people see.

use super::FieldType;

/// Shorter texts are no secrets, and masking them would garble the message.
const SHORTEST: usize = 4;
/// Pieces of a key or of header values shorter than this are words, not secrets.
const SHORTEST_PIECE: usize = 12;

/// Adds what must not be shown of a stored text: a secret whole, a key and header values in pieces too.
pub(super) fn add_secrets(secrets: &mut Vec<String>, kind: FieldType, text: &str) {
    let text = text.trim();
    let (whole, pieces) = match kind {
        FieldType::Secret => (true, false),
        FieldType::SigningKey => (true, true),
        FieldType::Headers => (false, true),
        _ => return,
    };
    if whole && text.len() >= SHORTEST {
        secrets.push(text.to_owned());
        // A key typed as `Bearer sk-1` is sent as `sk-1`.
        if let Some((_, bare)) = text.split_once(' ').filter(|(_, bare)| bare.trim().len() >= SHORTEST_PIECE) {
            secrets.push(bare.trim().to_owned());
        }
    }
    if pieces {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '/' | '=' | '.');
        let pieces = text.split(|c| !is_part(c)).filter(|piece| piece.len() >= SHORTEST_PIECE);
        secrets.extend(pieces.map(str::to_owned));
    }
}

/// `text` with every secret replaced by `***`, the longest first.
pub(super) fn masked(text: &str, secrets: &[String]) -> String {
    let mut found: Vec<&String> = secrets.iter().filter(|secret| text.contains(secret.as_str())).collect();
    found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let mut text = text.to_owned();
    for secret in found {
        text = text.replace(secret.as_str(), "***");
    }
    text
}
