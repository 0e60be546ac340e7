//! The module of a model type: credentials, then one section per action.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::file::{File, Section};
use super::imports::mentions;
use super::sources::Context;
use super::values::{Computed, entries};
use super::{calls, credentials, fields, literals, names};
use crate::ast;
use crate::ir::model_type::{Action, ActionKind, Answer, Images, Input, ModelType, Pricing, Reasoning};
use crate::ir::value::{Entry, Source, Type};

pub fn file(model_type: &ModelType) -> File {
    let mut sections = vec![Section::new("Credentials", credentials_of(model_type))];
    for action in &model_type.actions {
        sections.push(Section::new(format!("Action `{}`", action.name), action_items(model_type, action)));
    }
    let mut items = fields::declared(&model_type.fields);
    items.push(fields::table(&model_type.fields));
    sections.push(Section::new("Fields", items));
    File {
        spec: Some(model_type.origin.spec.clone()),
        about: model_type.origin.about.clone(),
        local: Vec::new(),
        traits: Vec::new(),
        sections,
    }
}

/// The type of an action.
pub fn action_name(action: &str) -> proc_macro2::Ident {
    names::type_name(action, "Action")
}

/// The type of an action's input, and whether it borrows from the daemon's line.
pub fn input_name(action: &str) -> proc_macro2::Ident {
    format_ident!("{}Input", names::camel(action))
}

/// The type of an action's own output.
pub fn output_name(action: &str) -> proc_macro2::Ident {
    format_ident!("{}Output", names::camel(action))
}

