//! The structs that a reply or an event is read into.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::names;
use crate::ir::decode::{Build, Document, Scope, Struct, Type};

/// The structs of a document.
pub fn structs(document: &Document) -> Vec<TokenStream> {
    let cloned = shares(&document.scope) || document.rules.iter().any(|rule| build_shares(&rule.build));
    document.structs.iter().map(|structure| struct_item(document, structure, cloned)).collect()
}

/// Whether vectors are read, which stay in the document's bytes: these are needed until the end.
pub fn holds_vectors(document: &Document) -> bool {
    fn holds(type_: &Type) -> bool {
        match type_ {
            Type::List(element) => holds(element),
            type_ => *type_ == Type::Values,
        }
    }
    document.structs.iter().flat_map(|structure| &structure.members).any(|(_, type_)| holds(type_))
}

fn struct_item(document: &Document, structure: &Struct, cloned: bool) -> TokenStream {
    let name = format_ident!("{}", structure.name);
    let lifetime = structure.borrows.then(|| quote!(<'a>));
    let clone = cloned.then(|| quote!(Clone,));
    let members = structure.members.iter().map(|(member, type_)| {
        let ident = names::snake(member);
        let rename = (ident.to_string().trim_start_matches("r#") != member).then(|| quote!(rename = #member));
        let borrow = borrows(document, type_).then(|| quote!(borrow));
        let lenient = holds_counts(document, type_).then(|| quote!(default, deserialize_with = "reply::object"));
        let attributes: Vec<_> = [rename, borrow, lenient].into_iter().flatten().collect();
        let attribute = (!attributes.is_empty()).then(|| quote!(#[serde(#(#attributes),*)]));
        let type_ = type_of(document, type_);
        quote!(#attribute #ident: Option<#type_>)
    });
    quote! {
        #[derive(Default, #clone Deserialize)]
        struct #name #lifetime {
            #(#members,)*
        }
    }
}

fn type_of(document: &Document, type_: &Type) -> TokenStream {
    match type_ {
        Type::Presence => quote!(reply::Presence),
        Type::Text => quote!(reply::Text<'a>),
        Type::Integer => quote!(reply::Integer),
        Type::Count => quote!(reply::Count),
        Type::Number => quote!(reply::Number),
        Type::Boolean => quote!(bool),
        Type::Json => quote!(reply::Json<'a>),
        Type::Values => quote!(reply::Values<'a>),
        Type::List(element) => {
            let element = type_of(document, element);
            quote!(reply::List<#element>)
        }
        Type::Struct(index) => {
            let structure = &document.structs[*index];
            let name = format_ident!("{}", structure.name);
            let lifetime = structure.borrows.then(|| quote!(<'a>));
            quote!(#name #lifetime)
        }
    }
}

/// Whether it is an object of nothing but counts: it is not worth failing for.
fn holds_counts(document: &Document, type_: &Type) -> bool {
    let Type::Struct(index) = type_ else { return false };
    let counts = |type_: &Type| *type_ == Type::Count || holds_counts(document, type_);
    document.structs[*index].members.iter().all(|(_, type_)| counts(type_))
}

fn borrows(document: &Document, type_: &Type) -> bool {
    match type_ {
        Type::Text | Type::Json | Type::Values => true,
        Type::List(element) => borrows(document, element),
        Type::Struct(index) => document.structs[*index].borrows,
        _ => false,
    }
}

fn shares(scope: &Scope) -> bool {
    scope.locals.iter().any(|local| local.step.shared)
}

fn build_shares(build: &Build) -> bool {
    match build {
        Build::Literal(_) => false,
        Build::Pick { from, .. } | Build::Read { from, .. } => from.iter().any(|source| source.step.shared),
        Build::Each { from, scope, element, .. } => {
            from.iter().any(|source| source.step.shared) || shares(scope) || build_shares(element)
        }
        Build::Record(_, members) => members.iter().filter_map(|member| member.build.as_ref()).any(build_shares),
        Build::List(items) => items.iter().any(build_shares),
        Build::Convert { list, .. } => build_shares(list),
    }
}
