//! What is computed before a body is written: converter calls and finite tables, one `let` each.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::sources::{Context, Expr, Held, expr, first, place};
use super::{conditions, literals, names};
use crate::ir::value::{Argument, ArgumentValue, Call, Entry, Pick, Source, Step, Through, Type, Value};

/// The `let`s of everything in `entries`, in order. `guard` is the condition under which the entries are there.
pub fn lets(context: &Context, entries: &[Entry], guard: Option<&TokenStream>) -> TokenStream {
    let mut out = TokenStream::new();
    for entry in entries {
        match entry {
            Entry::Member { when, value, .. } => {
                let guard = conditions::both(guard.cloned(), conditions::cond(context, when));
                out.extend(in_value(context, value, guard.as_ref()));
            }
            Entry::Merge(pick) => out.extend(in_pick(context, pick, guard)),
        }
    }
    out
}

/// The `let`s of one value.
pub fn in_value(context: &Context, value: &Value, guard: Option<&TokenStream>) -> TokenStream {
    match value {
        Value::Literal(_) | Value::Recording(_) | Value::Each { .. } => TokenStream::new(),
        Value::Pick(pick) => in_pick(context, pick, guard),
        Value::Object(entries) => lets(context, entries, guard),
        Value::List(items) => items
            .iter()
            .map(|item| {
                let guard = conditions::both(guard.cloned(), conditions::cond(context, &item.when));
                in_value(context, &item.value, guard.as_ref())
            })
            .collect(),
    }
}

