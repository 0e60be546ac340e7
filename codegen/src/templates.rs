//! Templates are part of this program: reading and filling them cannot fail but for a bug of our own, which the tests
//! find, since they fill every one.

use serde_json::Value as Json;
use tera::{Context, Tera, TeraResult, Value};

/// Adds templates, by name and text, to an engine that has its filters.
///
/// # Panics
/// If a template is none.
pub fn read(mut engine: Tera, templates: &[(&'static str, &'static str)]) -> Tera {
    if let Err(error) = engine.add_raw_templates(templates.iter().copied()) {
        panic!("templates: {error:?}");
    }
    engine
}

/// Fills a template.
///
/// # Panics
/// If it asks for what the context does not have.
pub fn fill(engine: &Tera, template: &str, context: &Context) -> String {
    engine.render(template, context).unwrap_or_else(|error| panic!("template {template}: {error:?}"))
}

/// What a filter is given, as JSON.
///
/// # Errors
/// If it cannot be written so.
pub fn json(value: &Value) -> TeraResult<Json> {
    serde_json::to_value(value).map_err(tera::Error::message)
}
