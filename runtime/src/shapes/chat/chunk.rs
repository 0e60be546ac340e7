//! Writes Dify's message of one chunk of an answer (protocol reference 3.1), straight into the session's buffer.

use std::time::Duration;

use super::images::Picture;
use super::tool_calls::ToolCall;
use crate::json::write_text;
use crate::price::Decimal;
use crate::schema::Pricing;

/// The most text of one chunk, in bytes. Escaping makes it six times as long at worst, so that no line reaches the
/// daemon's limit of 5 MiB.
pub const MOST_TEXT: usize = 512 << 10;

/// The chunks of one answer, counted.
pub struct Chunks {
    beginning: Vec<u8>,
    index: usize,
}

/// What a message says.
pub struct Said<'a> {
    /// Answer and thinking.
    pub text: &'a str,
    /// Pictures that are parts.
    pub pictures: &'a [Picture],
    /// Tool calls, complete.
    pub calls: &'a [ToolCall],
}

/// What comes with the last chunk.
pub struct Ending<'a> {
    /// Why the answer ended, if the service said so.
    pub finish: Option<&'a str>,
    /// What it cost.
    pub usage: Usage,
}

/// Dify's usage object.
pub struct Usage {
    /// Tokens of the prompt.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
    /// Both.
    pub total: u64,
    /// Prices, if there are any.
    pub pricing: Option<Pricing>,
    /// Since the call began.
    pub latency: Duration,
}

impl Chunks {
    /// Chunks under Dify's model name.
    pub fn of(model: &str) -> Self {
        let mut beginning = b"{\"model\":".to_vec();
        write_text(&mut beginning, model);
        beginning.extend_from_slice(b",\"prompt_messages\":[],\"delta\":{\"index\":");
        Chunks { beginning, index: 0 }
    }

    /// Appends one chunk.
    pub fn write(&mut self, out: &mut Vec<u8>, said: &Said<'_>, ending: Option<&Ending<'_>>) {
        out.extend_from_slice(&self.beginning);
        // Writing numbers to memory does not fail. Formatting them takes ten times as long.
        let _ = serde_json::to_writer(&mut *out, &self.index);
        self.index += 1;
        out.extend_from_slice(b",\"message\":");
        said.write(out);
        if let Some(ending) = ending {
            out.extend_from_slice(b",\"usage\":");
            ending.usage.write(out);
            out.extend_from_slice(b",\"finish_reason\":");
            match ending.finish {
                Some(finish) => write_text(out, finish),
                None => out.extend_from_slice(b"null"),
            }
        }
        out.extend_from_slice(b"}}");
    }
}

impl Said<'_> {
    /// Appends Dify's message: text alone is a text, pictures make it a list of parts.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"role\":\"assistant\",\"content\":");
        if self.pictures.is_empty() {
            write_text(out, self.text);
        } else {
            out.push(b'[');
            if !self.text.is_empty() {
                out.extend_from_slice(b"{\"type\":\"text\",\"data\":");
                write_text(out, self.text);
                out.extend_from_slice(b"},");
            }
            write_list(out, self.pictures, |out, picture| picture.write(out));
            out.push(b']');
        }
        out.extend_from_slice(b",\"tool_calls\":[");
        write_list(out, self.calls, |out, call| {
            out.extend_from_slice(b"{\"id\":");
            write_text(out, &call.id);
            out.extend_from_slice(b",\"type\":\"function\",\"function\":{\"name\":");
            write_text(out, &call.name);
            out.extend_from_slice(b",\"arguments\":");
            write_text(out, &call.arguments);
            out.extend_from_slice(b"}}");
        });
        out.extend_from_slice(b"]}");
    }
}

fn write_list<T>(out: &mut Vec<u8>, list: impl IntoIterator<Item = T>, write: impl Fn(&mut Vec<u8>, T)) {
    for (position, element) in list.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(out, element);
    }
}

