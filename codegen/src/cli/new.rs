//! `cargo gen new`: writes a first draft of a spec, and says what to do with it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Answer, Command, Context, Exit};
use crate::draft::{self, Draft, Kind, Wish};
use crate::parse;

pub(super) const COMMAND: Command = Command {
    name: "new",
    arguments: "<model-type|protocol|auth|plugin> <NAME> [--implements <MODEL_TYPE>]",
    summary: "write a commented first draft of a spec, which compiles",
    help: "The name of a protocol is `<family>_<name>`. `--implements` says\n\
           \x20   of a protocol    the model type that it serves, or one of its actions: rerank, rerank.invoke_multimodal_rerank\n\
           \x20   of a model type  which of Dify's model types it is, if its name does not say so\n\
           \x20   of a plugin      the model type, or the protocol, that it offers first; llm if left out\n\
           No file is ever overwritten.",
    run,
};

fn run(context: &Context, arguments: &[String]) -> Answer {
    let now = rfc3339(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()));
    let wish = match wish(arguments, &now) {
        Ok(wish) => wish,
        Err(what) => return Answer::wrong(Exit::Usage, format!("error: {what}\n\n{}\n", COMMAND.help())),
    };
    let (root, sources) = match context.sources() {
        Ok(found) => found,
        Err(answer) => return answer,
    };
    let specs = match parse(&sources) {
        Ok(specs) => specs,
        Err(found) => {
            let text = found.render(&sources, context.colour);
            return Answer::wrong(Exit::Failed, format!("{text}repair the specs first; nothing is written\n"));
        }
    };
    match draft::draft(&specs, &wish) {
        Ok(draft) => match write(&root, &draft) {
            Ok(()) => Answer::done(said(&draft)),
            Err(what) => Answer::failed(what),
        },
        Err(what) => Answer::failed(what),
    }
}

fn wish<'a>(arguments: &'a [String], now: &'a str) -> Result<Wish<'a>, String> {
    let (mut words, mut implements) = (Vec::new(), None);
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--implements" => implements = Some(rest.next().ok_or("`--implements` needs a model type")?.as_str()),
            option if option.starts_with('-') => return Err(format!("`{option}` is not an argument of `new`")),
            word => words.push(word),
        }
    }
    let [kind, name] = words[..] else { return Err("`new` needs a kind and a name".to_owned()) };
    let Some((_, kind)) = Kind::WORDS.into_iter().find(|(word, _)| *word == kind) else {
        return Err(draft::unknown("kind", kind, Kind::WORDS.map(|(word, _)| word)));
    };
    Ok(Wish { kind, name, implements, now })
}

/// Writes all files, or none: what is there stays.
fn write(root: &Path, draft: &Draft) -> Result<(), String> {
    if let Some(path) = draft.files.keys().find(|path| root.join(path).exists()) {
        return Err(format!("{path} is there already; nothing is written"));
    }
    for (path, content) in &draft.files {
        let target = root.join(path);
        let made = target.parent().map_or(Ok(()), fs::create_dir_all);
        let file = made.and_then(|()| OpenOptions::new().write(true).create_new(true).open(&target));
        file.and_then(|mut file| file.write_all(content)).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(())
}

fn said(draft: &Draft) -> String {
    let mut text = String::new();
    for path in draft.files.keys() {
        text.push_str(&format!("wrote {path}\n"));
    }
    text.push_str("\nNext:\n");
    for (index, step) in draft.steps.iter().enumerate() {
        text.push_str(&format!("  {}. {}\n", index + 1, step.replace('\n', "\n     ")));
    }
    text
}

/// Seconds since 1970 as a time of UTC (Howard Hinnant's `civil_from_days`).
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::rfc3339;

    #[test]
    fn times_are_written_as_the_manifest_wants_them() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_825_599), "2000-02-29T11:59:59Z");
        assert_eq!(rfc3339(1_767_225_600), "2026-01-01T00:00:00Z");
    }
}
