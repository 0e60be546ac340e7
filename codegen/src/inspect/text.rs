//! The text for a terminal: fixed width, no colour, the same every time.

use unicode_width::UnicodeWidthStr;

use super::Language;
use super::table::{Table, WIDTH, note, wrap};
use crate::ir::inspection::{Addition, Auth, Inspection, ModelType, Protocol, Step};
use crate::ir::package::{Choice, Condition, Control, Entry, MODEL_TYPE, Package, Parameter, Setting};

/// Everything about one plugin.
pub fn render(inspection: &Inspection, language: Language) -> String {
    let mut page = Page { language, out: String::new() };
    page.identity(&inspection.package);
    page.section("Model types");
    inspection.model_types.iter().for_each(|model_type| page.model_type(model_type));
    page.form(&inspection.package);
    page.hidden(&inspection.package);
    page.section("Authentication");
    inspection.auth.iter().for_each(|method| page.auth(method));
    page.title(page.word("Every request"));
    page.additions(&inspection.always);
    page.section("Protocols");
    inspection.protocols.iter().for_each(|protocol| page.protocol(protocol));
    page.out
}

struct Page {
    language: Language,
    out: String,
}

impl Page {
    fn word(&self, english: &'static str) -> &'static str {
        self.language.word(english)
    }

    fn section(&mut self, english: &'static str) {
        let word = self.word(english);
        self.out += &format!("\n{word}\n{}\n", "═".repeat(word.width()));
    }

    /// A heading within a section.
    fn title(&mut self, text: &str) {
        self.out += &format!("\n{text}\n");
    }

    fn paragraph(&mut self, text: Option<&String>) {
        for line in text.iter().flat_map(|text| wrap(text, WIDTH - 2)) {
            self.out += &format!("  {line}\n");
        }
    }

    /// Names and what is said of them; an empty one is left out.
    fn facts(&mut self, indent: usize, facts: &[(&str, String)]) {
        let facts: Vec<_> = facts.iter().filter(|(_, text)| !text.is_empty()).collect();
        let named = facts.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
        facts.iter().for_each(|(name, text)| note(indent, named, name, text, &mut self.out));
    }

    /// A text as it stands, below a name.
    fn block(&mut self, english: &'static str, text: &str) {
        if !text.is_empty() {
            self.out += &format!("\n  {}\n", self.word(english));
            for line in text.lines() {
                self.out += format!("    {line}").trim_end();
                self.out.push('\n');
            }
        }
    }

    fn identity(&mut self, package: &Package) {
        let label = self.language.of(&package.label);
        self.out += &format!("{label}\n{}\n", "═".repeat(label.width()));
        self.paragraph(Some(&self.language.of(&package.description).to_owned()));
        let help = package
            .help
            .as_ref()
            .map(|help| format!("{} {}", self.language.of(&help.title), self.language.of(&help.url)));
        let endpoint = match package.guide.adds_version {
            true => "a base without a version part gets /v1",
            false => "taken as given",
        };
        self.facts(
            2,
            &[
                (self.word("Plugin"), format!("{}/{} {}", package.author, package.name, package.version)),
                (self.word("Created"), package.created_at.clone()),
                (self.word("Memory"), format!("{} MiB", package.memory >> 20)),
                (self.word("Tags"), package.tags.join(", ")),
                (self.word("Help"), help.unwrap_or_default()),
                (self.word("Endpoint"), self.word(endpoint).to_owned()),
                (self.word("Model types"), package.supported.join(", ")),
            ],
        );
    }

    fn model_type(&mut self, model_type: &ModelType) {
        self.title(&model_type.dify);
        self.paragraph(model_type.about.as_ref());
        for way in &model_type.ways {
            let steps: Vec<String> = way.steps.iter().map(|step| self.step(step)).collect();
            let steps = if steps.is_empty() { self.word("nothing to choose").to_owned() } else { steps.join(" › ") };
            self.paragraph(Some(&format!("• {steps}")));
            let calls = way.calls.iter();
            let mut facts: Vec<(&str, String)> = calls
                .map(|call| (call.action.as_str(), format!("{}, {} {}", call.protocol, call.method, call.path)))
                .collect();
            facts.push((self.word("Upstream model"), way.model.clone().unwrap_or_default()));
            self.facts(4, &facts);
        }
        self.facts(2, &[(self.word("Actions answered by the plugin itself"), model_type.local.join(", "))]);
    }

    /// The stored value, with what is special about it.
    fn step(&self, step: &Step) -> String {
        let value = if step.any_other { self.word("any other") } else { &step.value };
        let mut marks = Vec::new();
        if step.hidden {
            marks.extend([step.variable.as_str(), self.word("hidden")]);
        }
        if step.default {
            marks.push(self.word("default"));
        }
        if marks.is_empty() { value.to_owned() } else { format!("{value} ({})", marks.join(", ")) }
    }

    fn form(&mut self, package: &Package) {
        self.section("Credential form");
        let name = &package.model_name;
        let placeholder = name.placeholder.as_ref().map(|text| format!(" ({})", self.language.of(text)));
        self.facts(
            2,
            &[(
                self.word("Model name"),
                format!("{}{}", self.language.of(&name.label), placeholder.unwrap_or_default()),
            )],
        );
        let heading =
            ["", "Name", "Variable", "Type", "Default"].map(|word| if word.is_empty() { "#" } else { self.word(word) });
        let mut table = Table::new(0, &heading);
        for (number, entry) in (1..).zip(&package.form) {
            table.row(self.entry(number, entry), self.about_entry(entry));
        }
        table.write(&mut self.out);
    }

    fn entry(&self, number: usize, entry: &Entry) -> Vec<String> {
        let control = match entry.control {
            Control::TextInput => "text-input",
            Control::SecretInput => "secret-input",
            Control::Select => "select",
        };
        let star = if entry.required { " *" } else { "" };
        vec![
            number.to_string(),
            format!("{}{star}", self.language.of(&entry.label)),
            entry.variable.clone(),
            control.to_owned(),
            entry.default.clone().unwrap_or_default(),
        ]
    }

    fn about_entry(&self, entry: &Entry) -> Vec<(&'static str, String)> {
        let text = |text: Option<&crate::ir::package::Text>| text.map_or("", |text| self.language.of(text)).to_owned();
        vec![
            (self.word("Shown when"), self.conditions(&entry.show_on)),
            (self.word("Options"), self.choices(&entry.options)),
            (self.word("Placeholder"), text(entry.placeholder.as_ref())),
            (self.word("Help"), text(entry.help.as_ref())),
        ]
    }

    fn conditions(&self, conditions: &[Condition]) -> String {
        let condition = |Condition { variable, value }: &Condition| match variable.as_str() {
            MODEL_TYPE => format!("{} = {value}", self.word("Model Type")),
            variable => format!("{variable} = {value}"),
        };
        conditions.iter().map(condition).collect::<Vec<_>>().join(", ")
    }

    /// `value (label)`; a label that says no more than the value is left out.
    fn choices(&self, choices: &[Choice]) -> String {
        let choice = |choice: &Choice| match self.language.of(&choice.label) {
            label if label == choice.value => choice.value.clone(),
            label => format!("{} ({label})", choice.value),
        };
        choices.iter().map(choice).collect::<Vec<_>>().join(" | ")
    }

    fn hidden(&mut self, package: &Package) {
        let Some(advanced) = package.guide.advanced.as_ref().filter(|_| !package.guide.hidden.is_empty()) else {
            return;
        };
        self.section("Hidden settings");
        let before = self.word("Settings without a form field. They are read from the JSON object in");
        self.paragraph(Some(&format!("{before} {advanced}")));
        let heading = ["advanced name", "Name", "Default", "Values"].map(|english| self.word(english));
        let mut table = Table::new(0, &heading);
        for Setting { id, label, help, values, default, min, max } in &package.guide.hidden {
            let cells = vec![
                id.clone(),
                self.language.of(label).to_owned(),
                default.clone().unwrap_or_default(),
                range(min.as_ref(), max.as_ref()),
            ];
            let help = help.as_ref().map_or("", |help| self.language.of(help)).to_owned();
            table.row(cells, vec![(self.word("Options"), self.choices(values)), (self.word("Help"), help)]);
        }
        table.write(&mut self.out);
    }

    fn auth(&mut self, auth: &Auth) {
        self.title(&format!("{} ({})", auth.method.value, self.language.of(&auth.method.label)));
        self.paragraph(auth.method.about.as_ref());
        let open = auth.method.open_without.as_ref().map_or("", |label| self.language.of(label));
        self.facts(2, &[(self.word("Without it requests go out unauthenticated"), open.to_owned())]);
        self.additions(&auth.adds);
        self.block("How it signs", &auth.written);
    }

    fn additions(&mut self, additions: &[Addition]) {
        if additions.is_empty() {
            return self.paragraph(Some(&self.word("Adds nothing to a request.").to_owned()));
        }
        let mut table = Table::new(2, &["Adds", "Value", "When"].map(|english| self.word(english)));
        for Addition { place, name, value, when } in additions {
            table.row(vec![format!("{place} {name}"), value.clone(), when.clone()], Vec::new());
        }
        table.write(&mut self.out);
    }

    fn protocol(&mut self, protocol: &Protocol) {
        let page = &protocol.page;
        self.title(&page.id);
        self.paragraph(page.about.as_ref());
        let version = match page.replaces_version {
            true => format!(" ({})", self.word("without the endpoint's version part")),
            false => String::new(),
        };
        self.facts(
            2,
            &[
                (self.word("Serves"), format!("{}, {}", page.model_type, page.action)),
                (self.word("Request"), format!("{} {}{version}", page.method, page.path)),
                (self.word("Features"), page.features.join(", ")),
                (self.word("Retried without, if refused"), page.dropped.join(", ")),
            ],
        );
        self.parameters(&protocol.rows);
        self.block("Request", &protocol.request);
        self.block("Read from the answer", &protocol.answer);
        self.block("A request of its own checks credentials", &protocol.probe);
        if let Some(example) = page.examples.first() {
            self.block("Sent for the example", &format!("# {}\n{}", example.name, example.sends));
        }
    }

    fn parameters(&mut self, rows: &[Parameter]) {
        let heading =
            ["Parameter", "Type", "Default", "Values", "Template", "Offered when"].map(|word| self.word(word));
        let mut table = Table::new(2, &heading);
        for row in rows {
            let star = if row.required { " *" } else { "" };
            let cells = vec![
                format!("{}{star}", row.name),
                row.type_.to_owned(),
                row.default.clone().unwrap_or_default(),
                range(row.min.as_ref(), row.max.as_ref()),
                row.template.clone().unwrap_or_default(),
                self.conditions(&row.when),
            ];
            table.row(cells, vec![(self.word("Options"), row.options.join(" | "))]);
        }
        table.write(&mut self.out);
    }
}

/// `0 … 2`, `≥ 1`, or nothing.
pub(super) fn range(min: Option<&String>, max: Option<&String>) -> String {
    match (min, max) {
        (Some(min), Some(max)) => format!("{min} … {max}"),
        (Some(min), None) => format!("≥ {min}"),
        (None, Some(max)) => format!("≤ {max}"),
        (None, None) => String::new(),
    }
}
