//! Which credential fields a protocol uses, so that the form asks for nothing that has no effect.
//!
//! A protocol uses a field of its own when it refers to it; a field of its model type also when whatever the model type
//! does for every protocol refers to it, or when it switches a feature or parameter that the protocol lists.

use std::collections::BTreeSet;

use crate::ast::{
    Action, Argument, Call, Cond, Deliver, Mapping, Member, ModelType, OrRef, Path, Property, Protocol, Ref, Specs,
    Value,
};

/// Names of `$credential.<name>` that one leaf of the offers uses.
pub(super) fn used(specs: &Specs, model_type: &str, protocol: &str, also: &[String]) -> BTreeSet<String> {
    let mut seen = Seen::default();
    let protocols: Vec<&Protocol> = std::iter::once(protocol)
        .chain(also.iter().map(String::as_str))
        .filter_map(|id| specs.protocols.get(id))
        .map(|file| &file.spec)
        .collect();
    for protocol in &protocols {
        seen.protocol(protocol);
    }
    if let Some(file) = specs.model_types.get(model_type) {
        seen.model_type(&file.spec, &protocols);
    }
    seen.names
}

/// Names of `$credential.<name>` that a protocol refers to by itself.
pub(super) fn used_by_protocol(specs: &Specs, protocol: &str) -> BTreeSet<String> {
    let mut seen = Seen::default();
    specs.protocols.get(protocol).iter().for_each(|file| seen.protocol(&file.spec));
    seen.names
}

fn builds_images(protocol: &Protocol) -> bool {
    let events = protocol.stream.iter().flat_map(|stream| &stream.events).map(|rule| &rule.emit);
    protocol.reply.iter().chain(events).any(|value| {
        let Value::Mapping(mapping) = value else { return false };
        mapping.members.iter().any(|member| matches!(member, Member::Named(name, _) if name == "images"))
    })
}

#[derive(Default)]
struct Seen {
    names: BTreeSet<String>,
}

impl Seen {
    fn protocol(&mut self, protocol: &Protocol) {
        for (_, property) in &protocol.properties {
            self.property(property);
        }
        if let Some(batch) = &protocol.batch {
            self.reference(&batch.over);
            batch.size.iter().chain(&batch.parallel).for_each(|number| self.or_ref(number));
        }
        if let Path::Segments(segments) = &protocol.request.path {
            segments.iter().for_each(|segment| self.or_ref(segment));
        }
        let request = &protocol.request;
        for (_, value) in request.headers.iter().chain(&request.query).chain(request.parts.iter().flatten()) {
            self.value(value);
        }
        request.body.iter().chain(&protocol.reply).for_each(|value| self.value(value));
        protocol.fails.iter().flatten().for_each(|cond| self.cond(cond));
        if let Some(task) = &protocol.task {
            if let Path::Segments(segments) = &task.poll.get {
                segments.iter().for_each(|segment| self.or_ref(segment));
            }
            task.poll.headers.iter().for_each(|(_, value)| self.value(value));
        }
        protocol.probe.iter().for_each(|probe| self.value(&probe.body));
        if let Some(stream) = &protocol.stream {
            stream.separator.iter().for_each(|separator| self.reference(separator));
            for rule in &stream.events {
                rule.when.iter().for_each(|cond| self.cond(cond));
                self.value(&rule.emit);
            }
        }
    }

    fn model_type(&mut self, model_type: &ModelType, protocols: &[&Protocol]) {
        self.action(&model_type.main);
        if let Some(Deliver::Chat { images: Some(images), .. }) = &model_type.main.deliver
            && protocols.iter().any(|protocol| builds_images(protocol))
        {
            self.or_ref(images);
        }
        for (name, action) in &model_type.also {
            let full = format!("{}.{name}", model_type.id);
            // An action that a protocol serves is the protocol's; the others are answered here.
            if !protocols.iter().any(|protocol| protocol.implements == full) {
                self.action(action);
            }
        }
        self.value(&model_type.probe.input);
        let schema = &model_type.schema;
        if let Some(pricing) = &schema.pricing {
            [&pricing.input, &pricing.unit, &pricing.currency].into_iter().for_each(|price| self.reference(price));
            pricing.output.iter().for_each(|price| self.reference(price));
        }
        for (name, property) in &schema.properties {
            if !protocols.iter().any(|protocol| protocol.properties.iter().any(|(other, _)| other == name)) {
                self.property(property);
            }
        }
        for (name, cond) in &schema.features {
            if protocols.iter().any(|protocol| protocol.features.contains(name)) {
                self.cond(cond);
            }
        }
        for (name, switch) in &model_type.parameters {
            if !protocols.iter().any(|protocol| protocol.parameters.iter().any(|(other, _)| other == name)) {
                continue;
            }
            switch.when.iter().for_each(|cond| self.cond(cond));
            switch.min.iter().chain(&switch.max).for_each(|bound| self.or_ref(bound));
            switch.default.iter().for_each(|default| self.or_ref(default));
            switch.fixed.iter().for_each(|fixed| self.cond(&fixed.when));
        }
    }

    fn action(&mut self, action: &Action) {
        for (_, derived) in &action.derived {
            self.reference(&derived.from);
            self.call(&derived.as_);
        }
        action.finish.iter().for_each(|call| self.call(call));
        if let Some(Deliver::Answer(value)) = &action.deliver {
            self.value(value);
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Literal(_) => {}
            Value::Ref(reference) => self.reference(reference),
            Value::List(items) => items.iter().for_each(|item| self.value(item)),
            Value::Mapping(mapping) => self.mapping(mapping),
        }
    }

    fn mapping(&mut self, mapping: &Mapping) {
        mapping.when.iter().for_each(|cond| self.cond(cond));
        mapping.from.iter().chain(&mapping.each).for_each(|reference| self.reference(reference));
        mapping.yield_.iter().for_each(|value| self.value(value));
        mapping.as_.iter().for_each(|call| self.call(call));
        for member in &mapping.members {
            match member {
                Member::Named(_, value) => self.value(value),
                Member::Merge(values) => values.iter().for_each(|value| self.value(value)),
            }
        }
    }

    fn call(&mut self, call: &Call) {
        for (_, argument) in &call.arguments {
            if let Argument::Ref { when, from } = argument {
                when.iter().for_each(|cond| self.cond(cond));
                from.iter().for_each(|reference| self.reference(reference));
            }
        }
    }

    fn cond(&mut self, cond: &Cond) {
        cond.tests.iter().for_each(|(reference, _)| self.reference(reference));
    }

    fn property(&mut self, property: &Property) {
        match property {
            Property::Is(_) => {}
            Property::Ref(reference) => self.reference(reference),
            Property::Derived(derived) => {
                self.reference(&derived.from);
                self.call(&derived.as_);
            }
        }
    }

    fn or_ref<T>(&mut self, value: &OrRef<T>) {
        if let OrRef::Ref(reference) = value {
            self.reference(reference);
        }
    }

    fn reference(&mut self, reference: &Ref) {
        if let ("credential", Some(name)) = (reference.root.as_str(), reference.path.first()) {
            self.names.insert(name.clone());
        }
    }
}
