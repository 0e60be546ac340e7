//! Values that go out, member by member.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::model_type::binding;
use super::sources::{Context, Expr, Held, first, is_alike, or_default};
use super::{calls, conditions, literals, names};
use crate::ir::value::{Call, Entry, Item, Pick, Place, Step, Through, Type, Value};

/// Where a value is written: as a member of an object, or as an element of a list.
#[derive(Clone, Copy)]
enum Target<'a> {
    Member(&'a str),
    Element,
}

/// Where tables and converters are computed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Computed {
    /// Where they are written.
    Inline,
    /// In `let`s before the body.
    Before {
        /// A condition decides whether the result is there.
        guarded: bool,
    },
}

impl Computed {
    /// Before the body, without a condition so far.
    pub const BEFORE: Self = Computed::Before { guarded: false };

    fn under(self, cond: bool) -> Self {
        match self {
            Computed::Inline => self,
            Computed::Before { guarded } => Computed::Before { guarded: guarded || cond },
        }
    }
}

/// The statements that write `entries` into the object `receiver`.
pub fn entries(context: &Context, receiver: &Ident, entries: &[Entry], computed: Computed) -> TokenStream {
    let written = entries.iter().map(|entry| match entry {
        Entry::Member { name, when, value } => {
            let cond = conditions::cond(context, when);
            let statement = write(context, receiver, Target::Member(name), value, computed.under(cond.is_some()));
            match cond {
                Some(cond) if !already_conditional(value, computed) => quote!(if #cond { #statement }),
                _ => statement,
            }
        }
        Entry::Merge(pick) => {
            let pairs = picked(context, pick, computed);
            let tokens = &pairs.tokens;
            match (pairs.held, pairs.optional) {
                (Held::Fresh, false) => quote!(for (name, value) in #tokens { #receiver.member(name, &value); }),
                (Held::Fresh, true) => {
                    quote!(for (name, value) in #tokens.into_iter().flatten() { #receiver.member(name, &value); })
                }
                _ => {
                    let pairs = pairs.written();
                    quote!(for (name, value) in #pairs { #receiver.member(name, value); })
                }
            }
        }
    });
    written.collect()
}

/// A value converted before the body is absent when its condition does not hold, unless a default would take its place.
fn already_conditional(value: &Value, computed: Computed) -> bool {
    if computed == Computed::Inline {
        return false;
    }
    let Value::Pick(Pick { through: Some(through), default: None, .. }) = value else { return false };
    matches!(through.step, Step::Convert(_))
}

fn write(context: &Context, receiver: &Ident, target: Target<'_>, value: &Value, computed: Computed) -> TokenStream {
    match value {
        Value::Literal(json) => literal(receiver, target, json),
        Value::Recording(asset) => {
            let path = format!("../assets/{asset}");
            put(receiver, target, &quote!(&input::hex(include_bytes!(#path))))
        }
        Value::Pick(pick) => write_pick(context, receiver, target, pick, computed),
        Value::Object(members) => {
            let members = entries(context, receiver, members, computed);
            object(receiver, target, &members)
        }
        Value::List(items) => {
            let items: TokenStream = items.iter().map(|item| element(context, item, computed)).collect();
            array(receiver, target, &items)
        }
        Value::Each { .. } => each(context, receiver, target, value),
    }
}

fn object(receiver: &Ident, target: Target<'_>, members: &TokenStream) -> TokenStream {
    let inner = binding(&receiver.to_string(), members);
    match target {
        Target::Member(name) => quote!(#receiver.object(#name, |#inner| { #members });),
        Target::Element => quote!(list.object(|#inner| { #members });),
    }
}

fn array(receiver: &Ident, target: Target<'_>, items: &TokenStream) -> TokenStream {
    let list = binding("list", items);
    match target {
        Target::Member(name) => quote!(#receiver.array(#name, |#list| { #items });),
        Target::Element => quote!(list.array(|#list| { #items });),
    }
}

fn put(receiver: &Ident, target: Target<'_>, value: &TokenStream) -> TokenStream {
    let put = put_expr(receiver, target, value);
    quote!(#put;)
}

fn put_expr(receiver: &Ident, target: Target<'_>, value: &TokenStream) -> TokenStream {
    match target {
        Target::Member(name) => quote!(#receiver.member(#name, #value)),
        Target::Element => quote!(list.value(#value)),
    }
}

fn literal(receiver: &Ident, target: Target<'_>, json: &Json) -> TokenStream {
    match json {
        Json::String(text) => put(receiver, target, &quote!(#text)),
        Json::Object(members) if !members.is_empty() => {
            let members = members.iter().map(|(name, value)| literal(receiver, Target::Member(name), value)).collect();
            object(receiver, target, &members)
        }
        Json::Object(_) => put(receiver, target, &quote!(&serde_json::Map::new())),
        Json::Array(items) if !items.is_empty() && items.iter().all(Json::is_string) => {
            let items = items.iter().map(literals::scalar);
            put(receiver, target, &quote!(&[#(#items),*]))
        }
        Json::Array(items) => {
            let items = items.iter().map(|item| literal(receiver, Target::Element, item)).collect();
            array(receiver, target, &items)
        }
        scalar => {
            let value = literals::written(scalar);
            put(receiver, target, &quote!(&#value))
        }
    }
}

fn element(context: &Context, item: &Item, computed: Computed) -> TokenStream {
    let receiver = names::snake("object");
    let cond = conditions::cond(context, &item.when);
    let statement = write(context, &receiver, Target::Element, &item.value, computed.under(cond.is_some()));
    match cond {
        Some(cond) if !already_conditional(&item.value, computed) => quote!(if #cond { #statement }),
        _ => statement,
    }
}

fn write_pick(context: &Context, receiver: &Ident, target: Target<'_>, pick: &Pick, computed: Computed) -> TokenStream {
    if let (Computed::Inline, Some(Through { step: Step::Convert(call), .. })) = (computed, pick.through.as_deref()) {
        return converted(context, receiver, target, pick, call);
    }
    let expr = picked(context, pick, computed);
    match &pick.default {
        // What is there is of another type than the default.
        Some(default) if expr.optional && !is_alike(&expr.type_, default) => {
            let (value, present) = match expr.held {
                Held::Owned => (expr.borrowed(), quote!(value)),
                Held::Borrowed => (expr.tokens, quote!(value)),
                Held::Copied | Held::Fresh => (expr.tokens, quote!(&value)),
            };
            let absent = literals::written(default);
            let absent = if default.is_string() { absent } else { quote!(&#absent) };
            let (present, absent) = (put_expr(receiver, target, &present), put_expr(receiver, target, &absent));
            quote!(match #value { Some(value) => #present, None => #absent })
        }
        Some(default) => put(receiver, target, &or_default(expr, default).written()),
        None if expr.optional => {
            let value = if expr.held == Held::Fresh { expr.tokens } else { expr.borrowed() };
            match target {
                Target::Member(name) => quote!(#receiver.optional(#name, #value);),
                Target::Element => quote!(list.optional(#value);),
            }
        }
        None => match target {
            Target::Member(name) if expr.type_ == Type::List(Box::new(Type::Values)) => {
                let vectors = expr.written();
                quote!(#receiver.vectors(#name, #vectors);)
            }
            _ => put(receiver, target, &expr.written()),
        },
    }
}

/// A converter where it is written: its failure is that of the whole object.
fn converted(context: &Context, receiver: &Ident, target: Target<'_>, pick: &Pick, call: &Call) -> TokenStream {
    let (_, arguments) = calls::arguments(context, "value", call);
    let (function, source) = (format_ident!("{}", call.function), first(context, &pick.from));
    let from = source.borrowed();
    let put = |value: TokenStream| match target {
        Target::Member(name) => quote!(#receiver.converted(#name, convert::#function(#value #(, #arguments)*));),
        Target::Element => quote!(list.converted(convert::#function(#value #(, #arguments)*));),
    };
    if source.optional {
        let put = put(quote!(value));
        quote!(if let Some(value) = #from { #put })
    } else {
        put(from)
    }
}

/// A value before its default.
fn picked(context: &Context, pick: &Pick, computed: Computed) -> Expr {
    let Some(Through { name, step }) = pick.through.as_deref() else { return first(context, &pick.from) };
    let local = names::snake(name);
    match step {
        Step::Map(rows) => {
            let mapped = calls::mapped(context, &pick.from, rows);
            if computed == Computed::Inline { mapped } else { Expr { tokens: quote!(#local), ..mapped } }
        }
        Step::Convert(call) => {
            let guarded = computed == Computed::Before { guarded: true };
            let optional = first(context, &pick.from).optional || guarded || call.optional;
            Expr { tokens: quote!(#local), type_: call.output.clone(), optional, held: Held::Fresh }
        }
    }
}

fn each(context: &Context, receiver: &Ident, target: Target<'_>, value: &Value) -> TokenStream {
    let Value::Each { from, when, element } = value else { return TokenStream::new() };
    let list = first(context, from);
    let items = match (list.optional, from[0].place) {
        (true, _) => quote!(items),
        // The output is this answer's own.
        (false, Place::Output) => list.tokens.clone(),
        (false, _) => list.borrowed(),
    };
    let cond = conditions::cond(context, when);
    let statement = match (&**element, target, &cond) {
        (Value::Object(members), Target::Member(name), None) => {
            let members = entries(context, receiver, members, Computed::Inline);
            let (object, item) = (binding(&receiver.to_string(), &members), binding("item", &members));
            quote!(#receiver.list(#name, #items, |#object, #item| { #members });)
        }
        (element, target, cond) => {
            let inner = names::snake("object");
            let write = write(context, &inner, Target::Element, element, Computed::Inline);
            let write = cond.as_ref().map_or_else(|| write.clone(), |cond| quote!(if #cond { #write }));
            let item = binding("item", &write);
            let spliced = quote!(for #item in #items { #write });
            match target {
                Target::Member(_) => array(receiver, target, &spliced),
                Target::Element => spliced,
            }
        }
    };
    if list.optional {
        let source = list.borrowed();
        quote!(if let Some(items) = #source { #statement })
    } else {
        statement
    }
}
