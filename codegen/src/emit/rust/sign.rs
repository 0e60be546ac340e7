//! The signing phase: headers that are set first, the signed text line by line, the MAC over it.

use proc_macro2::TokenStream;
use quote::quote;

use super::sources::{Context, Held, place};
use super::terms::{bind, chained, value};
use super::{conditions, names};
use crate::ir::auth::{Encoding, Line, Mac, Separator, Sign, Term};
use crate::ir::value::Type;

/// Everything up to `signature`.
pub fn phase(context: &Context, sign: &Sign) -> TokenStream {
    let headers = sign.headers.iter().map(|(name, when, term)| {
        let bound = bind(context, term);
        let value = bound.into_text();
        chained(conditions::cond(context, when), &[&bound], &quote!(request.set_header(#name, #value)?;))
    });
    let signed = &sign.signed;
    let signed = (!signed.is_empty()).then(|| quote!(let signed = [#(#signed),*];));
    let lines = sign.lines.iter().filter_map(|line| self::line(context, sign, line));
    let newline = sign.final_newline.then(|| quote!(+ "\n"));
    let (mac, secret) = (mac(context, &sign.mac), place(context, &sign.secret));
    let encoding = match sign.encoding {
        Encoding::Base64 => quote!(Encoding::Base64),
        Encoding::Hex => quote!(Encoding::Hex),
    };
    // Nothing is signed without a secret: a plugin that does not require one sends the request as it is.
    let secret = if sign.secret.optional {
        quote!(let Some(secret) = &#secret else { return Ok(()); };)
    } else {
        quote!(let secret = &#secret;)
    };
    quote! {
        #secret
        #(#headers)*
        __blank!();
        #signed
        let lines = [#(#lines,)*];
        let text = lines.join("\n") #newline;
        let mac = #mac;
        let signature = mac.sign(secret, &text, #encoding);
        __blank!();
    }
}

fn mac(context: &Context, mac: &Mac) -> TokenStream {
    let named = |name: &str| {
        let variant = names::variant(name);
        quote!(Mac::#variant)
    };
    match mac {
        Mac::Is(name) => named(name),
        Mac::Of(source) => match &source.type_ {
            Type::Choice(choice) => {
                let (type_, subject) = (context.choice(choice), place(context, source));
                let arms = choice.options.iter().map(|option| {
                    let (variant, mac) = (names::variant(option), named(option));
                    quote!(#type_::#variant => #mac)
                });
                quote!(match #subject { #(#arms,)* })
            }
            _ => named("hmac_sha256"),
        },
    }
}

/// A line of the signed text; `None` for signed headers where there are none.
fn line(context: &Context, sign: &Sign, line: &Line) -> Option<TokenStream> {
    match line {
        Line::Is(term) => Some(text(context, term)),
        Line::Words(words) => {
            let words = words.iter().map(|word| text(context, word));
            Some(quote!([#(#words),*].join(" ")))
        }
        Line::EachSigned(_) if sign.signed.is_empty() => None,
        Line::EachSigned(Separator::Colon) => Some(quote!(each_signed(request, &signed, ":"))),
        Line::EachSigned(Separator::ColonSpace) => Some(quote!(each_signed(request, &signed, ": "))),
    }
}

/// A text of its own; absent is empty.
fn text(context: &Context, term: &Term) -> TokenStream {
    let pick = match term {
        Term::Is(text) => return quote!(#text.to_owned()),
        Term::Of(pick) => pick,
    };
    let mut value = value(context, pick);
    if value.optional {
        let tokens = if value.held == Held::Fresh { value.tokens.clone() } else { value.borrowed() };
        value.tokens = quote!(#tokens.unwrap_or_default());
        value.optional = false;
        if value.held == Held::Owned {
            value.held = Held::Borrowed;
        }
    }
    value.owned_text()
}
