//! How items look: prettyplease prints them, and what it spreads over too many lines is drawn together.
//!
//! It works on lines, so no literal may hold a line break; emitters escape them.

use proc_macro2::TokenStream;

/// The widest line that drawing together may make.
pub const WIDTH: usize = 120;

/// Items as text, one by one.
///
/// # Panics
/// If the tokens are not Rust: a bug of an emitter.
pub fn items(tokens: &TokenStream) -> Vec<String> {
    let file: syn::File =
        syn::parse2(tokens.clone()).unwrap_or_else(|error| panic!("emitted no Rust: {error}\n{tokens}"));
    let one = |item: syn::Item| {
        let spaced = matches!(item, syn::Item::Impl(_) | syn::Item::Mod(_));
        let text = prettyplease::unparse(&syn::File {
            shebang: None,
            frontmatter: None,
            attrs: Vec::new(),
            items: vec![item],
        });
        let text = text.trim_end();
        let text = drawn_together(&tight(text));
        let text = if spaced { with_blank_lines(&text) } else { text };
        text.replace("    __blank!();\n", "\n").lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
    };
    // Modules of a registry stand together.
    let (modules, others): (Vec<_>, Vec<_>) =
        file.items.into_iter().partition(|item| matches!(item, syn::Item::Mod(module) if module.content.is_none()));
    let modules: Vec<_> = modules.into_iter().map(one).collect();
    let others = others.into_iter().map(one);
    if modules.is_empty() { others.collect() } else { vec![modules.join("\n")] }
}

