//! Patterns of Dify's readers, by hand: they are few and short.

/// `[a-z0-9_-]+`
pub fn is_name(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    !text.is_empty() && text.chars().all(legal)
}

/// 32 hexadecimal digits, with or without the usual dashes.
pub fn is_uuid(text: &str) -> bool {
    let dashes_fit =
        !text.contains('-') || text.char_indices().all(|(index, c)| (c == '-') == matches!(index, 8 | 13 | 18 | 23));
    let digits = text.chars().filter(|c| *c != '-');
    dashes_fit && digits.clone().count() == 32 && digits.into_iter().all(|c| c.is_ascii_hexdigit())
}

/// `x.y.z`, each of one to four digits. Pre-releases are left out: Go and Python write them differently.
pub fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| (1..=4).contains(&part.len()) && digits(part).is_some())
}

/// RFC 3339 with a zone, and not the zero time.
pub fn is_time(text: &str) -> bool {
    time(text).is_some()
}

fn time(text: &str) -> Option<()> {
    let (date, time) = text.split_once('T')?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    let (clock, zone) = match time.strip_suffix('Z') {
        Some(clock) => (clock, [0, 0]),
        None => {
            let sign = time.rfind(['+', '-'])?;
            (time.get(..sign)?, numbers(time.get(sign + 1..)?, ':', [2, 2])?)
        }
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    digits(fraction.get(..9).unwrap_or(fraction))?;
    let legal = year > 0
        && (1..=days).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && zone[0] < 24
        && zone[1] < 60
        && fraction.len() <= 9;
    legal.then_some(())
}

fn numbers<const N: usize>(text: &str, separator: char, widths: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (slot, width) in found.iter_mut().zip(widths) {
        let part = parts.next().filter(|part| part.len() == width)?;
        *slot = digits(part)?;
    }
    parts.next().is_none().then_some(found)
}

fn digits(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) { None } else { text.parse().ok() }
}

/// `http://host…` or `https://host…` without blanks.
pub fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
        && !text.contains(char::is_whitespace)
}

/// A version as Go's daemon reads it: `x.y.z`, each of one to four digits, and perhaps `-` and a word.
pub fn is_daemon_version(text: &str) -> bool {
    let (numbers, word) = text.split_once('-').map_or((text, None), |(numbers, word)| (numbers, Some(word)));
    let legal = |c: char| c.is_ascii_alphanumeric() || c == '_';
    is_version(numbers) && word.is_none_or(|word| (1..=16).contains(&word.len()) && word.chars().all(legal))
}

/// A version as it stands in the identifier of a package: two to four numbers, and perhaps `-` and a word.
pub fn is_identity_version(text: &str) -> bool {
    let numbers = text.split('-').next().unwrap_or_default();
    match numbers.matches('.').count() {
        1 => is_daemon_version(&text.replacen(numbers, &format!("{numbers}.0"), 1)),
        3 => numbers.rsplit_once('.').is_some_and(|(most, last)| {
            (1..=4).contains(&last.len())
                && digits(last).is_some()
                && is_daemon_version(&text.replacen(numbers, most, 1))
        }),
        _ => is_daemon_version(text),
    }
}

/// A version of PEP 440, which the Python SDK and Dify read.
pub fn is_python_version(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (text, local) = text.split_once('+').map_or((text, None), |(text, local)| (text, Some(local)));
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric());
    if !local.is_none_or(|local| local.split(['-', '_', '.']).all(word)) {
        return false;
    }
    let (epoch, text) = text.split_once('!').map_or(("0", text), |(epoch, text)| (epoch, text));
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let release = text[..end].trim_end_matches('.');
    let numbers = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !numbers(epoch) || !release.split('.').all(numbers) {
        return false;
    }
    let rest = suffix(&text[release.len()..], &["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"]);
    let rest =
        match rest.strip_prefix('-').map(|number| (number, number.trim_start_matches(|c: char| c.is_ascii_digit()))) {
            Some((number, rest)) if number.len() > rest.len() => rest,
            _ => suffix(rest, &["post", "rev", "r"]),
        };
    suffix(rest, &["dev"]).is_empty()
}

/// What follows a separator, one of the words, a separator and digits; all of it if none of the words is there.
fn suffix<'a>(text: &'a str, words: &[&str]) -> &'a str {
    let separated = |text: &'a str| text.strip_prefix(['-', '_', '.']).unwrap_or(text);
    let Some(rest) = words.iter().find_map(|word| separated(text).strip_prefix(word)) else { return text };
    let number = separated(rest).trim_start_matches(|c: char| c.is_ascii_digit());
    if number.len() < separated(rest).len() { number } else { rest }
}

