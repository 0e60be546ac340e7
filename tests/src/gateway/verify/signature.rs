//! Whether a JWK verifies the signature of a token: `ring`, and for P-521, which it lacks, RustCrypto's verifier.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde_json::Value;

/// All algorithms that are known.
pub const ALGORITHMS: [&str; 13] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
];

/// Verifies `signature` over `message`. A key of another kind does not verify anything.
pub fn verifies(algorithm: &str, jwk: &Value, message: &str, signature: &[u8]) -> bool {
    check(algorithm, jwk, message.as_bytes(), signature).is_some()
}

fn check(algorithm: &str, jwk: &Value, message: &[u8], signature: &[u8]) -> Option<()> {
    let member = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?).ok();
    let mac = |algorithm| {
        let key = hmac::Key::new(algorithm, &member("k")?);
        hmac::verify(&key, message, signature).ok()
    };
    let rsa = |parameters: &'static RsaParameters| {
        let key = RsaPublicKeyComponents { n: member("n")?, e: member("e")? };
        key.verify(parameters, message, signature).ok()
    };
    let point = || Some([vec![4], member("x")?, member("y")?].concat());
    let public = |algorithm: &'static dyn VerificationAlgorithm, key: Vec<u8>| {
        UnparsedPublicKey::new(algorithm, key).verify(message, signature).ok()
    };
    match (algorithm, jwk["kty"].as_str()?, jwk["crv"].as_str().unwrap_or_default()) {
        ("HS256", "oct", _) => mac(hmac::HMAC_SHA256),
        ("HS384", "oct", _) => mac(hmac::HMAC_SHA384),
        ("HS512", "oct", _) => mac(hmac::HMAC_SHA512),
        ("RS256", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA256),
        ("RS384", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA384),
        ("RS512", "RSA", _) => rsa(&signature::RSA_PKCS1_2048_8192_SHA512),
        ("PS256", "RSA", _) => rsa(&signature::RSA_PSS_2048_8192_SHA256),
        ("PS384", "RSA", _) => rsa(&signature::RSA_PSS_2048_8192_SHA384),
        ("PS512", "RSA", _) => rsa(&signature::RSA_PSS_2048_8192_SHA512),
        ("ES256", "EC", "P-256") => public(&signature::ECDSA_P256_SHA256_FIXED, point()?),
        ("ES384", "EC", "P-384") => public(&signature::ECDSA_P384_SHA384_FIXED, point()?),
        ("ES512", "EC", "P-521") => p521(&point()?, message, signature),
        ("EdDSA", "OKP", "Ed25519") => public(&signature::ED25519, member("x")?),
        _ => None,
    }
}

fn p521(point: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    use p521::ecdsa::signature::Verifier;
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
    key.verify(message, &p521::ecdsa::Signature::from_slice(signature).ok()?).ok()
}
