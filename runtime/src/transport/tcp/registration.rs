//! What a daemon is told before it sends requests: key, manifest, provider, assets, end, one JSON object a line.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::credentials::Secret;
use crate::plugin::Declaration;

/// Raw bytes of an asset in one line, as the Python SDK cuts them.
const CHUNK: usize = 8_192;

/// All lines, in the order that the daemon wants. There is no heartbeat before the last: it would be read as a part
/// of the registration.
pub(super) fn lines(declaration: &Declaration, key: &Secret) -> Vec<u8> {
    let mut lines = Vec::new();
    message(&mut lines, "handshake", &json!({ "key": key.reveal() }).to_string());
    message(&mut lines, "manifest_declaration", &one_line(declaration.manifest));
    message(&mut lines, "model_declaration", &format!("[{}]", one_line(declaration.provider)));
    for asset in declaration.assets {
        let count = asset.content.len().div_ceil(CHUNK);
        for (number, chunk) in asset.content.chunks(CHUNK).enumerate() {
            let end = number + 1 == count;
            let data = json!({ "filename": asset.name, "data": STANDARD.encode(chunk), "end": end });
            message(&mut lines, "asset_chunk", &data.to_string());
        }
    }
    message(&mut lines, "end", "{}");
    lines
}

fn message(lines: &mut Vec<u8>, kind: &str, data: &str) {
    for part in ["{\"type\":\"", kind, "\",\"data\":", data, "}\n"] {
        lines.extend_from_slice(part.as_bytes());
    }
}

/// JSON without line breaks. They stand between its tokens only: in a text they are escaped.
fn one_line(json: &str) -> String {
    json.lines().map(str::trim_start).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;
    use crate::plugin::Asset;

    /// What the Python SDK 0.10.1 sent for a plugin of one model.
    const CAPTURED: &str = include_str!("captured.jsonl");

    fn data(line: usize) -> &'static str {
        #[derive(serde::Deserialize)]
        struct Message<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let line = CAPTURED.lines().nth(line).expect("a captured line");
        serde_json::from_str::<Message<'static>>(line).expect("a captured message").data.get()
    }

    #[test]
    fn it_is_byte_for_byte_what_the_sdk_sends() {
        let provider = data(2).strip_prefix('[').and_then(|list| list.strip_suffix(']')).expect("a list of one");
        let asset = Asset { name: "icon.png", content: &[b'x'; 100] };
        let declaration = Declaration { manifest: data(1), provider, assets: Box::leak(Box::new([asset])) };
        let key = Secret::new("11111111-2222-3333-4444-555555555555");
        assert_eq!(String::from_utf8(lines(&declaration, &key)).expect("text"), CAPTURED);
    }

    #[test]
    fn assets_are_cut_and_only_the_last_piece_ends_them() {
        let asset = |name, content: Vec<u8>| Asset { name, content: content.leak() };
        let assets = vec![asset("a", vec![1; CHUNK + 1]), asset("b", vec![2; CHUNK]), asset("empty", vec![])].leak();
        let declaration = Declaration { manifest: "{\n  \"a\": \"b\\n  c\"\n}\n", provider: "{}", assets };
        let lines = lines(&declaration, &Secret::new("k"));
        let lines: Vec<Value> =
            lines.split_inclusive(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
        assert_eq!(lines[1]["data"], json!({ "a": "b\n  c" }));
        let chunks: Vec<_> = lines
            .iter()
            .filter(|line| line["type"] == "asset_chunk")
            .map(|line| {
                let data = STANDARD.decode(line["data"]["data"].as_str().unwrap()).unwrap();
                (line["data"]["filename"].as_str().unwrap(), data.len(), line["data"]["end"].as_bool().unwrap())
            })
            .collect();
        assert_eq!(chunks, [("a", CHUNK, false), ("a", 1, true), ("b", CHUNK, true)]);
        assert_eq!(lines.last().unwrap(), &json!({ "type": "end", "data": {} }));
    }
}
