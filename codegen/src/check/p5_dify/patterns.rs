//! Patterns of Dify's readers, by hand: they are few and short.

/// `[a-z0-9_-]+`
pub(super) fn is_name(text: &str) -> bool {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '-');
    !text.is_empty() && text.chars().all(legal)
}

/// 32 hexadecimal digits, with or without the usual dashes.
pub(super) fn is_uuid(text: &str) -> bool {
    let dashes_fit =
        !text.contains('-') || text.char_indices().all(|(index, c)| (c == '-') == matches!(index, 8 | 13 | 18 | 23));
    let digits = text.chars().filter(|c| *c != '-');
    dashes_fit && digits.clone().count() == 32 && digits.into_iter().all(|c| c.is_ascii_hexdigit())
}

/// `x.y.z`, each of one to four digits. Pre-releases are left out: Go and Python write them differently.
pub(super) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| (1..=4).contains(&part.len()) && digits(part).is_some())
}

/// RFC 3339 with a zone, and not the zero time.
pub(super) fn is_time(text: &str) -> bool {
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
pub(super) fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '['))
        && !text.contains(char::is_whitespace)
}

/// Whether a file holds the kind of image that its name says.
pub(super) fn is_image(name: &str, content: &[u8]) -> bool {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("png") => content.starts_with(b"\x89PNG\r\n\x1a\n"),
        Some("jpg" | "jpeg") => content.starts_with(b"\xff\xd8\xff"),
        Some("svg") => std::str::from_utf8(content).is_ok_and(|text| text.contains("<svg")),
        _ => false,
    }
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
