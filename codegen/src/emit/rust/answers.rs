//! What reads the answers of a protocol: one implementation of the trait of its shape.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::model_type::binding;
use super::sources::{Context, expr};
use super::{decode, documents, literals, names, paths};
use crate::ir::protocol::{Frames, Protocol, Shape, Stream};

/// What reads one document.
pub fn reader(name: &proc_macro2::Ident, protocol: &Protocol, output: &TokenStream) -> TokenStream {
    let body = match &protocol.reply {
        Some(reply) => decode::body(reply, output, "reply"),
        None => quote!(Err(Undecoded::Missing("reply"))),
    };
    let reply = match &protocol.reply {
        Some(reply) if documents::holds_vectors(reply) => format_ident!("bytes"),
        _ => binding("reply", &body),
    };
    let shape = if protocol.shape == Shape::Upload { quote!(Upload) } else { quote!(Json) };
    let plain = (protocol.shape == Shape::Upload && output.to_string() == "String").then(|| {
        quote! {
            fn plain(text: &str) -> Option<String> {
                Some(text.to_owned())
            }
        }
    });
    quote! {
        impl #shape for #name {
            fn decode(#reply: &reply::Bytes) -> Result<#output, Undecoded> {
                #body
            }

            #plain
        }
    }
}

pub fn chat(name: &proc_macro2::Ident, protocol: &Protocol) -> TokenStream {
    let own = TokenStream::new();
    let missing = |what: &str| {
        let text = format!("{} has no {what}", protocol.id);
        quote!(Err(Undecoded::Malformed(#text.to_owned())))
    };
    let stream = protocol.stream.as_ref();
    let ends_with = literals::optional(&stream.and_then(|stream| stream.ends_with.clone()));
    let lines = stream.is_some_and(|stream| stream.frames == Frames::Ndjson);
    let frames = lines.then(|| {
        quote!(
            const FRAMES: Frames = Frames::Ndjson;
        )
    });
    let says_end = stream.is_some_and(|stream| stream.event.ends.is_some() && stream.ends_with.is_none());
    let marked = says_end.then(|| {
        quote!(
            const ENDS_MARKED: bool = true;
        )
    });
    let separator = stream.and_then(|stream| separator(&protocol.model_type, stream));
    let paths = stream.map(|stream| paths::constant(&stream.event));
    let event_body = match stream {
        Some(stream) => decode::body(&stream.event, &own, "event"),
        None => missing("stream"),
    };
    let reply_body = match &protocol.reply {
        Some(reply) => decode::body(reply, &own, "reply"),
        None => missing("reply outside a stream"),
    };
    let (event, reply) = (binding("event", &event_body), binding("reply", &reply_body));
    quote! {
        impl Chat for #name {
            #frames
            const ENDS_WITH: Option<&'static str> = #ends_with;
            #marked
            #paths

            #separator

            fn event(#event: &str) -> Result<output::Chat<'_>, Undecoded> {
                #event_body
            }

            fn reply(#reply: &str) -> Result<output::Chat<'_>, Undecoded> {
                #reply_body
            }
        }
    }
}

pub fn whole(name: &proc_macro2::Ident, protocol: &Protocol) -> TokenStream {
    let reply = whole_reply(protocol);
    quote! {
        impl Whole for #name {
            #reply
        }
    }
}

/// The method that reads a whole answer of a conversation.
pub fn whole_reply(protocol: &Protocol) -> TokenStream {
    let body = match &protocol.reply {
        Some(reply) => decode::body(reply, &quote!(output::Chat), "reply"),
        None => quote!(Err(Undecoded::Missing("reply"))),
    };
    let reply = binding("reply", &body);
    quote! {
        fn reply(#reply: &str) -> Result<output::Chat<'_>, Undecoded> {
            #body
        }
    }
}

pub fn audio(name: &proc_macro2::Ident, protocol: &Protocol) -> TokenStream {
    let ends_with = protocol.stream.as_ref().and_then(|stream| stream.ends_with.as_ref());
    let ends_with = ends_with.map(|data| quote!(const ENDS_WITH: Option<&'static str> = Some(#data);));
    let event = protocol.stream.as_ref().map(|stream| {
        let body = decode::body(&stream.event, &TokenStream::new(), "event");
        quote! {
            fn event(event: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
                #body
            }
        }
    });
    let reply = protocol.reply.as_ref().map(|reply| {
        let body = decode::body(reply, &TokenStream::new(), "reply");
        quote! {
            fn reply(reply: &str) -> Result<Option<Cow<'_, str>>, Undecoded> {
                #body
            }
        }
    });
    quote!(impl Bytes for #name { #ends_with #event #reply })
}

fn separator(model_type: &str, stream: &Stream) -> Option<TokenStream> {
    let source = stream.separator.as_ref()?;
    let model_type = names::snake(model_type);
    let value = expr(&Context::elsewhere(), source);
    let text = value.borrowed();
    let text = if value.optional { text } else { quote!(Some(#text)) };
    Some(quote! {
        fn separator(credential: &#model_type::Credential) -> Option<&str> {
            #text
        }
    })
}
