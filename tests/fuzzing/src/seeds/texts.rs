//! What people paste into forms, and what servers say of it.

use std::fs;

use serde_json::{Value, json};

use crate::{endpoints, specs};

/// Inputs of the target `keys`: the keys of the tests, alone and in a set, with and without what is configured.
pub fn keys() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(specs::root().join("tests/fixtures/keys.json")).expect("the keys of the tests");
    let file: Value = serde_json::from_str(&text).expect("JSON");
    let mut inputs = Vec::new();
    for key in file["keys"].as_array().into_iter().flatten() {
        let (kid, jwk) = (key["kid"].as_str().unwrap_or("-"), key);
        inputs.push(format!("- {kid}\n{jwk}"));
        inputs.push(format!("- -\n{}", json!({ "keys": [{ "kty": "oct" }, jwk] })));
    }
    for (label, body) in
        [("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"), ("PUBLIC KEY", "AA==")]
    {
        inputs.push(format!("EdDSA k\n# ours\n-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"));
    }
    inputs.push(
        "HS256 -\n{\"kty\":\"oct\",\"k\":\"c2VjcmV0LXNlY3JldC1zZWNyZXQ\",\"alg\":\"HS256\",\"use\":\"sig\"}".to_owned(),
    );
    inputs.into_iter().map(String::into_bytes).collect()
}

/// Inputs of the target `endpoints`.
pub fn endpoints() -> Vec<Vec<u8>> {
    let certificate = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUAA==\n-----END CERTIFICATE-----\n";
    let typed = [
        "https://gw.example/v1",
        "gw.example:8080/prefix/chat/completions",
        " http://[::1]:80/api/v1/services/rerank/text-rerank/text-rerank?key=a&b=c ",
        "HTTPS://GW.example./compatible-mode/v1//?x",
        "http://user:password@gw/",
        "ftp://gw",
        "https://gw/%2e%2e/a\\b#c",
        "localhost/v1beta/rerank",
        "https://例え.example/路/v4",
    ];
    let proxies =
        ["direct", "http://user:pa%40ssword-long@proxy:3128", "socks5h://[::1]:9050/", "proxy", "ftp://u:p@h/x?y"];
    let both = typed.iter().zip(proxies.iter().cycle());
    both.map(|(typed, proxy)| endpoints::input(typed, "a/b%2Fé q &=+ ?#", proxy, certificate)).collect()
}

/// Inputs of the target `multipart`.
pub fn multipart() -> Vec<Vec<u8>> {
    let inputs: [&[u8]; 8] = [
        b"bytes\nwhisper-1\nzh\n\nOggS\x00\x02--",
        b"bytes\nm\\n--boundary\\n\\n\n0.5\n\nRIFF\x24\0\0\0WAVEfmt ",
        b"bytes\n\nID3\x04\0",
        b"bytes\n\n\xff\xfb\x90\x44",
        b"bytes\n\nfLaC\0",
        b"bytes\n\n\x1a\x45\xdf\xa3webm",
        b"bytes\n\n\0\0\0\x20ftypM4A ",
        b"hex\nm\n\n4f676753AbCd",
    ];
    inputs.iter().map(|input| input.to_vec()).collect()
}

/// Inputs of the target `credentials`.
pub fn credentials() -> Vec<Vec<u8>> {
    let stored = [
        json!({"mode": "chat", "context_size": "4096", "endpoint_url": "https://gw.example", "api_key": "k"}),
        json!({"connection.advanced": "{}", "extra_headers": "{\"x-a\": \"b\", \"x-c\": 7}", "advanced": "{\"a\":1}"}),
    ];
    let secrets = ["s3cr3t-key", "a/b+c=d%41", "\"quoted\\\"", "Bearer-eyJhbGciOiJub25lIn0", "пароль-密钥", "aaaaaaaa"];
    let texts = [
        "bad key @ for you",
        "\\u0022@\\u0022 and aa@aa",
        "{\"a\":\"@\"}",
        "x=@&y=%40@",
        "QUJD@QUJD 00@00",
        "\\\\@\\\\n",
    ];
    let mut inputs = Vec::new();
    for (number, (secret, text)) in secrets.iter().zip(texts).enumerate() {
        inputs.push(format!("{}{}\n{secret}\n{text}", number % 2, stored[number % 2]).into_bytes());
    }
    for (number, plugin) in crate::PLUGINS.iter().enumerate() {
        // Every field with its default or with something that is none.
        for text in [None, Some("7"), Some("{\"x-a\":\"b\"}")] {
            let fields = plugin.fields.iter().map(|field| {
                (field.variable.to_owned(), Value::from(text.or(field.default).unwrap_or("https://gw.example/v1")))
            });
            let stored: serde_json::Map<String, Value> = fields.collect();
            inputs.push(format!("{number}{}\ns3cr3t-key\n@", Value::Object(stored)).into_bytes());
        }
    }
    inputs
}
