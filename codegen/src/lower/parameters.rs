//! Parameters, layered key by key: parameter file, protocol, model type, plugin. The last that says a key wins.

use super::scope::Scope;
use super::{conditions, model_type, spelling};
use crate::ast::{self, Narrowing, OrRef, ParameterOverride, Specs, Switch};
use crate::ir::parameter::{Bound, Parameter};

/// What the protocols of a model type list, without what one of them says. Of two names that would be one in Rust, the
/// first.
pub fn offered(specs: &Specs, model_type: &ast::ModelType) -> Vec<Parameter> {
    let scope = model_type::scope(model_type);
    let implements = |protocol: &ast::Protocol| {
        specs.implemented(&protocol.implements).is_some_and(|(file, ..)| file.spec.id == model_type.id)
    };
    let mut offered: Vec<Parameter> = Vec::new();
    for (name, declared) in &specs.parameters {
        let lists = |protocol: &ast::Protocol| protocol.parameters.iter().any(|(listed, _)| listed == name);
        let is_listed = specs.protocols.values().any(|file| lists(&file.spec) && implements(&file.spec));
        if is_listed && !offered.iter().any(|other| spelling(&other.name) == spelling(name)) {
            let mut parameter = declared_as(name, &declared.spec);
            switched_by(&mut parameter, &scope, model_type);
            offered.push(parameter);
        }
    }
    offered
}

/// The parameters a protocol lists, through the first three layers. `scope` sees the model type's credentials.
pub fn listed(specs: &Specs, scope: &Scope, protocol: &ast::Protocol, model_type: &ast::ModelType) -> Vec<Parameter> {
    let lower = |(name, narrowing): &(String, Narrowing)| {
        let declared = &specs.parameters.get(name)?.spec;
        let mut parameter = declared_as(name, declared);
        narrow(&mut parameter, narrowing);
        switched_by(&mut parameter, scope, model_type);
        Some(parameter)
    };
    protocol.parameters.iter().filter_map(lower).collect()
}

/// The last layer. `None` if the plugin overrides none of them.
pub fn overridden(parameters: &[Parameter], overrides: &ast::Map<ParameterOverride>) -> Option<Vec<Parameter>> {
    let said = |name: &str| overrides.iter().find(|(said, _)| said == name).map(|(_, said)| said);
    parameters.iter().any(|parameter| said(&parameter.name).is_some()).then(|| {
        let with = |parameter: &Parameter| {
            let mut parameter = parameter.clone();
            if let Some(said) = said(&parameter.name) {
                parameter.default = said.default.clone().or(parameter.default);
                parameter.help = said.help.clone().or(parameter.help);
                parameter.label = said.label.clone().unwrap_or(parameter.label);
            }
            parameter
        };
        parameters.iter().map(with).collect()
    })
}

fn declared_as(name: &str, declared: &ast::Parameter) -> Parameter {
    Parameter {
        name: name.to_owned(),
        kind: declared.type_,
        template: declared.template.clone(),
        label: declared.label.clone(),
        help: declared.help.clone(),
        headers: declared.sent == ast::Sent::Headers,
        required: declared.required,
        default: declared.default.clone(),
        min: declared.min.map(Bound::Is),
        max: declared.max.map(Bound::Is),
        precision: declared.precision,
        options: declared.options.iter().flatten().map(|(option, _)| option.clone()).collect(),
        when: Vec::new(),
        fixed: Vec::new(),
    }
}

fn narrow(parameter: &mut Parameter, narrowing: &Narrowing) {
    parameter.default = narrowing.default.clone().or(parameter.default.take());
    parameter.min = narrowing.min.map(Bound::Is).or(parameter.min.take());
    parameter.max = narrowing.max.map(Bound::Is).or(parameter.max.take());
    parameter.precision = narrowing.precision.or(parameter.precision);
    parameter.required = narrowing.required.unwrap_or(parameter.required);
    if let Some(options) = &narrowing.options {
        parameter.options = options.clone();
    }
}

fn switched_by(parameter: &mut Parameter, scope: &Scope, model_type: &ast::ModelType) {
    if let Some((_, switch)) = model_type.parameters.iter().find(|(switched, _)| *switched == parameter.name) {
        switched(parameter, scope, switch);
    }
}

fn switched(parameter: &mut Parameter, scope: &Scope, switch: &Switch) {
    let bound = |bound: &OrRef<f64>| match bound {
        OrRef::Is(limit) => Bound::Is(*limit),
        OrRef::Ref(reference) => Bound::Of(scope.source(reference)),
    };
    parameter.min = switch.min.as_ref().map(bound).or(parameter.min.take());
    parameter.max = switch.max.as_ref().map(bound).or(parameter.max.take());
    if let Some(OrRef::Is(default)) = &switch.default {
        parameter.default = Some(default.clone());
    }
    parameter.when = conditions::optional(scope, switch.when.as_ref());
    parameter.fixed =
        switch.fixed.iter().map(|fixed| (conditions::lower(scope, &fixed.when), fixed.value.clone())).collect();
}
