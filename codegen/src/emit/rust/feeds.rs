//! What a value that is read feeds: how it is taken out of its lenient type, and how a literal is written in its place.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use serde_json::Value as Json;

use super::{literals, names};
use crate::ir::decode::Feeds;

pub(super) fn indexed(member: &TokenStream, indices: &[usize]) -> TokenStream {
    let steps = indices.iter().map(|index| match index {
        0 => quote!(.and_then(|list| list.0.into_iter().next())),
        index => {
            let index = Literal::usize_unsuffixed(*index);
            quote!(.and_then(|list| list.0.into_iter().nth(#index)))
        }
    });
    quote!(#member #(#steps)*)
}

pub(super) fn element_type(list: &Feeds) -> TokenStream {
    match list {
        Feeds::List(element) => element_type(element),
        Feeds::Boolean => quote!(bool),
        Feeds::Integer => quote!(i64),
        Feeds::Number => quote!(f64),
        _ => quote!(String),
    }
}

/// Whether what is read has one member, the value.
pub(super) fn wraps(feeds: &Feeds) -> bool {
    matches!(feeds, Feeds::Text | Feeds::OwnText | Feeds::Image | Feeds::Integer | Feeds::Number)
}

pub(super) fn unwrapped(value: &TokenStream, feeds: &Feeds) -> TokenStream {
    match feeds {
        Feeds::Text | Feeds::Image | Feeds::Audio => quote!(#value.map(|text| text.0)),
        Feeds::OwnText => quote!(#value.map(|text| text.0.into_owned())),
        Feeds::Finish => quote!(#value.and_then(reply::Text::finish)),
        Feeds::Count => quote!(#value.and_then(reply::Count::known)),
        Feeds::Integer | Feeds::Number => quote!(#value.map(|number| number.0)),
        Feeds::Values => quote!(#value.map(|values| values.within(bytes))),
        _ => value.clone(),
    }
}

pub(super) fn mapped(value: &TokenStream, rows: &[(String, Json)], feeds: &Feeds) -> TokenStream {
    let mut meanings: Vec<&Json> = Vec::new();
    for (_, meaning) in rows {
        if !meanings.contains(&meaning) {
            meanings.push(meaning);
        }
    }
    let arms = meanings.into_iter().map(|meaning| {
        let keys = rows.iter().filter(|(_, value)| value == meaning).map(|(key, _)| key);
        let value = literal(meaning, feeds);
        quote!(#(#keys)|* => Some(#value),)
    });
    quote!(#value.and_then(|text| match &*text.0 { #(#arms)* _ => None }))
}

pub(super) fn literal(json: &Json, feeds: &Feeds) -> TokenStream {
    let scalar = literals::scalar(json);
    match feeds {
        Feeds::State => {
            let state = names::variant(json.as_str().unwrap_or_default());
            quote!(State::#state)
        }
        Feeds::OwnText => {
            let text = crate::ir::auth::literal(json);
            quote!(#text.to_owned())
        }
        Feeds::Text | Feeds::Image | Feeds::Finish | Feeds::Audio => {
            let text = crate::ir::auth::literal(json);
            quote!(Cow::Borrowed(#text))
        }
        Feeds::Number => literals::float(json),
        _ => scalar,
    }
}

pub(super) fn wrapped(value: TokenStream, required: bool) -> TokenStream {
    if required { value } else { quote!(Some(#value)) }
}
