//! The module of a protocol: parameters, request, stream, reply, examples.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::file::{File, Section};
use super::model_type::{action_name, binding, borrows, input_name, output_name};
use super::sources::{Context, expr};
use super::values::{Computed, entries};
use super::{
    answers, calls, conditions, credentials, decode, documents, examples, fields, literals, names, parameters, parts,
    task,
};
use crate::ir::Ir;
use crate::ir::model_type::{Action, ActionKind};
use crate::ir::protocol::{Batch, Method, Number, Pair, Path, Protocol, Request, Segment, Shape, Under};
use crate::ir::value::{Type, Value};

pub fn file(ir: &Ir, protocol: &Protocol) -> File {
    let model_type = ir.model_types.iter().find(|model_type| model_type.id == protocol.model_type);
    let action =
        model_type.and_then(|model_type| model_type.actions.iter().find(|action| action.name == protocol.action));
    let name = names::type_name(&protocol.id, "Protocol");
    let mut sections = vec![Section::plain(vec![marker(protocol)])];
    if !protocol.credentials.is_empty() {
        sections.push(Section::new("Credentials", own_credentials(protocol)));
    }
    if let (false, Some(model_type)) = (protocol.parameters.is_empty(), model_type) {
        let mut items = parameters::structure(&protocol.parameters);
        items.push(parameters::table(&format_ident!("PARAMETERS"), model_type, true, &protocol.parameters));
        sections.push(Section::new("Parameters", items));
    }
    sections.push(Section::new("Request", request(protocol, action)));
    match action.map(|action| &action.kind) {
        Some(ActionKind::Answer(answer)) => {
            let mut items = protocol.reply.as_ref().map(documents::structs).unwrap_or_default();
            let output = match &answer.output {
                Type::Record(_) => {
                    let (module, output) = (names::snake(&protocol.model_type), output_name(&protocol.action));
                    quote!(#module::#output)
                }
                output => decode::output_type(output),
            };
            items.push(answers::reader(&name, protocol, &output));
            sections.push(Section::new("Reply", items));
        }
        _ if protocol.shape == Shape::Json => {
            let mut items = protocol.reply.as_ref().map(documents::structs).unwrap_or_default();
            items.push(answers::whole(&name, protocol));
            sections.push(Section::new("Reply", items));
        }
        _ if protocol.shape == Shape::Task => sections.extend(task::sections(&name, protocol)),
        kind => {
            if let Some(stream) = &protocol.stream {
                sections.push(Section::new("Stream", documents::structs(&stream.event)));
            }
            if let Some(reply) = &protocol.reply {
                sections.push(Section::new("Reply", documents::structs(reply)));
            }
            let answer = match kind {
                Some(ActionKind::Speech { .. }) => answers::audio(&name, protocol),
                _ => answers::chat(&name, protocol),
            };
            sections.push(Section::new("Answer", vec![answer]));
        }
    }
    if !protocol.credentials.is_empty() {
        let mut items = fields::declared(&protocol.fields);
        items.push(fields::table(&protocol.fields));
        sections.push(Section::new("Fields", items));
    }
    if !protocol.examples.is_empty() {
        sections.push(Section::new("Examples", vec![examples::of_protocol(protocol)]));
    }
    File {
        spec: Some(protocol.origin.spec.clone()),
        about: protocol.origin.about.clone(),
        local: vec![
            (names::snake(&protocol.model_type).to_string(), "crate::model_types".to_owned()),
            ("rules".to_owned(), "crate".to_owned()),
        ],
        traits: Vec::new(),
        sections,
    }
}

fn marker(protocol: &Protocol) -> TokenStream {
    let method = match protocol.request.method {
        Method::Post => "POST",
        Method::Get => "GET",
    };
    let path = match &protocol.request.path {
        Path::Is(path) => path.clone(),
        Path::Segments(segments) => segments
            .iter()
            .map(|segment| match segment {
                Segment::Is(segment) => segment.clone(),
                Segment::Of(source) => format!("{{{}}}", source.path.last().map_or("model", String::as_str)),
            })
            .collect::<Vec<_>>()
            .join("/"),
    };
    let about = literals::doc(&format!("Protocol `{}`: `{method} {path}`.", protocol.id));
    let name = names::type_name(&protocol.id, "Protocol");
    quote!(#about pub struct #name;)
}

/// The credentials that only this protocol has.
fn own_credentials(protocol: &Protocol) -> Vec<TokenStream> {
    let name = format_ident!("Own");
    let about = format!("Credentials that only the protocol `{}` has.", protocol.id);
    let read = credentials::read(&name, &protocol.id, &protocol.credentials);
    let mut items = vec![credentials::structure(&name, &about, &protocol.credentials)];
    items.extend(credentials::choices(&protocol.credentials));
    items.push(quote! {
        impl Own {
            fn read(stored: &Stored<'_>) -> Result<Self> {
                Ok(#read)
            }
        }
    });
    items
}

// Request

fn request(protocol: &Protocol, action: Option<&Action>) -> Vec<TokenStream> {
    let (name, id) = (names::type_name(&protocol.id, "Protocol"), &protocol.id);
    let model_type = names::snake(&protocol.model_type);
    let (action_type, input_type) = (action_name(&protocol.action), input_name(&protocol.action));
    let lifetime = action.is_none_or(borrows).then(|| quote!(<'_>));
    let input_type = quote!(#model_type::#input_type #lifetime);
    let param_type = if protocol.parameters.is_empty() { quote!(()) } else { quote!(Param) };
    let encode = |function: &str, body: TokenStream| {
        let function = format_ident!("{function}");
        let (call, credential) = (binding("call", &body), binding("credential", &body));
        let (input, param) = (binding("input", &body), binding("param", &body));
        quote! {
            fn #function(
                #call: &Call<'_>,
                #credential: &#model_type::Credential,
                #input: &#input_type,
                #param: &#param_type,
            ) -> Result<Draft> {
                #body
            }
        }
    };
    let usual = match &protocol.batch {
        Some(_) => quote!(Self::encode_slice(call, credential, input, param, 0..Self::elements(input))),
        None => encoded(protocol, &protocol.request, &given_headers(protocol)),
    };
    let usual = encode("encode", usual);
    let probe = protocol.probe.as_ref().map(|request| {
        let body = encoded(protocol, request, &given_headers(protocol));
        encode("encode_probe", body)
    });
    let retreat = retreat(&protocol.request);
    let item = quote! {
        impl Protocol for #name {
            const ID: &'static str = #id;
            #retreat
            type Action = #model_type::#action_type;
            type Param = #param_type;

            #usual

            #probe
        }
    };
    let batched = protocol.batch.as_ref().map(|batch| batched(protocol, batch, &input_type, &param_type));
    std::iter::once(item).chain(batched).collect()
}

/// The statements that make the draft of a request, to which `given` may add.
pub fn encoded(protocol: &Protocol, request: &Request, given: &TokenStream) -> TokenStream {
    with_own(encode(&Context::of(&protocol.id), request, given))
}

/// After the protocol's own credentials, if it uses any.
fn with_own(body: TokenStream) -> TokenStream {
    let own = super::imports::mentions(&body, "own").then(|| quote!(let own = Own::read(call.stored)?;));
    quote!(#own #body)
}

fn batched(protocol: &Protocol, batch: &Batch, input_type: &TokenStream, param_type: &TokenStream) -> TokenStream {
    let name = names::type_name(&protocol.id, "Protocol");
    let model_type = names::snake(&protocol.model_type);
    let over = expr(&Context::elsewhere(), &batch.over).tokens;
    let function = |method: &str, number: &Number| {
        let method = format_ident!("{method}");
        let body = match number {
            Number::Is(number) => {
                let number = proc_macro2::Literal::u32_unsuffixed(*number);
                quote!(#number)
            }
            Number::Of(source) => {
                let source = expr(&Context::elsewhere(), source).tokens;
                quote!(batch::count(#source))
            }
        };
        let credential = binding("credential", &body);
        quote! {
            fn #method(#credential: &#model_type::Credential) -> usize {
                #body
            }
        }
    };
    let size = function("size", batch.size.as_ref().unwrap_or(&Number::Is(1)));
    let parallel = batch.parallel.as_ref().map(|number| function("parallel", number));
    let cut = match &batch.size {
        Some(_) => quote!(let batch = #over.get(slice).unwrap_or_default();),
        None => quote!(let batch = batch::element(&#over, slice)?;),
    };
    let body = encode(&Context::of(&protocol.id), &protocol.request, &given_headers(protocol));
    let body = with_own(quote!(#cut #body));
    let (call, credential) = (binding("call", &body), binding("credential", &body));
    let (input, param) = (binding("input", &body), binding("param", &body));
    quote! {
        impl Batched for #name {
            fn elements(input: &#input_type) -> usize {
                #over.len()
            }

            #size

            #parallel

            fn encode_slice(
                #call: &Call<'_>,
                #credential: &#model_type::Credential,
                #input: &#input_type,
                #param: &#param_type,
                slice: Range<usize>,
            ) -> Result<Draft> {
                #body
            }
        }
    }
}

fn retreat(request: &Request) -> Option<TokenStream> {
    let drop = &request.drop;
    let rename = request.rename.iter().map(|(from, to)| quote!((#from, #to)));
    (!drop.is_empty() || !request.rename.is_empty())
        .then(|| quote!(const RETREAT: Retreat = Retreat { drop: &[#(#drop),*], rename: &[#(#rename),*] };))
}

/// What the user's header parameters add to a draft.
fn given_headers(protocol: &Protocol) -> TokenStream {
    let given = protocol.parameters.iter().filter(|parameter| parameter.headers).map(|parameter| {
        let name = names::snake(&parameter.name);
        quote!(draft.given.extend(param.#name.iter().cloned());)
    });
    given.collect()
}

fn encode(context: &Context, request: &Request, given: &TokenStream) -> TokenStream {
    let path = path(context, &request.path);
    let under = match request.under {
        Under::Version => quote!(Under::Version),
        Under::Prefix => quote!(Under::Prefix),
    };
    let (body, draft) = match (&request.body, &request.parts) {
        (_, Some(pairs)) => (parts::written(context, pairs), quote!(Draft::post_parts(#path, #under, parts))),
        (Some(members), None) => {
            let lets = calls::lets(context, members, None);
            let object = format_ident!("body");
            let members = entries(context, &object, members, Computed::BEFORE);
            let object = binding("body", &members);
            let body = quote!(#lets let body = json::object(|#object| { #members })?;);
            (body, quote!(Draft::post_json(#path, #under, body)))
        }
        (None, None) => match request.method {
            Method::Post => (TokenStream::new(), quote!(Draft::post(#path, #under))),
            Method::Get => (TokenStream::new(), quote!(Draft::get(#path, #under))),
        },
    };
    if request.headers.is_empty() && request.query.is_empty() && given.is_empty() {
        return quote!(#body Ok(#draft));
    }
    let headers = request.headers.iter().map(|pair| pushed(context, "headers", pair));
    let query = request.query.iter().map(|pair| pushed(context, "query", pair));
    quote! {
        #body
        let mut draft = #draft;
        #given
        #(#headers)*
        #(#query)*
        Ok(draft)
    }
}

fn path(context: &Context, path: &Path) -> TokenStream {
    let segments = match path {
        Path::Is(path) => return quote!(#path),
        Path::Segments(segments) => segments,
    };
    let segments = segments.iter().map(|segment| match segment {
        Segment::Is(segment) => quote!(#segment),
        Segment::Of(source) => {
            let value = expr(context, source);
            let text = value.borrowed();
            let text = if value.optional { quote!(#text.unwrap_or_default()) } else { text };
            quote!(encode_query(#text).as_str())
        }
    });
    quote!([#(#segments),*].join("/"))
}

/// A header or query parameter of the draft.
fn pushed(context: &Context, list: &str, pair: &Pair) -> TokenStream {
    let name = &pair.name;
    let cond = conditions::cond(context, &pair.when);
    let (binding, value) = match &pair.value {
        Value::Literal(json) => {
            let value = crate::ir::auth::literal(json);
            (None, quote!(#value.to_owned()))
        }
        Value::Pick(pick) => {
            let value = super::terms::value(context, pick);
            let source = value.borrowed();
            let says_who_asks = list == "headers" && super::terms::says_who_asks(pick);
            if says_who_asks && value.optional {
                (Some(quote!(let Some(value) = #source)), quote!(header_text(value)))
            } else if says_who_asks {
                (None, quote!(header_text(#source)))
            } else if value.optional {
                (Some(quote!(let Some(value) = #source)), quote!(value.to_string()))
            } else {
                (None, value.owned_text())
            }
        }
        _ => return TokenStream::new(),
    };
    let list = format_ident!("{list}");
    let push = quote!(draft.#list.push((#name.to_owned(), #value)););
    match conditions::both(cond, binding) {
        Some(cond) => quote!(if #cond { #push }),
        None => push,
    }
}
