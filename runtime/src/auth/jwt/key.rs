//! A private key that signs, made of the members of a JWK or of the DER inside a PEM.
//!
//! The library signs with DER, so parts are put together, checked against each other and written as DER. It does not
//! know which key of a set is wanted, nor which algorithm is configured.

use std::fmt;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::EncodePrivateKey as _;
use jsonwebtoken::EncodingKey;
use p521::ecdsa::signature::RandomizedSigner;
use p521::elliptic_curve::sec1::ToEncodedPoint;
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPrivateKey};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::algorithm::{Algorithm, Kind};
use super::pem::without_blanks;
use super::refusal::Refusal;
use crate::credentials::Secret;

const MISMATCH: &str = "its private part does not belong to its public part";
/// What PS512 needs: its hash and its salt, and 9 bits more than two bytes.
const PS512_BITS: usize = 8 * (64 + 64 + 2) - 6;
const RSA_BITS: std::ops::RangeInclusive<usize> = 1024..=16384;

/// A private key. `Debug` shows its kind only.
pub(super) struct PrivateKey {
    pub kind: Kind,
    /// Of an RSA modulus; 0 for other kinds.
    bits: usize,
    signer: Signer,
}

enum Signer {
    Library(EncodingKey),
    P521(p521::ecdsa::SigningKey),
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} ***", self.kind)
    }
}

impl PrivateKey {
    /// The signature of `message`, base64url.
    pub fn sign(&self, algorithm: Algorithm, message: &str) -> Result<Secret, Refusal> {
        let message = message.as_bytes();
        // The library panics there.
        if algorithm == Algorithm::PS512 && self.bits < PS512_BITS {
            return Err(Refusal::InvalidKey("the RSA key is too small for PS512"));
        }
        match (&self.signer, algorithm.library()) {
            (Signer::Library(key), Some(algorithm)) => jsonwebtoken::crypto::sign(message, key, algorithm)
                .map(Secret::new)
                .map_err(|_| Refusal::InvalidKey("the key is damaged")),
            (Signer::P521(key), None) => {
                let signature: p521::ecdsa::Signature = key
                    .try_sign_with_rng(&mut rand_core::OsRng, message)
                    .map_err(|_| Refusal::InvalidKey("the key is damaged"))?;
                Ok(Secret::new(URL_SAFE_NO_PAD.encode(signature.to_bytes())))
            }
            _ => Err(Refusal::InvalidKey("the key does not fit the algorithm")),
        }
    }

    pub fn oct(secret: &[u8]) -> Self {
        PrivateKey { kind: Kind::Oct, bits: 0, signer: Signer::Library(EncodingKey::from_secret(secret)) }
    }

    pub fn rsa(key: &RsaPrivateKey) -> Result<Self, Refusal> {
        if !RSA_BITS.contains(&key.n().bits()) {
            return Err(Refusal::InvalidKey("RSA keys must have 1024 to 16384 bits"));
        }
        let der = key.to_pkcs1_der().map_err(|_| Refusal::InvalidKey("the RSA key cannot be read"))?;
        Ok(PrivateKey {
            kind: Kind::Rsa,
            bits: key.n().bits(),
            signer: Signer::Library(EncodingKey::from_rsa_der(der.as_bytes())),
        })
    }

    pub fn p256(key: &p256::SecretKey) -> Result<Self, Refusal> {
        let der = key.to_pkcs8_der().map_err(|_| Refusal::InvalidKey("the EC key cannot be read"))?;
        Ok(PrivateKey { kind: Kind::P256, bits: 0, signer: Signer::Library(EncodingKey::from_ec_der(der.as_bytes())) })
    }

    pub fn p384(key: &p384::SecretKey) -> Result<Self, Refusal> {
        let der = key.to_pkcs8_der().map_err(|_| Refusal::InvalidKey("the EC key cannot be read"))?;
        Ok(PrivateKey { kind: Kind::P384, bits: 0, signer: Signer::Library(EncodingKey::from_ec_der(der.as_bytes())) })
    }

    pub fn p521(key: &p521::SecretKey) -> Result<Self, Refusal> {
        let key = p521::ecdsa::SigningKey::from_bytes(&Zeroizing::new(key.to_bytes()))
            .map_err(|_| Refusal::InvalidKey("the EC key cannot be read"))?;
        Ok(PrivateKey { kind: Kind::P521, bits: 0, signer: Signer::P521(key) })
    }

    pub fn ed25519(key: &ed25519_dalek::SigningKey) -> Result<Self, Refusal> {
        let der = key.to_pkcs8_der().map_err(|_| Refusal::InvalidKey("the Ed25519 key cannot be read"))?;
        Ok(PrivateKey {
            kind: Kind::Ed25519,
            bits: 0,
            signer: Signer::Library(EncodingKey::from_ed_der(der.as_bytes())),
        })
    }

    /// The private key of a JWK.
    pub fn of_jwk(jwk: &Map<String, Value>) -> Result<Self, Refusal> {
        match jwk_kind(jwk)? {
            Kind::Oct => Ok(Self::oct(&private(jwk, "k")?)),
            Kind::Rsa => Self::rsa(&rsa_of_jwk(jwk)?),
            Kind::P256 => Self::p256(&p256_of_jwk(jwk)?),
            Kind::P384 => Self::p384(&p384_of_jwk(jwk)?),
            Kind::P521 => Self::p521(&p521_of_jwk(jwk)?),
            Kind::Ed25519 => Self::ed25519(&ed25519_of_jwk(jwk)?),
        }
    }
}

