//! Dify's usage object of an answer that is no conversation (protocol reference 3.4).

use std::time::Duration;

use serde::Serialize;

use crate::call::Call;
use crate::output::Usage;
use crate::price::Decimal;
use crate::schema::Pricing;

/// What an answer cost. Prices are decimal text, latency is in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bill {
    tokens: u64,
    total_tokens: u64,
    unit_price: String,
    price_unit: String,
    total_price: String,
    currency: String,
    latency: f64,
}

impl Bill {
    /// The bill of a call that ends now: its tokens at the price of input.
    pub fn of(call: &Call<'_>, usage: Usage, pricing: Option<Pricing>) -> Self {
        Self::after(call.started.elapsed(), usage, pricing)
    }

    fn after(latency: Duration, usage: Usage, pricing: Option<Pricing>) -> Self {
        let tokens = usage.sum().unwrap_or(0);
        let parsed = |text: &str| Decimal::parse(text).unwrap_or(Decimal::ZERO);
        let (unit_price, price_unit, currency) = match pricing {
            Some(pricing) => (parsed(&pricing.input), parsed(&pricing.unit), pricing.currency),
            None => (Decimal::ZERO, Decimal::ZERO, "USD".to_owned()),
        };
        let total_price = unit_price.price(tokens, price_unit).unwrap_or(Decimal::ZERO);
        Bill {
            tokens,
            total_tokens: tokens,
            unit_price: unit_price.to_string(),
            price_unit: price_unit.to_string(),
            total_price: total_price.to_string(),
            currency,
            latency: latency.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(usage: Usage, pricing: Option<Pricing>) -> serde_json::Value {
        serde_json::to_value(Bill::after(Duration::from_millis(250), usage, pricing)).unwrap()
    }

    #[test]
    fn tokens_cost_what_the_credentials_say() {
        let usage = Usage { total: Some(1_000), ..Usage::default() };
        let pricing = Pricing::unless_free("0.002", "0", "0.001", "RMB");
        assert_eq!(
            written(usage, pricing),
            serde_json::json!({
                "tokens": 1000, "total_tokens": 1000, "unit_price": "0.002", "price_unit": "0.001",
                "total_price": "0.0020000", "currency": "RMB", "latency": 0.25,
            })
        );
    }

    #[test]
    fn without_prices_nothing_costs_anything() {
        let usage = Usage { input: Some(3), output: Some(4), total: None };
        let bill = written(usage, None);
        assert_eq!(
            (&bill["tokens"], &bill["total_price"], &bill["currency"]),
            (&7.into(), &"0.0000000".into(), &"USD".into())
        );
    }
}
