//! Imports of a file: what its items use of other modules follows from their tokens.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::file::File;
use super::layout::WIDTH;

/// What generated code uses of other crates. Modules are written with their path, the others by name alone.
const MODULES: [(&str, &str); 8] = [
    ("batch", "runtime::shapes"),
    ("convert", "runtime"),
    ("input", "runtime"),
    ("json", "runtime"),
    ("output", "runtime"),
    ("parameters", "runtime"),
    ("reply", "runtime"),
    ("jwt", "runtime::auth"),
];

const FUNCTIONS: [(&str, &str); 10] = [
    ("body_md5", "runtime::auth::hmac"),
    ("body_sha256", "runtime::auth::hmac"),
    ("body_digest", "runtime::auth::hmac"),
    ("each_signed", "runtime::auth::hmac"),
    ("signed_names", "runtime::auth::hmac"),
    ("sorted_target", "runtime::auth::hmac"),
    ("target", "runtime::auth::hmac"),
    ("prefixed", "runtime::auth"),
    ("encode_query", "runtime::request"),
    ("header_text", "runtime::request"),
];

const TYPES: &[(&str, &str)] = &[
    ("Action", "runtime::adapter"),
    ("Answer", "runtime::adapter"),
    ("Authenticator", "runtime::auth"),
    ("Bound", "runtime::parameters"),
    ("Call", "runtime::call"),
    ("Chat", "runtime::adapter"),
    ("ChatOperation", "runtime::shapes::chat"),
    ("CheckPolling", "runtime::shapes::chat::task"),
    ("Conversation", "runtime::adapter"),
    ("Cow", "std::borrow"),
    ("Credential", "runtime::credentials"),
    ("Deserialize", "serde"),
    ("Draft", "runtime::request"),
    ("Duration", "std::time"),
    ("Encoding", "runtime::auth::hmac"),
    ("EndpointVersion", "runtime::connection"),
    ("Field", "runtime::credentials"),
    ("FieldType", "runtime::credentials"),
    ("Frames", "runtime::frame"),
    ("Images", "runtime::adapter"),
    ("Json", "runtime::adapter"),
    ("JsonOperation", "runtime::shapes::json"),
    ("Kind", "runtime::error"),
    ("Leaf", "runtime::plugin"),
    ("Local", "runtime::adapter"),
    ("LocalOperation", "runtime::shapes::local"),
    ("Mac", "runtime::auth::hmac"),
    ("Message", "runtime::input"),
    ("Moment", "runtime::auth"),
    ("Offer", "runtime::plugin"),
    ("Parameter", "runtime::parameters"),
    ("ParameterType", "runtime::parameters"),
    ("Parameters", "runtime::parameters"),
    ("Paths", "runtime::adapter"),
    ("PhantomData", "std::marker"),
    ("Plugin", "runtime::plugin"),
    ("Pricing", "runtime::schema"),
    ("Progress", "runtime::adapter"),
    ("Protocol", "runtime::adapter"),
    ("RawValue", "serde_json::value"),
    ("Reasoning", "runtime::adapter"),
    ("Request", "runtime::request"),
    ("Retreat", "runtime::adapter"),
    ("Result", "runtime::error"),
    ("Rope", "runtime::rope"),
    ("Schema", "runtime::schema"),
    ("Secret", "runtime::credentials"),
    ("Select", "runtime::plugin"),
    ("SigningKey", "runtime::credentials"),
    ("Serialize", "serde"),
    ("StartPolling", "runtime::shapes::chat::task"),
    ("State", "runtime::adapter"),
    ("Stored", "runtime::credentials"),
    ("Task", "runtime::adapter"),
    ("TaskOperation", "runtime::shapes::chat::task"),
    ("Whole", "runtime::adapter"),
];

const MORE_TYPES: &[(&str, &str)] = &[
    ("Asset", "runtime::plugin"),
    ("Declaration", "runtime::plugin"),
    ("AudioFile", "runtime::input"),
    ("Bytes", "runtime::adapter"),
    ("BytesOperation", "runtime::shapes::bytes"),
    ("BytesBatchOperation", "runtime::shapes::bytes"),
    ("Speech", "runtime::adapter"),
    ("Voice", "runtime::credentials"),
    ("Parts", "runtime::request"),
    ("Upload", "runtime::adapter"),
    ("UploadOperation", "runtime::shapes::upload"),
    ("Text", "runtime::text"),
    ("Tool", "runtime::input"),
    ("ToolChoice", "runtime::input"),
    ("Undecoded", "runtime::reply"),
    ("Under", "runtime::request"),
    ("Unlisted", "runtime::plugin"),
    ("ExitCode", "std::process"),
    ("BatchOperation", "runtime::shapes::batch"),
    ("Batched", "runtime::adapter"),
    ("Bill", "runtime::bill"),
    ("Counted", "runtime::adapter"),
    ("Item", "runtime::input"),
    ("Join", "runtime::join"),
    ("Range", "std::ops"),
    ("WholeOperation", "runtime::shapes::chat::whole"),
];

/// Whether generated code imports a type of this name somewhere.
pub fn is_type(name: &str) -> bool {
    TYPES.iter().chain(MORE_TYPES).any(|(known, _)| *known == name)
}

