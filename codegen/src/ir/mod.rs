//! What the specs mean: every reference resolved and typed, every default applied, everything in its final order.
//!
//! Emitters read this and nothing else. It knows neither YAML nor positions, and no Rust syntax either: names are as
//! the specs write them.

pub mod auth;
pub mod connection;
pub mod decode;
pub mod field;
pub mod inspection;
pub mod model_type;
pub mod package;
pub mod parameter;
pub mod plugin;
pub mod protocol;
pub mod reference;
pub mod value;

/// Everything that is generated.
#[derive(Debug)]
pub struct Ir {
    /// Sorted by id.
    pub model_types: Vec<model_type::ModelType>,
    /// Sorted by id.
    pub protocols: Vec<protocol::Protocol>,
    /// Sorted by id.
    pub auth: Vec<auth::Auth>,
    /// There is always one: p0 asks for it.
    pub connection: Option<connection::Connection>,
    /// Sorted by id.
    pub plugins: Vec<plugin::Plugin>,
    /// Sorted by id: what Dify is shown of each plugin.
    pub packages: Vec<package::Package>,
}

/// Where a module comes from and what it says about itself.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Path of the spec, for example `specs/auth/jwt.yaml`.
    pub spec: String,
    pub about: String,
}
