//! The examples of a spec, as tests.

use proc_macro2::TokenStream;
use quote::quote;

use super::{literals, names};
use crate::ir::auth::Auth;
use crate::ir::protocol::Protocol;

/// The tests of a protocol, run through its adapter.
pub fn of_protocol(protocol: &Protocol) -> TokenStream {
    let (name, fields) = (names::type_name(&protocol.id, "Protocol"), names::snake(&protocol.model_type));
    let own = (!protocol.credentials.is_empty()).then(|| quote!(.fields(FIELDS)));
    let parameters = (!protocol.parameters.is_empty()).then(|| quote!(.parameters(PARAMETERS)));
    let tests = protocol.examples.iter().map(|example| {
        let test = names::snake(&example.name);
        let credentials = example.credentials.iter().map(|(id, value)| quote!(.credential(#id, #value)));
        let given = example.parameters.iter().map(|(parameter, value)| {
            let value = literals::raw(value);
            quote!(.parameter(#parameter, #value))
        });
        let headers = example.headers.iter().map(|(header, value)| quote!(.header(#header, #value)));
        let (input, sends) = (literals::raw(&example.input), literals::raw(&example.sends));
        let streams = example.streams.as_ref().map(|events| {
            let events = events.iter().map(|event| literals::raw(event));
            quote!(.streams(&[#(#events,)*]))
        });
        let receives = example.receives.as_ref().map(|reply| {
            let reply = literals::raw(reply);
            quote!(.receives(#reply))
        });
        let polls = example.polls.as_ref().map(|polls| {
            let polls = polls.iter().map(|poll| literals::raw(poll));
            quote!(.polls(&[#(#polls,)*]))
        });
        let yields = literals::raw(&example.yields);
        quote! {
            #[test]
            fn #test() {
                Example::<#name>::of()
                    .fields(#fields::FIELDS)
                    #own
                    #parameters
                    #(#credentials)*
                    #(#given)*
                    .input(#input)
                    #(#headers)*
                    .sends(#sends)
                    #streams
                    #receives
                    #polls
                    .yields(#yields);
            }
        }
    });
    quote! {
        #[cfg(test)]
        mod tests {
            use runtime::testing::Example;
            use super::*;
            #(#tests)*
        }
    }
}

/// The tests of an auth method, run through its credentials.
pub fn of_auth(auth: &Auth) -> TokenStream {
    let tests = auth.examples.iter().map(|example| {
        let test = names::snake(&example.name);
        let credentials = example.credentials.iter().map(|(id, value)| quote!(.credential(#id, #value)));
        let (method, url) = (&example.method, &example.url);
        let headers = example.headers.iter().map(|(name, value)| quote!((#name, #value)));
        let body = example.body.as_deref().unwrap_or_default();
        let added = example.adds_headers.iter().map(|(name, value)| quote!(.adds_header(#name, #value)));
        let query = example.adds_query.iter().map(|(name, value)| quote!(.adds_query(#name, #value)));
        quote! {
            #[test]
            fn #test() {
                AuthExample::of(read)
                    .fields(FIELDS)
                    #(#credentials)*
                    .request(#method, #url, &[#(#headers),*], #body)
                    #(#added)*
                    #(#query)*
                    .check();
            }
        }
    });
    quote! {
        #[cfg(test)]
        mod tests {
            use runtime::testing::AuthExample;
            use super::*;
            #(#tests)*
        }
    }
}
