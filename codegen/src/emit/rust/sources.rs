//! References as expressions: how a value is held decides how it is passed on.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::{literals, names};
use crate::ir::value::{Choice, Place, Source, Type};

/// Where an expression stands.
#[derive(Debug, Clone)]
pub struct Context {
    /// What holds the credentials: `credential` or `self`.
    pub credential: TokenStream,
    /// Id of the group whose types need no path.
    pub home: String,
}

impl Context {
    /// In the module of a model type.
    pub fn of(home: &str) -> Self {
        Context { credential: quote!(credential), home: home.to_owned() }
    }

    /// In a method of an auth method's credentials.
    pub fn of_auth(home: &str) -> Self {
        Context { credential: quote!(self), home: home.to_owned() }
    }

    /// In any other module.
    pub fn elsewhere() -> Self {
        Self::of("")
    }

    /// The type of a closed choice.
    pub fn choice(&self, choice: &Choice) -> TokenStream {
        let name = choice_name(choice);
        if choice.group == self.home {
            quote!(#name)
        } else {
            let module = names::snake(&choice.group);
            quote!(#module::#name)
        }
    }
}

/// The name of a closed choice's type.
pub fn choice_name(choice: &Choice) -> proc_macro2::Ident {
    names::type_name(&choice.field, "Choice")
}

/// How an expression holds its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// In a place that stays where it is.
    Owned,
    /// It is a reference, or an option of one.
    Borrowed,
    /// A number or boolean.
    Copied,
    /// A value made on the spot.
    Fresh,
}

#[derive(Debug, Clone)]
pub struct Expr {
    pub tokens: TokenStream,
    pub type_: Type,
    pub optional: bool,
    pub held: Held,
}

impl Expr {
    /// A reference, or an option of one; numbers and booleans as they are.
    pub fn borrowed(&self) -> TokenStream {
        let tokens = &self.tokens;
        match (self.held, self.optional) {
            (Held::Borrowed | Held::Copied, _) => quote!(#tokens),
            (Held::Owned | Held::Fresh, false) => quote!(&#tokens),
            (Held::Owned | Held::Fresh, true) => match self.type_ {
                Type::Text | Type::List(_) => quote!(#tokens.as_deref()),
                _ => quote!(#tokens.as_ref()),
            },
        }
    }

    /// A reference to a value that is there, for writing it.
    pub fn written(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.held == Held::Borrowed { quote!(#tokens) } else { quote!(&#tokens) }
    }

    /// A text that can become a `String`.
    pub fn string_like(&self) -> TokenStream {
        let tokens = &self.tokens;
        match (self.held, &self.type_) {
            (_, Type::Integer | Type::Number | Type::Boolean) => quote!(#tokens.to_string()),
            (Held::Owned, _) => quote!(&#tokens),
            _ => quote!(#tokens),
        }
    }

    /// A `String` of its own.
    pub fn owned_text(&self) -> TokenStream {
        let tokens = &self.tokens;
        match (self.held, &self.type_) {
            (_, Type::Integer | Type::Number | Type::Boolean) => quote!(#tokens.to_string()),
            (Held::Fresh, _) => quote!(#tokens),
            (Held::Owned, _) => quote!(#tokens.to_string()),
            _ => quote!(#tokens.to_owned()),
        }
    }
}

/// A reference as an expression.
pub fn expr(context: &Context, source: &Source) -> Expr {
    let raw = place(context, source);
    let Source { type_, optional, .. } = source;
    let held = |tokens, type_: Type, held| Expr { tokens, type_, optional: *optional, held };
    match (source.place, type_) {
        (Place::Call | Place::Token, _) => held(raw, Type::Text, Held::Borrowed),
        (Place::Signed, _) => held(raw, Type::Text, Held::Fresh),
        // It may be attached more than once.
        (Place::Signature, _) => held(raw, Type::Text, Held::Owned),
        (Place::Request, _) => request_fact(source),
        (Place::Now, Type::Text) => held(raw, Type::Text, Held::Fresh),
        (Place::Now, _) => held(raw, Type::Integer, Held::Fresh),
        (Place::Batch, _) => held(raw, type_.clone(), Held::Borrowed),
        (Place::Output, Type::Usage) => {
            held(quote!(Bill::of(call, #raw, Self::pricing(credential))), Type::Usage, Held::Fresh)
        }
        (Place::Item, _) if source.path.is_empty() => held(raw, type_.clone(), Held::Borrowed),
        (_, Type::Integer | Type::Number | Type::Boolean) => held(raw, type_.clone(), Held::Copied),
        (_, Type::Word) => held(raw, Type::Text, Held::Borrowed),
        (_, Type::Choice(choice)) => {
            let name = context.choice(choice);
            let text = if *optional { quote!(#raw.map(#name::as_str)) } else { quote!(#raw.as_str()) };
            held(text, Type::Text, Held::Borrowed)
        }
        (_, Type::Secret) if *optional => held(quote!(#raw.as_ref().map(Secret::reveal)), Type::Text, Held::Borrowed),
        (_, Type::Secret) => held(quote!(#raw.reveal()), Type::Text, Held::Borrowed),
        (_, Type::Seconds) if *optional => {
            held(quote!(#raw.map(|duration| duration.as_secs())), Type::Integer, Held::Copied)
        }
        (_, Type::Seconds) => held(quote!(#raw.as_secs()), Type::Integer, Held::Copied),
        (_, Type::Json) if source.place == Place::Input => held(raw, Type::Json, Held::Borrowed),
        _ => held(raw, type_.clone(), Held::Owned),
    }
}

/// The place itself, as it is declared.
pub fn place(context: &Context, source: &Source) -> TokenStream {
    let credential = &context.credential;
    let path = source.path.iter().map(|segment| names::snake(segment));
    match source.place {
        Place::Model => quote!(call.upstream_model),
        Place::Call if source.path == ["model"] => quote!(call.model),
        Place::Call => quote!(call.caller #(.#path)*),
        Place::Input => quote!(input #(.#path)*),
        Place::Param => quote!(param #(.#path)*),
        Place::Credential => quote!(#credential #(.#path)*),
        Place::Own => quote!(own #(.#path)*),
        Place::Item => quote!(item #(.#path)*),
        Place::Output => quote!(output #(.#path)*),
        Place::Finished => quote!(#(#path)*),
        Place::Batch => quote!(batch),
        Place::Task => quote!(task #(.#path)*),
        Place::Request => request_fact(source).tokens,
        Place::Now => {
            let form = source.path.first().map_or_else(|| format_ident!("unix"), |form| names::snake(form));
            quote!(moment.#form())
        }
        Place::Nonce => quote!(moment.nonce),
        Place::Token => quote!(token),
        Place::Signed => quote!(signed_names(request, SIGNED)),
        Place::Signature => quote!(signature),
    }
}

fn request_fact(source: &Source) -> Expr {
    let path: Vec<&str> = source.path.iter().map(String::as_str).collect();
    let (tokens, held) = match path.as_slice() {
        ["path"] => (quote!(request.url.path()), Held::Borrowed),
        ["target"] => (quote!(target(request)), Held::Fresh),
        ["sorted_target"] => (quote!(sorted_target(request)), Held::Fresh),
        ["header", name] => (quote!(request.header(#name)), Held::Borrowed),
        ["body", "md5"] => (quote!(body_md5(request)), Held::Fresh),
        ["body", "sha256"] => (quote!(body_sha256(request)), Held::Fresh),
        ["body", ..] => (quote!(body_digest(request)), Held::Fresh),
        _ => (quote!(request.method), Held::Borrowed),
    };
    Expr { tokens, type_: Type::Text, optional: source.optional, held }
}

/// The first of several references that is present.
pub fn first(context: &Context, from: &[Source]) -> Expr {
    let mut exprs = from.iter().map(|source| expr(context, source));
    let Some(first) = exprs.next() else {
        return Expr { tokens: quote!(None::<&str>), type_: Type::Text, optional: true, held: Held::Copied };
    };
    exprs.fold(first, |first, next| {
        if !first.optional {
            return first;
        }
        let (left, right) = (first.borrowed(), next.borrowed());
        let tokens = if next.optional { quote!(#left.or(#right)) } else { quote!(#left.unwrap_or(#right)) };
        let held = if first.held == Held::Copied { Held::Copied } else { Held::Borrowed };
        Expr { tokens, type_: first.type_, optional: next.optional, held }
    })
}

/// Whether a literal is of the same type in Rust, so that it can stand where the value is absent.
pub fn is_alike(type_: &Type, literal: &Json) -> bool {
    match type_ {
        Type::Text => literal.is_string(),
        Type::Boolean => literal.is_boolean(),
        Type::Integer => literal.is_i64(),
        Type::Number => literal.is_number(),
        _ => false,
    }
}

/// An optional scalar with a literal in its place when absent; two of different types as texts.
pub fn or_default(expr: Expr, default: &Json) -> Expr {
    if !expr.optional {
        return expr;
    }
    if !is_alike(&expr.type_, default) {
        let (borrowed, text) = (expr.borrowed(), crate::ir::auth::literal(default));
        let tokens = quote!(#borrowed.map_or_else(|| #text.to_owned(), |value| value.to_string()));
        return Expr { tokens, type_: Type::Text, optional: false, held: Held::Fresh };
    }
    let value = match expr.type_ {
        Type::Number => literals::float(default),
        _ => literals::scalar(default),
    };
    let borrowed = expr.borrowed();
    let held = if expr.held == Held::Copied { Held::Copied } else { Held::Borrowed };
    Expr { tokens: quote!(#borrowed.unwrap_or(#value)), optional: false, held, ..expr }
}
