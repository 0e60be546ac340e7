//! The `date` header in the layouts that Higress reads.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Seconds since 1970 of `Wed, 09 May 2018 13:30:29 GMT`, the same with `GMT+00:00`,
/// `Wednesday, 09-May-18 13:30:29 GMT`, or `Wed May  9 13:30:29 2018`.
pub fn seconds(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let (day, month, year, clock) = match words.as_slice() {
        [_, day, month, year, clock @ .., "GMT"] | [_, day, month, year, clock @ .., "GMT", "00", "00"] => {
            (day, month, year, clock)
        }
        [_, month, day, clock @ .., year] => (day, month, year, clock),
        _ => return None,
    };
    let number = |word: &str| word.parse::<i64>().ok().filter(|_| word.len() <= 4);
    let month = MONTHS.iter().position(|name| name == month)? as i64 + 1;
    let year = match number(year)? {
        short @ 0..70 => 2000 + short,
        short @ 70..100 => 1900 + short,
        year => year,
    };
    let &[hour, minute, second] = clock else { return None };
    Some(((days(year, month, number(day)?) * 24 + number(hour)?) * 60 + number(minute)?) * 60 + number(second)?)
}

/// Days from 1970-01-01, counted from the first of March so that a leap day comes last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn every_layout() {
        for text in [
            "Wed, 09 May 2018 13:30:29 GMT",
            "Wed, 09 May 2018 13:30:29 GMT+00:00",
            "Wednesday, 09-May-18 13:30:29 GMT",
            "Wed May  9 13:30:29 2018",
        ] {
            assert_eq!(seconds(text), Some(1_525_872_629), "{text}");
        }
        assert_eq!(seconds("Thu, 29 Feb 2024 00:00:00 GMT"), Some(1_709_164_800));
        for text in ["", "2026-01-01 00:50:50", "Wed, 09 Foo 2018 13:30:29 GMT", "Wed, 09 May 2018 13:30 GMT"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