/// The ending of a file name, in small letters.
pub fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or_else(String::new, |(_, ending)| ending.to_ascii_lowercase())
}

/// The kind of image that the content is, by its first bytes.
pub fn image(content: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| content.starts_with(magic);
    if starts(b"\x89PNG\r\n\x1a\n") {
        Some("png")
    } else if starts(b"\xff\xd8\xff") {
        Some("jpg")
    } else if starts(b"GIF8") {
        Some("gif")
    } else if starts(b"RIFF") && content.get(8..12) == Some(b"WEBP") {
        Some("webp")
    } else if starts(b"\0\0\x01\0") {
        Some("ico")
    } else if content.windows(4).any(|part| part == b"<svg") && !content.contains(&0) {
        Some("svg")
    } else {
        None
    }
}

/// Whether a file is the kind of image that its name says.
pub fn is_image(name: &str, content: &[u8]) -> bool {
    let ending = ending(name);
    image(content) == Some(if ending == "jpeg" { "jpg" } else { &ending })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_date_that_exists_and_a_zone() {
        for good in [
            "2025-12-12T01:11:12+08:00",
            "2025-01-01T00:00:00Z",
            "2024-02-29T23:59:59.123456-03:30",
            "2000-02-29T00:00:00Z",
        ] {
            assert!(is_time(good), "{good}");
        }
        for bad in [
            "",
            "2025-01-01",
            "2025-01-01T00:00:00",
            "2025-01-01 00:00:00Z",
            "2025-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "2025-13-01T00:00:00Z",
            "2025-00-01T00:00:00Z",
            "2025-01-00T00:00:00Z",
            "2025-04-31T00:00:00Z",
            "2025-01-01T24:00:00Z",
            "2025-01-01T00:00:00+0800",
            "2025-01-01T00:00:00.Z",
            "0000-01-01T00:00:00Z",
            "2025-1-01T00:00:00Z",
            "２025-01-01T00:00:00Z",
            "-",
            "T+",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }

    #[test]
    fn versions_are_what_each_reader_takes() {
        for good in ["0.1.0", "1.0.0-beta", "1234.0.9-rc_1"] {
            assert!(is_daemon_version(good), "{good}");
        }
        for bad in ["1.0", "1.0.0-", "1.0.0-a.b", "1.0.0-12345678901234567", "1.0.0+x"] {
            assert!(!is_daemon_version(bad), "{bad}");
        }
        for good in ["1.0", "1.0.0", "1.0.0.0", "1.0-x"] {
            assert!(is_identity_version(good), "{good}");
        }
        for bad in ["1", "1.0.0.0.0", "1.0.0.x", "1.0-", "v1.0"] {
            assert!(!is_identity_version(bad), "{bad}");
        }
        for good in [
            "1",
            "0.1.0",
            "v1.2",
            "1!2.0",
            "1.0.0-beta",
            "1.0.0-rc1",
            "1.0a.1",
            "1.0-1",
            "1.0.post2",
            "1.0.dev",
            "1.0rc1.post1.dev2+a.b",
        ] {
            assert!(is_python_version(good), "{good}");
        }
        for bad in ["", "x", "1.0.0-fix", "1..0", "1.0+", "1.0-", "1.0.0-alpha-b", "!1"] {
            assert!(!is_python_version(bad), "{bad}");
        }
    }

    #[test]
    fn names_versions_and_urls() {
        assert!(is_name("ai-gateway_2") && !is_name("") && !is_name("Ai") && !is_name("a.b") && !is_name("ä"));
        assert!(is_version("0.1.0") && is_version("1234.0.9"));
        for bad in ["1.0", "1.0.0.0", "12345.0.0", "1.0.0-beta", "1..0", "v1.0.0", "", "+1.0.0"] {
            assert!(!is_version(bad), "{bad}");
        }
        assert!(is_uuid("11111111-2222-3333-4444-555555555555") && is_uuid("11111111222233334444555555555555"));
        assert!(!is_uuid("aliyun") && !is_uuid("1111111122-22-3333-4444-555555555555"));
        assert!(
            is_url("https://a.example/x#y") && !is_url("a.example") && !is_url("https://") && !is_url("https://a b")
        );
    }
}
