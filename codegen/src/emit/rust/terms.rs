//! Terms of auth methods: a literal or one value, bound to a name where it may be absent.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::sources::{Context, Expr, Held, first, or_default};
use super::{calls, names};
use crate::ir::auth::{Term, literal};
use crate::ir::value::{Pick, Place, Source, Step, Through, Type};

/// A term that stands where it is always there: after its binding, if it needs one.
pub struct Bound {
    /// `let Some(name) = value`, if it may be absent.
    binding: Option<TokenStream>,
    expr: Expr,
    /// What it is, if it is one reference.
    pub source: Option<Source>,
}

impl Bound {
    pub fn optional(&self) -> bool {
        self.binding.is_some()
    }

    /// As a `&str`.
    pub fn borrowed(&self) -> TokenStream {
        if is_number(&self.expr) {
            let tokens = &self.expr.tokens;
            return quote!(&#tokens.to_string());
        }
        self.expr.borrowed()
    }

    /// As what can become a `String`.
    pub fn string_like(&self) -> TokenStream {
        self.expr.string_like()
    }

    /// As a `String`.
    pub fn owned_text(&self) -> TokenStream {
        self.expr.owned_text()
    }

    /// As what can be formatted.
    pub fn shown(&self) -> TokenStream {
        self.expr.tokens.clone()
    }
}

fn is_number(expr: &Expr) -> bool {
    matches!(expr.type_, Type::Integer | Type::Number | Type::Boolean)
}

/// The value of a header. What Dify says of who asks may hold any characters.
pub fn header_value(term: &Term, bound: &Bound) -> TokenStream {
    match term {
        Term::Of(pick) if says_who_asks(pick) => {
            let text = bound.borrowed();
            quote!(header_text(#text))
        }
        _ => bound.string_like(),
    }
}

/// Whether it may be a text that Dify sends: an id, in whatever characters its users chose.
pub fn says_who_asks(pick: &Pick) -> bool {
    pick.from.iter().any(|source| source.place == Place::Call)
}

/// The value of a pick, not bound.
pub fn value(context: &Context, pick: &Pick) -> Expr {
    let value = match pick.through.as_deref() {
        Some(Through { step: Step::Map(rows), .. }) => calls::mapped(context, &pick.from, &texts(rows)),
        _ => first(context, &pick.from),
    };
    match &pick.default {
        Some(default) => or_default(value, default),
        None => value,
    }
}

/// A table of texts: that is what headers and the like are made of.
fn texts(rows: &[(String, Json)]) -> Vec<(String, Json)> {
    rows.iter().map(|(key, value)| (key.clone(), literal(value).into())).collect()
}

/// What phases call other things.
pub const TAKEN: [&str; 6] = ["request", "moment", "token", "mac", "signature", "value"];

/// A term, bound to the name of its credential or to `value`.
pub fn bind(context: &Context, term: &Term) -> Bound {
    bind_as(context, term, "value")
}

/// A term, bound to the name of its credential or to `otherwise`.
pub fn bind_as(context: &Context, term: &Term, otherwise: &str) -> Bound {
    let pick = match term {
        Term::Is(text) => {
            let expr = Expr { tokens: quote!(#text), type_: Type::Text, optional: false, held: Held::Borrowed };
            return Bound { binding: None, expr, source: None };
        }
        Term::Of(pick) => pick,
    };
    let source = match (pick.from.as_slice(), &pick.through, &pick.default) {
        ([source], None, None) => Some(source.clone()),
        _ => None,
    };
    let value = value(context, pick);
    // A fact of the request is copied out of it, so that the request can be changed.
    let fact = pick.from.iter().any(|source| source.place == Place::Request && source.path != ["method"]);
    if !value.optional && fact && value.held == Held::Borrowed {
        let tokens = &value.tokens;
        let expr = Expr { tokens: quote!(#tokens.to_owned()), held: Held::Fresh, ..value };
        return Bound { binding: None, expr, source };
    }
    if !value.optional {
        return Bound { binding: None, expr: value, source };
    }
    let name = match &source {
        Some(Source { place: Place::Token, .. }) => format_ident!("token"),
        Some(Source { place: Place::Call, path, .. }) => names::snake(path.last().map_or(otherwise, String::as_str)),
        Some(Source { place: Place::Credential, path, .. }) => match path.last().map_or("", String::as_str) {
            name if TAKEN.contains(&name) => format_ident!("own_{name}"),
            name => names::snake(name),
        },
        _ => names::snake(otherwise),
    };
    let (bound, held) = match &source {
        _ if fact && pick.through.is_none() && value.held == Held::Borrowed => {
            let tokens = &value.tokens;
            (quote!(#tokens.map(str::to_owned)), Held::Fresh)
        }
        Some(Source { place: Place::Credential, .. }) if value.held == Held::Owned => {
            let tokens = &value.tokens;
            (quote!(&#tokens), Held::Borrowed)
        }
        _ => (value.tokens.clone(), value.held),
    };
    let binding = Some(quote!(let Some(#name) = #bound));
    Bound { binding, expr: Expr { tokens: quote!(#name), optional: false, held, ..value }, source }
}

/// A statement under a condition and the bindings of its terms.
pub fn chained(cond: Option<TokenStream>, terms: &[&Bound], statement: &TokenStream) -> TokenStream {
    let mut tests: Vec<TokenStream> = cond.into_iter().collect();
    for binding in terms.iter().filter_map(|term| term.binding.as_ref()) {
        if !tests.iter().any(|test| test.to_string() == binding.to_string()) {
            tests.push(binding.clone());
        }
    }
    if tests.is_empty() { statement.clone() } else { quote!(if #(#tests)&&* { #statement }) }
}
