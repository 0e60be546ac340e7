//! Tokens: keys as people paste them, algorithms, claims and lifetimes.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use runtime::auth::Moment;
use runtime::auth::jwt::{Key, Lifetime, Minter, Order, mint};
use runtime::credentials::{Secret, SigningKey};
use serde_json::Value;

use super::{section, text};

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
        let token = token.reveal();
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
