//! Patterns of file names, as the daemon matches them (Go's `filepath.Match`) and as the Python SDK does (`Path.glob`).

/// Whether the daemon takes a path for a pattern: `*` does not cross `/`, and `**` is no more than `*`.
pub fn daemon_matches(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(pattern, name)| part_matches(pattern, name))
}

/// Whether the Python SDK takes a path for a pattern: `**` is any number of folders.
pub fn sdk_matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    parts_match(&pattern, &path.split('/').collect::<Vec<_>>())
}

/// Whether Go reads the pattern at all: every `[` is closed and nothing ends in a backslash.
pub fn is_legal(pattern: &str) -> bool {
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        match c {
            '\\' if rest.next().is_none() => return false,
            '[' => {
                let class: String = rest.by_ref().take_while(|c| *c != ']').collect();
                let class = class.strip_prefix('^').unwrap_or(&class);
                if class.is_empty() || class.starts_with('-') || class.ends_with('-') || !pattern.contains(']') {
                    return false;
                }
            }
            _ => {}
        }
    }
    true
}

/// Parts of a path against parts of a pattern, where `**` is any number of them.
pub fn parts_match(pattern: &[&str], path: &[&str]) -> bool {
    // The last `**` and where its match began; as for `*` inside a part, the last one is enough to go back to.
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < path.len() {
        if pattern.get(p) == Some(&"**") {
            back = Some((p, n));
            p += 1;
        } else if pattern.get(p).is_some_and(|part| part_matches(part, path[n])) {
            p += 1;
            n += 1;
        } else if let Some((star, at)) = back {
            back = Some((star, at + 1));
            p = star + 1;
            n = at + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|part| *part == "**")
}

/// A name against a pattern without `/`.
pub fn part_matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        let one = pattern.get(p).and_then(|first| match first {
            '*' => None,
            '?' => Some(1),
            '[' => class(&pattern[p..], name[n]),
            '\\' => (pattern.get(p + 1) == Some(&name[n])).then_some(2),
            c => (*c == name[n]).then_some(1),
        });
        if pattern.get(p) == Some(&'*') {
            back = Some((p, n));
            p += 1;
        } else if let Some(length) = one {
            p += length;
            n += 1;
        } else if let Some((star, at)) = back {
            back = Some((star, at + 1));
            p = star + 1;
            n = at + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The length of the class `[a-z]` that the pattern begins with, if the character is in it.
fn class(pattern: &[char], c: char) -> Option<usize> {
    let end = pattern.iter().position(|c| *c == ']')?;
    let inner = &pattern[1..end];
    let (inner, negated) = match inner.first() {
        Some('^' | '!') => (&inner[1..], true),
        _ => (inner, false),
    };
    let mut at = 0;
    let mut found = false;
    while at < inner.len() {
        if inner.get(at + 1) == Some(&'-') && at + 2 < inner.len() {
            found |= (inner[at]..=inner[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= inner[at] == c;
            at += 1;
        }
    }
    (found != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readers_differ_over_two_stars() {
        assert!(daemon_matches("models/llm/*.yaml", "models/llm/a.yaml"));
        assert!(!daemon_matches("models/*.yaml", "models/llm/a.yaml"));
        assert!(daemon_matches("models/**/*.yaml", "models/llm/a.yaml"));
        assert!(!daemon_matches("models/**/*.yaml", "models/a.yaml"));
        assert!(sdk_matches("models/**/*.yaml", "models/a.yaml"));
        assert!(sdk_matches("models/**/*.yaml", "models/x/y/a.yaml"));
        assert!(!sdk_matches("models/*.yaml", "models/x/a.yaml"));
    }

    #[test]
    fn names_match_stars_classes_and_escapes() {
        for (pattern, name) in
            [("*", ""), ("a*c", "abbc"), ("*.y?ml", "x.yaml"), ("[a-c]x", "bx"), ("[^a]", "b"), ("\\*", "*")]
        {
            assert!(part_matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("a*c", "ab"), ("?", ""), ("[a-c]", "d"), ("[a", "a"), ("\\", "\\")] {
            assert!(!part_matches(pattern, name), "{pattern} {name}");
        }
        let (pattern, name) = ("*a".repeat(2000), "a".repeat(1999));
        assert!(!part_matches(&pattern, &name));
    }

    #[test]
    fn broken_patterns_are_told() {
        assert!(is_legal("models/[a-z]*.yaml") && is_legal("a\\*"));
        assert!(!is_legal("a[") && !is_legal("a[]") && !is_legal("a\\") && !is_legal("[-]"));
    }
}
