//! Model parameters: the typed struct a protocol takes them in, and the table of rules.

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use serde_json::Value as Json;

use super::sources::{Context, expr};
use super::{conditions, literals, names};
use crate::ir::parameter::{Bound, Parameter, ParameterType};

/// The struct and how it is filled.
pub fn structure(parameters: &[Parameter]) -> Vec<TokenStream> {
    let members = parameters.iter().map(|parameter| {
        let (doc, name) = (literals::doc(&parameter.label.en_us), names::snake(&parameter.name));
        let type_ = match parameter.kind {
            _ if parameter.headers => return quote!(#doc pub #name: Vec<(String, Secret)>),
            ParameterType::Number => quote!(f64),
            ParameterType::Integer => quote!(i64),
            ParameterType::String | ParameterType::Text => quote!(String),
            ParameterType::Boolean => quote!(bool),
        };
        quote!(#doc pub #name: Option<#type_>)
    });
    let taken = parameters.iter().map(|parameter| {
        let (name, text) = (names::snake(&parameter.name), &parameter.name);
        let read = match parameter.kind {
            _ if parameter.headers => quote!(headers),
            ParameterType::Number => quote!(number),
            ParameterType::Integer => quote!(integer),
            ParameterType::String | ParameterType::Text => quote!(text),
            ParameterType::Boolean => quote!(boolean),
        };
        quote!(#name: parameters.#read(#text))
    });
    vec![
        quote! {
            /// The parameters it sends.
            #[derive(Debug, Clone)]
            pub struct Param {
                #(#members,)*
            }
        },
        quote! {
            impl parameters::Param for Param {
                fn take(parameters: &Parameters) -> Self {
                    Param { #(#taken,)* }
                }
            }
        },
    ]
}

/// The static table of rules. What is not said is as in `Parameter::DEFAULTS`.
pub fn table(name: &Ident, model_type: &str, public: bool, parameters: &[Parameter]) -> TokenStream {
    let model_type = names::snake(model_type);
    let public = public.then(|| quote!(pub));
    let rows = parameters.iter().map(row);
    quote! {
        /// What a call may set.
        #public static #name: &[Parameter<#model_type::Credential>] = &[#(#rows,)*];
    }
}

fn row(parameter: &Parameter) -> TokenStream {
    let context = Context::elsewhere();
    let Parameter { name, options, .. } = parameter;
    let kind = if parameter.headers { quote!(ParameterType::Headers) } else { kind(parameter.kind) };
    let label = literals::text(&parameter.label);
    let template = parameter.template.as_ref().map(|template| quote!(template: Some(#template),));
    let help = parameter.help.as_ref().map(literals::text).map(|help| quote!(help: Some(#help),));
    let required = parameter.required.then(|| quote!(required: true,));
    let default = parameter.default.as_ref().map(default).map(|default| quote!(default: Some(#default),));
    let min = parameter.min.as_ref().map(|limit| bound(&context, limit)).map(|limit| quote!(min: Some(#limit),));
    let max = parameter.max.as_ref().map(|limit| bound(&context, limit)).map(|limit| quote!(max: Some(#limit),));
    let precision = parameter.precision.map(|places| literals::integer(places.into()));
    let precision = precision.map(|places| quote!(precision: Some(#places),));
    let options = (!options.is_empty()).then(|| quote!(options: &[#(#options),*],));
    let when = conditions::cond(&context, &parameter.when).map(|cond| quote!(when: |credential| #cond,));
    let fixed = fixed(&context, parameter).map(|value| quote!(fixed: |credential| #value,));
    quote! {
        Parameter {
            name: #name,
            kind: #kind,
            #template
            label: #label,
            #help
            #required
            #default
            #min
            #max
            #precision
            #options
            #when
            #fixed
            ..Parameter::DEFAULTS
        }
    }
}

fn kind(kind: ParameterType) -> TokenStream {
    match kind {
        ParameterType::Number => quote!(ParameterType::Number),
        ParameterType::Integer => quote!(ParameterType::Integer),
        ParameterType::String => quote!(ParameterType::String),
        ParameterType::Text => quote!(ParameterType::Text),
        ParameterType::Boolean => quote!(ParameterType::Boolean),
    }
}

fn default(value: &Json) -> TokenStream {
    match value {
        Json::String(text) => quote!(parameters::Default::Text(#text)),
        Json::Bool(value) => quote!(parameters::Default::Boolean(#value)),
        number => {
            let number = literals::float(number);
            quote!(parameters::Default::Number(#number))
        }
    }
}

fn bound(context: &Context, bound: &Bound) -> TokenStream {
    match bound {
        Bound::Is(limit) => {
            let limit = literals::number(*limit);
            quote!(Bound::Is(#limit))
        }
        Bound::Of(source) => {
            let value = expr(context, source);
            let credential = value.tokens;
            match value.type_ {
                crate::ir::value::Type::Number => quote!(Bound::Of(|credential| #credential)),
                _ => quote!(Bound::Of(|credential| #credential as f64)),
            }
        }
    }
}

/// Values that credentials force, the first whose condition holds.
fn fixed(context: &Context, parameter: &Parameter) -> Option<TokenStream> {
    let mut rows = parameter.fixed.iter().rev().peekable();
    rows.peek()?;
    Some(rows.fold(quote!(None), |otherwise, (cond, value)| {
        let value = literals::scalar(value);
        match conditions::cond(context, cond) {
            Some(cond) if mergeable(&otherwise) => quote!(if #cond { Some(#value.into()) } else #otherwise),
            Some(cond) => quote!(if #cond { Some(#value.into()) } else { #otherwise }),
            None => quote!(Some(#value.into())),
        }
    }))
}

/// An `if` that can follow an `else` as it is.
fn mergeable(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().next().is_some_and(|token| token.to_string() == "if")
}
