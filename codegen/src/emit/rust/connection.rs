//! The module of the connection: the credentials that it needs, then what is put on every attempt.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::file::{File, Section};
use super::imports::mentions;
use super::model_type::binding;
use super::sources::Context;
use super::terms::{bind, chained, header_value, says_who_asks, value};
use super::{auth, conditions, credentials, fields};
use crate::ir::auth::Term;
use crate::ir::connection::{Connection, Header};

pub fn file(connection: &Connection) -> File {
    let mut sections = Vec::new();
    if !connection.credentials.is_empty() {
        sections.push(Section::new("Credentials", credentials_of(connection)));
    }
    sections.push(Section::new("Every request", vec![attach(connection)]));
    sections.push(Section::new("Fields", fields::declared(&connection.fields)));
    File {
        spec: Some(connection.origin.spec.clone()),
        about: connection.origin.about.clone(),
        local: Vec::new(),
        traits: Vec::new(),
        sections,
    }
}

fn credentials_of(connection: &Connection) -> Vec<TokenStream> {
    let name = format_ident!("Credential");
    let about = "Credentials of the connection that every request needs.";
    let read = credentials::read(&name, "connection", &connection.credentials);
    let mut items = vec![credentials::structure(&name, about, &connection.credentials)];
    items.extend(credentials::choices(&connection.credentials));
    items.push(quote! {
        impl Credential {
            fn read(stored: &Stored<'_>) -> Result<Self> {
                Ok(#read)
            }
        }
    });
    items
}

/// Where a condition holds that a header has, the header is the connection's alone: without a value, nobody else's
/// stands in its place. Headers of one condition that follow each other stand under it together.
fn headers_set(context: &Context, headers: &[Header]) -> TokenStream {
    let mut under: Vec<(Option<TokenStream>, TokenStream)> = Vec::new();
    for (name, when, term) in headers {
        let cond = conditions::cond(context, when);
        let bound = bind(context, term);
        let (cond, statement) = match term {
            Term::Of(pick) if cond.is_some() && bound.optional() && says_who_asks(pick) => {
                let value = value(context, pick).tokens;
                (cond, quote!(request.put_header(#name, #value.map(header_text))?;))
            }
            _ => {
                let value = header_value(term, &bound);
                (None, chained(cond, &[&bound], &quote!(request.set_header(#name, #value)?;)))
            }
        };
        match under.last_mut() {
            Some((last, statements))
                if last.as_ref().map(ToString::to_string) == cond.as_ref().map(ToString::to_string) =>
            {
                statements.extend(statement);
            }
            _ => under.push((cond, statement)),
        }
    }
    let statements = under.into_iter().map(|(cond, statements)| match cond {
        Some(cond) => quote!(if #cond { #statements }),
        None => statements,
    });
    statements.collect()
}

fn attach(connection: &Connection) -> TokenStream {
    let context = Context::of("connection");
    let headers = headers_set(&context, &connection.headers);
    let attached = connection.attach.iter().map(|attached| auth::attach(&context, attached));
    let body = quote!(#headers #(#attached)*);
    let read = mentions(&body, "credential").then(|| quote!(let credential = Credential::read(call.stored)?;));
    let body = quote!(#read #body);
    let (call, request, moment) = (binding("call", &body), binding("request", &body), binding("moment", &body));
    quote! {
        /// Puts on one attempt of a request what is sent with every one. It is signed with all the rest.
        pub fn attach(#call: &Call<'_>, #request: &mut Request, #moment: &Moment) -> Result<()> {
            #body
            Ok(())
        }
    }
}
