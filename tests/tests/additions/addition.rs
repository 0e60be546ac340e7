//! An addition: the files that it adds to `specs/`, and the lines that it changes in files which are there.

use std::fs;
use std::path::Path;

use crate::tree::{self, Files};

/// What an addition does to the specs.
#[derive(Debug, Default)]
pub struct Addition {
    pub name: String,
    /// Whole files, by path from the root.
    pub new: Files,
    /// Changes of files that are there, in order.
    pub edits: Vec<Edit>,
}

/// The first place in a file where these lines stand, and what stands there afterwards. No lines: the end of the file.
#[derive(Debug)]
pub struct Edit {
    pub path: String,
    pub old: String,
    pub new: String,
}

/// Non-blank lines of YAML that are no comments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lines {
    pub all: usize,
    pub without_examples: usize,
}

impl Addition {
    /// The directory `tests/additions/<name>`: new files under `specs/`, changes in `change.diff`.
    ///
    /// `change.diff` names a file with `@ path` and replaces its `-` lines by its `+` lines; `@ again path` is a new file
    /// that the tree has already, with the content that it has there.
    pub fn read(name: &str) -> Addition {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("additions").join(name);
        let mut new = tree::read(&directory, &["specs"]);
        let diff = fs::read_to_string(directory.join("change.diff")).unwrap_or_default();
        assert!(!new.is_empty() || !diff.is_empty(), "tests/additions/{name} holds nothing");
        let mut edits = edits(&diff);
        edits.retain(|edit| match edit.path.strip_prefix("again ") {
            Some(path) => {
                new.extend(tree::read(tree::workspace(), &[path]));
                false
            }
            None => true,
        });
        Addition { name: name.to_owned(), new, edits }
    }

    /// What a reader of `README.md` is told to write: each block of YAML below `heading` names its file in the first line,
    /// and the key that it belongs to, if it is not the whole file's.
    pub fn of_readme(heading: &str) -> Addition {
        let readme = fs::read_to_string(tree::workspace().join("README.md")).expect("there is a README.md");
        let section = readme.split("\n## ").find_map(|section| section.strip_prefix(heading));
        let section = section.unwrap_or_else(|| panic!("README.md has no section {heading:?}"));
        let blocks = section.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let edit = |block: &str| {
            let (head, text) = block.split_once('\n').expect("a block has lines");
            let (path, place) = head.trim_start_matches("# ").split_once([',', ':']).expect("a block names its file");
            let key = place.split('`').nth(1).map(|key| format!("{key}:\n")).unwrap_or_default();
            Edit { path: path.to_owned(), new: format!("{key}{text}"), old: key }
        };
        let edits = blocks.map(edit).collect();
        Addition { name: "parameter".to_owned(), edits, ..Addition::default() }
    }

    /// Applies it to a tree.
    ///
    /// # Panics
    /// If a line that it changes is not there, or a file that it adds is.
    pub fn apply(&self, root: &Path) {
        for (path, content) in &self.new {
            assert!(!root.join(path).exists(), "{}: {path} is there already", self.name);
            tree::write(&root.join(path), content);
        }
        for Edit { path, old, new } in &self.edits {
            let text = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert!(text.contains(old), "{}: {path} does not hold\n{old}", self.name);
            let changed = if old.is_empty() { format!("{text}{new}") } else { text.replacen(old, new, 1) };
            tree::write(&root.join(path), changed.as_bytes());
        }
    }

    /// Takes it out of a tree that has it.
    ///
    /// # Panics
    /// If the tree has it otherwise.
    pub fn remove(&self, root: &Path) {
        for path in self.new.keys() {
            fs::remove_file(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        let back = |Edit { path, old, new }: &Edit| Edit { path: path.clone(), old: new.clone(), new: old.clone() };
        Addition { name: self.name.clone(), new: Files::new(), edits: self.edits.iter().map(back).collect() }
            .apply(root);
    }

    /// Every path that it touches.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.new.keys().chain(self.edits.iter().map(|edit| &edit.path)).map(String::as_str)
    }

    /// The YAML that somebody wrote for it.
    pub fn lines(&self) -> Lines {
        let yaml = self.new.iter().filter(|(path, _)| path.ends_with(".yaml"));
        let files = yaml.map(|(_, content)| count(&String::from_utf8_lossy(content)));
        let edits = self.edits.iter().map(|edit| {
            let (new, old) = (count(&edit.new), count(&edit.old));
            Lines { all: new.all - old.all, without_examples: new.without_examples - old.without_examples }
        });
        files.chain(edits).fold(Lines::default(), |sum, lines| Lines {
            all: sum.all + lines.all,
            without_examples: sum.without_examples + lines.without_examples,
        })
    }

    /// The modules whose examples are those of this addition: `auth::hmac`, `protocols::openai_chat`.
    pub fn modules(&self) -> Vec<String> {
        let module = |path: &String| {
            let mut words = path.strip_suffix(".yaml")?.split('/').skip(1);
            let (kind, rest) = (words.next()?, words.collect::<Vec<_>>().join("_"));
            ["auth", "protocols"].contains(&kind).then(|| format!("{kind}::{rest}"))
        };
        self.new.keys().filter_map(module).collect()
    }
}

fn edits(diff: &str) -> Vec<Edit> {
    let parts = format!("\n{diff}");
    let edit = |part: &str| {
        let (path, body) = part.split_once('\n').unwrap_or((part, ""));
        let lines = |sign: char| -> String {
            let lines = body.lines().filter_map(|line| line.strip_prefix(sign));
            lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
        };
        Edit { path: path.to_owned(), old: lines('-'), new: lines('+') }
    };
    parts.split("\n@ ").skip(1).map(edit).collect()
}

fn count(yaml: &str) -> Lines {
    let written = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let mut in_examples = false;
    let mut lines = Lines::default();
    for line in yaml.lines().filter(written) {
        if !line.starts_with([' ', '-']) {
            in_examples = line.starts_with("examples:");
        }
        lines.all += 1;
        lines.without_examples += usize::from(!in_examples);
    }
    lines
}
