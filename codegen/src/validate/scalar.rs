//! What a scalar is to each reader: the Python SDK reads YAML 1.1 (PyYAML), the daemon YAML 1.2 with remains of 1.1
//! (yaml.v3). `no` is a boolean to the one and a text to the other.

/// What a reader makes of a scalar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Read {
    Null,
    Flag(bool),
    /// An integer, or a number with a fraction.
    Integer(f64),
    Number(f64),
    Time,
    Text,
}

/// A scalar as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    pub text: String,
    /// Written without quotes and without a tag.
    pub plain: bool,
    /// The last part of a tag such as `!!str`.
    pub tag: Option<String>,
}

impl Scalar {
    /// As PyYAML resolves it.
    pub fn python(&self) -> Read {
        self.resolve(python)
    }

    /// As yaml.v3 resolves it.
    pub fn daemon(&self) -> Read {
        self.resolve(daemon)
    }

    fn resolve(&self, plain: fn(&str) -> Read) -> Read {
        match self.tag.as_deref() {
            Some("str") => Read::Text,
            Some("null") => Read::Null,
            Some(_) => plain(&self.text),
            None if self.plain => plain(&self.text),
            None => Read::Text,
        }
    }

    /// Nothing: `null`, `~` or no value.
    pub fn is_null(&self) -> bool {
        self.daemon() == Read::Null
    }

