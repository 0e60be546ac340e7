//! Credential fields. A group declares each as a constant, under logical names and words; a plugin says how it stores
//! them, and nothing twice. What is not said is as in `Field::DEFAULTS`.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{literals, names};
use crate::ir::Ir;
use crate::ir::field::{Field, Kind};

/// Constants of generated modules that are no fields.
const TAKEN: [&str; 3] = ["FIELDS", "PARAMETERS", "SIGNED"];

/// A constant for each field of a group.
pub fn declared(fields: &[Field]) -> Vec<TokenStream> {
    let constant = |field: &Field| {
        let (name, said) = (constant(field), said(field, None));
        let about = literals::doc(&format!("`{}`", field.id));
        quote!(#about pub const #name: Field = Field { #(#said)* ..Field::DEFAULTS };)
    };
    fields.iter().map(constant).collect()
}

/// The fields of a group as a table: what examples store.
pub fn table(fields: &[Field]) -> TokenStream {
    let rows = fields.iter().map(constant);
    quote! {
        /// The credentials under their logical names and words, for examples.
        pub static FIELDS: &[Field] = &[#(#rows),*];
    }
}

/// The fields of a plugin: the constants of their groups, with what it says otherwise.
pub fn stored(ir: &Ir, fields: &[Field]) -> TokenStream {
    let rows = fields.iter().map(|field| {
        let (declared, base) = match declaration(ir, field) {
            Some((path, declared)) => (Some(declared), path),
            None => (None, quote!(Field::DEFAULTS)),
        };
        let said = said(field, declared);
        quote!(Field { #(#said)* ..#base })
    });
    quote! {
        /// Every credential, as it is stored.
        static FIELDS: &[Field] = &[#(#rows,)*];
    }
}

fn constant(field: &Field) -> Ident {
    let (_, name) = field.id.split_once('.').unwrap_or(("", &field.id));
    let name = names::upper(name);
    if TAKEN.iter().any(|taken| name == taken) { format_ident!("{name}_FIELD") } else { name }
}

/// Where a field is declared, and as what.
fn declaration<'a>(ir: &'a Ir, field: &Field) -> Option<(TokenStream, &'a Field)> {
    let (group, _) = field.id.split_once('.')?;
    let module = names::snake(group);
    let (path, fields) = if group == "connection" {
        (quote!(connection), &ir.connection.as_ref()?.fields)
    } else if let Some(auth) = ir.auth.iter().find(|auth| auth.id == group) {
        (quote!(auth::#module), &auth.fields)
    } else if let Some(protocol) = ir.protocols.iter().find(|protocol| protocol.id == group) {
        (quote!(#module), &protocol.fields)
    } else {
        (quote!(#module), &ir.model_types.iter().find(|model_type| model_type.id == group)?.fields)
    };
    let name = constant(field);
    Some((quote!(#path::#name), fields.iter().find(|declared| declared.id == field.id)?))
}

/// The members that differ from `base`.
fn said(field: &Field, base: Option<&Field>) -> Vec<TokenStream> {
    fn differs<T: PartialEq>(field: &Field, base: Option<&Field>, of: impl Fn(&Field) -> T) -> bool {
        base.is_none_or(|base| of(base) != of(field))
    }
    let mut said = Vec::new();
    let mut put = |is_said: bool, tokens: TokenStream| said.extend(is_said.then_some(tokens));
    let Field { id, variable, aliases, required, .. } = field;
    put(base.is_none(), quote!(id: #id,));
    put(differs(field, base, |field| field.variable.clone()), quote!(variable: #variable,));
    let unusual = base.is_some() || !aliases.is_empty();
    put(unusual && differs(field, base, |field| field.aliases.clone()), quote!(aliases: &[#(#aliases),*],));
    let (label, kind) = (literals::text(&field.label), kind(&field.kind));
    put(differs(field, base, |field| field.label.clone()), quote!(label: #label,));
    put(differs(field, base, |field| field.kind.clone()), quote!(kind: #kind,));
    put((base.is_some() || *required) && differs(field, base, |field| field.required), quote!(required: #required,));
    let unusual = base.is_some() || field.default.is_some();
    let default = literals::optional(&field.default);
    put(unusual && differs(field, base, |field| field.default.clone()), quote!(default: #default,));
    for (name, of) in [("min", (|field| field.min) as fn(&Field) -> Option<f64>), ("max", |field| field.max)] {
        let (name, limit) = (format_ident!("{name}"), of(field));
        let value = limit.map(literals::number).map_or_else(|| quote!(None), |limit| quote!(Some(#limit)));
        put((base.is_some() || limit.is_some()) && differs(field, base, of), quote!(#name: #value,));
    }
    let unusual = base.is_some() || field.empty_word.is_some();
    let word = literals::optional(&field.empty_word);
    put(unusual && differs(field, base, |field| field.empty_word.clone()), quote!(empty_word: #word,));
    said
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
        Kind::Voices => quote!(FieldType::Voices),
    }
}
