//! Conditions over typed references.

use super::scope::Scope;
use crate::ast;
use crate::ir::value::{Cond, Is, Test};

/// The tests of a condition that may be missing; none always hold.
pub fn optional(scope: &Scope, cond: Option<&ast::Cond>) -> Cond {
    cond.map(|cond| lower(scope, cond)).unwrap_or_default()
}

pub fn lower(scope: &Scope, cond: &ast::Cond) -> Cond {
    cond.tests.iter().map(|(reference, test)| Test { source: scope.source(reference), is: is(test) }).collect()
}

pub fn is(test: &ast::Test) -> Is {
    match test {
        ast::Test::Truthy => Is::Truthy,
        ast::Test::Present => Is::Present,
        ast::Test::Absent => Is::Absent,
        ast::Test::OneOf(values) => Is::OneOf(values.clone()),
    }
}