/// References inside macros, which are printed as `& x` and `& * x`.
fn tight(text: &str) -> String {
    let line = |line: &str| {
        let code = line.split('"').enumerate().map(|(at, part)| match at % 2 {
            0 => part.replace("& * ", "&*").replace("(& ", "(&").replace(", & ", ", &"),
            _ => part.to_owned(),
        });
        if line.contains("r#\"") { line.to_owned() } else { code.collect::<Vec<_>>().join("\"") }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What fits in one line, in one line.
fn drawn_together(text: &str) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    loop {
        let before = lines.len();
        for rule in [piped, flat, chained, lone_link, braced, hugged] {
            // From the inside outwards.
            for at in (0..lines.len()).rev() {
                if let Some((end, replacement)) = rule(&lines, at) {
                    lines.splice(at..=end, replacement);
                }
            }
        }
        if lines.len() == before {
            return lines.join("\n");
        }
    }
}

/// Where the drawn-together lines end, and what they become.
type Drawn = Option<(usize, Vec<String>)>;

/// Arguments, elements and members that fit behind what opens them.
fn flat(lines: &[String], start: usize) -> Drawn {
    let opener = lines.get(start)?;
    let (closer, space) = match opener.chars().last()? {
        '(' => (')', ""),
        '[' => (']', ""),
        '{' if is_literal(opener) => ('}', " "),
        _ => return None,
    };
    let end = (start + 1..lines.len()).find(|&at| depth(&lines[at]) <= depth(opener))?;
    let inner = &lines[start + 1..end];
    let plain = |line: &String| depth(line) == depth(opener) + 4 && !line.trim_start().starts_with(['#', '/', '|']);
    let listed = inner.iter().rev().skip(1).all(|line| line.ends_with(','));
    if !lines[end].trim_start().starts_with(closer) || inner.is_empty() || !inner.iter().all(plain) || !listed {
        return None;
    }
    let members: Vec<&str> = inner.iter().map(|line| line.trim_start()).collect();
    let members = members.join(" ");
    let members = members.strip_suffix(',').unwrap_or(&members);
    let line = format!("{opener}{space}{members}{space}{}", lines[end].trim_start());
    (line.chars().count() <= WIDTH).then(|| (end, vec![line]))
}

/// `matches!` of several patterns: in one line if it fits, else a pattern a line.
fn piped(lines: &[String], start: usize) -> Drawn {
    let opener = lines.get(start)?;
    if !opener.ends_with("matches!(") {
        return None;
    }
    let end = (start + 1..lines.len()).find(|&at| depth(&lines[at]) <= depth(opener))?;
    let (closer, indent) = (lines[end].trim_start(), " ".repeat(depth(opener) + 4));
    let inner: Vec<&str> = lines[start + 1..end].iter().map(|line| line.trim()).collect();
    let inner = inner.join(" ");
    let line = format!("{opener}{inner}{closer}");
    if line.len() <= WIDTH {
        return Some((end, vec![line]));
    }
    let (subject, patterns) = inner.split_once(", ")?;
    if patterns.contains('(') {
        return None;
    }
    let mut spread = vec![opener.clone(), format!("{indent}{subject},")];
    for (at, pattern) in patterns.split(" | ").enumerate() {
        spread.push(if at == 0 { format!("{indent}{pattern}") } else { format!("{indent}    | {pattern}") });
    }
    spread.push(lines[end].clone());
    Some((end, spread))
}

/// A literal of a struct, not a block.
fn is_literal(opener: &str) -> bool {
    let words: Vec<&str> = opener.split([' ', '(', '&']).filter(|word| !word.is_empty()).collect();
    let item = ["struct", "enum", "impl", "trait", "mod", "fn", "match", "if", "for", "use", "->"];
    let [.., path, _] = words.as_slice() else { return false };
    let name = path.rsplit("::").next().unwrap_or_default();
    name.starts_with(|c: char| c.is_ascii_uppercase()) && !words.iter().any(|word| item.contains(word))
}

/// A chain whose links all fit in one line.
fn chained(lines: &[String], start: usize) -> Drawn {
    let receiver = lines.get(start)?;
    let is_link = |line: &String| depth(line) == depth(receiver) + 4 && line.trim_start().starts_with('.');
    let links = lines[start + 1..].iter().take_while(|line| is_link(line)).count();
    let end = start + links;
    let whole = lines[start + 1..=end].iter().all(|line| !line.ends_with(['(', '{', '[']));
    let ended = lines.get(end)?.ends_with([';', ',', ')', '?'])
        || lines.get(end + 1).is_some_and(|line| depth(line) < depth(receiver));
    let line: String =
        std::iter::once(receiver.as_str()).chain(lines[start + 1..=end].iter().map(|line| line.trim_start())).collect();
    (links > 0 && whole && ended && line.chars().count() <= WIDTH && depth(receiver) > 0).then(|| (end, vec![line]))
}

/// A chain of one call, which begins in the line of what it is called on.
fn lone_link(lines: &[String], start: usize) -> Drawn {
    let (receiver, link) = (lines.get(start)?, lines.get(start + 1)?);
    let inner = depth(receiver) + 4;
    let bare = receiver.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    if !bare || depth(link) != inner || !link.trim_start().starts_with('.') || !link.ends_with('(') {
        return None;
    }
    let end = (start + 2..lines.len()).find(|&at| depth(&lines[at]) <= inner)?;
    let alone = depth(&lines[end]) == inner && !lines.get(end + 1)?.trim_start().starts_with('.');
    let first = format!("{receiver}{}", link.trim_start());
    let rest = lines[start + 2..=end].iter().map(|line| outdented(line));
    (alone && first.len() <= WIDTH).then(|| (end, std::iter::once(first).chain(rest).collect()))
}

/// A brace behind a condition of one line.
fn braced(lines: &[String], start: usize) -> Drawn {
    let (cond, brace) = (lines.get(start)?, lines.get(start + 1)?);
    let line = format!("{cond} {{");
    let same = brace.trim_start() == "{" && depth(brace) == depth(cond);
    (same && cond.contains("if ") && line.len() <= WIDTH).then(|| (start + 1, vec![line]))
}

fn outdented(line: &str) -> String {
    line.strip_prefix("    ").unwrap_or(line).to_owned()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// A call whose last argument is a block, written around it: `f("a", |x| {` instead of an argument a line.
fn hugged(lines: &[String], start: usize) -> Drawn {
    let opener = lines.get(start)?;
    if !opener.ends_with('(') || opener.contains("fn ") {
        return None;
    }
    let (indent, inner) = (depth(opener), depth(opener) + 4);
    let end = (start + 1..lines.len()).find(|&at| depth(&lines[at]) <= indent)?;
    let mut first = opener.clone();
    for at in start + 1..end {
        let line = lines[at].trim_start();
        if depth(&lines[at]) != inner {
            return None;
        }
        let Some(closer) = closer(line) else {
            // An argument before the block.
            first.push_str(line.strip_suffix(',')?);
            first.push_str(", ");
            continue;
        };
        let last = lines[end - 1].trim_start();
        let within = (at + 1..end - 1).all(|at| depth(&lines[at]) > inner || lines[at].is_empty());
        first.push_str(line);
        if depth(&lines[end - 1]) != inner || last.strip_suffix(',')? != closer || !within || first.len() > WIDTH {
            return None;
        }
        let body = lines[at + 1..end - 1].iter().map(|line| outdented(line));
        let last = format!("{}{closer}{}", " ".repeat(indent), lines[end].trim_start());
        return Some((end, std::iter::once(first).chain(body).chain([last]).collect()));
    }
    None
}

/// What closes a line that opens a block.
fn closer(line: &str) -> Option<&'static str> {
    match line.chars().last() {
        Some('{') if !line.contains('(') || line.starts_with('|') => Some("}"),
        Some('(') => Some(")"),
        Some('[') => Some("]"),
        Some('{') => Some("})").filter(|_| line.matches('(').count() == 1 + line.matches(')').count()),
        _ => None,
    }
}

/// Methods and tests apart from each other.
fn with_blank_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        out.push(*line);
        let next = lines.get(at + 1).copied().unwrap_or("}");
        let ends = *line == "    }" || (line.starts_with("    use ") && next != "}");
        let begins = line.starts_with("    ") && line.ends_with(';') && is_function(next);
        if (ends || begins) && next != "}" && !line.starts_with("     ") {
            out.push("");
        }
    }
    out.join("\n")
}

fn is_function(line: &str) -> bool {
    line.starts_with("    fn ")
        || line.starts_with("    pub fn ")
        || line.starts_with("    #[")
        || line.starts_with("    ///")
}
