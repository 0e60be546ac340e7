//! Typed credentials of a group: the struct, a type for each choice, and how they are read.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::sources::choice_name;
use super::{literals, names};
use crate::ir::auth::literal;
use crate::ir::field::{Credential, Kind};
use crate::ir::value::{Choice, Type};

/// The struct.
pub fn structure(name: &Ident, about: &str, credentials: &[Credential]) -> TokenStream {
    let about = literals::doc(about);
    if credentials.is_empty() {
        return quote!(#about #[derive(Debug, Clone)] pub struct #name;);
    }
    let members = credentials.iter().map(|credential| {
        let (doc, member, type_) = (literals::doc(&credential.label), names::snake(&credential.name), held(credential));
        quote!(#doc pub #member: #type_)
    });
    quote! {
        #about
        #[derive(Debug, Clone)]
        pub struct #name {
            #(#members,)*
        }
    }
}

fn held(credential: &Credential) -> TokenStream {
    let bare = match &credential.type_ {
        Type::Integer => quote!(i64),
        Type::Number => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Secret => quote!(Secret),
        Type::SigningKey => quote!(SigningKey),
        Type::Seconds => quote!(Duration),
        Type::Pairs if credential.read == Kind::Headers => quote!(Vec<(String, Secret)>),
        Type::Pairs => quote!(Vec<(String, String)>),
        Type::Word => quote!(&'static str),
        Type::List(_) => quote!(Vec<Voice>),
        Type::Choice(choice) => {
            let name = choice_name(choice);
            quote!(#name)
        }
        _ => quote!(String),
    };
    if credential.optional { quote!(Option<#bare>) } else { bare }
}

/// The types of its choices.
pub fn choices(credentials: &[Credential]) -> Vec<TokenStream> {
    let choice = |credential: &Credential| match &credential.type_ {
        Type::Choice(choice) => Some(choice_type(credential, choice)),
        _ => None,
    };
    credentials.iter().filter_map(choice).collect()
}

fn choice_type(credential: &Credential, choice: &Choice) -> TokenStream {
    let (name, about) = (choice_name(choice), literals::doc(&credential.label));
    let labels = credential.options.iter().map(|(option, label)| match label.trim() {
        "" => literals::doc(&format!("{option:?}")),
        label => literals::doc(label),
    });
    let variants: Vec<_> = choice.options.iter().map(|option| names::variant(option)).collect();
    let options = &choice.options;
    quote! {
        #about
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum #name {
            #(#labels #variants,)*
        }

        impl #name {
            /// The option's name in the spec.
            pub fn as_str(self) -> &'static str {
                match self {
                    #(#name::#variants => #options,)*
                }
            }

            fn named(name: &str) -> Option<Self> {
                match name {
                    #(#options => Some(#name::#variants),)*
                    _ => None,
                }
            }
        }
    }
}

/// The struct, read from what is stored.
pub fn read(name: &Ident, group: &str, credentials: &[Credential]) -> TokenStream {
    if credentials.is_empty() {
        return quote!(#name);
    }
    let members = credentials.iter().map(|credential| {
        let (member, value) = (names::snake(&credential.name), value(group, credential));
        quote!(#member: #value)
    });
    quote!(#name { #(#members,)* })
}

fn value(group: &str, credential: &Credential) -> TokenStream {
    let id = format!("{group}.{}", credential.name);
    let method = format_ident!("{}", reader(&credential.read));
    if matches!(credential.type_, Type::Boolean | Type::Pairs) {
        return quote!(stored.#method(#id)?);
    }
    if let Type::Choice(choice) = &credential.type_ {
        return read_choice(&id, credential, choice);
    }
    match &credential.default {
        Some(default) => {
            let default = or_else(credential, default);
            quote!(stored.#method(#id)? #default)
        }
        None if credential.required => quote!(stored.required(#id, Stored::#method)?),
        None => quote!(stored.#method(#id)?),
    }
}

fn read_choice(id: &str, credential: &Credential, choice: &Choice) -> TokenStream {
    let name = choice_name(choice);
    match &credential.default {
        Some(default) => {
            let default = names::variant(&literal(default));
            quote!(stored.choice(#id)?.and_then(#name::named).unwrap_or(#name::#default))
        }
        None if credential.required => {
            quote!(stored.required(#id, |stored, id| Ok(stored.choice(id)?.and_then(#name::named)))?)
        }
        None => quote!(stored.choice(#id)?.and_then(#name::named)),
    }
}

fn or_else(credential: &Credential, default: &Json) -> TokenStream {
    match credential.type_ {
        Type::Integer => {
            let default = literals::scalar(default);
            quote!(.unwrap_or(#default))
        }
        Type::Number => {
            let default = literals::float(default);
            quote!(.unwrap_or(#default))
        }
        Type::Seconds => {
            let default = literals::scalar(default);
            quote!(.unwrap_or(Duration::from_secs(#default)))
        }
        // The stored field has the same default.
        Type::List(_) => quote!(.unwrap_or_default()),
        Type::Word => {
            let default = literal(default);
            quote!(.unwrap_or(#default))
        }
        _ => {
            let default = literal(default);
            let default = if credential.read == Kind::Escaped { unescaped(&default) } else { default };
            quote!(.unwrap_or_else(|| #default.to_owned()))
        }
    }
}

fn reader(kind: &Kind) -> &'static str {
    match kind {
        Kind::String | Kind::Url => "text",
        Kind::Secret => "secret",
        Kind::SigningKey => "signing_key",
        Kind::Pem => "pem",
        Kind::Integer => "integer",
        Kind::Number => "number",
        Kind::Decimal => "decimal",
        Kind::Seconds => "seconds",
        Kind::Flag { .. } => "flag",
        Kind::Choice(_) => "choice",
        Kind::HeaderName => "header_name",
        Kind::Headers => "headers",
        Kind::Map => "map",
        Kind::Escaped => "escaped",
        Kind::Voices => "voices",
    }
}

/// `\n`, `\r`, `\t` and `\\` decoded, as the runtime does for stored text.
fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('\\') | None => out.push('\\'),
            Some(other) => out.extend(['\\', other]),
        }
    }
    out
}
