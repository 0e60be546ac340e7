//! The published vectors of gateway authentication that concern the client: what we sign and mint must be what they
//! say, byte for byte where the algorithm is deterministic. Every section is counted, so that none is skipped.

mod hmac;
mod jwt;

use reqwest::Url;
use runtime::auth::prefixed;
use runtime::request::Request;
use serde_json::Value;

/// The vectors of a section; fails if there are more or fewer than the file says.
pub fn section(name: &str) -> Vec<Value> {
    let text = include_str!("../data/auth-vectors.json").replace("~~~~~", "-----");
    let mut file: Value = serde_json::from_str(&text).unwrap();
    let vectors = match file[name].take() {
        Value::Array(vectors) => vectors,
        _ => panic!("no section {name}"),
    };
    assert_eq!(Some(vectors.len() as u64), file["counts"][name].as_u64(), "{name}");
    vectors
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn request(method: &str, target: &str, headers: &[(String, String)], body: Vec<u8>) -> Request {
    let url = Url::parse(&format!("https://gw.example{target}")).unwrap();
    let sent = url.as_str().strip_prefix("https://gw.example").unwrap();
    assert_eq!(sent, target, "the URL is sent as given");
    let method = if method == "GET" { "GET" } else { "POST" };
    Request { method, url, headers: headers.to_vec(), body: body.into() }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    value.as_array().unwrap().iter().map(|p| (text(&p[0]).to_lowercase(), text(&p[1]).to_owned())).collect()
}

#[test]
fn credential_placement() {
    for vector in section("credential_placement") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let secret = text(&input["secret"]).trim();
        let config = &input["config"];
        let mut request = request("POST", "/v1/chat/completions", &[], Vec::new());
        if let Some(query) = config["query_name"].as_str() {
            request.add_query(query, secret);
        } else {
            let header = config["header_name"].as_str().unwrap_or("Authorization");
            let prefix = config["prefix"].as_str().unwrap_or("Bearer");
            request.set_header(header, prefixed(Some(prefix), secret)).unwrap();
        }
        let header = expected["header"].as_array().map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned()));
        assert_eq!(request.headers.first().cloned(), header, "{name}");
        let query = expected["query"].as_array().map(|pair| format!("{}={}", text(&pair[0]), text(&pair[1])));
        assert_eq!(request.url.query().map(str::to_owned), query, "{name}");
    }
}
