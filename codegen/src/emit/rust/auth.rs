//! The module of an auth method: credentials, then the phases it has.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::file::{File, Section};
use super::imports::mentions;
use super::model_type::binding;
use super::sources::{Context, place};
use super::terms::{Bound, TAKEN, bind, bind_as, chained, header_value};
use super::{conditions, credentials, examples, fields, literals, names, sign};
use crate::ir::auth::{Attach, AttachTo, Auth, Claim, Jwt, Term};
use crate::ir::value::{Cond, Is, Source};

pub fn file(auth: &Auth) -> File {
    let name = names::type_name(&auth.id, "Auth");
    let mut sections =
        vec![Section::new("Credentials", credentials_of(&name, auth)), Section::new("Phases", phases(&name, auth))];
    let mut declared = fields::declared(&auth.fields);
    if !auth.examples.is_empty() {
        declared.push(fields::table(&auth.fields));
    }
    sections.push(Section::new("Fields", declared));
    if !auth.examples.is_empty() {
        sections.push(Section::new("Examples", vec![examples::of_auth(auth)]));
    }
    File {
        spec: Some(auth.origin.spec.clone()),
        about: auth.origin.about.clone(),
        local: Vec::new(),
        traits: Vec::new(),
        sections,
    }
}

fn credentials_of(name: &Ident, auth: &Auth) -> Vec<TokenStream> {
    let about = format!("Credentials of the auth method `{}`.", auth.id);
    let read = credentials::read(name, &auth.id, &auth.credentials);
    let stored = binding("stored", &read);
    let mut items = vec![credentials::structure(name, &about, &auth.credentials)];
    items.extend(credentials::choices(&auth.credentials));
    items.push(quote! {
        /// Reads the credentials; the constructor that plugins bind.
        pub fn read(#stored: &Stored<'_>) -> Result<Box<dyn Authenticator>> {
            Ok(Box::new(#read))
        }
    });
    items
}

fn phases(name: &Ident, auth: &Auth) -> Vec<TokenStream> {
    let Some(signing) = &auth.sign else { return vec![authenticator(name, auth, &TokenStream::new())] };
    let (method, function) = sign::text_items(signing, name, &auth.id);
    let phases = authenticator(name, auth, &method);
    let listed = mentions(&phases, "SIGNED") || mentions(&function, "SIGNED");
    let headers = listed.then(|| sign::signed_headers(signing));
    headers.into_iter().chain([phases, function]).collect()
}

fn authenticator(name: &Ident, auth: &Auth, signed_text: &TokenStream) -> TokenStream {
    let context = Context::of_auth(&auth.id);
    let mint = auth.mint.as_ref().map(|jwt| mint(&context, jwt));
    let signing = auth.sign.as_ref().map(|signing| sign::phase(&context, signing));
    let attached: TokenStream = auth.attach.iter().map(|attached| attach(&context, attached)).collect();
    let body = quote!(#signing #attached);
    let (request, moment, token) = (binding("request", &body), binding("moment", &body), binding("token", &body));
    let explain = auth.explain.as_ref().map(|header| {
        quote! {
            fn explain(&self) -> Option<&'static str> {
                Some(#header)
            }
        }
    });
    quote! {
        impl Authenticator for #name {
            #mint

            fn sign(&self, #request: &mut Request, #moment: &Moment, #token: Option<&str>) -> Result<()> {
                #body
                Ok(())
            }

            #signed_text

            #explain
        }
    }
}

// Mint

fn mint(context: &Context, jwt: &Jwt) -> TokenStream {
    let leading = jwt.claims.iter().take_while(|claim| always_there(context, claim)).count();
    let literal = jwt.claims[..leading].iter().filter_map(|claim| match claim {
        Claim::Named { name, value } => {
            let (name, value) = (bind(context, name).owned_text(), bind(context, value).owned_text());
            Some(quote!((#name, #value)))
        }
        Claim::Merge(_) => None,
    });
    let pushed: TokenStream = jwt.claims[leading..].iter().map(|claim| pushed(context, claim)).collect();
    let mutable = (!pushed.is_empty()).then(|| quote!(mut));
    let first = if leading == 0 { quote!(Vec::new()) } else { quote!(vec![#(#literal),*]) };
    let key = place(context, &jwt.key);
    let algorithm = some_text(context, &jwt.algorithm);
    let key_id = jwt.key_id.as_ref().map_or_else(|| quote!(None), |key_id| some_text(context, key_id));
    let ttl = place(context, &jwt.ttl);
    let backdate = literals::integer(jwt.backdate.try_into().unwrap_or(i64::MAX));
    quote! {
        fn mint(&self) -> Option<jwt::Order<'_>> {
            let #mutable claims = #first;
            #pushed
            Some(jwt::Order {
                key: &#key,
                algorithm: #algorithm,
                key_id: #key_id,
                ttl: #ttl,
                backdate: Duration::from_secs(#backdate),
                claims,
            })
        }
    }
}

fn some_text(context: &Context, source: &Source) -> TokenStream {
    let value = super::sources::expr(context, source);
    let text = value.borrowed();
    if value.optional { text } else { quote!(Some(#text)) }
}

fn always_there(context: &Context, claim: &Claim) -> bool {
    match claim {
        Claim::Named { name, value } => !bind(context, name).optional() && !bind(context, value).optional(),
        Claim::Merge(_) => false,
    }
}

fn pushed(context: &Context, claim: &Claim) -> TokenStream {
    match claim {
        Claim::Named { name, value } => {
            let (name, value) = (bind(context, name), bind(context, value));
            let (key, text) = (name.owned_text(), value.owned_text());
            chained(None, &[&name, &value], &quote!(claims.push((#key, #text));))
        }
        Claim::Merge(source) => {
            let pairs = place(context, source);
            quote!(claims.extend(#pairs.iter().cloned());)
        }
    }
}

// Attach

pub fn attach(context: &Context, attach: &Attach) -> TokenStream {
    match &attach.to {
        AttachTo::Header { name, value, prefix } => {
            let (shown, name, value) = (value, bind(context, name), bind(context, value));
            let header = name.borrowed();
            let set = match prefix {
                Some(prefix) => {
                    let (prefix, value) = (optional_text(context, prefix), value.borrowed());
                    quote!(request.set_header(#header, prefixed(#prefix, #value))?;)
                }
                None => {
                    let value = header_value(shown, &value);
                    quote!(request.set_header(#header, #value)?;)
                }
            };
            chained(cond(context, &attach.when, &[&name, &value]), &[&name, &value], &set)
        }
        AttachTo::Query { name, value } => {
            let (name, value) = (bind(context, name), bind(context, value));
            let (parameter, text) = (name.borrowed(), value.borrowed());
            let add = quote!(request.add_query(#parameter, #text););
            chained(cond(context, &attach.when, &[&name, &value]), &[&name, &value], &add)
        }
        AttachTo::Fields { name, scheme, fields } => {
            let name = bind(context, name);
            let parts: Vec<_> = (0..fields.len()).map(|index| part(context, fields, index)).collect();
            let bound: Vec<&Bound> =
                std::iter::once(&name).chain(parts.iter().filter_map(|part| part.bound.as_ref())).collect();
            let (local, header) = (parts.iter().map(|part| &part.local), name.borrowed());
            let fields =
                parts.iter().zip(fields).map(|(part, (name, _))| format!("{}=\"{}\"", escaped(name), part.shown));
            let format = format!("{} {}", escaped(scheme), fields.collect::<Vec<_>>().join(","));
            let format = literals::quoting(&format);
            let set = quote!(#(#local)* request.set_header(#header, format!(#format))?;);
            chained(cond(context, &attach.when, &bound), &bound, &set)
        }
    }
}

/// A field of a header, inside a format.
struct Part {
    bound: Option<Bound>,
    /// The statement that gives the value a name, if it has none.
    local: Option<TokenStream>,
    /// What stands in the format.
    shown: String,
}

fn part(context: &Context, fields: &[(String, Term)], index: usize) -> Part {
    let (field, term) = &fields[index];
    if let Term::Is(text) = term {
        return Part { bound: None, local: None, shown: escaped(text) };
    }
    let same = |(other, _): &&(String, Term)| names::snake(other) == names::snake(field);
    let name = match fields[..index].iter().filter(same).count() {
        0 if TAKEN.contains(&field.as_str()) => format!("own_{field}"),
        0 => field.clone(),
        earlier => format!("{field}_{}", earlier + 1),
    };
    let bound = bind_as(context, term, &name);
    let tokens = bound.shown();
    let named = syn::parse2::<Ident>(tokens.clone()).ok();
    let name = named.clone().unwrap_or_else(|| names::snake(&name));
    let local = named.is_none().then(|| quote!(let #name = #tokens;));
    Part { bound: Some(bound), local, shown: format!("{{{name}}}") }
}

/// A text inside a format.
fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The condition without tests that a binding makes anyway.
fn cond(context: &Context, when: &Cond, bound: &[&Bound]) -> Option<TokenStream> {
    let needless = |source: &Source| bound.iter().any(|term| term.source.as_ref() == Some(source));
    let left = when.iter().filter(|test| !(test.is == Is::Present && test.source.optional && needless(&test.source)));
    conditions::cond(context, &left.cloned().collect())
}

/// A prefix: a text that may be absent.
fn optional_text(context: &Context, term: &Term) -> TokenStream {
    let value = match term {
        Term::Is(text) => return quote!(Some(#text)),
        Term::Of(pick) => super::terms::value(context, pick),
    };
    let text = value.borrowed();
    if value.optional { text } else { quote!(Some(#text)) }
}
