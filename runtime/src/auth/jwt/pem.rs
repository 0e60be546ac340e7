//! PEM as people paste it: line feeds as such, as the two characters `\n`, as blanks (a form field of one line), or
//! not at all; with other blocks before or after the key.

use base64::Engine;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use p256::pkcs8::{self, DecodePrivateKey};
use rsa::RsaPrivateKey;
use rsa::pkcs1::DecodeRsaPrivateKey;
use zeroize::Zeroizing;

use super::key::PrivateKey;
use super::refusal::Refusal;

const BASE64: GeneralPurpose =
    GeneralPurpose::new(&base64::alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent));
const BEGIN: &str = "-----BEGIN ";
const GARBLED: Refusal = Refusal::InvalidPem("the PEM does not hold a readable key");

const RSA: &str = "1.2.840.113549.1.1.1";
const EC: &str = "1.2.840.10045.2.1";
const ED25519: &str = "1.3.101.112";
const OTHER_EDWARDS: [&str; 3] = ["1.3.101.110", "1.3.101.111", "1.3.101.113"];
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const P521: &str = "1.3.132.0.35";

/// Whether a text is PEM rather than JSON. Tools write lines of their own before the first block.
pub(super) fn is_pem(text: &str) -> bool {
    !text.starts_with('{') && text.contains(BEGIN)
}

/// The first private key of a PEM text.
pub(super) fn read(text: &str) -> Result<PrivateKey, Refusal> {
    let text = Zeroizing::new(text.replace("\\r", ""));
    let text = Zeroizing::new(text.replace("\\n", "\n"));
    let mut public = false;
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let (label, after) = after.split_once("-----").ok_or(GARBLED)?;
        let (body, after) = after.split_once("-----END ").ok_or(Refusal::InvalidPem("the PEM has no END line"))?;
        rest = after;
        match label {
            "ENCRYPTED PRIVATE KEY" => return Err(Refusal::EncryptedPem),
            "PRIVATE KEY" => return pkcs8(&der(body)?),
            "RSA PRIVATE KEY" => return pkcs1(&der(body)?),
            "EC PRIVATE KEY" => return sec1(&der(body)?),
            "OPENSSH PRIVATE KEY" => return Err(Refusal::InvalidPem("keys in OpenSSH form cannot be read")),
            label => public |= label.ends_with("PUBLIC KEY") || label.ends_with("CERTIFICATE"),
        }
    }
    Err(if public { Refusal::MissingPrivatePart } else { Refusal::InvalidPem("the PEM holds no private key") })
}

fn der(body: &str) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    if body.contains("ENCRYPTED") {
        return Err(Refusal::EncryptedPem);
    }
    let text = without_blanks(body);
    BASE64.decode(text.as_bytes()).map(Zeroizing::new).map_err(|_| GARBLED)
}

/// A text without white space. It never grows: no part of a key is left behind in memory.
pub(super) fn without_blanks(text: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    text.split_whitespace().for_each(|piece| out.push_str(piece));
    out
}

fn pkcs8(der: &[u8]) -> Result<PrivateKey, Refusal> {
    let info = pkcs8::PrivateKeyInfo::try_from(der).map_err(|_| GARBLED)?;
    match info.algorithm.oid.to_string().as_str() {
        RSA => pkcs1(info.private_key),
        ED25519 => PrivateKey::ed25519(&ed25519_dalek::SigningKey::from_pkcs8_der(der).map_err(|_| GARBLED)?),
        EC => match info.algorithm.parameters_oid().map_err(|_| Refusal::UnsupportedCurve)?.to_string().as_str() {
            P256 => PrivateKey::p256(&p256::SecretKey::from_pkcs8_der(der).map_err(|_| GARBLED)?),
            P384 => PrivateKey::p384(&p384::SecretKey::from_pkcs8_der(der).map_err(|_| GARBLED)?),
            P521 => PrivateKey::p521(&p521::SecretKey::from_pkcs8_der(der).map_err(|_| GARBLED)?),
            _ => Err(Refusal::UnsupportedCurve),
        },
        other if OTHER_EDWARDS.contains(&other) => Err(Refusal::UnsupportedCurve),
        _ => Err(Refusal::UnsupportedKty),
    }
}

