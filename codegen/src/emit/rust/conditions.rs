//! Conditions over credentials, inputs and parameters.

use proc_macro2::TokenStream;
use quote::quote;
use serde_json::Value as Json;

use super::sources::{Context, Held, expr, place};
use super::{literals, names};
use crate::ir::auth::literal;
use crate::ir::value::{Choice, Cond, Is, Source, Test, Type};

/// The condition; `None` if it always holds.
pub fn cond(context: &Context, cond: &Cond) -> Option<TokenStream> {
    let tests: Vec<_> = cond.iter().filter_map(|held| test(context, held)).collect();
    (!tests.is_empty()).then(|| quote!(#(#tests)&&*))
}

/// Both conditions.
pub fn both(left: Option<TokenStream>, right: Option<TokenStream>) -> Option<TokenStream> {
    match (left, right) {
        (Some(left), Some(right)) => Some(quote!(#left && #right)),
        (left, right) => left.or(right),
    }
}

/// One test; `None` if it always holds.
fn test(context: &Context, test: &Test) -> Option<TokenStream> {
    let Test { source, is } = test;
    let raw = place(context, source);
    match is {
        Is::OneOf(values) => Some(one_of(context, source, values)),
        Is::Truthy if source.type_ == Type::Boolean && source.optional => Some(quote!(#raw == Some(true))),
        Is::Truthy if source.type_ == Type::Boolean => Some(raw),
        Is::Absent => Some(match source.type_ {
            Type::Pairs => quote!(#raw.is_empty()),
            _ if source.optional => quote!(#raw.is_none()),
            _ => quote!(false),
        }),
        Is::Truthy | Is::Present => match source.type_ {
            Type::Pairs => Some(quote!(!#raw.is_empty())),
            _ if source.optional => Some(quote!(#raw.is_some())),
            _ => None,
        },
    }
}

fn one_of(context: &Context, source: &Source, values: &[Json]) -> TokenStream {
    let raw = place(context, source);
    match &source.type_ {
        Type::Choice(choice) => {
            let options: Vec<_> = values.iter().map(|value| option(context, choice, value)).collect();
            equals(raw, &options, source.optional)
        }
        Type::Boolean if !source.optional => match values {
            [Json::Bool(false)] => quote!(!#raw),
            [_] => raw,
            _ => quote!(true),
        },
        Type::Number => {
            let options: Vec<_> = values.iter().map(literals::float).collect();
            equals(raw, &options, source.optional)
        }
        Type::Boolean | Type::Integer => {
            let options: Vec<_> = values.iter().map(literals::scalar).collect();
            equals(raw, &options, source.optional)
        }
        type_ => {
            let literal = if *type_ == Type::Seconds { literals::scalar } else { literals::as_text };
            let options: Vec<_> = values.iter().map(literal).collect();
            let expr = expr(context, source);
            let text = match (expr.held, expr.optional, options.len()) {
                (_, true, _) => expr.borrowed(),
                (Held::Owned, false, 1) => expr.tokens,
                (Held::Owned, false, _) => {
                    let tokens = expr.tokens;
                    quote!(&*#tokens)
                }
                (_, false, _) => expr.tokens,
            };
            equals(text, &options, expr.optional)
        }
    }
}

fn equals(value: TokenStream, options: &[TokenStream], optional: bool) -> TokenStream {
    match (options, optional) {
        ([option], false) => quote!(#value == #option),
        ([option], true) => quote!(#value == Some(#option)),
        (options, false) => quote!(matches!(#value, #(#options)|*)),
        (options, true) => quote!(matches!(#value, Some(#(#options)|*))),
    }
}

fn option(context: &Context, choice: &Choice, value: &Json) -> TokenStream {
    let (name, option) = (context.choice(choice), names::variant(&literal(value)));
    quote!(#name::#option)
}
