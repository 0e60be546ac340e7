//! Of p3: declarations agree with themselves. Fields, parameters and what a protocol or plugin says of them.

use serde_json::Value as Json;

use crate::ast::{Field, FieldType, Narrowing, OrRef, Parameter, ParameterType, Plugin, Sent, Type};
use crate::diagnostics::At;

use super::Checking;
use super::fits::literal_fits;
use super::layers::has_more_digits;
use super::scope::{bare, field_type, find, parameter_type, sent_as_headers};

impl Checking<'_> {
    /// A field as declared.
    pub fn field(&mut self, field: &Field, at: &At) {
        let mut odd = |key: &str, what: String, help: &str| {
            let (at, label) = match key {
                "" => (at.on_key(), "needs `label`"),
                key => (at.key(key).on_key(), "does not go together"),
            };
            self.report.error("S3012", at, what).label(label).help(help);
        };
        if field.label.is_none() {
            odd("", "this field has no label".to_owned(), "users see it in the form and in errors: add `label:`");
        }
        if field.options.is_some() && field.type_.is_some() {
            odd("type", "a field with `options` has no `type`".to_owned(), "take one of the two out");
        }
        let flag = field.type_ == Some(FieldType::Flag);
        for (key, word) in [("enabled", &field.enabled), ("disabled", &field.disabled)] {
            match word {
                None if flag => {
                    odd("type", format!("a flag needs `{key}`"), "say the stored words: `enabled:` and `disabled:`")
                }
                Some(_) if !flag => {
                    odd(key, format!("`{key}` is only for a flag"), "take it out, or write `type: flag`")
                }
                _ => {}
            }
        }
        if flag && field.enabled.is_some() && field.enabled == field.disabled {
            odd("disabled", "both stored words of the flag are the same".to_owned(), "give them different words");
        }
        let numeric = matches!(
            field.type_,
            Some(FieldType::Integer | FieldType::Number | FieldType::Decimal | FieldType::Seconds)
        );
        for (key, limit) in [("min", field.min), ("max", field.max)] {
            if limit.is_some() && !numeric {
                odd(key, format!("`{key}` is only for numbers"), "take it out, or give the field a numeric `type`");
            }
        }
        if field.empty_word.is_some() && field.options.is_none() && (numeric || flag) {
            odd("empty_word", "`empty_word` is only for texts".to_owned(), "take it out");
        }
        let hidden = matches!(field.type_, Some(FieldType::Secret | FieldType::SigningKey));
        if field.default.is_some() && hidden {
            let help = "everybody who has the package would have it: take it out; what may be absent is not `required`";
            odd("default", "a secret has no default".to_owned(), help);
        }
        if let Some(default) = field.default.as_ref().filter(|_| !hidden) {
            let type_ = field_type(field);
            match field.type_ {
                Some(FieldType::Voices) => self.voices(default, &at.key("default")),
                Some(FieldType::Seconds) => {
                    let min = Some(field.min.unwrap_or_default().max(0.0));
                    self.default(default, bare(&type_), min, field.max, &at.key("default"));
                }
                _ => self.default(default, bare(&type_), field.min, field.max, &at.key("default")),
            }
        }
        self.range(field.min, field.max, at);
    }

    /// Voices as a user would store them: names with labels and languages, or JSON.
    fn voices(&mut self, default: &Json, at: &At) {
        let named = |entry: &str| entry.split(['=', '@']).next().is_some_and(|name| !name.trim().is_empty());
        let legal = default.as_str().is_some_and(|text| {
            let list = text.split(',').all(named);
            if text.trim_start().starts_with('[') { serde_json::from_str::<Vec<Json>>(text).is_ok() } else { list }
        });
        if !legal {
            self.report
                .error("S3010", at.clone(), format!("the default `{}` is no list of voices", shown(default)))
                .label("not of its type")
                .help("write `alloy,echo`, with labels and languages `amy=Amy@en-US|en-GB`, or a JSON list in quotes");
        }
    }

    fn range(&mut self, min: Option<f64>, max: Option<f64>, at: &At) {
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            self.report
                .error("S3010", at.key("max"), format!("the range from {min} to {max} is empty"))
                .label(format!("less than `min`, which is {min}"));
        }
    }

    fn default(&mut self, default: &Json, type_: &Type, min: Option<f64>, max: Option<f64>, at: &At) {
        if !literal_fits(default, type_) {
            let found =
                self.report.error("S3010", at.clone(), format!("the default `{}` is not of its type", shown(default)));
            found.label(format!("expected `{type_}`"));
            let number =
                matches!(type_, Type::Named(name) if ["integer", "number", "decimal"].contains(&name.as_str()));
            match type_ {
                Type::Closed(words) => {
                    found.legal(&shown(default), words.iter().map(String::as_str));
                }
                _ if number && default.as_str().is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit())) => {
                    found.help("write the number alone: without a unit, and without quotes");
                }
                _ if number && default.is_u64() => {
                    found.help(format!("the largest whole number is {}", i64::MAX));
                }
                _ if *type_ == Type::Named("string".to_owned()) && !default.is_object() && !default.is_array() => {
                    found.help(format!("write it as a text: `\"{default}\"`"));
                }
                _ => {}
            }
            return;
        }
        let number = default.as_f64().filter(|_| min.zip(max).is_none_or(|(min, max)| min <= max));
        if number.zip(min).is_some_and(|(value, min)| value < min)
            || number.zip(max).is_some_and(|(value, max)| value > max)
        {
            self.report
                .error("S3010", at.clone(), format!("the default `{}` is out of its range", shown(default)))
                .label(match (min, max) {
                    (Some(min), Some(max)) => format!("the range is {min} to {max}"),
                    (Some(min), None) => format!("the least is {min}"),
                    (_, max) => format!("the most is {}", max.unwrap_or_default()),
                });
        }
    }

    /// A parameter as declared.
    pub fn parameter_declaration(&mut self, name: &str, parameter: &Parameter, at: &At) {
        let limits = [parameter.min.is_some(), parameter.max.is_some(), parameter.precision.is_some()];
        self.limits(parameter.type_, limits, at);
        self.distinct(parameter.options.iter().flatten().map(|(option, _)| option), at);
        if parameter.options.is_some() && parameter.type_ != ParameterType::String {
            self.report
                .error("S3012", at.key("options").on_key(), "`options` are only for a `string` parameter")
                .label("does not go together")
                .help("write `type: string`");
        }
        let text = matches!(parameter.type_, ParameterType::String | ParameterType::Text);
        if parameter.sent == Sent::Headers && (!text || parameter.options.is_some()) {
            self.report
                .error("S3012", at.key("sent"), "headers come as the text of a JSON object")
                .label("does not go together")
                .help("write `type: text`, without `options`");
        }
        self.headers_unset(name, parameter.default.as_ref().map(|_| at.key("default").on_key()));
        if let (Some(default), Some(type_)) = (&parameter.default, parameter_type(self.specs, name)) {
            self.default(default, &type_, parameter.min, parameter.max, &at.key("default"));
            if let (Some(number), Some(places)) = (default.as_f64(), parameter.precision)
                && has_more_digits(number, places)
            {
                self.report
                    .error("S3010", at.key("default"), format!("the default `{number}` is not one of its values"))
                    .label(format!("more than {places} digits after the point"));
            }
        }
        self.range(parameter.min, parameter.max, at);
    }

    /// What is sent as headers is what the caller says, and nothing else.
    fn headers_unset(&mut self, name: &str, said: impl IntoIterator<Item = At>) {
        for at in said.into_iter().filter(|_| sent_as_headers(self.specs, name)) {
            self.report
                .error("S3012", at, format!("`{name}` is sent as headers, and those only a call sets"))
                .label("does not go together")
                .help("take it out; headers that are always sent are `headers:` of a protocol's request");
        }
    }

    /// Limits are for numbers: `min`, `max` and `precision`.
    fn limits(&mut self, type_: ParameterType, given: [bool; 3], at: &At) {
        let numeric = matches!(type_, ParameterType::Number | ParameterType::Integer);
        for (key, given) in ["min", "max", "precision"].into_iter().zip(given) {
            if given && !numeric {
                self.report
                    .error("S3012", at.key(key).on_key(), format!("`{key}` is only for numbers"))
                    .label("does not go together")
                    .help("take it out, or give the parameter a numeric `type`");
            }
        }
    }

    /// Options are written once each.
    fn distinct<'o>(&mut self, options: impl Iterator<Item = &'o String>, at: &At) {
        let mut seen = Vec::new();
        for (index, option) in options.enumerate() {
            if seen.contains(&option) {
                self.report
                    .error("S3012", at.key("options").index(index), format!("the option `{option}` is written twice"))
                    .label("again")
                    .help("keep one of them");
            }
            seen.push(option);
        }
    }

    /// What a protocol says of a parameter may only narrow it.
    pub fn narrowing(&mut self, name: &str, narrowing: &Narrowing, at: &At) {
        let specs = self.specs;
        let Some(file) = specs.parameters.get(name) else { return };
        let (wide, declared) = (&file.spec, At::file(&file.path).key(name));
        let wider = [
            ("min", narrowing.min, wide.min, narrowing.min.zip(wide.min).is_some_and(|(new, old)| new < old)),
            ("max", narrowing.max, wide.max, narrowing.max.zip(wide.max).is_some_and(|(new, old)| new > old)),
        ];
        for (key, new, old, wider) in wider {
            if wider {
                self.report
                    .error("S3007", at.key(key), format!("`{key}` of `{name}` may only narrow"))
                    .label(format!("{} is outside", new.unwrap_or_default()))
                    .related(declared.key(key), format!("declared as {}", old.unwrap_or_default()))
                    .help("a protocol sends less than the parameter allows, or the parameter is declared wider");
            }
        }
        let limits = [narrowing.min.is_some(), narrowing.max.is_some(), narrowing.precision.is_some()];
        self.limits(wide.type_, limits, at);
        self.distinct(narrowing.options.iter().flatten(), at);
        if narrowing.options.as_ref().is_some_and(Vec::is_empty) {
            self.report
                .error("S3012", at.key("options"), format!("`{name}` has no options here"))
                .label("no value could be sent")
                .help("name the options that the vendor takes, or take the key out");
        }
        // Any text is narrowed by a list of texts.
        let any_text = wide.options.is_none() && wide.type_ == ParameterType::String;
        for (index, option) in narrowing.options.iter().flatten().enumerate().filter(|_| !any_text) {
            let legal: Vec<&str> = wide.options.iter().flatten().map(|(option, _)| option.as_str()).collect();
            if !legal.contains(&option.as_str()) {
                self.report
                    .error("S3007", at.key("options").index(index), format!("`{name}` has no option `{option}`"))
                    .label("unknown")
                    .related(declared.key("options"), "declared here")
                    .legal(option, legal);
            }
        }
        self.headers_unset(name, narrowing.default.as_ref().map(|_| at.key("default").on_key()));
        if let Some(default) = &narrowing.default {
            // That it is in its range is a matter of all layers.
            if let Some(type_) = parameter_type(specs, name) {
                self.default(default, &type_, None, None, &at.key("default"));
            }
        }
    }

    /// Values that a model type forces or proposes for a parameter are of its type.
    pub fn switches(&mut self, spec: &crate::ast::ModelType, root: &At) {
        for (name, switch) in &spec.parameters {
            let at = root.key("parameters").key(name);
            let (Some(type_), Some(file)) = (parameter_type(self.specs, name), self.specs.parameters.get(name)) else {
                continue;
            };
            self.limits(file.spec.type_, [switch.min.is_some(), switch.max.is_some(), false], &at);
            let said = [("default", switch.default.is_some()), ("fixed", !switch.fixed.is_empty())];
            self.headers_unset(name, said.into_iter().filter(|(_, said)| *said).map(|(key, _)| at.key(key).on_key()));
            let forced = switch.fixed.iter().enumerate();
            let forced = forced.map(|(index, fixed)| (&fixed.value, at.key("fixed").index(index).key("value")));
            let proposed = match &switch.default {
                Some(OrRef::Is(default)) => Some((default, at.key("default"))),
                _ => None,
            };
            for (value, at) in forced.chain(proposed) {
                self.default(value, &type_, None, None, &at);
            }
        }
        for (name, value) in &spec.probe.parameters {
            let at = root.key("probe").key("parameters").key(name);
            if let (Some(type_), Some(file)) = (parameter_type(self.specs, name), self.specs.parameters.get(name)) {
                self.default(value, &type_, file.spec.min, file.spec.max, &at);
            }
        }
    }

    /// What a plugin changes fits what it changes.
    pub fn overrides(&mut self, plugin: &Plugin, root: &At) {
        let specs = self.specs;
        for (name, changed) in &plugin.credentials {
            let at = root.key("credentials").key(name);
            let Some((group, field)) = name.split_once('.') else { continue };
            let table = match (group, specs.auth.get(group), specs.model_types.get(group), specs.protocols.get(group)) {
                ("connection", ..) => specs.connection.as_ref().map(|file| &file.spec.credentials),
                (_, Some(file), ..) => Some(&file.spec.credentials),
                (_, _, Some(file), _) => Some(&file.spec.credentials),
                (_, _, _, Some(file)) => Some(&file.spec.credentials),
                _ => None,
            };
            let Some(declared) = table.and_then(|table| find(table, field)) else { continue };
            let declared_type = declared.type_.unwrap_or(FieldType::String);
            if changed.field.type_.is_some_and(|type_| type_ != declared_type || declared.options.is_some()) {
                self.report
                    .error("S3012", at.key("type"), format!("a plugin may not change the type of `{name}`"))
                    .label("another type")
                    .help("requests are written for the declared one: take it out, or change the declaration");
                continue;
            }
            // A missing label is reported where the field is declared.
            let said = &changed.field;
            let limits = said.min.is_some() || said.max.is_some() || said.default.is_some();
            let words = said.enabled.is_some() || said.disabled.is_some() || said.empty_word.is_some();
            if declared.label.is_some() && (limits || words || said.options.is_some()) {
                let mut field = declared.with(said);
                if said.default.is_none() && said.options.is_none() && said.min.is_none() && said.max.is_none() {
                    // Its default is as declared, and is looked at there.
                    field.default = None;
                }
                self.field(&field, &at);
            }
            for (index, (option, label)) in changed.field.options.iter().flatten().enumerate() {
                let legal: Vec<&str> = declared.options.iter().flatten().map(|(option, _)| option.as_str()).collect();
                if !legal.contains(&option.as_str()) {
                    let options = at.key("options");
                    let at = if label.is_none() { options.index(index) } else { options.key(option).on_key() };
                    self.report
                        .error("S2010", at, format!("`{name}` has no option `{option}`"))
                        .label("unknown")
                        .legal(option, legal);
                }
            }
            if changed.stored.is_some() && declared.options.is_none() {
                self.report
                    .error("S3012", at.key("stored").on_key(), format!("`{name}` has no options to store"))
                    .label("does not go together")
                    .help("`stored` names the stored value of each option");
            }
            if let (Some(stored), Some(default)) =
                (&changed.stored, changed.field.default.as_ref().or(declared.default.as_ref()))
                && find(stored, &shown(default)).is_none()
                && declared.options.iter().flatten().any(|(option, _)| *option == shown(default))
            {
                self.report
                    .error(
                        "S3012",
                        at.key("stored").on_key(),
                        format!("the default `{}` of `{name}` is not offered", shown(default)),
                    )
                    .label("leaves the default out")
                    .help("add it, or give the field another `default`");
            }
        }
        for (name, changed) in &plugin.parameters {
            let at = root.key("parameters").key(name);
            self.headers_unset(name, changed.default.as_ref().map(|_| at.key("default").on_key()));
            if let (Some(default), Some(type_)) = (&changed.default, parameter_type(specs, name)) {
                self.default(default, &type_, None, None, &at.key("default"));
            }
        }
    }
}

/// A literal as it is written in a message.
pub fn shown(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
