//! What stands beside the declarations: size, launcher, dependencies, executables, icons, pages.

use super::input::Plugin;
use super::manifest::missing;
use super::readers::Readers;
use super::shape::{CHECKED, Checker, found};
use super::yaml::Node;
use crate::diagnostics::{At, Report};
use crate::dify::{UNPACKED, patterns};
use crate::package::archive::EXECUTABLES;
use crate::package::elf::{self, Arch};

/// The sum of all files.
pub(super) fn size(plugin: &Plugin, report: &mut Report) {
    let size = plugin.size();
    if size > UNPACKED as u64 {
        let mut largest: Vec<(u64, &str)> =
            plugin.paths().filter_map(|path| Some((plugin.file(path)?.size, path))).collect();
        largest.sort_unstable_by(|a, b| b.cmp(a));
        let largest: Vec<String> = largest.iter().take(5).map(|(size, path)| format!("`{path}` {size}")).collect();
        found(report, "V0005", plugin.here(), format!("all files together have {size} bytes"), Readers::DAEMON)
            .help(format!("the daemon takes {UNPACKED}; the largest: {}", largest.join(", ")));
    }
}

/// Everything that the manifest asks for by itself.
pub(super) fn check(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    let meta = root.get("meta");
    let runner = meta.and_then(|meta| meta.get("runner"));
    if let Some(node) = runner.and_then(|runner| runner.get("entrypoint"))
        && let Some(module) = node.text()
    {
        let path = module.replace('.', "/");
        if !plugin.has(&format!("{path}.py")) && !plugin.has(&format!("{path}/__main__.py")) {
            missing(plugin, checker, node.mark(), &format!("{path}.py"), Readers::DAEMON);
        }
    }
    if let Some(node) = runner.and_then(|runner| runner.get("version"))
        && let Some(version) = node.text()
        && !version.is_empty()
        && version != "3.12"
        && !version.starts_with("3.12.")
    {
        checker
            .warn("V2012", node.mark(), format!("Python {version} is asked for"))
            .help("the daemon does not read this: it always starts plugins with Python 3.12");
    }
    if !plugin.has("requirements.txt") && !plugin.has("pyproject.toml") {
        let at = runner.or(meta).unwrap_or(root).mark();
        checker
            .find("V2010", at, "there is neither `requirements.txt` nor `pyproject.toml`", Readers::DAEMON)
            .help("one of them must be there, even if it is empty");
    }
    if !plugin.paths().any(|path| path.starts_with("_assets/")) {
        checker.find("V2008", root.mark(), "there is no folder `_assets`", Readers::PACKAGER.and(Readers::SDK));
    }
    executables(plugin, checker, meta);
    pages(plugin, checker, root);
}

/// Executables in `bin/linux-<architecture>/`, as this generator packs them.
fn executables(plugin: &Plugin, checker: &mut Checker<'_>, meta: Option<&Node>) {
    let folders = Arch::ALL.map(|arch| (arch, format!("{EXECUTABLES}{}/", arch.folder())));
    if !folders.iter().any(|(_, folder)| plugin.paths().any(|path| path.starts_with(folder.as_str()))) {
        return;
    }
    for (arch, folder) in &folders {
        let mut any = false;
        for path in plugin.paths().filter(|path| path.starts_with(folder.as_str())) {
            any = true;
            let content = plugin.file(path).map_or(&[][..], |file| &file.content);
            if let Err(problem) = elf::check(*arch, content) {
                let at = At::file(plugin.name(path));
                checker
                    .report
                    .error("V2007", at, problem)
                    .help("the launcher cannot start it: the plugin never comes up");
            }
        }
        let named = meta
            .and_then(|meta| meta.get("arch"))
            .and_then(|node| node.items().iter().find(|item| item.text() == Some(arch.dify())).cloned());
        if let Some(node) = named
            && !any
        {
            let what = format!("`{}` is named, and there is no executable in `{folder}`", arch.dify());
            let at = checker.at(node.mark());
            checker.report.error("V2007", at, what).help("the plugin never comes up on such a machine");
        }
    }
}

