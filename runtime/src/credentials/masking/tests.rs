use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn of(secrets: &[&str]) -> Secrets {
    let mut found = Secrets::default();
    secrets.iter().for_each(|secret| found.add(secret));
    found
}

#[test]
fn a_secret_is_found_in_every_spelling_and_in_mixed_ones() {
    let secrets = of(&["k&y/+\"1 中😀"]);
    for spelling in [
        "k&y/+\"1 中😀",
        "k%26y%2F%2b%221%20%E4%B8%ad%f0%9F%98%80",
        "k%26y/+%221+中%F0%9F%98%80",
        r#"k&y\/+\"1 \u4e2D\uD83d\ude00"#,
        r"k\u0026y/\u002B\u00221\u0020\u4e2d😀",
        r"k\x26y/+\x221 中😀",
        "k&amp;y/+&quot;1&#32;&#x4E2d;&#128512;",
        "k%2526y%252F%252B%25221%2520%25E4%25B8%25AD%25F0%259F%2598%2580",
        r#"k\\u0026y/+\\\"1 中😀"#,
    ] {
        assert_eq!(secrets.mask(&format!("it said `{spelling}`.")), "it said `***`.", "{spelling}");
    }
}

#[test]
fn base64_and_hexadecimal_hide_nothing() {
    let secrets = of(&["pr0xy&pass"]);
    for (sent, shown) in [
        (STANDARD.encode("user:pr0xy&pass"), "Basic dXNlcj***"),
        (STANDARD.encode("pr0xy&pass"), "Basic ***"),
        (URL_SAFE_NO_PAD.encode(r#"{"a":"pr0xy&pass","b":1}"#), "Basic eyJhIjoi***IsImIiOjF9"),
        (URL_SAFE_NO_PAD.encode(r#"{"a":"pr0xy\u0026pass"}"#), "Basic eyJhIjoi***In0"),
        ("7072307879267061737300ff".to_owned(), "Basic ***00ff"),
        (STANDARD.encode("us:pr0xy&pass").replace('=', "%3D"), "Basic dXM6***"),
    ] {
        assert_eq!(secrets.mask(&format!("Basic {sent}")), shown, "{sent}");
    }
}

#[test]
fn what_is_sent_is_masked_not_only_what_is_stored() {
    // Percent-encoded in the variable, decoded in what is sent.
    let mut secrets = Secrets::default();
    secrets.add_user_info("http://user:pr0xy%26pass@proxy:3128/");
    let sent = STANDARD.encode("user:pr0xy&pass");
    assert_eq!(secrets.mask(&format!("Proxy-Authorization: Basic {sent}")), "Proxy-Authorization: Basic ***");
    assert_eq!(secrets.mask("pr0xy&pass pr0xy%26pass at proxy:3128"), "*** *** at proxy:3128");
    // A token is masked part by part.
    let secrets = of(&["Bearer eyJhbGciOiJIUzI1NiJ9.eyJ1aWQiOiJhbGljZSJ9.c2lnbmF0dXJlLXNpZw"]);
    assert_eq!(secrets.mask("part eyJ1aWQiOiJhbGljZSJ9 is odd"), "part *** is odd");
    assert_eq!(secrets.mask("bad c2lnbmF0dXJlLXNpZw"), "bad ***");
    let secrets = of(&["Authorization: Bearer sk-0123456789abcdef"]);
    assert_eq!(secrets.mask("bad sk-0123456789abcdef"), "bad ***");
}

#[test]
fn a_url_is_shown_without_what_proves_the_caller() {
    let mut secrets = Secrets::default();
    let url = "https://user:pa55word@gw.example/v1?api-version=2024-10-21&apikey=abc123&x=0123456789012345678901";
    secrets.add_stored(FieldType::Url, url);
    assert_eq!(secrets.mask(url), "https://***@gw.example/v1?api-version=2024-10-21&apikey=***&x=***");
}

#[test]
fn secrets_of_many_words_or_pieces_take_no_more_than_others() {
    // Memory for each word and all behind it, if the scheme before a secret were looked for more than once; minutes, if
    // every piece of a key were looked for in every text.
    let words = "a ".repeat(32 << 10);
    let pieces: String = (0..5_000).map(|number| format!("piece-{number:06},")).collect();
    let query = format!("http://gw/v1?key={words}");
    let said = format!("it said {} and piece-004999", STANDARD.encode("nothing of it ".repeat(300)));
    for (kind, text) in [
        (FieldType::Secret, &words),
        (FieldType::SigningKey, &words),
        (FieldType::SigningKey, &pieces),
        (FieldType::Url, &query),
    ] {
        let mut secrets = Secrets::default();
        secrets.add_stored(kind, text);
        secrets.add_header(text);
        let masked = secrets.mask(&said);
        // Where there are too many pieces to look for, all of the text is masked; else what is no secret stays.
        let expected = if *text == pieces { "***".to_owned() } else { said.clone() };
        assert!(masked == expected, "{kind:?}: {masked:.60}");
    }
}

#[test]
fn a_proxy_is_masked_with_and_without_its_scheme() {
    for proxy in ["http://user:p%40ssword@proxy:3128", "user:p%40ssword@proxy:3128"] {
        let mut secrets = Secrets::default();
        secrets.add_stored(FieldType::Secret, proxy);
        assert_eq!(secrets.mask("not p@ssword, at proxy"), "not ***, at proxy", "{proxy}");
        assert_eq!(secrets.mask(&STANDARD.encode("user:p@ssword")), "***", "{proxy}");
    }
    let mut secrets = Secrets::default();
    secrets.add_stored(FieldType::Secret, "direct");
    assert_eq!(secrets.mask("it redirects"), "it redirects");
}

#[test]
fn header_values_are_masked_whatever_they_are() {
    let mut secrets = Secrets::default();
    secrets.add_stored(FieldType::Headers, r#"{"x-key": 1234567890, "x-other": "0987654321"}"#);
    assert_eq!(secrets.mask("bad keys 1234567890 and 0987654321"), "bad keys *** and ***");
}

#[test]
fn what_is_too_short_is_no_secret() {
    assert_eq!(of(&["abc", "  "]).mask("abc or not"), "abc or not");
    assert_eq!(of(&["abcd"]).mask("abcd or not"), "*** or not");
}

#[test]
fn the_beginning_of_a_secret_is_masked_where_a_text_was_cut() {
    let secrets = of(&["sk-0123456789abcdef"]);
    assert_eq!(secrets.mask("your key is sk-0123456"), "your key is ***");
    assert_eq!(secrets.mask("your key is sk%2D0123456"), "your key is ***");
    assert_eq!(secrets.mask("your key is sk-0123456."), "your key is sk-0123456.");
}

#[test]
fn neighbours_and_overlaps_are_one() {
    assert_eq!(of(&["abcdef", "defghi"]).mask("abcdefghi abcdefdefghi"), "*** ***");
    assert_eq!(of(&["abab"]).mask("xabababy"), "x***y");
}

/// One character in a spelling of many.
fn spelled(c: char, way: u8) -> String {
    let upper = way & 1 == 0;
    let hex = |text: String| if upper { text.to_uppercase() } else { text.to_lowercase() };
    let mut units = [0; 2];
    match way / 2 % 6 {
        0 => c.to_string().bytes().map(|byte| format!("%{}", hex(format!("{byte:02x}")))).collect(),
        1 => c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{}", hex(format!("{unit:04x}")))).collect(),
        2 => format!("&#x{};", hex(format!("{:x}", u32::from(c)))),
        3 if c.is_ascii() => format!("\\x{}", hex(format!("{:02x}", u32::from(c)))),
        4 if matches!(c, '"' | '\\' | '/') => format!("\\{c}"),
        5 => format!("&#{};", u32::from(c)),
        _ => c.to_string(),
    }
}

/// An outer spelling of a whole text; the part that holds `inner` is `core`.
fn wrapped(inner: &str, how: u8) -> (String, std::ops::Range<usize>) {
    let whole = |text: String| (text.clone(), 0..text.len());
    match how % 7 {
        0 => whole(crate::request::encode_query(inner)),
        1 => {
            let quoted = Value::from(inner).to_string();
            whole(quoted[1..quoted.len() - 1].to_owned())
        }
        2 => whole(inner.bytes().map(|byte| format!("{byte:02x}")).collect()),
        3 | 4 => {
            let before = "u:".repeat(usize::from(how / 7 % 4));
            let plain = format!("{before}{inner}:z");
            let text = if how % 7 == 3 { STANDARD.encode(&plain) } else { URL_SAFE_NO_PAD.encode(&plain) };
            // Digits that hold nothing but bits of the inner text.
            (text, (before.len() * 4).div_ceil(3)..(before.len() + inner.len()) * 4 / 3)
        }
        _ => whole(inner.to_owned()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_mix_of_spellings_gets_through(
        secret in "[A-Z0-9%&+\\\\\"'/=_.中é😀-]{6,24}",
        ways in proptest::collection::vec(any::<u8>(), 24),
        how in any::<u8>(),
        before in "[a-z =:,.]{0,12}[:,]",
        after in "[:,][a-z =:,.]{0,12}",
    ) {
        let inner: String = secret.chars().zip(&ways).map(|(c, way)| spelled(c, *way)).collect();
        let (spelling, core) = wrapped(&inner, how);
        let text = format!("{before}{spelling}{after}");
        let core = before.len() + core.start..before.len() + core.end;
        let masked = of(&[&secret]).mask(&text);
        let (shown, rest) = masked.split_once("***").unwrap_or((&masked, ""));
        prop_assert!(text.starts_with(shown) && text.ends_with(rest), "{text}: {masked}");
        prop_assert!(shown.len() <= core.start && rest.len() <= text.len() - core.end, "{text}: {masked}");
    }

    #[test]
    fn what_holds_no_secret_is_shown_as_it_is(secret in "[A-Z]{8,20}", text in "[^A-Z]{0,80}") {
        prop_assert_eq!(of(&[&secret]).mask(&text), text);
    }

    #[test]
    fn no_text_and_no_secret_makes_it_panic(secret in "\\PC{0,12}", text in "\\PC{0,80}") {
        let _ = of(&[&secret]).mask(&text);
        let _ = of(&[&text]).mask(&secret);
    }
}

#[test]
fn a_secret_that_repeats_itself_hides_what_follows_it() {
    let secrets = of(&[&"a".repeat(5_000), "s3cret"]);
    assert_eq!(secrets.mask(&format!("no {} and more", "a".repeat(60_000))), "no ***");
    assert_eq!(secrets.mask("s3cret is no banana"), "*** is no banana");
    // What is decoded ends before the text does.
    let sent = STANDARD.encode("a".repeat(6_000));
    assert_eq!(secrets.mask(&format!("no {sent} !! and no more")), "no *** !! and no more");
    // A line of dashes before a key does not repeat itself so often.
    let secrets = of(&["-----BEGIN KEY-----AbC"]);
    let line = "-".repeat(80);
    assert_eq!(secrets.mask(&format!("{line}\nno")), format!("{line}\nno"));
}
