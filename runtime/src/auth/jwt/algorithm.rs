//! The 13 algorithms, and which kind of key each one takes.

use super::refusal::Refusal;

/// A kind of private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Oct,
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

impl Kind {
    /// The algorithm of a key that names none, where none is configured.
    pub fn default_algorithm(self) -> Algorithm {
        match self {
            Kind::Oct => Algorithm::HS256,
            Kind::Rsa => Algorithm::RS256,
            Kind::P256 => Algorithm::ES256,
            Kind::P384 => Algorithm::ES384,
            Kind::P521 => Algorithm::ES512,
            Kind::Ed25519 => Algorithm::EdDSA,
        }
    }

    fn is_ec(self) -> bool {
        matches!(self, Kind::P256 | Kind::P384 | Kind::P521)
    }

    /// For messages.
    pub fn words(self) -> &'static str {
        match self {
            Kind::Oct => "a symmetric key (oct)",
            Kind::Rsa => "an RSA key",
            Kind::P256 => "an EC key on P-256",
            Kind::P384 => "an EC key on P-384",
            Kind::P521 => "an EC key on P-521",
            Kind::Ed25519 => "an Ed25519 key",
        }
    }

    /// The algorithms it can sign with, for messages.
    pub fn algorithms(self) -> String {
        Algorithm::ALL.iter().filter(|a| a.takes(self)).map(|a| a.name()).collect::<Vec<_>>().join(", ")
    }
}

/// A signature algorithm of JWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    HS256,
    HS384,
    HS512,
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
}

impl Algorithm {
    pub(super) const ALL: [Algorithm; 13] = {
        use Algorithm::*;
        [HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA]
    };

    /// Its name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::HS256 => "HS256",
            Algorithm::HS384 => "HS384",
            Algorithm::HS512 => "HS512",
            Algorithm::RS256 => "RS256",
            Algorithm::RS384 => "RS384",
            Algorithm::RS512 => "RS512",
            Algorithm::PS256 => "PS256",
            Algorithm::PS384 => "PS384",
            Algorithm::PS512 => "PS512",
            Algorithm::ES256 => "ES256",
            Algorithm::ES384 => "ES384",
            Algorithm::ES512 => "ES512",
            Algorithm::EdDSA => "EdDSA",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    pub(super) fn takes(self, kind: Kind) -> bool {
        self.kind() == kind
    }

    fn kind(self) -> Kind {
        use Algorithm::*;
        match self {
            HS256 | HS384 | HS512 => Kind::Oct,
            RS256 | RS384 | RS512 | PS256 | PS384 | PS512 => Kind::Rsa,
            ES256 => Kind::P256,
            ES384 => Kind::P384,
            ES512 => Kind::P521,
            EdDSA => Kind::Ed25519,
        }
    }

    /// The refusal of a key of the wrong kind.
    pub(super) fn check(self, kind: Kind) -> Result<(), Refusal> {
        if self.takes(kind) {
            Ok(())
        } else if self.kind().is_ec() && kind.is_ec() {
            Err(Refusal::AlgCrvMismatch { algorithm: self, kind: kind.words(), fitting: kind.algorithms() })
        } else {
            Err(Refusal::AlgKtyMismatch { algorithm: self, kind: kind.words(), fitting: kind.algorithms() })
        }
    }

    /// The library's name for it; absent for the one it lacks.
    pub(super) fn library(self) -> Option<jsonwebtoken::Algorithm> {
        use jsonwebtoken::Algorithm as Library;
        Some(match self {
            Algorithm::HS256 => Library::HS256,
            Algorithm::HS384 => Library::HS384,
            Algorithm::HS512 => Library::HS512,
            Algorithm::RS256 => Library::RS256,
            Algorithm::RS384 => Library::RS384,
            Algorithm::RS512 => Library::RS512,
            Algorithm::PS256 => Library::PS256,
            Algorithm::PS384 => Library::PS384,
            Algorithm::PS512 => Library::PS512,
            Algorithm::ES256 => Library::ES256,
            Algorithm::ES384 => Library::ES384,
            Algorithm::EdDSA => Library::EdDSA,
            Algorithm::ES512 => return None,
        })
    }
}
