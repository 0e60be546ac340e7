//! The numbered passes. A later pass does not run after an earlier one reported an error.

mod p5_dify;

use crate::ast::Specs;
use crate::diagnostics::{Diagnostic, Diagnostics, Report};
use crate::sources::Sources;

/// What a pass sees.
pub struct Checking<'s> {
    pub specs: &'s Specs,
    /// For assets; the text of specs is nothing to a pass.
    pub sources: &'s Sources,
    pub report: Report,
}

/// A pass: reads the tree, fills the report.
type Pass = fn(&mut Checking<'_>);

/// Every pass, in order.
const PASSES: [Pass; 1] = [p5_dify::check];

/// Runs the passes and gives the warnings.
///
/// # Errors
/// Everything that the first failing pass found.
pub fn check(specs: &Specs, sources: &Sources) -> Result<Vec<Diagnostic>, Diagnostics> {
    let mut checking = Checking { specs, sources, report: Report::default() };
    for pass in PASSES {
        pass(&mut checking);
        if checking.report.failed() {
            return Err(checking.report.finish(sources));
        }
    }
    Ok(checking.report.finish(sources).into_vec())
}