fn credentials_of(model_type: &ModelType) -> Vec<TokenStream> {
    let name = format_ident!("Credential");
    let about = format!("Credentials of the model type `{}`.", model_type.id);
    let read = credentials::read(&name, &model_type.id, &model_type.credentials);
    let stored = binding("stored", &read);
    let mut items = vec![credentials::structure(&name, &about, &model_type.credentials)];
    items.extend(credentials::choices(&model_type.credentials));
    items.push(quote! {
        impl runtime::credentials::Credential for Credential {
            fn read(#stored: &Stored<'_>) -> Result<Self> {
                Ok(#read)
            }
        }
    });
    items
}

/// A parameter's name, with `_` before it if nothing uses it.
pub fn binding(name: &str, body: &TokenStream) -> proc_macro2::Ident {
    if mentions(body, name) { format_ident!("{name}") } else { format_ident!("_{name}") }
}

fn action_items(model_type: &ModelType, action: &Action) -> Vec<TokenStream> {
    let (name, input) = (action_name(&action.name), input_name(&action.name));
    let (dify, about) = (&action.name, literals::doc(&format!("Dify's `{}`.", action.name)));
    let lifetime = borrows(action).then(|| quote!(<'a>));
    let derive = derive(model_type, action);
    let mut items = vec![input_struct(action)];
    items.push(quote!(#about pub struct #name;));
    items.push(quote! {
        impl Action for #name {
            const NAME: &'static str = #dify;
            type Credential = Credential;
            type Input<'a> = #input #lifetime;
            #derive
        }
    });
    let kind = match &action.kind {
        ActionKind::Conversation { .. } => conversation(model_type, action),
        ActionKind::Answer(answer) => {
            items.extend(output_items(action, &answer.output));
            self::answer(model_type, action, answer)
        }
        ActionKind::Speech { format } => speech(model_type, action, format),
        ActionKind::Local { deliver } => local(model_type, action, deliver),
    };
    items.push(kind);
    items
}

// Input

fn input_struct(action: &Action) -> TokenStream {
    let name = input_name(&action.name);
    let about = literals::doc(&format!("What the daemon sends with `{}`.", action.name));
    let lifetime = borrows(action).then(|| quote!(<'a>));
    let members = action.input.iter().map(member);
    let derived = action.derived.iter().map(|derived| {
        let (member, type_) = (names::snake(&derived.name), type_of(&derived.call.output));
        let from = derived.from.path.join(".");
        let doc = literals::doc(&format!("Derived: `{from}` through `{}`.", derived.call.function));
        quote!(#doc #[serde(skip)] pub #member: #type_)
    });
    quote! {
        #about
        #[derive(Debug, Deserialize)]
        pub struct #name #lifetime {
            #(#members,)*
            #(#derived,)*
        }
    }
}

fn member(input: &Input) -> TokenStream {
    let (name, type_) = (names::snake(&input.name), type_of(&input.type_));
    let doc = literals::doc(&format!("`{}`", input.name));
    let borrow = holds_text(&input.type_);
    let list = matches!(input.type_, Type::List(_));
    let attribute = match (borrow, input.optional, list) {
        (true, true, _) => quote!(#[serde(borrow, default, deserialize_with = "input::optional")]),
        (false, true, _) => quote!(#[serde(default, deserialize_with = "input::optional")]),
        (true, false, true) => quote!(#[serde(borrow, deserialize_with = "input::list")]),
        (false, false, true) => quote!(#[serde(deserialize_with = "input::list")]),
        (true, false, false) => quote!(#[serde(borrow)]),
        (false, false, false) => quote!(),
    };
    let type_ = if input.optional { quote!(Option<#type_>) } else { type_ };
    quote!(#doc #attribute pub #name: #type_)
}

fn type_of(type_: &Type) -> TokenStream {
    match type_ {
        Type::Integer => quote!(i64),
        Type::Number => quote!(f64),
        Type::Boolean => quote!(bool),
        Type::Message => quote!(Message<'a>),
        Type::Media => quote!(Item<'a>),
        Type::Tool => quote!(Tool<'a>),
        Type::ToolChoice => quote!(ToolChoice<'a>),
        Type::AudioFile => quote!(AudioFile<'a>),
        Type::Voice => quote!(Voice),
        Type::Json => quote!(&'a RawValue),
        Type::List(element) => {
            let element = type_of(element);
            quote!(Vec<#element>)
        }
        _ => quote!(Cow<'a, str>),
    }
}

fn holds_text(type_: &Type) -> bool {
    match type_ {
        Type::Integer | Type::Number | Type::Boolean | Type::Voice => false,
        Type::List(element) => holds_text(element),
        _ => true,
    }
}

/// Whether the input of the action borrows from the daemon's line.
pub fn borrows(action: &Action) -> bool {
    let derived = action.derived.iter().map(|derived| &derived.call.output);
    action.input.iter().map(|input| &input.type_).chain(derived).any(holds_text)
}

fn derive(model_type: &ModelType, action: &Action) -> Option<TokenStream> {
    let context = Context::of(&model_type.id);
    let steps: TokenStream = action
        .derived
        .iter()
        .map(|derived| {
            let name = names::snake(&derived.name);
            let (before, value) = calls::simple(&context, &derived.from, &derived.call);
            quote!(#before input.#name = #value;)
        })
        .collect();
    let credential = binding("credential", &steps);
    (!action.derived.is_empty()).then(|| {
        quote! {
            fn derive(input: &mut Self::Input<'_>, #credential: &Credential) -> Result<()> {
                #steps
                Ok(())
            }
        }
    })
}

// Answers

fn conversation(model_type: &ModelType, action: &Action) -> TokenStream {
    let ActionKind::Conversation { messages, tools, stream, reasoning, images, pricing } = &action.kind else {
        return TokenStream::new();
    };
    let (name, messages) = (action_name(&action.name), names::snake(messages));
    let reasoning = match reasoning {
        Reasoning::ThinkTags => quote!(Reasoning::ThinkTags),
        Reasoning::Drop => quote!(Reasoning::Drop),
    };
    let is_optional = |name: &str| action.input.iter().any(|input| input.name == name && input.optional);
    let tools = match tools.as_deref() {
        Some(tools) if is_optional(tools) => {
            let tools = names::snake(tools);
            quote!(input.#tools.as_deref().unwrap_or_default())
        }
        Some(tools) => {
            let tools = names::snake(tools);
            quote!(&input.#tools)
        }
        None => quote!(&[]),
    };
    let stream = match stream.as_deref() {
        Some(stream) if is_optional(stream) => {
            let stream = names::snake(stream);
            quote!(input.#stream.unwrap_or_default())
        }
        Some(stream) => {
            let stream = names::snake(stream);
            quote!(input.#stream)
        }
        None => quote!(false),
    };
    let (tools_input, stream_input) = (binding("input", &tools), binding("input", &stream));
    let images = images_of(&Context::of(&model_type.id), images);
    let pricing = pricing.as_ref().map(|pricing| prices(&Context::of(&model_type.id), pricing));
    quote! {
        impl Conversation for #name {
            const REASONING: Reasoning = #reasoning;

            fn messages<'i>(input: &'i Self::Input<'_>) -> &'i [Message<'i>] {
                &input.#messages
            }

            fn tools<'i>(#tools_input: &'i Self::Input<'_>) -> &'i [Tool<'i>] {
                #tools
            }

            fn stream(#stream_input: &Self::Input<'_>) -> bool {
                #stream
            }

            #images

            #pricing
        }
    }
}

/// Nothing where it is as the runtime has it.
fn images_of(context: &Context, images: &Images) -> Option<TokenStream> {
    let way = |images: &ast::Images| match images {
        ast::Images::Markdown => quote!(Images::Markdown),
        ast::Images::Parts => quote!(Images::Parts),
        ast::Images::Links => quote!(Images::Links),
    };
    let (credential, value) = match images {
        Images::Is(ast::Images::Markdown) => return None,
        Images::Is(images) => (format_ident!("_credential"), way(images)),
        Images::Of(source) => {
            let Type::Choice(choice) = &source.type_ else { return None };
            let (place, name) = (super::sources::place(context, source), context.choice(choice));
            let arms = choice.options.iter().map(|option| {
                let (own, option) = (names::variant(option), names::variant(option));
                quote!(#name::#own => Images::#option)
            });
            (format_ident!("credential"), quote!(match #place { #(#arms,)* }))
        }
    };
    Some(quote! {
        fn images(#credential: &Credential) -> Images {
            #value
        }
    })
}

fn prices(context: &Context, pricing: &Pricing) -> TokenStream {
    let text = |source: &Source| {
        let price = super::sources::expr(context, source);
        let tokens = &price.tokens;
        if matches!(price.type_, Type::Integer | Type::Number) {
            quote!(&#tokens.to_string())
        } else {
            price.borrowed()
        }
    };
    let (input, unit, currency) = (text(&pricing.input), text(&pricing.unit), text(&pricing.currency));
    let output = pricing.output.as_ref().map_or_else(|| quote!("0"), text);
    quote! {
        fn pricing(credential: &Credential) -> Option<Pricing> {
            Pricing::unless_free(#input, #output, #unit, #currency)
        }
    }
}

/// The record that protocols build, and how several become one.
fn output_items(action: &Action, output: &Type) -> Vec<TokenStream> {
    let Type::Record(members) = output else { return Vec::new() };
    let name = output_name(&action.name);
    let about = literals::doc(&format!("What protocols build for `{}`.", action.name));
    let fields = members.iter().map(|(member, type_)| {
        let (doc, member) = (literals::doc(&format!("`{member}`")), names::snake(member));
        let type_ = super::decode::output_type(type_);
        quote!(#doc pub #member: #type_)
    });
    let joined = members.iter().map(|(member, _)| {
        let member = names::snake(member);
        quote!(self.#member.join(next.#member, start);)
    });
    let mut items = vec![quote! {
        #about
        #[derive(Debug, Default, Serialize)]
        pub struct #name {
            #(#fields,)*
        }
    }];
    let joins = |type_: &Type| matches!(type_, Type::List(_) | Type::Usage | Type::Boolean);
    if members.iter().all(|(_, type_)| joins(type_)) {
        items.push(quote! {
            impl Join for #name {
                fn join(&mut self, next: Self, start: usize) {
                    #(#joined)*
                }
            }
        });
    }
    items
}

fn answer(model_type: &ModelType, action: &Action, answer: &Answer) -> TokenStream {
    let Answer { output, finish, finished, deliver, empty, counted, pricing } = answer;
    let name = action_name(&action.name);
    let context = Context::of(&model_type.id);
    let own = output_name(&action.name);
    let (type_, nothing) = match output {
        Type::Record(_) => (quote!(#own), quote!(#own::default)),
        output => (super::decode::output_type(output), quote!(Vec::new)),
    };
    let without_request = empty.as_ref().map(|list| {
        let list = names::snake(list);
        quote! {
            fn without_request(input: &Self::Input<'_>) -> Option<Self::Output> {
                input.#list.is_empty().then(#nothing)
            }
        }
    });
    let counted = counted.as_ref().map(|(usage, texts)| {
        let (usage, texts) = (names::snake(usage), names::snake(texts));
        quote! {
            fn counted<'a>(input: &'a Self::Input<'_>, output: &'a mut Self::Output) -> Option<Counted<'a>> {
                Some(Counted { usage: &mut output.#usage, texts: input::texts(&input.#texts) })
            }
        }
    });
    let pricing = pricing.as_ref().map(|pricing| prices(&context, pricing));
    let finish = finish.as_ref().map(|call| {
        let (before, arguments) = calls::arguments(&context, "output", call);
        let function = format_ident!("{}", call.function);
        match finished.as_ref().map(|member| names::snake(member)) {
            Some(member) => quote!(#before let #member = convert::#function(output.#member #(, #arguments)*)?;),
            None => quote!(#before let output = convert::#function(output #(, #arguments)*)?;),
        }
    });
    let object = written(&context, "answer", "answer", deliver);
    let body = quote!(#finish #object);
    let (call, credential) = (binding("call", &body), binding("credential", &body));
    let (input, output) = (binding("input", &body), binding("output", &body));
    quote! {
        impl Answer for #name {
            type Output = #type_;

            #without_request

            #counted

            #pricing

            fn deliver(
                #call: &Call<'_>,
                #credential: &Credential,
                #input: &Self::Input<'_>,
                #output: Self::Output,
            ) -> Result<Rope> {
                #body
            }
        }
    }
}

fn speech(model_type: &ModelType, action: &Action, format: &Source) -> TokenStream {
    let name = action_name(&action.name);
    let format = super::sources::expr(&Context::of(&model_type.id), format).borrowed();
    quote! {
        impl Speech for #name {
            fn format(credential: &Credential) -> &str {
                #format
            }
        }
    }
}

fn local(model_type: &ModelType, action: &Action, deliver: &[Entry]) -> TokenStream {
    let name = action_name(&action.name);
    let body = written(&Context::of(&model_type.id), "object", "answer", deliver);
    let (call, credential, input) = (binding("call", &body), binding("credential", &body), binding("input", &body));
    quote! {
        impl Local for #name {
            fn deliver(#call: &Call<'_>, #credential: &Credential, #input: &Self::Input<'_>) -> Result<Vec<u8>> {
                #body
            }
        }
    }
}

/// An object as JSON, by a function of `runtime::json`: what has to be computed, then its members.
pub fn written(context: &Context, function: &str, receiver: &str, members: &[Entry]) -> TokenStream {
    let lets = calls::lets(context, members, None);
    let object = format_ident!("{receiver}");
    let written = entries(context, &object, members, Computed::BEFORE);
    let (object, function) = (binding(receiver, &written), format_ident!("{function}"));
    quote!(#lets json::#function(|#object| { #written }))
}
