//! Model types: inputs, outputs, derived values, answers and probes.

use crate::ast::{Action, Deliver, ModelType, OrRef, Type};
use crate::catalogue::{self, CONVERTERS, FINISHERS, Function, Parameter, Site, type_of};
use crate::diagnostics::At;

use super::super::Checking;
use super::super::scope::{Meaning, finished, resolve};
use super::super::uses::{self, Owner, actions};
use super::super::values;
use super::{is_chat, is_input, is_output};

impl<'s> Checking<'s> {
    pub fn supported_model_type(&mut self, spec: &'s ModelType, root: &At) {
        self.options(&spec.credentials, root);
        for (name, action, at) in actions(spec, root) {
            self.supported_action(spec, name, action, root, &at);
        }
        for (name, switch) in &spec.parameters {
            if let Some(OrRef::Ref(_)) = &switch.default {
                let at = root.key("parameters").key(name).key("default");
                self.not_yet(
                    at,
                    "a default that a credential feeds",
                    "write a literal; `max` and `min` take references",
                );
            }
        }
        let at = root.key("probe").key("input");
        self.object(&spec.probe.input, &at, "a probe's input");
        for (_, at) in values::calls(&spec.probe.input, &at) {
            self.not_yet(at, "a converter in a probe", "write what it would give");
        }
        self.written(&spec.probe.input, &at, Owner::ModelType(spec, None), Site::Probe);
        self.paths(uses::model_type(spec, root), &[Site::Settings, Site::Derived, Site::Deliver, Site::Probe]);
    }

    fn supported_action(&mut self, spec: &'s ModelType, name: &str, action: &'s Action, root: &At, at: &At) {
        for (input, type_) in &action.input {
            if !is_input(type_) {
                let help = "use a text, a number, a boolean, `json`, `message`, `tool`, `tool_choice`, `media`, or a list of one";
                self.not_yet(at.key("input").key(input), format!("an input of type `{type_}`"), help);
            }
        }
        if let Some(output) = &action.output
            && !is_output(output)
        {
            let help = "use `chat`, `audio`, `hit`, a text, a number or a boolean, a list of `vector` or of one of the last four; a record of these and `usage`";
            self.not_yet(at.key("output"), format!("an output of type `{output}`"), help);
        }
        let finisher = action.finish.as_ref().and_then(|call| catalogue::function(FINISHERS, &call.name));
        if let Some(member) = finisher.and_then(|function| finished(action, function))
            && ["call", "credential", "input", "output", "answer"].contains(&member.as_str())
        {
            let what = format!("a finished member called `{member}`");
            self.not_yet(at.key("output").key(&member).on_key(), what, "choose another name");
        }
        if is_chat(action) {
            let messages = type_of("list<message>");
            if !action.input.iter().any(|(_, type_)| *type_ == messages) {
                self.report
                    .error("S4006", at.key("output"), format!("`{name}` gives `chat` and takes no messages"))
                    .label("an answer to what?")
                    .help("add an input of type `list<message>`");
            }
        }
        self.derived(spec, action, at);
        self.delivered(spec, action, root, at);
        if let Some(Deliver::Answer(answer)) = &action.deliver {
            let at = at.key("deliver");
            self.object(answer, &at, "an answer");
            self.written(answer, &at, Owner::ModelType(spec, Some(action)), Site::Deliver);
        }
    }

    fn derived(&mut self, spec: &'s ModelType, action: &'s Action, at: &At) {
        let owner = Owner::ModelType(spec, Some(action));
        for (name, derived) in &action.derived {
            let at = at.key("derived").key(name);
            let found = resolve(self.specs, owner, Site::Derived, &[], &derived.from);
            if let Ok(Meaning::Typed(Type::Optional(_))) = found {
                let help = "convert it where it is used: `{ $from, $as }` in the request";
                self.not_yet(at.key("$from"), "a value derived from what may be absent", help);
            }
            let function = catalogue::function(CONVERTERS, &derived.as_.name);
            if derived.from.root == "credential" && function.is_some_and(|function| function.input == "string") {
                let help = "convert an input; what is stored is an argument";
                self.not_yet(at.key("$from"), "a value derived from a stored text", help);
            }
            let output = function.map_or("json", |function| function.output);
            if !["list<message>", "integer", "list<string>", "list<integer>", "list<voice>"].contains(&output) {
                let help = "convert it where it is used: `{ $from, $as }` in the request";
                self.not_yet(at.key("$as"), format!("a derived value of type `{output}`"), help);
            }
        }
    }

    /// What a finisher gives is delivered, and what it took is not delivered beside it.
    fn delivered(&mut self, spec: &'s ModelType, action: &'s Action, root: &At, at: &At) {
        let (Some(call), Some(Deliver::Answer(_))) = (&action.finish, &action.deliver) else { return };
        let member = catalogue::function(FINISHERS, &call.name).and_then(|function| finished(action, function));
        let is_own = |used: &uses::Use<'_>| {
            used.reference.root == "output"
                && matches!(used.owner, Owner::ModelType(_, Some(of)) if std::ptr::eq(of, action))
        };
        let used: Vec<_> = uses::model_type(spec, root).into_iter().filter(is_own).collect();
        if let Some(member) = &member {
            for used in used.iter().filter(|used| used.reference.path.is_empty()) {
                let what = format!("the whole output beside its finished `{member}`");
                self.not_yet(used.at.clone(), what, "write its members out");
            }
        }
        let is_finished = |used: &uses::Use<'_>| member.is_none() || used.reference.path.first() == member.as_ref();
        if !used.iter().any(is_finished) {
            let given = member.as_ref().map_or("$output".to_owned(), |member| format!("$output.{member}"));
            self.report
                .error("S4006", at.key("finish"), format!("nothing delivers what `{}` gives", call.name))
                .label("for nothing")
                .help(format!("deliver `{given}`, or take `finish` out"));
        }
    }

    /// The inputs that a finisher is given beside the output.
    pub fn finisher_inputs(&mut self, function: &Function, action: &Action, at: &At) {
        for alternatives in function.inputs {
            let fits = |wanted: &Parameter| {
                action.input.iter().any(|(name, type_)| name == wanted.name && *type_ == type_of(wanted.type_))
            };
            if alternatives.iter().any(fits) {
                continue;
            }
            let given = alternatives.iter().find_map(|wanted| {
                let input = action.input.iter().find(|(input, _)| input == wanted.name);
                input.map(|(_, type_)| (wanted, type_))
            });
            let Some(wanted) = given.map(|(wanted, _)| wanted).or(alternatives.first()) else { continue };
            let (name, type_) = (wanted.name, given.map(|(_, type_)| type_));
            let wanted = type_of(wanted.type_);
            // A type that does not exist is reported where it stands.
            if type_ != Some(&wanted) && type_.is_none_or(is_input) {
                self.report
                    .error("S3002", at.clone(), format!("`{}` needs the input `{name}`", function.name))
                    .label(type_.map_or("there is none".to_owned(), |type_| format!("it is `{type_}`")))
                    .help(format!("write `{name}: {wanted}` under `input:`"));
            }
        }
    }
}
