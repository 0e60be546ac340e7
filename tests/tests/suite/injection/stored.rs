//! Every credential field of both plugins, under every name that it is or was stored by, and as an advanced setting.

use runtime::credentials::{Field, FieldType};
use serde_json::{Map, Value, json};
use tests::consumers::Auth;
use tests::demo::{Call, calls};
use tests::plugins::{AI_GATEWAY, HIGRESS};

use super::{MARK, May, Trials, hostile, plugin};

#[test]
fn stored_values_of_ai_gateway_stay_where_they_belong() {
    stored_values(AI_GATEWAY);
}

#[test]
fn stored_values_of_higress_stay_where_they_belong() {
    stored_values(HIGRESS);
}

fn stored_values(name: &'static str) {
    let mut trials = Trials::of(name);
    for (position, call) in calls(name).iter().enumerate() {
        let model_type = (call.request)(Map::new()).model_type().replace('-', "_");
        for auth in [Auth::ApiKey, Auth::Jwt("HS256"), Auth::Hmac, Auth::None] {
            let is_tried = |field: &Field| {
                let group = field.id.split('.').next().unwrap_or_default();
                match group {
                    // All of it in one call; in the others what a request of any kind is made of.
                    "api_key" | "jwt" | "hmac" => position == 0 && group == auth.route().replace("key", "api_key"),
                    "connection" if position == 0 => auth == Auth::ApiKey,
                    "connection" => {
                        auth == Auth::Hmac && matches!(field.id, "connection.model" | "connection.endpoint")
                    }
                    _ => auth == Auth::Hmac && group == model_type,
                }
            };
            let fields: Vec<&Field> = plugin(name).fields.iter().filter(|field| is_tried(field)).collect();
            if !fields.is_empty() {
                try_fields(&mut trials, call, auth, &fields, position > 0);
            }
        }
    }
    trials.check();
}

fn try_fields(trials: &mut Trials, call: &Call, auth: Auth, fields: &[&'static Field], few: bool) {
    let about = format!("{} {} {}", trials.plugin, call.protocol, auth.name());
    let line = (call.request)(trials.row(auth)).line(&trials.session());
    let model = trials.add(about.clone(), "", May::Values, None, line);
    for field in fields {
        let names = std::iter::once(&field.variable).chain(field.aliases);
        for hostile in hostile(few) {
            for name in names.clone() {
                let value = value(trials, field, &hostile);
                let row = without(trials.row(auth), field);
                let request = (call.request)(row).credential(name, value.clone());
                let about = format!("{about}, {name}: {:?}", &value[..value.len().min(60)]);
                let line = request.line(&trials.session());
                trials.add(about, label(field), may(field, &value), Some(model), line);
            }
            // Read the same way, once it is found.
            if !hostile.contains("\r\n") || field.id == "connection.advanced" || field.id == "connection.endpoint" {
                continue;
            }
            let value = value(trials, field, &hostile);
            let row = without(trials.row(auth), field);
            let request = (call.request)(row).credential("advanced", json!({ field.id: value }).to_string());
            let about = format!("{about}, advanced {}: {:?}", field.id, &value[..value.len().min(60)]);
            let line = request.line(&trials.session());
            trials.add(about, label(field), may(field, &value), Some(model), line);
        }
    }
}

/// The row without what is stored for a field.
fn without(mut row: Map<String, Value>, field: &Field) -> Map<String, Value> {
    for name in std::iter::once(&field.variable).chain(field.aliases) {
        row.remove(*name);
    }
    row
}

/// A hostile text as somebody would store it in this field.
fn value(trials: &Trials, field: &Field, hostile: &str) -> String {
    match (field.id, field.kind) {
        ("connection.endpoint", _) => format!("{}{hostile}", trials.endpoint()),
        // Names of hosts would be looked up.
        ("connection.proxy", _) => format!("http://user:{MARK}@127.0.0.1:9/{}", hostile.replace('@', "")),
        (_, FieldType::Headers) if !hostile.starts_with('{') => {
            json!({ "x-mark": format!("{MARK}{hostile}") }).to_string()
        }
        (_, FieldType::Secret | FieldType::SigningKey) => format!("{MARK}{hostile}"),
        _ => hostile.to_owned(),
    }
}

/// What an error says of a field.
fn label(field: &Field) -> &'static str {
    match field.id {
        "connection.proxy" => "roxy",
        // The other key is told from the one that has no such id.
        "jwt.key_id" => "key ID",
        _ => field.label.en_us,
    }
}

fn may(field: &Field, value: &str) -> May {
    match (field.id, field.kind) {
        ("connection.endpoint", _) => May::Path,
        ("api_key.query_name", _) => May::Query,
        ("connection.identity", _) => May::Name("x-dify-user".to_owned()),
        (_, FieldType::HeaderName) => May::Name(value.trim().to_ascii_lowercase()),
        (_, FieldType::Headers) => May::Name("x-mark".to_owned()),
        _ => May::Values,
    }
}
