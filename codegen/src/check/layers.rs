//! Of p3: parameter file, protocol, model type and plugin each say a part of a parameter, and the last that says a key
//! wins. What comes out of that is what calls are checked against, so it must go together.

use serde_json::Value as Json;

use crate::ast::{OrRef, Protocol};
use crate::diagnostics::At;

use super::Checking;
use super::declarations::shown;
use super::p1_names::leaves;
use super::scope::{find, implemented};

/// What a key is in the end, the layer that says it and where.
type Said<T> = Option<(T, usize, At)>;

/// A parameter after all layers.
struct Layered<'s> {
    name: &'s str,
    min: Said<f64>,
    max: Said<f64>,
    precision: Said<u32>,
    options: Said<Vec<&'s str>>,
    default: Said<&'s Json>,
}

/// The last layer that says a key.
fn last<T>(key: &str, layers: Vec<(Option<T>, &At)>) -> Said<T> {
    let said = layers.into_iter().enumerate().rev();
    let mut said = said.filter_map(|(layer, (value, at))| value.map(|value| (value, layer, at.key(key))));
    said.next()
}

/// Whether a number has more digits after the point.
pub fn has_more_digits(number: f64, places: u32) -> bool {
    // No float has more than 1,074.
    format!("{number:.*}", places.min(1_074) as usize).parse() != Ok(number)
}

impl<'s> Checking<'s> {
    /// The parameters of a protocol, and as each plugin that offers it changes them.
    pub fn layered(&mut self, spec: &'s Protocol, root: &At) {
        for (name, narrowing) in &spec.parameters {
            let Some(file) = self.specs.parameters.get(name) else { continue };
            let wide = &file.spec;
            let of_type = implemented(self.specs, spec).map(|(file, _)| file);
            let switch = of_type.and_then(|file| find(&file.spec.parameters, name));
            let declared = At::file(&file.path).key(name);
            let own = root.key("parameters").key(name);
            let type_ = At::file(of_type.map_or("", |file| &file.path)).key("parameters").key(name);
            let limit = |key: &str, wide: Option<f64>, narrow: Option<f64>, switch: Option<&OrRef<f64>>| match switch {
                // What a field says is not known here.
                Some(OrRef::Ref(_)) => None,
                Some(OrRef::Is(limit)) => Some((*limit, 2, type_.key(key))),
                None => last(key, vec![(wide, &declared), (narrow, &own)]),
            };
            let options = |options: &'s [String]| options.iter().map(String::as_str).collect();
            let listed = wide.options.as_ref().map(|list| list.iter().map(|(option, _)| option.as_str()).collect());
            let proposed = match switch.and_then(|switch| switch.default.as_ref()) {
                Some(OrRef::Is(default)) => Some(default),
                _ => None,
            };
            // What a field says is not known here either.
            let is_known = !matches!(switch.and_then(|switch| switch.default.as_ref()), Some(OrRef::Ref(_)));
            let defaults = [(wide.default.as_ref(), &declared), (narrowing.default.as_ref(), &own), (proposed, &type_)];
            let mut layered = Layered {
                name,
                min: limit("min", wide.min, narrowing.min, switch.and_then(|switch| switch.min.as_ref())),
                max: limit("max", wide.max, narrowing.max, switch.and_then(|switch| switch.max.as_ref())),
                precision: last("precision", vec![(wide.precision, &declared), (narrowing.precision, &own)]),
                options: last("options", vec![(listed, &declared), (narrowing.options.as_deref().map(options), &own)]),
                default: last("default", defaults.to_vec()).filter(|_| is_known),
            };
            self.goes_together(&layered);
            for (default, at) in self.changed_defaults(&spec.id, name) {
                layered.default = Some((default, 3, at));
                self.goes_together(&layered);
            }
        }
    }

    /// What plugins that offer a protocol propose for a parameter.
    fn changed_defaults(&self, protocol: &str, name: &str) -> Vec<(&'s Json, At)> {
        let mut found = Vec::new();
        for file in self.specs.plugins.values() {
            let mut offered = Vec::new();
            file.spec.offers.iter().for_each(|(_, node)| leaves(node, &mut offered));
            let changed = find(&file.spec.parameters, name).and_then(|changed| changed.default.as_ref());
            if let Some(default) = changed.filter(|_| offered.contains(&protocol)) {
                found.push((default, At::file(&file.path).key("parameters").key(name).key("default")));
            }
        }
        found
    }

    fn goes_together(&mut self, layered: &Layered<'s>) {
        let Layered { name, min, max, precision, options, default } = layered;
        if let (Some((least, ..)), Some((most, ..))) = (min, max)
            && least > most
        {
            return self.clash(format!("the range of `{name}`, from {least} to {most}, is empty"), min, max);
        }
        let Some((value, ..)) = default else { return };
        let what = |is: String| format!("the default `{}` of `{name}` {is}", shown(value));
        if let (Some(number), Some((least, ..))) = (value.as_f64(), min)
            && number < *least
        {
            self.clash(what(format!("is less than {least}")), default, min);
        }
        if let (Some(number), Some((most, ..))) = (value.as_f64(), max)
            && number > *most
        {
            self.clash(what(format!("is more than {most}")), default, max);
        }
        if let (Some(number), Some((places, ..))) = (value.as_f64(), precision)
            && has_more_digits(number, *places)
        {
            self.clash(what(format!("has more than {places} digits after the point")), default, precision);
        }
        // That it is an option of the parameter file is a matter of its type.
        if let (Some(text), Some((legal, 1.., _))) = (value.as_str(), options)
            && !legal.contains(&text)
        {
            self.clash(what("is none of its options".to_owned()), default, options);
        }
    }

    /// Reported at the later layer; what the parameter file says alone is reported where it is declared.
    fn clash<A, B>(&mut self, what: String, one: &Said<A>, other: &Said<B>) {
        let (Some((_, first, one)), Some((_, second, other))) = (one, other) else { return };
        let (at, related) = if first >= second { (one, other) } else { (other, one) };
        let help = match first.max(second) {
            0 => return,
            3 => "it is proposed for every protocol that the plugin offers: change it, or what the other one says",
            _ => {
                "the last that says a key wins, of parameter file, protocol, model type and plugin: change one of the two"
            }
        };
        self.report
            .error("S3010", at.clone(), what)
            .label("does not go together")
            .related(related.clone(), "with this")
            .help(help);
    }
}
