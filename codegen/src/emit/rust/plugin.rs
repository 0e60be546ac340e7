//! The module of a plugin: its table, stored fields, then one section per offered protocol.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_json::Value as Json;

use super::file::{File, Section};
use super::model_type::{action_name, binding, written};
use super::sources::{Context, expr};
use super::{calls, conditions, fields, literals, names, parameters};
use crate::emit::dify::{self, declaration};
use crate::ir::Ir;
use crate::ir::model_type::ActionKind;
use crate::ir::plugin::{
    EndpointVersion, ErrorKind, Leaf, Offer, Operation, Plugin, Probe, Property, Select, Table, Unlisted,
};
use crate::ir::protocol::Shape;

pub fn file(ir: &Ir, plugin: &Plugin) -> File {
    let mut sections = vec![
        Section::plain(vec![table(plugin, &declaration(ir, plugin))]),
        Section::new("Credential fields", vec![fields::stored(ir, &plugin.fields)]),
    ];
    for leaf in &plugin.leaves {
        let heading = format!("Model type `{}`, protocol `{}`", leaf.model_type, leaf.protocol);
        sections.push(Section::new(heading, leaf_items(ir, plugin, leaf)));
    }
    let probes = plugin.probes.iter().map(probe).collect();
    sections.push(Section::new("Probes", probes));
    let module = |id: &String, of: &str| (names::snake(id).to_string(), format!("crate::{of}"));
    let mut local: Vec<_> = ["auth", "connection", "rules"].map(|own| (own.to_owned(), "crate".to_owned())).into();
    local.extend(ir.model_types.iter().map(|model_type| module(&model_type.id, "model_types")));
    local.extend(ir.protocols.iter().map(|protocol| module(&protocol.id, "protocols")));
    File {
        spec: Some(plugin.origin.spec.clone()),
        about: plugin.origin.about.clone(),
        local,
        traits: traits(ir, plugin),
        sections,
    }
}

fn traits(ir: &Ir, plugin: &Plugin) -> Vec<&'static str> {
    let priced = plugin.leaves.iter().filter(|leaf| leaf.priced);
    let kinds: Vec<&ActionKind> = priced
        .flat_map(|leaf| ir.model_types.iter().filter(|model_type| model_type.id == leaf.model_type))
        .filter_map(|model_type| model_type.actions.first().map(|action| &action.kind))
        .collect();
    let read = (!plugin.leaves.is_empty()).then_some("Credential");
    let answer = kinds.iter().any(|kind| matches!(kind, ActionKind::Answer(_))).then_some("Answer");
    let conversation =
        kinds.iter().any(|kind| matches!(kind, ActionKind::Conversation { .. })).then_some("Conversation");
    [read, answer, conversation].into_iter().flatten().collect()
}

