//! The numbered passes. A later pass does not run after an earlier one reported an error.

mod batch;
mod consumed;
mod declarations;
mod examples;
mod fits;
mod flow;
mod hints;
mod inferred;
mod layers;
mod offers;
mod p1_names;
mod p2_references;
mod p3_types;
mod p4_coverage;
mod p5_dify;
mod retreat;
mod scope;
mod sections;
mod supported;
mod suspicious;
mod task;
mod texts;
mod unsigned;
mod unused;
mod uses;
mod values;
mod wire;

pub use consumed::{merged_parameters, told_apart};
pub use p1_names::{leaves, legal as is_id};
pub use scope::{bare, delivered, field_type, finished, inputs, members};
pub use uses::attached_fields;

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
const PASSES: [Pass; 5] = [
    // Ids are legal and match the path; no two things share a name or a stored variable.
    p1_names::check,
    // Every id and every reference resolves, and stands where it may stand.
    p2_references::check,
    // What flows fits where it flows; tests, tables and bounds stay inside what they test, map and narrow.
    p3_types::check,
    // Nothing is missing, nothing is left over: outputs are built, inputs are sent, examples reach every rule.
    p4_coverage::check,
    // What the strictest of daemon, SDK and Dify API would refuse.
    p5_dify::check,
];

/// Runs the passes and gives the warnings.
///
/// # Errors
/// The errors of the first failing pass; a warning beside an error is often its consequence.
pub fn check(specs: &Specs, sources: &Sources) -> Result<Vec<Diagnostic>, Diagnostics> {
    let mut checking = Checking { specs, sources, report: Report::default() };
    for pass in PASSES {
        pass(&mut checking);
        if checking.report.failed() {
            checking.report.keep_errors();
            return Err(checking.report.finish(sources));
        }
    }
    Ok(checking.report.finish(sources).into_vec())
}
