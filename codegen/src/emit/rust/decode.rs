//! What comes in: the output that is built from a document. Its structs are in [`super::documents`].

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{format_ident, quote};

use super::feeds::{element_type, indexed, literal, mapped, unwrapped, wrapped, wraps};
use super::model_type::binding;
use super::{documents, literals, names};
use crate::ir::decode::{Build, Cond, Document, Feeds, Local, Member, Record, Scope, Source, Test, Type};
use crate::ir::value::{Is, Type as OutputType};

/// The type of an output that protocols build.
pub fn output_type(type_: &OutputType) -> TokenStream {
    match type_ {
        OutputType::List(element) => {
            let element = output_type(element);
            quote!(Vec<#element>)
        }
        OutputType::Hit => quote!(output::Hit),
        OutputType::Vector => quote!(output::Vector),
        OutputType::Usage => quote!(output::Usage),
        OutputType::Integer => quote!(i64),
        OutputType::Number => quote!(f64),
        OutputType::Boolean => quote!(bool),
        _ => quote!(String),
    }
}

// Reading

/// The statements that turn the document `argument` into an output, which is of type `own` if the
/// action has a record of its own.
pub fn body(document: &Document, own: &TokenStream, argument: &str) -> TokenStream {
    let root = format_ident!("{argument}");
    let structure = format_ident!("{}", document.name);
    let lifetime = document.structs.first().is_some_and(|root| root.borrows).then(|| quote!(<'_>));
    let (names, feeds) =
        (Names { root: &root, scope: &document.scope, own, ends: document.ends.is_some() }, &document.feeds);

    let needed = document.fails.iter().flatten().filter_map(|test| test.source.local).max().map_or(0, |last| last + 1);
    let before = names.locals(0..needed);
    let after = names.locals(needed..document.scope.locals.len());
    let fail = |cond: &Cond| {
        let tests = names.cond(cond);
        if cond.len() > 1 && document.fails.len() > 1 { quote!((#tests)) } else { tests }
    };
    let fails: Vec<_> = document.fails.iter().map(fail).collect();
    let refused = (!fails.is_empty()).then(|| {
        quote! {
            if #(#fails)||* {
                return Err(Undecoded::Refused);
            }
        }
    });
    let mut rules = TokenStream::new();
    let mut last = None;
    for rule in &document.rules {
        let (lets, built) = names.top(&rule.build, feeds);
        if rule.when.is_empty() {
            last = Some(quote!(#lets #built));
            break;
        }
        let cond = names.cond(&rule.when);
        rules.extend(quote!(if #cond { #lets return #built; }));
    }
    let ends = document.ends.as_ref().map(|cond| {
        let cond = names.cond(cond);
        quote!(let ends = #cond;)
    });
    let nothing = match (feeds, &ends) {
        (Feeds::Audio, _) => quote!(Ok(None)),
        (_, None) => quote!(Ok(output::Chat::default())),
        (_, Some(_)) => quote!(Ok(output::Chat { ends, ..output::Chat::default() })),
    };
    let last = last.unwrap_or(nothing);
    let read =
        if documents::holds_vectors(document) { quote!(reply::vectors(bytes)) } else { quote!(reply::document(#root)) };
    quote! {
        let #root: #structure #lifetime = #read?;
        #before
        #refused
        #after
        #ends
        #rules
        #last
    }
}

/// The variables of a scope.
struct Names<'a> {
    root: &'a Ident,
    scope: &'a Scope,
    /// The action's own record.
    own: &'a TokenStream,
    /// Whether there is a variable that says whether the event is the last.
    ends: bool,
}

impl Names<'_> {
    fn locals(&self, range: std::ops::Range<usize>) -> TokenStream {
        self.scope.locals[range].iter().map(|local| self.local(local)).collect()
    }

    fn local(&self, local: &Local) -> TokenStream {
        let name = names::snake(&local.name);
        let member = self.member(local.parent, &local.step.member, local.step.shared);
        let value = indexed(&member, &local.step.indices);
        quote!(let #name = #value.unwrap_or_default();)
    }

    fn member(&self, local: Option<usize>, member: &str, shared: bool) -> TokenStream {
        let object = match local {
            Some(local) => names::snake(&self.scope.locals[local].name),
            None => self.root.clone(),
        };
        let member = names::snake(member);
        let clone = shared.then(|| quote!(.clone()));
        quote!(#object.#member #clone)
    }

    fn source(&self, source: &Source) -> TokenStream {
        let copied = matches!(
            source.type_,
            Type::Presence | Type::Integer | Type::Count | Type::Number | Type::Boolean | Type::Json
        );
        let shared = source.step.shared && !(copied && source.step.indices.is_empty());
        indexed(&self.member(source.local, &source.step.member, shared), &source.step.indices)
    }

    /// The first that is present; of texts, lists and JSON the first that is not empty.
    fn first(&self, from: &[Source]) -> TokenStream {
        self.first_of(from, |source| self.source(source))
    }

    /// The first count. A place that is read as an integer too is one.
    fn first_count(&self, from: &[Source]) -> TokenStream {
        self.first_of(from, |source| {
            let value = self.source(source);
            if source.type_ == Type::Integer { quote!(#value.map(reply::Count::from)) } else { value }
        })
    }

    fn first_of(&self, from: &[Source], source: impl Fn(&Source) -> TokenStream) -> TokenStream {
        let mut sources = from.iter().map(source);
        let may_be_blank = |type_: &Type| matches!(type_, Type::Text | Type::Json | Type::Count | Type::List(_));
        if from.len() > 1 && from.iter().all(|source| may_be_blank(&source.type_)) {
            return quote!(reply::first([#(#sources),*]));
        }
        let first = sources.next().unwrap_or_else(|| quote!(None));
        quote!(#first #(.or(#sources))*)
    }

    fn cond(&self, cond: &Cond) -> TokenStream {
        let tests: Vec<_> = cond.iter().map(|test| self.test(test)).collect();
        if tests.is_empty() { quote!(true) } else { quote!(#(#tests)&&*) }
    }

    fn test(&self, test: &Test) -> TokenStream {
        let Test { source, is } = test;
        let member = self.member(source.local, &source.step.member, false);
        let name = names::snake(&source.step.member);
        let element = source.step.indices.iter().map(|index| {
            let index = Literal::usize_unsuffixed(*index);
            quote!(.and_then(|list| list.0.get(#index)))
        });
        let by_ref = if source.step.indices.is_empty() {
            quote!(#member.as_ref())
        } else {
            quote!(#member.as_ref() #(#element)*)
        };
        match (is, &source.type_) {
            (Is::Present, Type::Presence) if source.step.indices.is_empty() => {
                quote!(#member.is_some_and(|#name| #name.0))
            }
            (Is::Present, _) if source.step.indices.is_empty() => quote!(#member.is_some()),
            (Is::Present, _) => quote!(#by_ref.is_some()),
            (Is::Absent, _) if source.step.indices.is_empty() => quote!(#member.is_none()),
            (Is::Absent, _) => quote!(#by_ref.is_none()),
            (Is::Truthy, Type::Json) if source.step.indices.is_empty() => {
                quote!(#member.is_some_and(|#name| #name.get() != "false"))
            }
            (Is::Truthy, Type::Json) => quote!(#by_ref.is_some_and(|#name| #name.get() != "false")),
            (Is::Truthy, Type::Boolean) if source.step.indices.is_empty() => quote!(#member == Some(true)),
            (Is::Truthy, Type::Boolean) => quote!(#by_ref == Some(&true)),
            (Is::Truthy, _) => quote!(#by_ref.is_some()),
            (Is::OneOf(values), type_) => {
                let options: Vec<_> = match type_ {
                    Type::Number => values.iter().map(literals::float).collect(),
                    Type::Text => values.iter().map(literals::as_text).collect(),
                    _ => values.iter().map(literals::scalar).collect(),
                };
                match (type_, options.as_slice()) {
                    (Type::Boolean, [option]) if source.step.indices.is_empty() => quote!(#member == Some(#option)),
                    (Type::Boolean, options) => quote!(#by_ref.is_some_and(|#name| [#(#options),*].contains(#name))),
                    (Type::Count, options) => {
                        let known = quote!(#by_ref.and_then(|count| i64::try_from(count.known()?).ok()));
                        quote!(#known.is_some_and(|count| [#(#options),*].contains(&count)))
                    }
                    (Type::Text, [option]) => quote!(#by_ref.is_some_and(|#name| #name.0 == #option)),
                    (Type::Text, options) => quote!(#by_ref.is_some_and(|#name| matches!(&*#name.0, #(#options)|*))),
                    (_, options) => quote!(#by_ref.is_some_and(|#name| [#(#options),*].contains(&#name.0))),
                }
            }
        }
    }

    // Building

    /// A whole output, as a `Result`, and what is computed before it.
    fn top(&self, build: &Build, feeds: &Feeds) -> (TokenStream, TokenStream) {
        match build {
            Build::Each { from, scope, when, element } => {
                let path = from.first().map_or("", |source| source.path.as_str());
                let list = self.first(from);
                let each = each(scope, when, element, feeds, path);
                let collected = quote!(items.0.into_iter() #each.collect());
                let collected = if each.fallible { collected } else { quote!(Ok(#collected)) };
                (quote!(let items = #list.ok_or(Undecoded::Missing(#path))?;), collected)
            }
            // An event need not have audio in it.
            build if *feeds == Feeds::Audio => (TokenStream::new(), ok(self.value(build, feeds, false, ""))),
            Build::Record(record, members) => {
                let (lets, record) = self.record(*record, members, "");
                (lets, quote!(Ok(#record)))
            }
            Build::Convert { list, of, function } => {
                let (lets, list) = self.top(list, of);
                let element = element_type(of);
                let function = format_ident!("{function}");
                let lets = quote!(#lets let list: Result<Vec<#element>, Undecoded> = #list;);
                (lets, quote!(Ok(convert::#function(&list?)?)))
            }
            build => {
                let value = self.value(build, feeds, true, "");
                let value = if *feeds == Feeds::Text { quote!(#value.into_owned()) } else { value };
                (TokenStream::new(), ok(value))
            }
        }
    }

    /// A record, and the lists that are collected before it.
    fn record(&self, record: Record, members: &[Member], path: &str) -> (TokenStream, TokenStream) {
        let name = self.record_name(record);
        let mut lets = TokenStream::new();
        let mut fields = TokenStream::new();
        for member in members {
            let (Some(build), field) = (&member.build, names::snake(&member.name)) else { continue };
            match build {
                Build::Each { from, scope, when, element } => {
                    let from_path = from.first().map_or("", |source| source.path.as_str());
                    let each = each(scope, when, element, &member.feeds, from_path);
                    let list = self.first(from);
                    let end =
                        if each.fallible { quote!(.collect::<Result<_, Undecoded>>()?) } else { quote!(.collect()) };
                    let items = if member.required {
                        quote!(#list.ok_or(Undecoded::Missing(#from_path))?.0.into_iter())
                    } else {
                        quote!(#list.into_iter().flat_map(|items| items.0))
                    };
                    lets.extend(quote!(let #field = #items #each #end;));
                    fields.extend(quote!(#field,));
                }
                Build::Read { from, function, when } if matches!(member.feeds, Feeds::List(_)) => {
                    let (function, first) = (format_ident!("{function}"), self.first(from));
                    let list =
                        quote!(#first.map(|json| convert::#function(json.get())).transpose()?.unwrap_or_default());
                    let list = if when.is_empty() {
                        list
                    } else {
                        let cond = self.cond(when);
                        quote!(if #cond { #list } else { Vec::new() })
                    };
                    fields.extend(quote!(#field: #list,));
                }
                Build::List(items) => {
                    let items = items.iter().map(|item| {
                        let Build::Record(inner, members) = item else { return quote!() };
                        let (inner_lets, value) = self.record(*inner, members, path);
                        lets.extend(inner_lets);
                        value
                    });
                    let items: Vec<_> = items.collect();
                    fields.extend(quote!(#field: Vec::from([#(#items),*]),));
                }
                Build::Convert { list, of, function } => {
                    lets.extend(self.joined(&field, list, of, function, member.required));
                    fields.extend(quote!(#field,));
                }
                Build::Record(inner, members) => {
                    let (inner_lets, value) = self.record(*inner, members, path);
                    lets.extend(inner_lets);
                    let value = match (inner, member.required) {
                        (_, true) => value,
                        (Record::Usage, false) => quote!(#value.if_any()),
                        (_, false) => quote!(Some(#value)),
                    };
                    fields.extend(quote!(#field: #value,));
                }
                build => {
                    let value = self.value(build, &member.feeds, member.required, path);
                    // An output of its own outlives the reply.
                    let is_own_text = record == Record::Own && member.feeds == Feeds::Text;
                    let value = if is_own_text { quote!(#value.into_owned()) } else { value };
                    fields.extend(quote!(#field: #value,));
                }
            }
        }
        if record == Record::Chat && self.ends {
            fields.extend(quote!(ends,));
        }
        let lacks_end = record == Record::Chat && !self.ends;
        let rest = lacks_end || members.iter().any(|member| member.build.is_none());
        let rest = rest.then(|| quote!(..#name::default()));
        (lets, quote!(#name { #fields #rest }))
    }

    /// The statement that makes one text of a list; the text is absent if the list is.
    fn joined(&self, field: &Ident, list: &Build, of: &Feeds, function: &str, required: bool) -> TokenStream {
        let Build::Each { from, scope, when, element } = list else { return TokenStream::new() };
        let path = from.first().map_or("", |source| source.path.as_str());
        let each = each(scope, when, element, of, path);
        let (list, function) = (self.first(from), format_ident!("{function}"));
        let collect = if each.fallible { quote!(.collect::<Result<_, Undecoded>>()?) } else { quote!(.collect()) };
        let text = |text: TokenStream| {
            quote! {
                {
                    let texts: Vec<String> = items.0.into_iter() #each #collect;
                    #text
                }
            }
        };
        if required {
            let text = text(quote!(convert::#function(&texts)?));
            return quote!(let items = #list.ok_or(Undecoded::Missing(#path))?; let #field = #text;);
        }
        let text = text(quote!(Some(Cow::Owned(convert::#function(&texts)?))));
        quote!(let #field = match #list { Some(items) => #text None => None };)
    }

    /// A text that a converter makes of a piece of the document.
    fn read_text(&self, from: &[Source], function: &str, when: &Cond, required: bool) -> TokenStream {
        let (function, first) = (format_ident!("{function}"), self.first(from));
        let text = quote!(#first.map(|json| convert::#function(json.get())).transpose()?);
        let text = if when.is_empty() {
            text
        } else {
            let cond = self.cond(when);
            quote!((if #cond { #text } else { None }))
        };
        let path = from.first().map_or("", |source| source.path.as_str());
        if required { quote!(#text.ok_or(Undecoded::Missing(#path))?) } else { text }
    }

    fn record_name(&self, record: Record) -> TokenStream {
        match record {
            Record::Chat => quote!(output::Chat),
            Record::ToolCall => quote!(output::ToolCall),
            Record::Usage => quote!(output::Usage),
            Record::Hit => quote!(output::Hit),
            Record::Vector => quote!(output::Vector),
            Record::Progress => quote!(Progress),
            Record::Own => self.own.clone(),
        }
    }

    /// A scalar. `path` is that of the list it is an element of.
    fn value(&self, build: &Build, feeds: &Feeds, required: bool, path: &str) -> TokenStream {
        let (from, map, default, when) = match build {
            Build::Literal(json) => return wrapped(literal(json, feeds), required),
            Build::Read { from, function, when } => return self.read_text(from, function, when, required),
            Build::Pick { from, map, default, when } => (from, map, default, when),
            _ => return quote!(None),
        };
        let first = if *feeds == Feeds::Count && map.is_none() { self.first_count(from) } else { self.first(from) };
        let own = from.first().map_or("", |source| source.path.as_str());
        let path = if path.is_empty() { own.to_owned() } else { format!("{path}.{own}") };
        // The common case reads best with the wrapper taken off last.
        if required && map.is_none() && default.is_none() && when.is_empty() && wraps(feeds) {
            let own = (*feeds == Feeds::OwnText).then(|| quote!(.into_owned()));
            return quote!(#first.ok_or(Undecoded::Missing(#path))?.0 #own);
        }
        let value = match map {
            Some(rows) => mapped(&first, rows, feeds),
            None => unwrapped(&first, feeds),
        };
        let value = if when.is_empty() {
            value
        } else {
            let cond = self.cond(when);
            quote!(if #cond { #value } else { None })
        };
        let value = match (default, when.is_empty()) {
            (None, _) => value,
            (Some(default), plain) => {
                let default = literal(default, feeds);
                let value = if plain { value } else { quote!((#value)) };
                return if required { quote!(#value.unwrap_or(#default)) } else { quote!(#value.or(Some(#default))) };
            }
        };
        match (required, when.is_empty()) {
            (false, _) => value,
            (true, true) => quote!(#value.ok_or(Undecoded::Missing(#path))?),
            (true, false) => quote!((#value).ok_or(Undecoded::Missing(#path))?),
        }
    }
}

/// The adapter that turns the elements of a list into outputs.
struct Each {
    tokens: TokenStream,
    /// Elements are `Result`s.
    fallible: bool,
}

impl quote::ToTokens for Each {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.tokens.clone());
    }
}

fn each(scope: &Scope, when: &Cond, element: &Build, feeds: &Feeds, path: &str) -> Each {
    let item = format_ident!("item");
    let names = Names { root: &item, scope, own: &TokenStream::new(), ends: false };
    let locals = names.locals(0..scope.locals.len());
    let feeds = match feeds {
        Feeds::List(element) => element,
        other => other,
    };
    let (lets, value, fallible) = match element {
        Build::Record(record, members) => {
            let (lets, value) = names.record(*record, members, path);
            let reads = |member: &Member| matches!(member.build, Some(Build::Read { .. }));
            (lets, value, members.iter().any(|member| member.required || reads(member)))
        }
        build => {
            let value = names.value(build, feeds, true, path);
            // A list of texts is an output of its own, which outlives the reply.
            let value = if *feeds == Feeds::Text { quote!(#value.into_owned()) } else { value };
            (TokenStream::new(), value, true)
        }
    };
    let value = if fallible { ok(value) } else { value };
    let (adapter, value) = if when.is_empty() {
        (quote!(map), value)
    } else {
        let cond = names.cond(when);
        let is_call = |token: &TokenTree| !matches!(token, TokenTree::Punct(punct) if "=&".contains(punct.as_char()));
        let cond = if cond.clone().into_iter().all(|token| is_call(&token)) { cond } else { quote!((#cond)) };
        (quote!(filter_map), quote!(#cond.then(|| #value)))
    };
    let body = if locals.is_empty() && lets.is_empty() { value } else { quote!({ #locals #lets #value }) };
    let item = binding("item", &body);
    Each { tokens: quote!(.#adapter(|#item| #body)), fallible }
}

/// `Ok(value)`, or the result itself where `value` is one that is taken apart.
fn ok(value: TokenStream) -> TokenStream {
    let mut tokens: Vec<TokenTree> = value.clone().into_iter().collect();
    match tokens.pop() {
        Some(TokenTree::Punct(last)) if last.as_char() == '?' => tokens.into_iter().collect(),
        _ => quote!(Ok(#value)),
    }
}