fn table(plugin: &Plugin, declaration: &TokenStream) -> TokenStream {
    let Plugin { id, author, version, endpoint_suffixes, .. } = plugin;
    let about = literals::doc(&format!("The plugin `{author}/{id}`."));
    let endpoint_version = match plugin.endpoint_version {
        EndpointVersion::V1 => quote!(EndpointVersion::V1),
        EndpointVersion::AsGiven => quote!(EndpointVersion::AsGiven),
    };
    let auth = select(&plugin.auth, |id| {
        let module = names::snake(id);
        quote!(auth::#module::read)
    });
    let offers = plugin.offers.iter().map(|(model_type, offer)| {
        let offer = self::offer(plugin, offer);
        // The daemon asks by Dify's name.
        let dify = plugin.leaves.iter().find(|leaf| leaf.model_type == *model_type).map(|leaf| &leaf.dify);
        quote!((#dify, #offer))
    });
    quote! {
        #about
        pub static PLUGIN: Plugin = Plugin {
            name: #id,
            author: #author,
            version: #version,
            fields: FIELDS,
            endpoint_version: #endpoint_version,
            endpoint_suffixes: &[#(#endpoint_suffixes),*],
            attach: connection::attach,
            declaration: #declaration,
            auth: #auth,
            offers: &[#(#offers,)*],
        };
    }
}

/// The package as JSON and its assets, from the files beside this one.
fn declaration(ir: &Ir, plugin: &Plugin) -> TokenStream {
    let beside = |path: String| path.replacen("generated/", "../../", 1);
    let manifest = beside(declaration::manifest_path(&plugin.id));
    let provider = beside(declaration::provider_path(&plugin.id));
    let packages = ir.packages.iter().filter(|package| package.name == plugin.id);
    let assets = packages.flat_map(|package| package.assets()).map(|name| {
        let content = beside(dify::committed(&plugin.id, &format!("_assets/{name}")));
        quote!(Asset { name: #name, content: include_bytes!(#content) })
    });
    quote! {
        Declaration {
            manifest: include_str!(#manifest),
            provider: include_str!(#provider),
            assets: &[#(#assets,)*],
        }
    }
}

fn select<T>(select: &Select<T>, of: impl Fn(&T) -> TokenStream) -> TokenStream {
    let Select { variable, default, options, .. } = select;
    let label = literals::text(&select.label);
    let unlisted = match select.unlisted {
        Unlisted::Error => quote!(Unlisted::Error),
        Unlisted::Default => quote!(Unlisted::Default),
    };
    let options = options.iter().map(|(stored, option)| {
        let option = of(option);
        quote!((#stored, #option))
    });
    quote! {
        Select {
            variable: #variable,
            label: #label,
            default: #default,
            unlisted: #unlisted,
            options: &[#(#options,)*],
        }
    }
}

fn offer(plugin: &Plugin, offered: &Offer) -> TokenStream {
    match offered {
        Offer::Leaf(index) => {
            let name = names::upper(&plugin.leaves[*index].name);
            quote!(Offer::Leaf(#name))
        }
        Offer::Branch(branch) => {
            let branch = select(branch, |option| offer(plugin, option));
            quote!(Offer::Branch(#branch))
        }
    }
}

// Leaves

/// Leaves of one protocol share its table, and leaves that show the same share the schema: it stands at the first.
fn leaf_items(ir: &Ir, plugin: &Plugin, leaf: &Leaf) -> Vec<TokenStream> {
    let first = |same: &dyn Fn(&Leaf) -> bool| plugin.leaves.iter().find(|other| same(other)).map(|other| &other.name);
    let mut items = vec![leaf_item(plugin, leaf)];
    let model_type = ir.model_types.iter().find(|model_type| model_type.id == leaf.model_type);
    if let (Table::Own(own), Some(model_type)) = (&leaf.parameters, model_type)
        && first(&|other| other.protocol == leaf.protocol) == Some(&leaf.name)
    {
        items.push(parameters::table(&own_table(leaf), model_type, false, own));
    }
    let filled = schema(leaf).to_string();
    if first(&|other| schema(other).to_string() == filled) == Some(&leaf.name) {
        let (name, body) = (schema_name(plugin, leaf), schema(leaf));
        items.push(quote!(fn #name #body));
    }
    items
}

fn own_table(leaf: &Leaf) -> Ident {
    format_ident!("{}_{}_PARAMETERS", names::upper(&leaf.model_type), names::upper(&leaf.protocol))
}

/// Named after the model type if it has only one, else after the first leaf that shows it.
fn schema_name(plugin: &Plugin, leaf: &Leaf) -> Ident {
    let filled = schema(leaf).to_string();
    let mut others = plugin.leaves.iter().filter(|other| other.model_type == leaf.model_type);
    let name = match others.clone().all(|other| schema(other).to_string() == filled) {
        true => &leaf.model_type,
        false => others.find(|other| schema(other).to_string() == filled).map_or(&leaf.name, |other| &other.name),
    };
    format_ident!("{}_schema", names::snake(name))
}

fn probe_name(model_type: &str) -> Ident {
    format_ident!("{}_probe", names::snake(model_type))
}

/// The leaf's parameter table, unless it has none.
fn table_of(leaf: &Leaf) -> Option<TokenStream> {
    match &leaf.parameters {
        Table::Empty => None,
        Table::Protocol => {
            let module = names::snake(&leaf.protocol);
            Some(quote!(#module::PARAMETERS))
        }
        Table::Own(_) => {
            let name = own_table(leaf);
            Some(quote!(#name))
        }
    }
}

fn leaf_item(plugin: &Plugin, leaf: &Leaf) -> TokenStream {
    let (name, protocol) = (names::upper(&leaf.name), &leaf.protocol);
    let model = literals::optional(&leaf.model);
    let suffix = literals::optional(&leaf.endpoint_suffix);
    let operations = leaf.operations.iter().map(|operation| self::operation(leaf, operation));
    let passes_on = leaf.passes_on.iter().map(|kind| match kind {
        ErrorKind::BadRequest => quote!(Kind::BadRequest),
    });
    let (schema, probe) = (schema_name(plugin, leaf), probe_name(&leaf.model_type));
    quote! {
        const #name: Leaf = Leaf {
            protocol: #protocol,
            model: #model,
            endpoint_suffix: #suffix,
            operations: &[#(#operations,)*],
            schema: #schema,
            passes_on: &[#(#passes_on),*],
            probe: #probe,
        };
    }
}

fn operation(leaf: &Leaf, operation: &Operation) -> TokenStream {
    match operation {
        Operation::Protocol { id, shape, conversation, batched, main, parameters } => {
            let (module, protocol) = (names::snake(id), names::type_name(id, "Protocol"));
            let parameters = match (main, parameters) {
                (true, _) => table_of(leaf),
                (false, true) => Some(quote!(#module::PARAMETERS)),
                (false, false) => None,
            };
            let parameters = parameters.unwrap_or_else(|| quote!(&[]));
            let of = |shape: TokenStream| quote!(&#shape::<#module::#protocol> { parameters: #parameters, protocol: PhantomData });
            match (shape, conversation) {
                (Shape::Json, _) if *batched => of(quote!(BatchOperation)),
                (Shape::Json, false) => of(quote!(JsonOperation)),
                (Shape::Json, true) => of(quote!(WholeOperation)),
                (Shape::Upload, _) => of(quote!(UploadOperation)),
                (Shape::Chat, _) => of(quote!(ChatOperation)),
                (Shape::Bytes, _) if *batched => of(quote!(BytesBatchOperation)),
                (Shape::Bytes, _) => of(quote!(BytesOperation)),
                (Shape::Task, _) => {
                    let (waits, starts) = (of(quote!(TaskOperation)), of(quote!(StartPolling)));
                    quote!(#waits, #starts, &CheckPolling::<#module::#protocol> { protocol: PhantomData })
                }
            }
        }
        Operation::Local(action) => {
            let (module, action) = (names::snake(&leaf.model_type), action_name(action));
            quote!(&LocalOperation::<#module::#action> { action: PhantomData })
        }
    }
}

// Schemas

/// What a schema function takes and does.
fn schema(leaf: &Leaf) -> TokenStream {
    let context = Context::elsewhere();
    let (module, dify) = (names::snake(&leaf.model_type), &leaf.dify);
    let features = leaf.features.iter().map(|(feature, cond)| {
        let on = conditions::cond(&context, cond).unwrap_or_else(|| quote!(true));
        quote!(schema.feature(#feature, #on);)
    });
    let properties = leaf.properties.iter().map(|(property, value)| self::property(&context, property, value));
    let offered = table_of(leaf).map(|table| quote!(schema.offer(#table, &credential);));
    let action = action_name(&leaf.action);
    let pricing = leaf.priced.then(|| quote!(schema.pricing = #module::#action::pricing(&credential);));
    let filled = quote!(#(#features)* #(#properties)* #offered #pricing);
    if filled.is_empty() {
        return quote! {
            (_stored: &Stored<'_>) -> Result<Schema> {
                Ok(Schema::new(#dify))
            }
        };
    }
    let credential = binding("credential", &filled);
    quote! {
        (stored: &Stored<'_>) -> Result<Schema> {
            let #credential = #module::Credential::read(stored)?;
            let mut schema = Schema::new(#dify);
            #filled
            Ok(schema)
        }
    }
}

fn property(context: &Context, property: &str, value: &Property) -> TokenStream {
    match value {
        Property::Is(json) => {
            let value = match json {
                Json::Array(_) | Json::Object(_) => literals::json(json),
                scalar => literals::written(scalar),
            };
            quote!(schema.property(#property, #value);)
        }
        Property::Through(source, call) => {
            let (before, value) = calls::simple(context, source, call);
            quote!(#before schema.property(#property, #value);)
        }
        Property::Of(source) => {
            let value = expr(context, source);
            if value.optional {
                let source = value.borrowed();
                quote!(if let Some(value) = #source { schema.property(#property, value); })
            } else {
                let value = if value.held == super::sources::Held::Owned { value.borrowed() } else { value.tokens };
                quote!(schema.property(#property, #value);)
            }
        }
    }
}

// Probes

fn probe(probe: &Probe) -> TokenStream {
    let (name, module) = (probe_name(&probe.model_type), names::snake(&probe.model_type));
    let about =
        literals::doc(&format!("The request that checks credentials of the model type `{}`.", probe.model_type));
    let data = written(&Context::elsewhere(), "object", "data", &probe.data);
    let uses = super::imports::mentions(&data, "credential");
    let stored = if uses { quote!(stored) } else { quote!(_stored) };
    let read = uses.then(|| quote!(let credential = #module::Credential::read(stored)?;));
    quote! {
        #about
        fn #name(#stored: &Stored<'_>) -> Result<Vec<u8>> {
            #read
            #data
        }
    }
}
