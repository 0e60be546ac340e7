//! What is put on every request, whatever it speaks.

use super::Origin;
use super::auth::{Attach, Term};
use super::field::{Credential, Field};
use super::value::Cond;

/// A header's name, when it is sent, and its value.
pub type Header = (String, Cond, Term);

#[derive(Debug)]
pub struct Connection {
    pub origin: Origin,
    /// Those that headers and `attach` refer to; the runtime reads the others itself.
    pub credentials: Vec<Credential>,
    /// All of them, under their logical names and words. Sorted by id.
    pub fields: Vec<Field>,
    pub headers: Vec<Header>,
    pub attach: Vec<Attach>,
}
