//! Why a key or an order cannot give a token, in words that say what to do. Never holds key material.

use std::fmt;

use super::algorithm::Algorithm;

/// Why no token is minted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Neither a JSON object nor PEM. Where reading stopped, in characters.
    InvalidJson(Option<usize>),
    /// A JWK without `kty`.
    MissingKty,
    /// A `kty` (or the key type of a PEM) that no algorithm takes.
    UnsupportedKty,
    /// A curve that no algorithm takes.
    UnsupportedCurve,
    /// An algorithm outside the 13.
    UnsupportedAlg,
    /// The algorithm needs another kind of key.
    AlgKtyMismatch {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What the key is.
        kind: &'static str,
        /// What it could sign with.
        fitting: String,
    },
    /// The algorithm needs another curve.
    AlgCrvMismatch {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// What the key is.
        kind: &'static str,
        /// What it could sign with.
        fitting: String,
    },
    /// The key names one algorithm, the configuration another of the same family.
    AlgDisagrees {
        /// The key's.
        key: Algorithm,
        /// The configured one.
        configured: Algorithm,
    },
    /// A member that is not base64url.
    InvalidBase64Url(&'static str),
    /// A member that holds no bytes.
    EmptyKey(&'static str),
    /// A public key.
    MissingPrivatePart,
    /// Parts that do not make a key, or do not belong together.
    InvalidKey(&'static str),
    /// PEM that does not hold a key.
    InvalidPem(&'static str),
    /// PEM behind a passphrase.
    EncryptedPem,
    /// No key of that `kid`.
    KidNotFound,
    /// A set without a key that signs.
    NoUsableKey,
    /// A life time that is not positive.
    InvalidTtl,
    /// A further claim with a name that the minter sets, or a name given twice.
    ReservedClaim(String),
}

impl Refusal {
    /// A short stable name.
    pub fn label(&self) -> &'static str {
        match self {
            Refusal::InvalidJson(_) => "invalid_json",
            Refusal::MissingKty => "missing_kty",
            Refusal::UnsupportedKty => "unsupported_kty",
            Refusal::UnsupportedCurve => "unsupported_curve",
            Refusal::UnsupportedAlg => "unsupported_alg",
            Refusal::AlgKtyMismatch { .. } | Refusal::AlgDisagrees { .. } => "alg_kty_mismatch",
            Refusal::AlgCrvMismatch { .. } => "alg_crv_mismatch",
            Refusal::InvalidBase64Url(_) => "invalid_base64url",
            Refusal::EmptyKey(_) => "empty_key",
            Refusal::MissingPrivatePart => "missing_private_part",
            Refusal::InvalidKey(_) => "invalid_key",
            Refusal::InvalidPem(_) => "invalid_pem",
            Refusal::EncryptedPem => "encrypted_pem",
            Refusal::KidNotFound => "kid_not_found",
            Refusal::NoUsableKey => "no_usable_key",
            Refusal::InvalidTtl => "invalid_ttl",
            Refusal::ReservedClaim(_) => "reserved_claim",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::InvalidJson(at) => {
                f.write_str("is neither a JSON object nor PEM")?;
                if let Some(at) = at {
                    write!(f, " (JSON breaks off at character {at})")?;
                }
                f.write_str("; paste a private JWK, a JWK set, a PEM private key, or {\"private_key\": \"<PEM>\"}")
            }
            Refusal::MissingKty => f.write_str(
                "the JWK has no `kty`; paste the whole JWK, with \"kty\" set to oct, RSA, EC or OKP, or a PEM under \
                 \"private_key\"",
            ),
            Refusal::UnsupportedKty => {
                f.write_str("keys of this type cannot sign tokens for a gateway; use oct, RSA, EC or OKP (Ed25519)")
            }
            Refusal::UnsupportedCurve => {
                f.write_str("keys on this curve cannot sign tokens for a gateway; use P-256, P-384, P-521 or Ed25519")
            }
            Refusal::UnsupportedAlg => {
                f.write_str("the algorithm is not one of")?;
                for (index, algorithm) in Algorithm::ALL.iter().enumerate() {
                    write!(f, "{}{}", if index == 0 { " " } else { ", " }, algorithm.name())?;
                }
                f.write_str("; names are case-sensitive")
            }
            Refusal::AlgKtyMismatch { algorithm, kind, fitting }
            | Refusal::AlgCrvMismatch { algorithm, kind, fitting } => write!(
                f,
                "the algorithm is {}, but this is {kind}; choose {fitting} as the algorithm, or paste another key",
                algorithm.name()
            ),
            Refusal::AlgDisagrees { key, configured } => write!(
                f,
                "the key is for {key}, but the algorithm chosen is {configured}; choose {key}",
                key = key.name(),
                configured = configured.name()
            ),
            Refusal::InvalidBase64Url(member) => write!(
                f,
                "`{member}` is not base64url (letters, digits, `-` and `_`; no `+` or `/`); copy it again from the key"
            ),
            Refusal::EmptyKey(member) => write!(f, "`{member}` is empty; copy it again from the key"),
            Refusal::MissingPrivatePart => f.write_str(
                "this is a public key, which cannot sign; paste the private key here and keep the public one on the \
                 gateway",
            ),
            Refusal::InvalidKey(problem) => write!(f, "{problem}; copy the key again"),
            Refusal::InvalidPem(problem) => write!(
                f,
                "{problem}; paste an unencrypted private key in PKCS#8, PKCS#1 (RSA) or SEC1 (EC) form, from its BEGIN \
                 line to its END line"
            ),
            Refusal::EncryptedPem => f.write_str(
                "the PEM is encrypted and there is no field for its passphrase; decrypt it first, for example with \
                 `openssl pkcs8 -in key.pem`",
            ),
            Refusal::KidNotFound => {
                f.write_str("has no key with the configured key ID (kid); correct the key ID or clear it")
            }
            Refusal::NoUsableKey => {
                f.write_str("holds no key that can sign; paste a set with a private key whose `use` is absent or `sig`")
            }
            Refusal::InvalidTtl => f.write_str("the life time of a token must be at least one second"),
            Refusal::ReservedClaim(name) => {
                write!(f, "the claim `{name}` is already set by the plugin; take it out of the further claims")
            }
        }
    }
}

impl std::error::Error for Refusal {}