/// What a JWK says it is.
pub(super) fn jwk_kind(jwk: &Map<String, Value>) -> Result<Kind, Refusal> {
    let curve = jwk.get("crv").and_then(Value::as_str).unwrap_or_default();
    match (jwk.get("kty").and_then(Value::as_str).ok_or(Refusal::MissingKty)?, curve) {
        ("oct", _) => Ok(Kind::Oct),
        ("RSA", _) => Ok(Kind::Rsa),
        ("EC", "P-256") => Ok(Kind::P256),
        ("EC", "P-384") => Ok(Kind::P384),
        ("EC", "P-521") => Ok(Kind::P521),
        ("OKP", "Ed25519") => Ok(Kind::Ed25519),
        ("EC" | "OKP", _) => Err(Refusal::UnsupportedCurve),
        _ => Err(Refusal::UnsupportedKty),
    }
}

/// Whether a JWK has the part that signs.
pub(super) fn has_private_part(jwk: &Map<String, Value>, kind: Kind) -> bool {
    jwk.get(if kind == Kind::Oct { "k" } else { "d" }).is_some_and(|value| !value.is_null())
}

fn rsa_of_jwk(jwk: &Map<String, Value>) -> Result<RsaPrivateKey, Refusal> {
    let number = |bytes: &[u8]| BigUint::from_bytes_be(bytes);
    let d = number(&private(jwk, "d")?);
    let public = |name| member(jwk, name)?.ok_or(Refusal::InvalidKey("`n` or `e` is missing"));
    let (n, e) = (number(&public("n")?), number(&public("e")?));
    // The library's arithmetic needs sane sizes, above all when it recovers the primes.
    if !RSA_BITS.contains(&n.bits()) || d.bits() < 2 || d.bits() > n.bits() || e.bits() < 2 || e.bits() > 33 {
        return Err(Refusal::InvalidKey("`n`, `e` or `d` is out of range for RSA"));
    }
    let primes = match (member(jwk, "p")?, member(jwk, "q")?) {
        (Some(p), Some(q)) => vec![number(&p), number(&q)],
        (None, None) => Vec::new(),
        _ => return Err(Refusal::InvalidKey("of `p` and `q` only one is given")),
    };
    RsaPrivateKey::from_components(n, e, d, primes).map_err(|_| Refusal::InvalidKey(MISMATCH))
}

/// Reads an EC key on one curve; `x` and `y` are checked where given.
macro_rules! ec_of_jwk {
    ($name:ident, $curve:ident, $size:literal) => {
        fn $name(jwk: &Map<String, Value>) -> Result<$curve::SecretKey, Refusal> {
            let d = private(jwk, "d")?;
            if d.len() != $size {
                return Err(Refusal::InvalidKey("`d` does not have the length of its curve"));
            }
            let key = $curve::SecretKey::from_slice(&d).map_err(|_| Refusal::InvalidKey("`d` is out of range"))?;
            let point = key.public_key().to_encoded_point(false);
            for (name, ours) in [("x", point.x()), ("y", point.y())] {
                if member(jwk, name)?.is_some_and(|theirs| ours.is_none_or(|ours| ours[..] != theirs[..])) {
                    return Err(Refusal::InvalidKey(MISMATCH));
                }
            }
            Ok(key)
        }
    };
}

ec_of_jwk!(p256_of_jwk, p256, 32);
ec_of_jwk!(p384_of_jwk, p384, 48);
ec_of_jwk!(p521_of_jwk, p521, 66);

fn ed25519_of_jwk(jwk: &Map<String, Value>) -> Result<ed25519_dalek::SigningKey, Refusal> {
    let d = private(jwk, "d")?;
    let d = <&[u8; 32]>::try_from(&d[..]).map_err(|_| Refusal::InvalidKey("`d` does not have 32 bytes"))?;
    let key = ed25519_dalek::SigningKey::from_bytes(d);
    if member(jwk, "x")?.is_some_and(|x| key.verifying_key().as_bytes() != &x[..]) {
        return Err(Refusal::InvalidKey(MISMATCH));
    }
    Ok(key)
}

fn private(jwk: &Map<String, Value>, name: &'static str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    member(jwk, name)?.ok_or(Refusal::MissingPrivatePart)
}

/// Keys made by hand have bits in their last digit that no byte takes. Gateways and Python pass over them.
const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// The bytes of a base64url member. Blanks and padding are forgiven; `+` and `/` are not, because gateways refuse them.
fn member(jwk: &Map<String, Value>, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, Refusal> {
    let text = match jwk.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => without_blanks(text),
        Some(_) => return Err(Refusal::InvalidBase64Url(name)),
    };
    let bytes = LENIENT.decode(text.trim_end_matches('=')).map_err(|_| Refusal::InvalidBase64Url(name))?;
    if bytes.is_empty() { Err(Refusal::EmptyKey(name)) } else { Ok(Some(Zeroizing::new(bytes))) }
}
