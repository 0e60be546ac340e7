//! Which files `dify plugin package` leaves out: `.difyignore`, else `.gitignore`.
//!
//! Patterns of git, but as the packager reads them: the first that matches counts, and `!` does nothing.

use super::super::globs;

/// Patterns of one file.
#[derive(Debug, Default)]
pub struct Ignore(Vec<Pattern>);

#[derive(Debug)]
struct Pattern {
    parts: Vec<String>,
    /// Ends in `/`.
    folder: bool,
    /// Holds a `/` before its end: it begins at the root.
    anchored: bool,
}

impl Ignore {
    /// Reads the lines of a file.
    pub fn new(text: &str) -> Ignore {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['#', '!']));
        Ignore(lines.map(Pattern::new).collect())
    }

    /// Whether a file or folder is left out.
    pub fn matches(&self, path: &str, folder: bool) -> bool {
        let parts: Vec<&str> = path.split('/').collect();
        self.0.iter().any(|pattern| pattern.matches(&parts, folder))
    }
}

impl Pattern {
    fn new(line: &str) -> Pattern {
        let folder = line.ends_with('/');
        let body = line.trim_end_matches('/');
        let anchored = body.contains('/');
        let parts = body.trim_start_matches('/').split('/').map(str::to_owned).collect();
        Pattern { parts, folder, anchored }
    }

    fn matches(&self, parts: &[&str], folder: bool) -> bool {
        if self.folder && !folder {
            return false;
        }
        let pattern: Vec<&str> = self.parts.iter().map(String::as_str).collect();
        match (self.anchored, parts.last()) {
            (true, _) => globs::parts_match(&pattern, parts),
            (false, Some(name)) => globs::part_matches(pattern[0], name),
            (false, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ignore;

    #[test]
    fn lines_are_read_as_the_packager_reads_them() {
        let ignore = Ignore::new("# no\n*.pyc\n.venv/\n/docs\nmodels/**/draft.yaml\n!keep.pyc\n");
        for (path, folder) in
            [("a/b.pyc", false), ("keep.pyc", false), (".venv", true), ("docs", true), ("models/llm/draft.yaml", false)]
        {
            assert!(ignore.matches(path, folder), "{path}");
        }
        for (path, folder) in [(".venv", false), ("a/docs", true), ("models/llm/x.yaml", false), ("# no", false)] {
            assert!(!ignore.matches(path, folder), "{path}");
        }
    }
}
