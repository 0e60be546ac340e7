//! The published vectors of gateway authentication that concern the client: what we sign and mint must be what they
//! say, byte for byte where the algorithm is deterministic. Every section is counted, so that none is skipped.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::Url;
use runtime::auth::explain::first_difference;
use runtime::auth::hmac::{self, Encoding, Mac, body_md5, each_signed, sorted_target};
use runtime::auth::jwt::{Key, Lifetime, Minter, Order, mint};
use runtime::auth::{Moment, prefixed};
use runtime::credentials::{Secret, SigningKey};
use runtime::request::Request;
use serde_json::Value;
use sha2::Digest;

/// The vectors of a section; fails if there are more or fewer than the file says.
fn section(name: &str) -> Vec<Value> {
    let text = include_str!("data/auth-vectors.json").replace("~~~~~", "-----");
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

/// The phases of an auth spec: set headers, build the lines, sign. `names` are the signed headers, sorted.
fn lines(request: &Request, names: &[&str]) -> String {
    let header = |name| request.header(name).unwrap_or_default().to_owned();
    let mut lines = vec![request.method.to_owned()];
    lines.extend(["accept", "content-md5", "content-type", "date"].map(header));
    lines.extend(each_signed(request, names, ":"));
    lines.push(sorted_target(request));
    lines.join("\n")
}

/// Names as a client puts them into `x-ca-signature-headers`: lower case, sorted, each once, none of the fixed ones.
fn signed_names(mut names: Vec<String>) -> Vec<String> {
    names.iter_mut().for_each(|name| name.make_ascii_lowercase());
    let fixed = ["accept", "content-md5", "content-type", "date", "x-ca-signature", "x-ca-signature-headers"];
    names.retain(|name| !fixed.contains(&name.as_str()));
    names.sort();
    names.dedup();
    names
}

#[test]
fn hmac() {
    for vector in section("hmac") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let body = STANDARD.decode(text(&input["body_base64"])).unwrap();
        let mut request = request(text(&input["method"]), text(&input["path_and_query"]), &[], body);

        let timestamp = input["timestamp_ms"].as_u64().map(|ms| ms.to_string());
        let given = |name: &str| input[name].as_str().map(str::to_owned);
        for (header, value) in [
            ("accept", given("accept")),
            ("content-type", given("content_type")),
            ("date", given("date")),
            ("x-ca-key", given("access_key")),
            ("x-ca-nonce", given("nonce")),
            ("x-ca-signature-method", given("signature_method")),
            ("x-ca-timestamp", timestamp),
        ] {
            if let Some(value) = value {
                request.set_header(header, value).unwrap();
            }
        }
        for (header, value) in pairs(&input["extra_headers"]) {
            request.set_header(&header, value).unwrap();
        }
        let md5 = body_md5(&request).filter(|_| input["content_md5"] == "auto");
        assert_eq!(md5.as_deref(), expected["content_md5"].as_str(), "{name}");
        if let Some(md5) = md5 {
            request.set_header("content-md5", md5).unwrap();
        }

        let own = ["x-ca-key", "x-ca-nonce", "x-ca-signature-method", "x-ca-timestamp"];
        let mut names: Vec<String> =
            own.iter().filter(|n| request.header(n).is_some()).map(|n| n.to_string()).collect();
        names.extend(input["extra_signed_headers"].as_array().unwrap().iter().map(|n| text(n).to_owned()));
        let names = signed_names(names);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(names.join(","), text(&expected["signed_headers"]), "{name}");
        if names.iter().any(|name| request.header(name).is_none()) {
            // What a gateway makes of a name without its header, which we never list.
            assert_eq!(name, "extra_signed_header_missing");
            continue;
        }

        assert_eq!(sorted_target(&request), text(&expected["path_and_parameters"]), "{name}");
        let signed = lines(&request, &names);
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let hash: String = sha2::Sha256::digest(&signed).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, text(&expected["string_to_sign_sha256"]), "{name}");
        let mac = if input["signature_method"] == "HmacSHA1" { Mac::HmacSha1 } else { Mac::HmacSha256 };
        let signature = mac.sign(&Secret::new(text(&input["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");

        request.set_header("x-ca-signature-headers", names.join(",")).unwrap();
        request.set_header("x-ca-signature", signature).unwrap();
        let mut sent = request.headers.clone();
        let mut wanted = pairs(&expected["headers"]);
        sent.retain(|(name, _)| wanted.iter().any(|(other, _)| other == name));
        sent.sort();
        wanted.sort();
        assert_eq!(sent, wanted, "{name}");
    }
}

/// The phases of the auth spec of `tests/additions/auth-method`.
#[test]
fn hmac_apisix() {
    for vector in section("hmac_apisix") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let body = text(&input["body_utf8"]).as_bytes().to_vec();
        let request = request(text(&input["method"]), text(&input["request_target"]), &pairs(&input["headers"]), body);
        let names: Vec<&str> = input["signed_headers"].as_array().unwrap().iter().map(text).collect();
        let (target, headers) = names.split_first().unwrap();
        assert_eq!(*target, "@request-target", "{name}");
        if headers.iter().any(|header| header.chars().any(char::is_uppercase)) {
            // What a gateway makes of other spellings. A spec has lower case only.
            assert_eq!(name, "apisix_name_written_as_listed");
            continue;
        }

        let mut lines =
            vec![text(&input["key_id"]).to_owned(), [request.method.to_owned(), hmac::target(&request)].join(" ")];
        lines.extend(each_signed(&request, headers, ": "));
        let signed = lines.join("\n") + "\n";
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let mac = if input["algorithm"] == "hmac-sha512" { Mac::HmacSha512 } else { Mac::HmacSha256 };
        let signature = mac.sign(&Secret::new(text(&input["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");
        if let Some(digest) = expected["digest"].as_str() {
            assert_eq!(hmac::body_digest(&request).as_deref(), Some(digest), "{name}");
        }
    }
}

#[test]
fn hmac_known_answers() {
    for vector in section("hmac_known_answers") {
        let (name, input, expected) = (text(&vector["name"]), &vector["request"], &vector["expected"]);
        let body = text(&input["body_utf8"]).as_bytes().to_vec();
        let request = request(text(&input["method"]), text(&input["path_and_query"]), &pairs(&input["headers"]), body);
        let list = request.header("x-ca-signature-headers").unwrap_or_default();
        let names = signed_names(list.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect());
        let signed = lines(&request, &names.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(signed, text(&expected["string_to_sign"]), "{name}");
        let signature = Mac::HmacSha256.sign(&Secret::new(text(&vector["secret"])), &signed, Encoding::Base64);
        assert_eq!(signature, text(&expected["signature"]), "{name}");
    }
}

/// The texts that refusing gateways show: the explanation must find the difference the vector is about.
#[test]
fn refused_signatures_are_explained() {
    let about = [
        ("reject_ai_gateway_python_blank_line", "line 6"),
        ("reject_wrong_secret", "check the secret key"),
        ("reject_content_type_changed_by_http_client", "(content-type)"),
        ("reject_accept_default_of_http_client", "(accept)"),
        ("reject_prefix_not_signed", "(path and parameters)"),
        ("reject_query_signed_without_decoding", "(path and parameters)"),
        ("reject_query_plus_decoded_as_space", "(path and parameters)"),
    ];
    let ours = "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json\nThu, 01 Jan 2026 00:50:50 GMT\n\
                x-ca-key:test-ak-0001\nx-ca-nonce:3f2b8c1e-5a4d-4c6b-9e70-a00000000032\n\
                x-ca-signature-method:HmacSHA256\nx-ca-timestamp:1767228650123\n/v1/chat/completions";
    let get = |target: &str| {
        let post = "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json";
        ours.replace(post, "GET\napplication/json\n\n").replace("/v1/chat/completions", target)
    };
    let vectors = section("hmac_server_rejects");
    for (name, words) in about {
        let vector = vectors.iter().find(|vector| vector["name"] == name).unwrap();
        let server = text(&vector["expected"]["headers"]["x-ca-error-message"]);
        let ours = match name {
            "reject_ai_gateway_python_blank_line" => {
                "POST\napplication/json\nFT3hAXBmxkm5mCt1lVeiAg==\napplication/json\n2026-01-01 00:50:50\n\n\
                 /v1/chat/completions"
                    .to_owned()
            }
            "reject_query_signed_without_decoding" => get("/v1/models?q=%E4%BD%A0"),
            "reject_query_plus_decoded_as_space" => get("/v1/models?q=a b"),
            _ => ours.to_owned(),
        };
        let difference = first_difference(server, &ours);
        assert!(difference.contains(words), "{name}: {difference}");
    }
}

/// The claims and moment of a vector's `claims_json`.
fn order<'a>(key: &'a SigningKey, input: &'a Value) -> (Order<'a>, Moment) {
    let claims: serde_json::Map<String, Value> = serde_json::from_str(text(&input["claims_json"])).unwrap();
    let number = |name: &str| claims[name].as_u64().unwrap();
    let seconds = Duration::from_secs;
    let moment =
        Moment { time: SystemTime::UNIX_EPOCH + seconds(number("iat")), nonce: text(&claims["jti"]).to_owned() };
    let own = ["jti", "iat", "nbf", "exp"];
    let order = Order {
        key,
        algorithm: input["algorithm"].as_str(),
        key_id: None,
        ttl: seconds(number("exp") - number("iat")),
        backdate: seconds(number("iat") - number("nbf")),
        claims: claims
            .iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .map(|(name, value)| (name.clone(), text(value).to_owned()))
            .collect(),
    };
    (order, moment)
}

fn signing_key(material: &Value) -> SigningKey {
    let text = material.as_str().map_or_else(|| material.to_string(), str::to_owned);
    SigningKey { text: Secret::new(text), label: "Signing key" }
}

#[tokio::test]
async fn jwt_mint() {
    for vector in section("jwt_mint") {
        let key = signing_key(&vector["input"]["key_material"]);
        let (order, moment) = order(&key, &vector["input"]);
        let token = Minter::new().token(&order, &moment).await.unwrap();
        assert_eq!(token, text(&vector["expected"]["token"]), "{}", vector["name"]);
    }
}

#[test]
fn jwt_sample() {
    for vector in section("jwt_sample") {
        let name = text(&vector["name"]);
        let key = signing_key(&vector["input"]["key_material"]);
        let (order, moment) = order(&key, &vector["input"]);
        let minted = mint(&order, &moment).unwrap();
        let token = minted.text.reveal();
        let (input, _) = token.rsplit_once('.').unwrap();
        assert_eq!(input, text(&vector["expected"]["signing_input"]), "{name}");

        let jwk = &vector["expected"]["verify_jwk"];
        assert!(verifies(text(&vector["expected"]["sample_token"]), jwk), "{name}: the verifier knows the sample");
        assert!(verifies(token, jwk), "{name}");
        let forged = token.replacen('.', "A.", 1);
        assert!(!verifies(&forged, jwk), "{name}: the verifier refuses a forgery");
    }
}

/// Verifies with another library than the one that signs.
fn verifies(token: &str, jwk: &Value) -> bool {
    use ::ring::{hmac, signature as ring};

    let bytes = |value: &str| URL_SAFE_NO_PAD.decode(value).unwrap();
    let member = |name: &str| bytes(text(&jwk[name]));
    let (input, signature) = token.rsplit_once('.').unwrap();
    let (input, signature) = (input.as_bytes(), bytes(signature));
    let point = || [vec![4], member("x"), member("y")].concat();
    let rsa = |parameters| {
        let key = ring::RsaPublicKeyComponents { n: member("n"), e: member("e") };
        key.verify(parameters, input, &signature).is_ok()
    };
    let mac = |algorithm| hmac::verify(&hmac::Key::new(algorithm, &member("k")), input, &signature).is_ok();
    let ec = |algorithm| ring::UnparsedPublicKey::new(algorithm, point()).verify(input, &signature).is_ok();
    match text(&jwk["alg"]) {
        "HS256" => mac(hmac::HMAC_SHA256),
        "HS384" => mac(hmac::HMAC_SHA384),
        "HS512" => mac(hmac::HMAC_SHA512),
        "RS256" => rsa(&ring::RSA_PKCS1_2048_8192_SHA256),
        "RS384" => rsa(&ring::RSA_PKCS1_2048_8192_SHA384),
        "RS512" => rsa(&ring::RSA_PKCS1_2048_8192_SHA512),
        "PS384" => rsa(&ring::RSA_PSS_2048_8192_SHA384),
        "EdDSA" => ring::UnparsedPublicKey::new(&ring::ED25519, member("x")).verify(input, &signature).is_ok(),
        "PS256" => rsa(&ring::RSA_PSS_2048_8192_SHA256),
        "PS512" => rsa(&ring::RSA_PSS_2048_8192_SHA512),
        "ES256" => ec(&ring::ECDSA_P256_SHA256_FIXED),
        "ES384" => ec(&ring::ECDSA_P384_SHA384_FIXED),
        // ring knows no P-521.
        "ES512" => {
            use p521::ecdsa::signature::Verifier;
            let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point()).unwrap();
            assert_eq!(signature.len(), 132);
            p521::ecdsa::Signature::from_slice(&signature).is_ok_and(|signature| key.verify(input, &signature).is_ok())
        }
        other => panic!("{other}"),
    }
}

/// Key material of a vector of this name.
fn material(section_name: &str, vector: &str) -> Value {
    let found = section(section_name).into_iter().find(|v| v["name"] == vector);
    found.unwrap_or_else(|| panic!("no vector {vector}"))["input"]["key_material"].take()
}

fn token(key: &SigningKey, algorithm: Option<&str>) -> String {
    let second = Duration::from_secs(1);
    let claims = vec![("uid".to_owned(), "a \"quoted\" uid".to_owned())];
    let order = Order { key, algorithm, key_id: Some("k-1"), ttl: 7200 * second, backdate: 60 * second, claims };
    let minted = mint(&order, &Moment::now()).unwrap_or_else(|refusal| panic!("{algorithm:?}: {refusal}"));
    minted.text.reveal().to_owned()
}

#[test]
fn all_thirteen_algorithms_verify() {
    let mut seen = 0;
    for (section_name, vector, algorithms) in [
        ("jwt_mint", "hs256_oct", ["HS256", "HS384", "HS512"].as_slice()),
        ("jwt_mint", "rs512_jwk", &["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]),
        ("jwt_sample", "es384_jwk", &["ES384"]),
        ("jwt_sample", "es512_jwk", &["ES512"]),
        ("jwt_sample", "es256_jwk", &["ES256"]),
        ("jwt_mint", "eddsa_jwk", &["EdDSA"]),
    ] {
        let mut jwk = material(section_name, vector);
        for name in ["alg", "kid"] {
            jwk.as_object_mut().unwrap().remove(name);
        }
        for algorithm in algorithms {
            let token = token(&signing_key(&jwk), Some(algorithm));
            jwk["alg"] = (*algorithm).into();
            assert!(verifies(&token, &jwk), "{algorithm}");
            jwk.as_object_mut().unwrap().remove("alg");
            seen += 1;
        }
    }
    assert_eq!(seen, 13);
}

/// Forms of one key that people paste; all must give the token of the plain one.
#[test]
fn keys_are_read_as_people_paste_them() {
    let rsa = material("jwt_mint", "rs512_jwk");
    let pem = text(&material("jwt_mint", "rs256_pem_pkcs8")["private_key"]).to_owned();
    let pkcs1 = text(&material("jwt_mint", "rs256_pem_pkcs1_escaped_newlines")["private_key"]).to_owned();
    let without = |names: &[&str]| {
        let mut jwk = rsa.clone();
        names.iter().for_each(|name| drop(jwk.as_object_mut().unwrap().remove(*name)));
        jwk
    };
    let order = |key: &SigningKey| {
        let order = Order {
            key,
            algorithm: Some("RS256"),
            key_id: None,
            ttl: Duration::from_secs(60),
            backdate: Duration::ZERO,
            claims: Vec::new(),
        };
        let moment = Moment { time: SystemTime::UNIX_EPOCH, nonce: "n".to_owned() };
        mint(&order, &moment).map(|token| token.text.reveal().to_owned()).unwrap_or_else(|refusal| panic!("{refusal}"))
    };
    let plain = order(&signing_key(&rsa));
    let forms = [
        ("primes recovered", without(&["p", "q", "dp", "dq", "qi"])),
        ("exponents derived", without(&["dp", "dq", "qi"])),
        ("bare PEM", Value::from(pem.as_str())),
        ("blanks around", Value::from(format!("\n  {pem}\n\n"))),
        ("one line", Value::from(pem.replace('\n', " "))),
        ("no line feeds", Value::from(pem.replace('\n', ""))),
        ("carriage returns", Value::from(pem.replace('\n', "\r\n"))),
        ("escaped carriage returns", Value::from(pem.replace('\n', "\\r\\n"))),
        ("raw line feeds inside JSON", Value::from(format!("{{\"private_key\": \"{pem}\"}}"))),
        ("bare PKCS#1 with escapes", Value::from(pkcs1.as_str())),
        ("after another block", Value::from(format!("-----BEGIN X-----\nAAAA\n-----END X-----\n{pem}"))),
        ("in a set", serde_json::json!({"keys": [{"kty": "EC"}, {"private_key": pem, "use": "sig"}]})),
    ];
    for (form, material) in forms {
        assert_eq!(order(&signing_key(&material)), plain, "{form}");
    }
}

#[test]
fn jwt_key_selection() {
    for vector in section("jwt_key_selection") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let chosen = Key::choose(
            &input["jwks"].to_string(),
            input["configured_algorithm"].as_str(),
            input["configured_kid"].as_str(),
        );
        match (chosen, expected["error"].as_str()) {
            (Err(refusal), Some(label)) => assert_eq!(refusal.label(), label, "{name}"),
            (Ok(key), None) => {
                assert_eq!(Some(key.index() as u64), expected["key_index"].as_u64(), "{name}");
                assert_eq!(key.algorithm().name(), text(&expected["algorithm"]), "{name}");
                assert_eq!(key.key_id(), expected["header_kid"].as_str(), "{name}");
            }
            (chosen, _) => panic!("{name}: {chosen:?}"),
        }
    }
}

#[test]
fn jwt_key_errors() {
    for vector in section("jwt_key_errors") {
        let (name, input) = (text(&vector["name"]), &vector["input"]);
        let pasted = text(&input["key_text"]);
        let refusal = Key::choose(pasted, input["configured_algorithm"].as_str(), None).unwrap_err();
        assert_eq!(refusal.label(), text(&vector["expected"]["error"]), "{name}");
        // What is said holds nothing of what was pasted that is long enough to be key material.
        let said = format!("{refusal} {refusal:?}");
        for window in pasted.split(['"', '\\', '\n', ' ']).filter(|part| part.len() >= 12) {
            assert!(!said.contains(window), "{name}: {said}");
        }
    }
}

#[test]
fn jwt_policy() {
    let key = signing_key(&serde_json::json!({"kty": "oct", "k": "c2VjcmV0"}));
    for vector in section("jwt_policy") {
        let (name, input, expected) = (text(&vector["name"]), &vector["input"], &vector["expected"]);
        let ttl = input["configured_ttl_seconds"].as_i64().unwrap_or(7200);
        if let Some(label) = expected["error"].as_str() {
            assert_eq!(Lifetime::of(ttl).unwrap_err().label(), label, "{name}");
        }
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(input["now_unix"].as_u64().unwrap());
        let order = Order {
            key: &key,
            algorithm: None,
            key_id: None,
            ttl: Duration::from_secs(ttl.max(0) as u64),
            backdate: Duration::from_secs(60),
            claims: Vec::new(),
        };
        match mint(&order, &Moment { time, nonce: "n".to_owned() }) {
            Ok(token) => {
                let payload = URL_SAFE_NO_PAD.decode(token.text.reveal().split('.').nth(1).unwrap()).unwrap();
                let claims: Value = serde_json::from_slice(&payload).unwrap();
                for claim in ["iat", "nbf", "exp"] {
                    assert_eq!(claims[claim], expected[claim], "{name} {claim}");
                }
                assert_eq!(Some(token.refresh_at), expected["refresh_at"].as_u64(), "{name}");
            }
            Err(refusal) => assert_eq!(refusal.label(), text(&expected["error"]), "{name}"),
        }
    }
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
