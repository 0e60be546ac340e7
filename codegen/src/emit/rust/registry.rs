//! The files that list others: `lib.rs`, the `mod.rs` files, one executable per plugin.

use proc_macro2::TokenStream;
use quote::quote;

use super::file::{File, Section};
use super::names;
use crate::ir::plugin::Plugin;

/// `lib.rs`.
pub fn library() -> File {
    modules(
        "Typed adapters and plugin tables, compiled from `specs/`.",
        &["auth", "connection", "model_types", "plugins", "protocols", "rules"],
    )
}

/// A `mod.rs`.
pub fn modules(about: &str, ids: &[&str]) -> File {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let modules: TokenStream = ids
        .iter()
        .map(|id| {
            let id = names::snake(id);
            quote!(pub mod #id;)
        })
        .collect();
    let items = if ids.is_empty() { Vec::new() } else { vec![modules] };
    File {
        spec: None,
        about: about.to_owned(),
        local: Vec::new(),
        traits: Vec::new(),
        sections: vec![Section::plain(items)],
    }
}

/// The executable of a plugin.
pub fn executable(plugin: &Plugin) -> File {
    let module = names::snake(&plugin.id);
    let allocator = quote! {
        #[global_allocator]
        static ALLOCATOR: runtime::Allocator = runtime::Allocator;
    };
    let main = quote! {
        fn main() -> std::process::ExitCode {
            runtime::main(&generated::plugins::#module::PLUGIN)
        }
    };
    let about = format!("The executable of the plugin `{}`.", plugin.id);
    let spec = Some(plugin.origin.spec.clone());
    File { spec, about, local: Vec::new(), traits: Vec::new(), sections: vec![Section::plain(vec![allocator, main])] }
}
