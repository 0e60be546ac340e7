//! Prices: exact decimal arithmetic on text, without floats.
//!
//! The rule is the Python SDK's: tokens times unit price times unit, rounded half up to 7 decimals.

use std::fmt;

/// Decimal places of a price.
const PLACES: u32 = 7;

/// A number that is not negative: `digits / 10^scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    scale: u32,
}

impl Decimal {
    /// Nothing.
    pub const ZERO: Decimal = Decimal { digits: 0, scale: 0 };

    /// Reads `0.002`, `.5`, `1e-7`. `None` if it is none of these, negative, or has more digits than any price.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let digits: u128 = digits.parse().ok()?;
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        match u32::try_from(scale) {
            Ok(scale) if scale <= 30 => Some(Decimal { digits, scale }),
            Ok(_) => None,
            Err(_) => {
                let digits = digits.checked_mul(10_u128.checked_pow(scale.unsigned_abs())?)?;
                Some(Decimal { digits, scale: 0 })
            }
        }
    }

    /// The price of `tokens` at this unit price. `None` beyond 38 digits.
    pub fn price(self, tokens: u64, unit: Decimal) -> Option<Self> {
        let digits = self.digits.checked_mul(unit.digits)?.checked_mul(tokens.into())?;
        let scale = self.scale + unit.scale;
        let digits = match scale.checked_sub(PLACES) {
            None => digits.checked_mul(10_u128.checked_pow(PLACES - scale)?)?,
            Some(0) => digits,
            Some(surplus) => {
                // Half of what is cut off rounds up. Nothing is left of a number smaller than all that is cut off.
                let step = 10_u128.checked_pow(surplus);
                step.map_or(0, |step| digits / step + u128::from(digits % step >= step / 2))
            }
        };
        Some(Decimal { digits, scale: PLACES })
    }

    /// The sum of two prices. (Prices have one scale, or are zero.)
    pub fn plus(self, other: Decimal) -> Self {
        Decimal { digits: self.digits.saturating_add(other.digits), scale: self.scale.max(other.scale) }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.digits);
        }
        let scale = self.scale as usize;
        let digits = format!("{:0width$}", self.digits, width = scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        write!(f, "{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(tokens: u64, price: &str, unit: &str) -> String {
        Decimal::parse(price).unwrap().price(tokens, Decimal::parse(unit).unwrap()).unwrap().to_string()
    }

    #[test]
    fn prices_are_those_of_the_sdk() {
        assert_eq!(price(10, "0.002", "0.001"), "0.0000200");
        assert_eq!(price(5, "0.004", "0.001"), "0.0000200");
        assert_eq!(price(1_000_000, "2", "0.000001"), "2.0000000");
        assert_eq!(price(0, "2", "1"), "0.0000000");
    }

    #[test]
    fn half_is_rounded_up() {
        assert_eq!(price(1, "0.00000005", "1"), "0.0000001");
        assert_eq!(price(1, "0.000000049", "1"), "0.0000000");
        assert_eq!(price(3, "0.00000015", "1"), "0.0000005");
        assert_eq!(price(u64::MAX, "1e-30", "1e-7"), "0.0000000");
    }

    #[test]
    fn texts_are_read_and_shown() {
        for (text, shown) in
            [("0.002", "0.002"), (".5", "0.5"), ("5.", "5"), ("1e-7", "0.0000001"), ("1E2", "100"), ("0", "0")]
        {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), shown);
        }
        for text in ["", ".", "-1", "1,5", "1e999", "1e-999", "x", "0x1", &"9".repeat(40)] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }
}
