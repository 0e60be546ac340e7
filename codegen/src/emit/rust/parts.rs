//! The parts of a multipart body, one statement each.

use proc_macro2::TokenStream;
use quote::quote;

use super::sources::{Context, expr};
use super::{conditions, terms};
use crate::ir::protocol::Pair;
use crate::ir::value::{Pick, Type, Value};

/// The statements that write `parts`.
pub fn written(context: &Context, pairs: &[Pair]) -> TokenStream {
    let statements = pairs.iter().map(|pair| {
        let statement = part(context, pair);
        match conditions::cond(context, &pair.when) {
            Some(cond) => quote!(if #cond { #statement }),
            None => statement,
        }
    });
    quote! {
        let mut parts = Parts::new();
        #(#statements)*
    }
}

fn part(context: &Context, pair: &Pair) -> TokenStream {
    let name = &pair.name;
    let pick = match &pair.value {
        Value::Literal(json) => {
            let value = crate::ir::auth::literal(json);
            return quote!(parts.text(#name, #value););
        }
        Value::Pick(pick) => pick,
        _ => return TokenStream::new(),
    };
    if let Pick { from, through: None, default: None } = pick
        && let [file] = from.as_slice()
        && file.type_ == Type::AudioFile
    {
        let file = expr(context, file);
        let (tokens, borrowed) = (&file.tokens, file.borrowed());
        return match file.optional {
            true => quote!(if let Some(file) = &#tokens { parts.file(#name, file)?; }),
            false => quote!(parts.file(#name, #borrowed)?;),
        };
    }
    let value = terms::value(context, pick);
    if value.optional {
        let value = value.borrowed();
        quote!(parts.optional(#name, #value);)
    } else {
        let value = value.written();
        quote!(parts.text(#name, #value);)
    }
}
