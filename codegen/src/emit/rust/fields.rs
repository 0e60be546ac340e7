//! Tables of credential fields. What is not said is as in `Field::DEFAULTS`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::literals;
use crate::ir::field::{Field, Kind};

/// A static table.
pub fn table(name: &Ident, about: &str, public: bool, fields: &[Field]) -> TokenStream {
    let about = literals::doc(about);
    let public = public.then(|| quote!(pub));
    let rows = fields.iter().map(row);
    quote! {
        #about
        #public static #name: &[Field] = &[#(#rows,)*];
    }
}

fn row(field: &Field) -> TokenStream {
    let Field { id, variable, aliases, .. } = field;
    let (label, kind) = (literals::text(&field.label), kind(&field.kind));
    let aliases = (!aliases.is_empty()).then(|| quote!(aliases: &[#(#aliases),*],));
    let required = field.required.then(|| quote!(required: true,));
    let default = field.default.as_ref().map(|default| quote!(default: Some(#default),));
    let limit =
        |name: TokenStream, limit: Option<f64>| limit.map(literals::number).map(|limit| quote!(#name: Some(#limit),));
    let (min, max) = (limit(quote!(min), field.min), limit(quote!(max), field.max));
    let empty_word = field.empty_word.as_ref().map(|word| quote!(empty_word: Some(#word),));
    quote! {
        Field {
            id: #id,
            variable: #variable,
            #aliases
            label: #label,
            kind: #kind,
            #required
            #default
            #min
            #max
            #empty_word
            ..Field::DEFAULTS
        }
    }
}

fn kind(kind: &Kind) -> TokenStream {
    match kind {
        Kind::String => quote!(FieldType::String),
        Kind::Secret => quote!(FieldType::Secret),
        Kind::SigningKey => quote!(FieldType::SigningKey),
        Kind::Pem => quote!(FieldType::Pem),
        Kind::Integer => quote!(FieldType::Integer),
        Kind::Number => quote!(FieldType::Number),
        Kind::Decimal => quote!(FieldType::Decimal),
        Kind::Seconds => quote!(FieldType::Seconds),
        Kind::Flag { enabled, disabled } => quote!(FieldType::Flag { enabled: #enabled, disabled: #disabled }),
        Kind::Choice(options) => {
            let options = options.iter().map(|(logical, stored)| quote!((#logical, #stored)));
            quote!(FieldType::Choice(&[#(#options),*]))
        }
        Kind::Url => quote!(FieldType::Url),
        Kind::HeaderName => quote!(FieldType::HeaderName),
        Kind::Headers => quote!(FieldType::Headers),
        Kind::Map => quote!(FieldType::Map),
        Kind::Escaped => quote!(FieldType::Escaped),
    }
}