fn pkcs1(der: &[u8]) -> Result<PrivateKey, Refusal> {
    PrivateKey::rsa(&RsaPrivateKey::from_pkcs1_der(der).map_err(|_| GARBLED)?)
}

/// A bare EC key. Its curve is told by the length of its scalar; the library compares the public point where there is
/// one, and a curve named inside must be the one.
fn sec1(der: &[u8]) -> Result<PrivateKey, Refusal> {
    let (scalar, curve) = sec1_parts(der).ok_or(GARBLED)?;
    let refused = |_| Refusal::UnsupportedCurve;
    match (scalar, curve.as_deref()) {
        (32, None | Some(P256)) => PrivateKey::p256(&p256::SecretKey::from_sec1_der(der).map_err(refused)?),
        (48, None | Some(P384)) => PrivateKey::p384(&p384::SecretKey::from_sec1_der(der).map_err(refused)?),
        (66, None | Some(P521)) => PrivateKey::p521(&p521::SecretKey::from_sec1_der(der).map_err(refused)?),
        _ => Err(Refusal::UnsupportedCurve),
    }
}

/// The length of the scalar, and the curve if it is named: `SEQUENCE { 1, OCTET STRING, [0] { OID }, ... }`.
fn sec1_parts(der: &[u8]) -> Option<(usize, Option<String>)> {
    use pkcs8::der::asn1::{ContextSpecific, ObjectIdentifier, OctetStringRef};
    use pkcs8::der::{Decode, Reader, SliceReader, TagNumber};

    let mut outer = SliceReader::new(der).ok()?;
    let parts = outer.sequence(|reader| {
        u8::decode(reader)?;
        let scalar = OctetStringRef::decode(reader)?.as_bytes().len();
        let curve = ContextSpecific::<ObjectIdentifier>::decode_explicit(reader, TagNumber::N0)?;
        reader.read_slice(reader.remaining_len())?;
        Ok((scalar, curve.map(|curve| curve.value.to_string())))
    });
    parts.ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::jwt::algorithm::Kind;

    fn block(label: &str, body: &str) -> String {
        format!("Bag Attributes\n    friendlyName: x\n-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
    }

    #[test]
    fn keys_without_their_public_point_are_read() {
        let parameters = block("EC PARAMETERS", "BgUrgQQAIg==");
        let key = block(
            "EC PRIVATE KEY",
            "MD4CAQEEME4cN2zojTAk+YoM8KWCVdi7KrJSAHFrizLIjhCPWtwuPnRA8QFMNNT4kN/LoIK73KAHBgUrgQQAIg==",
        );
        assert_eq!(read(&(parameters + &key)).unwrap().kind, Kind::P384);
    }

    #[test]
    fn what_cannot_sign_is_told_apart() {
        let secp256k1 = "MC4CAQEEIMjVTYecw3DzWN000QPQ4ls0/ONzksLVwR9StOajIeFcoAcGBSuBBAAK";
        let x25519 = "MC4CAQAwBQYDK2VuBCIEIKixwZ4eiRFZBAyO/AT/KBeMIuwZ6bV7nTXL2EATjZN4";
        for (text, label) in [
            (block("EC PRIVATE KEY", secp256k1), "unsupported_curve"),
            (block("PRIVATE KEY", x25519), "unsupported_curve"),
            (block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA"), "encrypted_pem"),
            (block("OPENSSH PRIVATE KEY", "AAAA"), "invalid_pem"),
            (block("CERTIFICATE", "AAAA"), "missing_private_part"),
            (block("EC PRIVATE KEY", "MAA="), "invalid_pem"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA".to_owned(), "invalid_pem"),
            ("-----BEGIN ".to_owned(), "invalid_pem"),
        ] {
            assert!(is_pem(&text));
            assert_eq!(read(&text).unwrap_err().label(), label, "{text}");
        }
    }
}
