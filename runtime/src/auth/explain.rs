//! Why a signature was refused: the first place where the text the gateway signed and ours differ, in words.
//!
//! It sees signed texts only, which hold no secret key. It does not know how the gateway's text arrived.

const FIXED: [&str; 5] = ["the method", "accept", "content-md5", "content-type", "date"];
const SHOWN: usize = 60;

/// Compares the gateway's text (as it stands in its reply header: ``Server StringToSign:`…` ``, `#` for each line feed)
/// with the text we signed. One or two sentences for the user.
pub fn first_difference(server: &str, ours: &str) -> String {
    let server = unquoted(server);
    if server.trim().is_empty() {
        return "The gateway did not show the text it signed.".to_owned();
    }
    let flat = ours.replace('\n', "#");
    let same = flat.chars().zip(server.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    if same == flat.len() && same == server.len() {
        return "The gateway signed the same text, so its secret key for this access key is another one: check the \
                secret key."
            .to_owned();
    }
    // `flat` and `ours` have the same byte positions, and up to `same` the gateway's text has them too.
    let start = ours[..same].rfind('\n').map_or(0, |index| index + 1);
    let number = ours[..same].matches('\n').count();
    let line = ours[start..].split('\n').next().unwrap_or_default();
    let theirs = server[start..].split('#').next().unwrap_or_default();
    let last = !ours[start..].contains('\n');
    format!(
        "The signed texts differ first in line {} ({}): the gateway signed {}, the plugin signed {}.",
        number + 1,
        part(number, line, last),
        shown(theirs, same - start),
        shown(line, same - start),
    )
}

fn unquoted(server: &str) -> &str {
    match server.split_once('`') {
        Some((_, rest)) => rest.strip_suffix('`').unwrap_or(rest),
        None => server,
    }
}

fn part(number: usize, line: &str, last: bool) -> String {
    match (FIXED.get(number), line.split_once(':')) {
        _ if last => "path and parameters".to_owned(),
        (Some(name), _) => (*name).to_owned(),
        (None, Some((name, _))) => shortened(name, 0),
        (None, None) => "a signed header".to_owned(),
    }
}

fn shown(text: &str, same: usize) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("`{}`", shortened(text, same)) }
}

/// A window of the text that begins shortly before the byte position `same`.
fn shortened(text: &str, same: usize) -> String {
    let before = text.get(..same).map_or(0, |head| head.chars().count());
    let skipped = if text.chars().count() > SHOWN { before.saturating_sub(SHOWN / 3) } else { 0 };
    let window: String = text.chars().skip(skipped).take(SHOWN).collect();
    let head = if skipped > 0 { "…" } else { "" };
    let tail = if text.chars().count() > skipped + SHOWN { "…" } else { "" };
    format!("{head}{window}{tail}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: &str = "POST\napplication/json\nmd5==\napplication/json\nThu\nx-ca-key:ak\nx-ca-nonce:1\n/v1/chat?a=b";

    fn server(text: &str) -> String {
        format!("Server StringToSign:`{}`", text.replace('\n', "#"))
    }

    fn against(from: &str, to: &str) -> String {
        first_difference(&server(&OURS.replacen(from, to, 1)), OURS)
    }

    #[test]
    fn names_the_part() {
        assert!(
            against("application/json", "*/*")
                .contains("line 2 (accept): the gateway signed `*/*`, the plugin signed `application/json`.")
        );
        assert!(
            against("md5==", "")
                .contains("line 3 (content-md5): the gateway signed nothing, the plugin signed `md5==`")
        );
        assert!(against("ak", "bk").contains("line 6 (x-ca-key): the gateway signed `x-ca-key:bk`"));
        assert!(
            against("/v1", "/gw/v1").contains("line 8 (path and parameters): the gateway signed `/gw/v1/chat?a=b`")
        );
        assert!(against("Thu\n", "").contains("line 5 (date): the gateway signed `x-ca-key:ak`"));
    }

    #[test]
    fn the_same_text_means_another_secret() {
        assert!(first_difference(&server(OURS), OURS).contains("check the secret key"));
        assert!(first_difference("", OURS).contains("did not show"));
        assert!(first_difference("Server StringToSign:``", OURS).contains("did not show"));
    }

    #[test]
    fn long_values_are_cut_around_the_difference() {
        let ours = format!("GET\n\n\n\n\n/{}x", "a".repeat(5000));
        let text = first_difference(&server(&ours.replace('x', "y")), &ours);
        assert!(text.len() < 400, "{text}");
        assert!(text.contains("ay`") && text.contains("ax`"), "{text}");
    }

    proptest! {
        #[test]
        fn never_panics(server in "\\PC*", ours in "(\\PC|\n)*") {
            first_difference(&server, &ours);
            first_difference(&format!("Server StringToSign:`{}é`", ours.replace('\n', "#")), &ours);
        }
    }
}
