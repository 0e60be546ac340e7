//! `cargo gen inspect`: what a plugin offers, as a text or as a page.

use std::path::PathBuf;

use super::{Answer, Command, Context, Exit};
use crate::diagnostics::{self, list, nearest};
use crate::inspect::{Language, html, text};
use crate::ir::inspection::Inspection;
use crate::lower::package::inspection;
use crate::sources::Sources;
use crate::{check, parse};

const ARGUMENTS: &str = "<PLUGIN> [--html FILE] [--language en_US|zh_Hans]";

pub(super) const COMMAND: Command = Command {
    name: "inspect",
    arguments: ARGUMENTS,
    summary: "show what a plugin offers: its form, parameters, requests",
    help: "    --html FILE       write a page that stands alone instead of printing a text\n\
           \x20   --language CODE   en_US (default) or zh_Hans; the page can be switched",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Answer {
    let options = match Options::read(arguments) {
        Ok(options) => options,
        Err(what) => return refused(&format!("{what}\ncargo gen inspect {ARGUMENTS}")),
    };
    let (_, sources) = match context.sources() {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let found = parse(&sources).and_then(|specs| check(&specs, &sources).map(|warnings| (specs, warnings)));
    let (specs, warnings) = match found {
        Ok(found) => found,
        Err(found) => return Answer::wrong(Exit::Failed, found.render(&sources, context.colour)),
    };
    let Some(view) = inspection::lower(&specs, &sources, &options.plugin) else {
        let plugins = || specs.plugins.keys().map(String::as_str);
        let near = nearest(&options.plugin, plugins()).map(|near| format!("did you mean `{near}`?\n"));
        let near = near.unwrap_or_default();
        return refused(&format!("there is no plugin `{}`\n{near}there are: {}", options.plugin, list(plugins())));
    };
    let answer = show(&view, &sources, &options, context);
    Answer { err: diagnostics::render(&warnings, &sources, context.colour) + &answer.err, ..answer }
}

fn show(view: &Inspection, sources: &Sources, options: &Options, context: &Context) -> Answer {
    let Some(file) = &options.html else { return Answer::done(text::render(view, options.language)) };
    match std::fs::write(context.here.join(file), html::render(view, sources, options.language)) {
        Ok(()) => Answer::done(format!("{}\n", file.display())),
        Err(error) => Answer::failed(format!("{}: {error}", file.display())),
    }
}

fn refused(what: &str) -> Answer {
    Answer::wrong(Exit::Usage, format!("error: {what}\n"))
}

struct Options {
    plugin: String,
    html: Option<PathBuf>,
    language: Language,
}

impl Options {
    fn read(arguments: &[String]) -> Result<Options, String> {
        let (mut plugin, mut html, mut language) = (None, None, Language::English);
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("`{word}` needs a value"));
            match word.as_str() {
                "--html" => html = Some(PathBuf::from(value()?)),
                "--language" => language = named(value()?)?,
                option if option.starts_with('-') => return Err(format!("`{option}` is no argument here")),
                name if plugin.is_none() => plugin = Some(name.to_owned()),
                name => return Err(format!("`{name}` is one plugin too many")),
            }
        }
        let plugin = plugin.ok_or("`inspect` needs a plugin, for example higress")?;
        Ok(Options { plugin, html, language })
    }
}

fn named(code: &str) -> Result<Language, String> {
    let known = || Language::ALL.iter().map(|language| language.code());
    let found = Language::ALL.into_iter().find(|language| language.code() == code);
    found.ok_or_else(|| format!("there is no language `{code}`; there are: {}", list(known())))
}
