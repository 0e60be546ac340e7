//! Model parameters: the typed struct a protocol takes them in, and the rules, each written once.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::file::{File, Section};
use super::sources::{Context, expr};
use super::{conditions, literals, names};
use crate::ir::model_type::ModelType;
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

/// The rules of a model type, one constant each: protocols and plugins say what differs. `None` if there are none.
pub fn file(model_type: &ModelType) -> Option<File> {
    let module = names::snake(&model_type.id);
    let constant = |parameter: &Parameter| {
        let (name, said) = (names::upper(&parameter.name), said(parameter, None));
        let about = literals::doc(&format!("`{}`", parameter.name));
        quote!(#about pub const #name: Parameter<#module::Credential> = Parameter { #(#said)* ..Parameter::DEFAULTS };)
    };
    (!model_type.parameters.is_empty()).then(|| File {
        spec: None,
        about: format!("What a call of the model type `{}` may set, if the protocol sends it.", model_type.id),
        local: vec![(module.to_string(), "crate::model_types".to_owned())],
        traits: Vec::new(),
        sections: vec![Section::plain(model_type.parameters.iter().map(constant).collect())],
    })
}

/// The static table of rules.
pub fn table(name: &Ident, model_type: &ModelType, public: bool, parameters: &[Parameter]) -> TokenStream {
    let module = names::snake(&model_type.id);
    let public = public.then(|| quote!(pub));
    let rows = parameters.iter().map(|parameter| row(model_type, parameter));
    quote! {
        /// What a call may set.
        #public static #name: &[Parameter<#module::Credential>] = &[#(#rows,)*];
    }
}

fn row(model_type: &ModelType, parameter: &Parameter) -> TokenStream {
    let Some(base) = model_type.parameters.iter().find(|base| base.name == parameter.name) else {
        let said = said(parameter, None);
        return quote!(Parameter { #(#said)* ..Parameter::DEFAULTS });
    };
    let (module, constant) = (names::snake(&model_type.id), names::upper(&base.name));
    let said = said(parameter, Some(base));
    match said.as_slice() {
        [] => quote!(rules::#module::#constant),
        said => quote!(Parameter { #(#said)* ..rules::#module::#constant }),
    }
}

/// The members that differ from `base`, or else from `Parameter::DEFAULTS`.
fn said(parameter: &Parameter, base: Option<&Parameter>) -> Vec<TokenStream> {
    let before = base.map(members).unwrap_or_default();
    let differs = |(at, (_, value, unusual)): &(usize, Member)| match before.get(*at) {
        Some((_, before, _)) => before.to_string() != value.to_string(),
        None => *unusual,
    };
    let members = members(parameter).into_iter().enumerate().filter(differs);
    members.map(|(_, (name, value, _))| quote!(#name: #value,)).collect()
}

/// Name, value, and whether `Parameter::DEFAULTS` says something else.
type Member = (Ident, TokenStream, bool);

fn members(parameter: &Parameter) -> Vec<Member> {
    let context = Context::elsewhere();
    let Parameter { name, required, options, .. } = parameter;
    let kind = if parameter.headers { quote!(ParameterType::Headers) } else { kind(parameter.kind) };
    let precision = parameter.precision.map(|places| literals::integer(places.into()));
    let when = conditions::cond(&context, &parameter.when);
    let fixed = fixed(&context, parameter);
    let optional = |name: &str, value: Option<TokenStream>| {
        let (is_said, value) = (value.is_some(), value.map_or_else(|| quote!(None), |value| quote!(Some(#value))));
        (format_ident!("{name}"), value, is_said)
    };
    let function = |name: &str, value: Option<TokenStream>, otherwise: TokenStream| {
        let is_said = value.is_some();
        let function = value.map_or_else(|| quote!(|_| #otherwise), |value| quote!(|credential| #value));
        (format_ident!("{name}"), function, is_said)
    };
    let always = |name: &str, value: TokenStream| (format_ident!("{name}"), value, true);
    vec![
        always("name", quote!(#name)),
        always("kind", kind),
        optional("template", parameter.template.as_ref().map(|template| quote!(#template))),
        always("label", literals::text(&parameter.label)),
        optional("help", parameter.help.as_ref().map(literals::text)),
        (format_ident!("required"), quote!(#required), *required),
        optional("default", parameter.default.as_ref().map(default)),
        optional("min", parameter.min.as_ref().map(|limit| bound(&context, limit))),
        optional("max", parameter.max.as_ref().map(|limit| bound(&context, limit))),
        optional("precision", precision.map(|places| quote!(#places))),
        (format_ident!("options"), quote!(&[#(#options),*]), !options.is_empty()),
        function("when", when, quote!(true)),
        function("fixed", fixed, quote!(None)),
    ]
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
        let negative = value.as_f64().is_some_and(|number| number < 0.0);
        let value = literals::written(value);
        let value = if negative { quote!((#value)) } else { value };
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