/// An icon that is named: there, and an image of the kind that its name says.
pub(super) fn icon(plugin: &Plugin, checker: &mut Checker<'_>, node: &Node, who: Readers) {
    let Some(name) = node.text().filter(|name| !name.is_empty()) else { return };
    let path = format!("_assets/{name}");
    let Some(file) = plugin.file(&path) else {
        let near = plugin.paths().filter_map(|path| path.strip_prefix("_assets/")).take(CHECKED);
        let near = crate::diagnostics::nearest(name, near).map(str::to_owned);
        let found = checker.find("V2008", node.mark(), format!("there is no icon `{path}`"), who);
        found.label("named here");
        if let Some(near) = near {
            found.help(format!("did you mean `{near}`?"));
        }
        return;
    };
    if !patterns::is_image(name, &file.content) {
        let is =
            patterns::image(&file.content).map_or("no image that is known here".to_owned(), |kind| format!("a {kind}"));
        checker
            .warn("V2008", node.mark(), format!("`{path}` is {is}"))
            .label("named here")
            .help("the daemon serves it as what its name says, and a browser may not show it");
    }
}

fn pages(plugin: &Plugin, checker: &mut Checker<'_>, root: &Node) {
    if !plugin.has("README.md") {
        let near = plugin.paths().find(|path| path.eq_ignore_ascii_case("README.md"));
        let help = match near {
            Some(path) => format!("`{path}` is not read: the name is `README.md`"),
            None => "Dify shows it on the page of the plugin".to_owned(),
        };
        checker.report.warning("V2011", plugin.here(), "there is no `README.md`").help(help);
    }
    if !plugin.has("PRIVACY.md") && root.get("privacy").is_none() {
        checker
            .report
            .warning("V2011", plugin.here(), "there is no `PRIVACY.md`")
            .help("the marketplace asks for one, or for `privacy` in the manifest");
    }
    for path in plugin.paths().filter(|path| path.starts_with("readme/") && path.ends_with(".md")) {
        let language = path.strip_prefix("readme/README_").and_then(|rest| rest.strip_suffix(".md"));
        if !language.is_some_and(is_language) {
            checker
                .report
                .warning("V2011", At::file(plugin.name(path)), format!("`{path}` is not read"))
                .help("pages of other languages are `readme/README_zh_Hans.md` and the like");
        }
    }
    let all = ["README.md", "PRIVACY.md"].into_iter().chain(plugin.paths().filter(|path| path.starts_with("readme/")));
    for path in all {
        if let Some(text) = plugin.text(path) {
            links(plugin, checker.report, path, text);
        }
    }
}

/// `ll_CC`: two small letters, `_`, and at least two letters.
fn is_language(text: &str) -> bool {
    text.split_once('_').is_some_and(|(language, region)| {
        language.len() == 2
            && language.bytes().all(|byte| byte.is_ascii_lowercase())
            && region.len() >= 2
            && region.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

/// Links of a page to files that are not in the plugin.
fn links(plugin: &Plugin, report: &mut Report, path: &str, text: &str) {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for (start, _) in text.match_indices("](").take(CHECKED) {
        let rest = &text[start + 2..];
        let target = rest.split([')', ' ', '\n']).next().unwrap_or_default();
        let file = target.split(['#', '?']).next().unwrap_or_default();
        let elsewhere = file.is_empty() || file.contains(':') || file.starts_with(['/', '<']) || file.contains("//");
        // Dify takes `_assets/` from the top, also for pages in `readme/`.
        let there = |path: String| plugin.has(&path) || is_folder(plugin, &path);
        if elsewhere || there(resolve(folder, file)) || there(resolve("", file)) {
            continue;
        }
        let at = At::span(plugin.name(path), start + 2..start + 2 + target.len());
        report
            .warning("V2009", at, format!("the page links to `{file}`, which is not in the plugin"))
            .label("leads nowhere");
    }
}

fn is_folder(plugin: &Plugin, path: &str) -> bool {
    let folder = format!("{}/", path.trim_end_matches('/'));
    plugin.paths().any(|path| path.starts_with(&folder))
}

fn resolve(folder: &str, link: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    parts.join("/").replace("%20", " ")
}
