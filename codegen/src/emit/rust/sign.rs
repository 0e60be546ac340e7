//! The signing phase: headers that are set first, the signed text line by line, the MAC over it.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::imports::mentions;
use super::sources::{Context, Held, place};
use super::terms::{bind, chained, value};
use super::{conditions, names};
use crate::ir::auth::{Encoding, Line, Mac, Separator, Sign, Term};
use crate::ir::value::Type;

/// Everything up to `signature`.
pub fn phase(context: &Context, sign: &Sign) -> TokenStream {
    let headers = sign.headers.iter().map(|(name, when, term)| {
        let bound = bind(context, term);
        let value = bound.string_like();
        chained(conditions::cond(context, when), &[&bound], &quote!(request.set_header(#name, #value)?;))
    });
    let (mac, secret) = (mac(context, &sign.mac), place(context, &sign.secret));
    let encoding = match sign.encoding {
        Encoding::Base64 => quote!(Encoding::Base64),
        Encoding::Hex => quote!(Encoding::Hex),
    };
    let text = signed_text(sign, &context.home);
    quote! {
        #(#headers)*
        __blank!();
        let mac = #mac;
        let signature = mac.sign(&#secret, &#text, #encoding);
        __blank!();
    }
}

/// The names of the signed headers.
pub fn signed_headers(sign: &Sign) -> TokenStream {
    let signed = &sign.signed;
    quote! {
        /// Headers that are signed by name.
        const SIGNED: &[&str] = &[#(#signed),*];
    }
}

/// The method that shows what was signed, and the function that writes it.
pub fn text_items(sign: &Sign, name: &Ident, home: &str) -> (TokenStream, TokenStream) {
    let lines = lines(&Context::of(home), sign);
    let newline = sign.final_newline.then(|| quote!(+ "\n"));
    let uses = |name: &str| mentions(&lines, name);
    let credential = uses("credential").then(|| quote!(credential: &#name,));
    let request = uses("request").then(|| quote!(request: &Request,));
    let moment = uses("moment").then(|| quote!(moment: &Moment,));
    let function = quote! {
        fn signed_text(#credential #request #moment) -> String {
            #lines
            lines.join("\n") #newline
        }
    };
    // Text with the time in it is not the same a second time.
    let method = (!uses("moment")).then(|| {
        let call = signed_text(sign, home);
        let request = if uses("request") { quote!(request) } else { quote!(_request) };
        quote! {
            fn signed_text(&self, #request: &Request) -> Option<String> {
                Some(#call)
            }
        }
    });
    (method.unwrap_or_default(), function)
}

/// The call of the function that writes the signed text.
fn signed_text(sign: &Sign, home: &str) -> TokenStream {
    let lines = lines(&Context::of(home), sign);
    let given = [("credential", quote!(self)), ("request", quote!(request)), ("moment", quote!(moment))];
    let given = given.into_iter().filter(|(name, _)| mentions(&lines, name)).map(|(_, given)| given);
    quote!(signed_text(#(#given),*))
}

/// Statements that leave the lines of the signed text in `lines`. Signed headers are as many lines as the request has of
/// them, so they part the list.
fn lines(context: &Context, sign: &Sign) -> TokenStream {
    let written = |part: &[Line]| {
        let lines = part.iter().map(|line| self::line(context, line));
        quote!([#(#lines,)*])
    };
    let parts: Vec<&[Line]> = sign.lines.chunk_by(|a, b| each(a).is_none() && each(b).is_none()).collect();
    let statements = parts.iter().enumerate().map(|(index, part)| match (index, each(&part[0]), *part) {
        (0, Some(signed), _) if parts.len() == 1 => quote!(let lines = #signed;),
        (0, Some(signed), _) => quote!(let mut lines = #signed;),
        (_, Some(signed), _) => quote!(lines.extend(#signed);),
        (0, None, part) if parts.len() == 1 => {
            let lines = written(part);
            quote!(let lines = #lines;)
        }
        (0, None, part) => {
            let lines = written(part);
            quote!(let mut lines = Vec::from(#lines);)
        }
        (_, None, [line]) => {
            let line = self::line(context, line);
            quote!(lines.push(#line);)
        }
        (_, None, part) => {
            let lines = written(part);
            quote!(lines.extend(#lines);)
        }
    });
    statements.collect()
}

/// The lines of the signed headers, if this is their place.
fn each(line: &Line) -> Option<TokenStream> {
    match line {
        Line::EachSigned(Separator::Colon) => Some(quote!(each_signed(request, SIGNED, ":"))),
        Line::EachSigned(Separator::ColonSpace) => Some(quote!(each_signed(request, SIGNED, ": "))),
        Line::Is(_) | Line::Words(_) => None,
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

/// A line of the signed text.
fn line(context: &Context, line: &Line) -> TokenStream {
    match line {
        Line::Is(term) => text(context, term),
        Line::Words(words) => {
            let words = words.iter().map(|word| text(context, word));
            quote!([#(#words),*].join(" "))
        }
        Line::EachSigned(_) => each(line).unwrap_or_default(),
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
        if matches!(value.type_, Type::Integer | Type::Number | Type::Boolean) {
            return quote!(#tokens.map(|value| value.to_string()).unwrap_or_default());
        }
        value.tokens = quote!(#tokens.unwrap_or_default());
        value.optional = false;
        if value.held == Held::Owned {
            value.held = Held::Borrowed;
        }
    }
    value.owned_text()
}
