//! A task: what is kept of it, how it is polled, what a poll says.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::answers::whole_reply;
use super::file::Section;
use super::model_type::binding;
use super::protocol::encoded;
use super::{decode, documents, literals, names};
use crate::ir::protocol::{Protocol, Task};

/// The sections of a protocol of this shape, after its request.
pub fn sections(name: &Ident, protocol: &Protocol) -> Vec<Section> {
    let Some(task) = &protocol.task else { return Vec::new() };
    let mut started = vec![kept(task)];
    started.extend(documents::structs(&task.keep));
    let reply = protocol.reply.as_ref().map(documents::structs).unwrap_or_default();
    vec![
        Section::new("Start", started),
        Section::new("Poll", documents::structs(&task.progress)),
        Section::new("Reply", reply),
        Section::new("Task", vec![implementation(name, protocol, task)]),
    ]
}

fn kept(task: &Task) -> TokenStream {
    let members = task.kept.iter().map(|(name, path)| {
        let ident = names::snake(name);
        let about = literals::doc(&format!("`{path}`"));
        let rename = (ident.to_string().trim_start_matches("r#") != name).then(|| quote!(#[serde(rename = #name)]));
        quote!(#about #rename pub #ident: String)
    });
    quote! {
        /// What is kept of a task from poll to poll.
        #[derive(Debug, Deserialize, Serialize)]
        pub struct Kept {
            #(#members,)*
        }
    }
}

fn implementation(name: &Ident, protocol: &Protocol, task: &Task) -> TokenStream {
    let [every, most] = [task.every, task.most].map(Literal::u64_unsuffixed);
    let keep = decode::body(&task.keep, &quote!(Kept), "reply");
    let progress = decode::body(&task.progress, &quote!(Progress), "reply");
    let poll = encoded(protocol, &task.poll, &TokenStream::new());
    let model_type = names::snake(&protocol.model_type);
    let (call, credential, kept) = (binding("call", &poll), binding("credential", &poll), binding("task", &poll));
    let reply = whole_reply(protocol);
    quote! {
        impl Task for #name {
            type Kept = Kept;
            const EVERY: Duration = Duration::from_secs(#every);
            const MOST: Duration = Duration::from_secs(#most);

            fn keep(reply: &str) -> Result<Kept, Undecoded> {
                #keep
            }

            fn poll(#call: &Call<'_>, #credential: &#model_type::Credential, #kept: &Kept) -> Result<Draft> {
                #poll
            }

            fn progress(reply: &str) -> Result<Progress, Undecoded> {
                #progress
            }

            #reply
        }
    }
}