/// One block per origin: the standard library, other crates, this crate.
pub fn blocks(file: &File) -> Vec<String> {
    let mut used = Used::default();
    for item in file.sections.iter().flat_map(|section| &section.items) {
        used.scan(item.clone());
    }
    used.types.retain(|name| !used.defined.contains(name));
    used.types.extend(file.traits.iter().map(|name| (*name).to_owned()));
    let known = |table: &'static [(&'static str, &'static str)]| {
        table.iter().map(|(name, module)| ((*name).to_owned(), (*module).to_owned()))
    };
    let types = known(TYPES).chain(known(MORE_TYPES)).filter(|(name, _)| used.types.contains(name));
    let modules = known(&MODULES).filter(|(name, _)| used.modules.contains(name));
    let functions = known(&FUNCTIONS).filter(|(name, _)| used.functions.contains(name));
    let local = file.local.iter().filter(|(name, _)| used.types.contains(name) || used.modules.contains(name));
    let mut by_module: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, module) in types.chain(modules).chain(functions).chain(local.cloned()) {
        let names = by_module.entry(module).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let block = |of: &dyn Fn(&str) -> bool| {
        let mut lines: Vec<_> =
            by_module.iter().filter(|(module, _)| of(module)).map(|(module, names)| import(module, names)).collect();
        // A module comes before what is in it.
        lines.sort_by(|a, b| a.trim_end_matches(';').cmp(b.trim_end_matches(';')));
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    let std = |module: &str| module.starts_with("std");
    let own = |module: &str| module.starts_with("crate");
    [block(&std), block(&|module| !std(module) && !own(module)), block(&own)].into_iter().flatten().collect()
}

fn import(module: &str, names: &[String]) -> String {
    let mut names = names.to_vec();
    names.sort();
    match names.as_slice() {
        [name] => format!("use {module}::{name};"),
        names => {
            let line = format!("use {module}::{{{}}};", names.join(", "));
            if line.chars().count() <= WIDTH { line } else { wrapped(module, names) }
        }
    }
}

/// One that is too long for a line.
fn wrapped(module: &str, names: &[String]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        match lines.last_mut() {
            Some(line) if line.chars().count() + name.chars().count() + 2 <= WIDTH => {
                line.push(' ');
                line.push_str(name);
                line.push(',');
            }
            _ => lines.push(format!("    {name},")),
        }
    }
    format!("use {module}::{{\n{}\n}};", lines.join("\n"))
}

/// Names that tokens use without a path before them.
#[derive(Default)]
pub struct Used {
    pub types: Vec<String>,
    pub modules: Vec<String>,
    pub functions: Vec<String>,
    /// Types of the file's own.
    defined: Vec<String>,
}

impl Used {
    pub fn scan(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is = |at: Option<usize>, wanted: char| matches!(at.and_then(|at| tokens.get(at)), Some(TokenTree::Punct(punct)) if punct.as_char() == wanted);
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(_) if variants(&tokens, at) => {}
                TokenTree::Group(group) => self.scan(group.stream()),
                // The functions that read inputs are named in attributes.
                TokenTree::Literal(text) if text.to_string().starts_with("\"input::") => {
                    self.modules.push("input".to_owned());
                }
                TokenTree::Ident(ident) if !is(at.checked_sub(1), ':') || is_field(&tokens, at) => {
                    let name = ident.to_string();
                    let after = |words: &[&str]| {
                        let before = at.checked_sub(1).and_then(|at| tokens.get(at));
                        matches!(before, Some(TokenTree::Ident(word)) if words.iter().any(|known| word == known))
                    };
                    if after(&["struct", "enum"]) {
                        self.defined.push(name);
                        continue;
                    }
                    // Two dots are a struct's base.
                    let member = is(at.checked_sub(1), '.') && !is(at.checked_sub(2), '.');
                    if member || after(&["type", "fn"]) {
                        continue;
                    }
                    if is(Some(at + 1), ':') && is(Some(at + 2), ':') {
                        self.modules.push(name.clone());
                    }
                    let called = |group: &proc_macro2::Group| group.delimiter() == Delimiter::Parenthesis;
                    if matches!(tokens.get(at + 1), Some(TokenTree::Group(group)) if called(group)) {
                        self.functions.push(name.clone());
                    }
                    if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                        self.types.push(name);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The variants of an enum, which use nothing.
fn variants(tokens: &[TokenTree], at: usize) -> bool {
    let before = at.checked_sub(2).and_then(|at| tokens.get(at));
    matches!(before, Some(TokenTree::Ident(word)) if word == "enum")
}

/// The colon before `at` is that of a field or binding, not of a path.
fn is_field(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: Option<usize>| matches!(at.and_then(|at| tokens.get(at)), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at.checked_sub(1)) && !colon(at.checked_sub(2))
}

/// Whether `tokens` use a variable of this name.
pub fn mentions(tokens: &TokenStream, name: &str) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: Option<&TokenTree>, wanted: char| matches!(at, Some(TokenTree::Punct(p)) if p.as_char() == wanted);
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(ident) => {
            let member = at.checked_sub(1).is_some_and(|before| is(tokens.get(before), '.'));
            let module = is(tokens.get(at + 1), ':') && is(tokens.get(at + 2), ':');
            ident == name && !member && !module
        }
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}