fn in_pick(context: &Context, pick: &Pick, guard: Option<&TokenStream>) -> TokenStream {
    let Some(Through { name, step }) = pick.through.as_deref() else { return TokenStream::new() };
    let local = names::snake(name);
    match step {
        Step::Map(rows) => {
            let mapped = mapped(context, &pick.from, rows).tokens;
            quote!(let #local = #mapped;)
        }
        Step::Convert(call) => convert(context, &local, pick, call, guard),
    }
}

fn convert(
    context: &Context,
    local: &proc_macro2::Ident,
    pick: &Pick,
    call: &Call,
    guard: Option<&TokenStream>,
) -> TokenStream {
    let (before, arguments) = arguments(context, &local.to_string(), call);
    let function = format_ident!("{}", call.function);
    let input = first(context, &pick.from);
    let source = input.borrowed();
    let some = |value: TokenStream| if call.optional { value } else { quote!(Some(#value)) };
    let value = match (input.optional, guard) {
        (false, None) => quote!(convert::#function(#source #(, #arguments)*)?),
        (false, Some(guard)) => {
            let value = some(quote!(convert::#function(#source #(, #arguments)*)?));
            quote!(if #guard { #value } else { None })
        }
        (true, guard) => {
            let guard = guard.map(|guard| quote!(&& #guard));
            let value = some(quote!(convert::#function(value #(, #arguments)*)?));
            quote!(if let Some(value) = #source #guard { #value } else { None })
        }
    };
    quote! {
        #before
        let #local = #value;
    }
}

/// The arguments of a call, and what has to be computed for them. `result` names the call's result.
pub fn arguments(context: &Context, result: &str, call: &Call) -> (TokenStream, Vec<TokenStream>) {
    let mut before = TokenStream::new();
    let mut arguments = Vec::new();
    for argument in &call.arguments {
        let ArgumentValue::From { when, from } = &argument.value else {
            arguments.push(constant(argument));
            continue;
        };
        let value = passed(context, argument, from);
        match conditions::cond(context, when) {
            None => arguments.push(value),
            Some(cond) => {
                let held = first(context, from);
                let value = match (held.held, &held.type_) {
                    // In a variable, a reference to a `String` or a `Vec` would not become one to what is in it.
                    (Held::Owned, Type::Text | Type::List(_)) if argument.optional && !held.optional => {
                        let tokens = held.tokens;
                        quote!(Some(&*#tokens))
                    }
                    _ => value,
                };
                let name = format_ident!("{result}_{}", argument.name);
                before.extend(quote!(let #name = if #cond { #value } else { None };));
                arguments.push(quote!(#name));
            }
        }
    }
    (before, arguments)
}

fn constant(argument: &Argument) -> TokenStream {
    let value = match &argument.value {
        ArgumentValue::Literal(json) if !json.is_null() => literals::scalar(json),
        _ if argument.optional => return quote!(None),
        _ => return quote!(Default::default()),
    };
    if argument.optional { quote!(Some(#value)) } else { value }
}

fn passed(context: &Context, argument: &Argument, from: &[Source]) -> TokenStream {
    let value = first(context, from);
    let tokens = value.borrowed();
    match (argument.optional, value.optional) {
        (true, false) => quote!(Some(#tokens)),
        (false, true) => quote!(#tokens.unwrap_or_default()),
        _ => tokens,
    }
}

/// A finite table over the text of a value.
pub fn mapped(context: &Context, from: &[Source], rows: &[(String, Json)]) -> Expr {
    let type_ = row_type(rows);
    let held = if type_ == Type::Text { Held::Borrowed } else { Held::Copied };
    let row = |value: &Json| match type_ {
        Type::Json => literals::json(value),
        Type::Number => literals::float(value),
        _ => literals::written(value),
    };
    let rows: Vec<(String, TokenStream)> = rows.iter().map(|(key, value)| (key.clone(), row(value))).collect();
    let (subject, optional) = match from {
        [source] if matches!(source.type_, Type::Choice(_) | Type::Boolean) => {
            (place(context, source), source.optional)
        }
        from => {
            let value = first(context, from);
            let text = value.borrowed();
            let tokens = &value.tokens;
            (if value.optional || value.held == Held::Borrowed { text } else { quote!(&*#tokens) }, value.optional)
        }
    };
    let (patterns, total) = patterns(context, &from[0].type_, &rows);
    let tokens = match (optional, total) {
        (false, true) => quote!(match #subject { #(#patterns,)* }),
        (false, false) => quote!(match #subject { #(#patterns,)* _ => None }),
        (true, true) => quote!(#subject.map(|value| match value { #(#patterns,)* })),
        (true, false) => quote!(#subject.and_then(|value| match value { #(#patterns,)* _ => None })),
    };
    Expr { tokens, type_, optional: optional || !total, held }
}

/// The arms of a table, and whether they leave nothing out.
fn patterns(context: &Context, type_: &Type, rows: &[(String, TokenStream)]) -> (Vec<TokenStream>, bool) {
    let has = |word: &str| rows.iter().any(|(key, _)| key == word);
    let total = match type_ {
        Type::Choice(choice) => choice.options.iter().all(|option| has(option)),
        Type::Boolean => has("true") && has("false"),
        _ => false,
    };
    let arm = |(key, value): &(String, TokenStream)| {
        let pattern = match type_ {
            Type::Choice(choice) => {
                let (name, option) = (context.choice(choice), names::variant(key));
                quote!(#name::#option)
            }
            Type::Boolean => {
                let value = key == "true";
                quote!(#value)
            }
            _ => quote!(#key),
        };
        if total { quote!(#pattern => #value) } else { quote!(#pattern => Some(#value)) }
    };
    (rows.iter().map(arm).collect(), total)
}

fn row_type(rows: &[(String, Json)]) -> Type {
    let all = |test: fn(&Json) -> bool| rows.iter().all(|(_, value)| test(value));
    if all(Json::is_string) {
        Type::Text
    } else if all(Json::is_boolean) {
        Type::Boolean
    } else if all(Json::is_i64) {
        Type::Integer
    } else if all(Json::is_number) {
        Type::Number
    } else {
        Type::Json
    }
}

/// A call whose source is one reference, as it is used for derived values and finishers.
pub fn simple(context: &Context, source: &Source, call: &Call) -> (TokenStream, TokenStream) {
    let (before, arguments) = arguments(context, "derived", call);
    let function = format_ident!("{}", call.function);
    let value = expr(context, source).borrowed();
    (before, quote!(convert::#function(#value #(, #arguments)*)?))
}
