//! The length of a list of numbers, found without reading them.

/// A number that is no longer, with an exponent of no more than two digits, is finite.
const LONGEST: usize = 200;
/// Bytes that are looked at together.
const BLOCK: usize = 64;

/// The length of the JSON list that `text` begins with, if it holds finite numbers and nothing else, and stands on one
/// line: `[0.1, -2e-3]`. `None` says nothing; it may be such a list all the same.
pub(super) fn plain(text: &[u8]) -> Option<usize> {
    let list = text.get(..memchr::memchr(b']', text)?)?.strip_prefix(b"[")?;
    // All that stands before this place is right, be it in the middle of a number.
    let mut at = number(list, 0)?;
    while at < list.len() {
        if is_simple(list, at) {
            at += BLOCK;
            continue;
        }
        let end = (at + BLOCK).min(list.len());
        at = memchr::memrchr(b',', list.get(..at)?)? + 1;
        while at < end {
            at = number(list, at)?;
        }
    }
    // A block does not know that it is the last one.
    list.last()?.is_ascii_digit().then_some(list.len() + 2)
}

/// Whether the next block is a part of numbers that have one digit before the point and no exponent. Every byte is judged
/// by the two before it, so that many are judged at once.
fn is_simple(list: &[u8], at: usize) -> bool {
    let block = at.checked_sub(2).and_then(|start| list.get(start..)?.first_chunk::<{ BLOCK + 2 }>());
    let Some(block) = block else { return false };
    let is_digit = |byte: u8| byte.wrapping_sub(b'0') < 10;
    // After a comma, a minus or a blank.
    let begins = |before: u8| (before & 0xfe == b',') | (before == b' ');
    let mut fits = true;
    for place in 0..BLOCK {
        let (second, last, byte) = (block[place], block[place + 1], block[place + 2]);
        let is_first = is_digit(last) & begins(second);
        fits &= (is_digit(byte) & !is_first)
            | ((byte == b'.') & is_first)
            | ((byte == b',') & is_digit(last))
            | ((byte == b'-') & ((last == b',') | (last == b' ')))
            | ((byte == b' ') & (last == b','));
    }
    fits
}

/// Where the next number begins, perhaps after a blank, or the list ends: after the number at `start` and its comma.
fn number(list: &[u8], start: usize) -> Option<usize> {
    let is = |at: usize, bytes: &[u8]| list.get(at).is_some_and(|byte| bytes.contains(byte));
    let digits = |from: usize| from + list.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count();
    let start = start + usize::from(is(start, b" "));
    let whole = start + usize::from(is(start, b"-"));
    let mut end = if is(whole, b"0") { whole + 1 } else { digits(whole) };
    if end == whole {
        return None;
    }
    if is(end, b".") {
        let fraction = end + 1;
        end = digits(fraction);
        if end == fraction {
            return None;
        }
    }
    if is(end, b"eE") {
        let exponent = end + 1 + usize::from(is(end + 1, b"-+"));
        end = digits(exponent);
        if !(1..=2).contains(&(end - exponent)) {
            return None;
        }
    }
    match list.get(end) {
        _ if end - start > LONGEST => None,
        None => Some(end),
        Some(b',') => Some(end + 1),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_of_numbers_are_known_and_nothing_else() {
        let long = format!("[{}]", ["0.0123456789", "-1.5", "0", "-0.25e-05", "12.75", "7E+2"].join(",").repeat(40));
        let long = long.replace("20.", "2,0.");
        for list in ["[0]", "[-0.5]", "[1e308]", "[0.1, -2e-3,1]", "[12.25,7]", &long] {
            let text = format!("{list},\"index\":0");
            let known = plain(text.as_bytes());
            assert_eq!(known, (list != "[1e308]").then_some(list.len()), "{list}");
        }
        for list in [
            "",
            "[",
            "[]",
            "[ ]",
            "[,]",
            "[1,]",
            "[,1]",
            "[1 ]",
            "[ 1",
            "[1,,2]",
            "[1, ,2]",
            "[01]",
            "[-]",
            "[-01]",
            "[.5]",
            "[1.]",
            "[1.,2]",
            "[1.2.3]",
            "[--1]",
            "[1-1]",
            "[+1]",
            "[1e]",
            "[1e+]",
            "[e1]",
            "[1e1.5]",
            "[1e1e1]",
            "[NaN]",
            "[Infinity]",
            "[null]",
            "[\"1\"]",
            "[[1]]",
            "[1\n]",
            "[1,\n2]",
            "[0x1]",
            "[1 2]",
            "{}",
            "1]",
            "\"AAAA\"",
        ] {
            assert_eq!(plain(list.as_bytes()), None, "{list}");
        }
    }

    #[test]
    fn a_list_that_ends_with_a_block_ends_with_a_digit() {
        for length in 1..3 * BLOCK {
            let digits = "0".repeat(length);
            assert_eq!(plain(format!("[1.5,0.{digits}]").as_bytes()), Some(length + 8));
            for end in [".", "-", ",", ",-", ",0.", " "] {
                assert_eq!(plain(format!("[1.5,0.{digits}{end}]").as_bytes()), None, "{length} {end}");
            }
        }
    }

    fn part() -> impl Strategy<Value = String> {
        prop_oneof![
            20 => "-?[0-9]\\.[0-9]{1,12}",
            1 => "-?[0-9]{1,3}(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
        ]
    }

    fn list() -> impl Strategy<Value = String> {
        let broken = prop::option::weighted(0.7, (any::<prop::sample::Index>(), "[-+.,eE0-9 \\[\\]\"\n]{0,2}"));
        (prop::collection::vec(part(), 1..60), prop::sample::select(vec![",", ", "]), broken).prop_map(
            |(numbers, comma, broken)| {
                let mut list = format!("[{}]", numbers.join(comma));
                if let Some((place, with)) = broken {
                    let place = place.index(list.len());
                    list.replace_range(place..=place, &with);
                }
                list
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_known_is_json_of_numbers(text in list()) {
            let numbers: Option<Vec<f64>> = serde_json::from_str(&text).ok();
            match plain(text.as_bytes()) {
                Some(length) => {
                    let numbers: Vec<f64> = serde_json::from_str(&text[..length]).expect("a list");
                    prop_assert!(numbers.iter().all(|number| number.is_finite()) && !text[..length].contains('\n'));
                }
                // Most of what can be known is.
                None => {
                    let odd = |part: &str| part.trim().len() > 15 || part.contains(['e', 'E', '\n']);
                    let is_odd = text.starts_with("[ ") || text.contains(" ]") || text.contains(" ,") || text.contains("  ");
                    prop_assert!(numbers.is_none_or(|numbers| numbers.is_empty()) || is_odd || text.split(',').any(odd));
                }
            }
        }
    }
}
