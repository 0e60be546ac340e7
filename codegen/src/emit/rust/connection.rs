//! The module of the connection: the credentials that it needs, then what is put on every attempt.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::file::{File, Section};
use super::imports::mentions;
use super::model_type::binding;
use super::sources::Context;
use super::terms::{bind, chained, header_value};
use super::{auth, conditions, credentials, fields};
use crate::ir::connection::Connection;

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

fn attach(connection: &Connection) -> TokenStream {
    let context = Context::of("connection");
    let headers = connection.headers.iter().map(|(name, when, term)| {
        let bound = bind(&context, term);
        let value = header_value(term, &bound);
        chained(conditions::cond(&context, when), &[&bound], &quote!(request.set_header(#name, #value)?;))
    });
    let attached = connection.attach.iter().map(|attached| auth::attach(&context, attached));
    let body = quote!(#(#headers)* #(#attached)*);
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