    /// A flag to the daemon, which takes the words of YAML 1.1 where it wants a flag.
    pub fn daemon_flag(&self) -> Option<bool> {
        match self.daemon() {
            Read::Flag(flag) => Some(flag),
            Read::Text => match self.text.as_str() {
                "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
                "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A flag to the SDK, which takes words and 0 or 1 too.
    pub fn python_flag(&self) -> Option<bool> {
        match self.python() {
            Read::Flag(flag) => Some(flag),
            Read::Integer(number) | Read::Number(number) if number == 0.0 || number == 1.0 => Some(number == 1.0),
            Read::Text => match self.text.to_ascii_lowercase().as_str() {
                "1" | "true" | "t" | "yes" | "y" | "on" => Some(true),
                "0" | "false" | "f" | "no" | "n" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A number to the daemon: quoted ones are none.
    pub fn daemon_number(&self) -> Option<f64> {
        match self.daemon() {
            Read::Integer(number) | Read::Number(number) => Some(number),
            _ => None,
        }
    }

    /// A number to the SDK, which takes texts that are numbers.
    pub fn python_number(&self) -> Option<f64> {
        match self.python() {
            Read::Integer(number) | Read::Number(number) => Some(number),
            Read::Flag(flag) => Some(f64::from(u8::from(flag))),
            Read::Text => self.text.trim().parse().ok(),
            _ => None,
        }
    }
}

fn null_or_flag(text: &str) -> Option<Read> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Read::Null),
        "true" | "True" | "TRUE" => Some(Read::Flag(true)),
        "false" | "False" | "FALSE" => Some(Read::Flag(false)),
        _ => None,
    }
}

fn python(text: &str) -> Read {
    if let Some(read) = null_or_flag(text) {
        return read;
    }
    match text {
        "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Read::Flag(true),
        "no" | "No" | "NO" | "off" | "Off" | "OFF" => return Read::Flag(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if unsigned.contains(':') {
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        if let Some(seconds) = sixties(whole)
            && fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        {
            return if unsigned.contains('.') { Read::Number(sign * seconds) } else { Read::Integer(sign * seconds) };
        }
    }
    if let Some(number) = based(unsigned, "0b", 2).or_else(|| based(unsigned, "0x", 16)).or_else(|| octal(unsigned)) {
        return Read::Integer(sign * number);
    }
    if digits(unsigned) && (unsigned == "0" || !unsigned.starts_with('0')) {
        return Read::Integer(sign * plain_number(unsigned));
    }
    // A fraction needs a point, and an exponent a sign: `1e3` is a text.
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let signed =
        |e: &str| e.strip_prefix(['+', '-']).is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit()));
    if let Some((whole, fraction)) = mantissa.split_once('.') {
        let tail = fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let head = digits(whole) || (whole.is_empty() && digits(fraction) && unsigned == text);
        if head && tail && exponent.is_none_or(signed) {
            return Read::Number(sign * plain_number(unsigned));
        }
    }
    not_finite(unsigned, sign).unwrap_or(if date(text) { Read::Time } else { Read::Text })
}

fn daemon(text: &str) -> Read {
    if let Some(read) = null_or_flag(text) {
        return read;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let number = based(unsigned, "0b", 2)
        .or_else(|| based(unsigned, "0x", 16))
        .or_else(|| based(unsigned, "0o", 8))
        .or_else(|| octal(unsigned));
    if let Some(number) = number {
        return Read::Integer(sign * number);
    }
    if digits(unsigned) && (unsigned == "0" || !unsigned.starts_with('0')) {
        return Read::Integer(sign * plain_number(unsigned));
    }
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && unsigned.chars().all(number)
        && let Ok(number) = unsigned.parse::<f64>()
    {
        return Read::Number(sign * number);
    }
    not_finite(unsigned, sign).unwrap_or(if date(text) { Read::Time } else { Read::Text })
}

fn digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
}

fn plain_number(text: &str) -> f64 {
    text.replace('_', "").parse().unwrap_or(f64::MAX)
}

fn based(text: &str, prefix: &str, radix: u32) -> Option<f64> {
    let rest = text.strip_prefix(prefix)?.replace('_', "");
    u64::from_str_radix(&rest, radix).ok().map(|number| number as f64)
}

fn octal(text: &str) -> Option<f64> {
    let rest = text.strip_prefix('0').filter(|rest| !rest.is_empty())?;
    based(text, "0", 8).filter(|_| rest.bytes().all(|byte| (b'0'..=b'7').contains(&byte) || byte == b'_'))
}

fn sixties(text: &str) -> Option<f64> {
    let mut parts = text.split(':');
    let mut total = parts.next().filter(|first| digits(first) && !first.starts_with('0')).map(plain_number)?;
    for part in parts {
        let number: f64 = Some(part).filter(|part| (1..=2).contains(&part.len()) && digits(part)).map(plain_number)?;
        total = total * 60.0 + if number < 60.0 { number } else { return None };
    }
    Some(total)
}

fn not_finite(text: &str, sign: f64) -> Option<Read> {
    match text {
        ".inf" | ".Inf" | ".INF" => Some(Read::Number(sign * f64::INFINITY)),
        ".nan" | ".NaN" | ".NAN" => Some(Read::Number(f64::NAN)),
        _ => None,
    }
}

/// `2025-01-31`, perhaps with a time behind it.
fn date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let head = bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-';
    let (day, time) = text.split_once(['T', 't', ' ']).map_or((text, None), |(day, time)| (day, Some(time)));
    head && day[5..].split('-').count() == 2
        && day[5..].split('-').all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
        && time.is_none_or(|time| time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Scalar {
        Scalar { text: text.to_owned(), plain: true, tag: None }
    }

    #[test]
    fn each_reader_has_its_own_mind() {
        use Read::*;
        for (text, by_python, by_daemon) in [
            ("no", Flag(false), Text),
            ("true", Flag(true), Flag(true)),
            ("~", Null, Null),
            ("", Null, Null),
            ("012", Integer(10.0), Integer(10.0)),
            ("08", Text, Number(8.0)),
            ("0o12", Text, Integer(10.0)),
            ("0x1F", Integer(31.0), Integer(31.0)),
            ("-1_000", Integer(-1000.0), Integer(-1000.0)),
            ("1:30", Integer(90.0), Text),
            ("1e3", Text, Number(1000.0)),
            ("1.5e+3", Number(1500.0), Number(1500.0)),
            ("0.70", Number(0.7), Number(0.7)),
            (".5", Number(0.5), Number(0.5)),
            ("1.2.3", Text, Text),
            ("2025-01-31", Time, Time),
            ("2025-01-31T10:00:00Z", Time, Time),
            ("2025-x", Text, Text),
            ("ä-1", Text, Text),
            ("-.inf", Number(f64::NEG_INFINITY), Number(f64::NEG_INFINITY)),
            ("-", Text, Text),
        ] {
            assert_eq!(plain(text).python(), by_python, "{text}");
            assert_eq!(plain(text).daemon(), by_daemon, "{text}");
        }
        let quoted = Scalar { text: "1".to_owned(), plain: false, tag: None };
        assert_eq!((quoted.daemon(), quoted.daemon_number(), quoted.python_number()), (Text, None, Some(1.0)));
        assert_eq!(
            (plain("yes").daemon_flag(), plain("1").daemon_flag(), plain("1").python_flag()),
            (Some(true), None, Some(true))
        );
    }
}