impl Usage {
    /// Appends the object.
    pub fn write(&self, out: &mut Vec<u8>) {
        let parsed = |text: &str| Decimal::parse(text).unwrap_or(Decimal::ZERO);
        let (input, output, unit, currency) = match &self.pricing {
            Some(pricing) => {
                (parsed(&pricing.input), parsed(&pricing.output), parsed(&pricing.unit), pricing.currency.as_str())
            }
            None => (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO, "USD"),
        };
        let price = |unit_price: Decimal, tokens| match &self.pricing {
            Some(_) => unit_price.price(tokens, unit).unwrap_or(Decimal::ZERO),
            None => Decimal::ZERO,
        };
        let (input_price, output_price) = (price(input, self.input), price(output, self.output));
        let total_price = input_price.plus(output_price);
        let line = format!(
            "{{\"prompt_tokens\":{},\"prompt_unit_price\":\"{input}\",\"prompt_price_unit\":\"{unit}\",\
             \"prompt_price\":\"{input_price}\",\"completion_tokens\":{},\"completion_unit_price\":\"{output}\",\
             \"completion_price_unit\":\"{unit}\",\"completion_price\":\"{output_price}\",\"total_tokens\":{},\
             \"total_price\":\"{total_price}\",\"currency\":",
            self.input, self.output, self.total
        );
        out.extend_from_slice(line.as_bytes());
        write_text(out, currency);
        out.extend_from_slice(format!(",\"latency\":{:.6}}}", self.latency.as_secs_f64()).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said<'a>(text: &'a str, pictures: &'a [Picture]) -> Said<'a> {
        Said { text, pictures, calls: &[] }
    }

    #[test]
    fn pictures_make_the_content_a_list_of_parts() {
        let picture = Picture::read("https://e.example/a.png").unwrap();
        let mut out = Vec::new();
        said("Two:", &[picture.clone(), picture]).write(&mut out);
        let message: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(message["content"][0], serde_json::json!({"type": "text", "data": "Two:"}));
        assert_eq!(message["content"][1], message["content"][2]);
        assert_eq!(message["content"].as_array().unwrap().len(), 3);
        assert_eq!(message["tool_calls"], serde_json::json!([]));
    }

    #[test]
    fn a_text_chunk_and_a_last_chunk() {
        let mut chunks = Chunks::of("a\"b");
        let mut out = Vec::new();
        chunks.write(&mut out, &said("你\n", &[]), None);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"model":"a\"b","prompt_messages":[],"delta":{"index":0,"message":{"role":"assistant","content":"你\n","tool_calls":[]}}}"#
        );
        let pricing =
            Pricing { input: "0.002".into(), output: "0.004".into(), unit: "0.001".into(), currency: "USD".into() };
        let usage =
            Usage { input: 10, output: 5, total: 15, pricing: Some(pricing), latency: Duration::from_millis(1500) };
        let mut out = Vec::new();
        chunks.write(&mut out, &said("", &[]), Some(&Ending { finish: Some("stop"), usage }));
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"model":"a\"b","prompt_messages":[],"delta":{"index":1,"message":{"role":"assistant","content":"","tool_calls":[]},"#,
                r#""usage":{"prompt_tokens":10,"prompt_unit_price":"0.002","prompt_price_unit":"0.001","prompt_price":"0.0000200","#,
                r#""completion_tokens":5,"completion_unit_price":"0.004","completion_price_unit":"0.001","completion_price":"0.0000200","#,
                r#""total_tokens":15,"total_price":"0.0000400","currency":"USD","latency":1.500000},"finish_reason":"stop"}}"#
            )
        );
    }

    #[test]
    fn without_prices_all_is_zero_dollars() {
        let usage = Usage { input: 1, output: 2, total: 3, pricing: None, latency: Duration::ZERO };
        let mut out = Vec::new();
        usage.write(&mut out);
        let usage: serde_json::Value = serde_json::from_slice(&out).unwrap();
        for price in ["prompt_unit_price", "prompt_price_unit", "prompt_price", "completion_price", "total_price"] {
            assert_eq!(usage[price], "0");
        }
        assert_eq!(usage["currency"], "USD");
        assert_eq!(usage["total_tokens"], 3);
    }
}
