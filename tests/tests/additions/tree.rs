//! A copy of the tree, compiled beside the tree itself.
//!
//! It stays in one place and only files that differ are written, so that cargo compiles again what changed and nothing
//! else. Both use one target directory, and so the same compiled dependencies. Two things make that work: cargo tells the
//! packages of two workspaces apart by name, version and place within the workspace, so those of the copy have a version
//! of their own; and `tests`, which the copy needs for nothing but the features it turns on below, is an empty package
//! with the same dependencies.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tests::package;
pub use tests::python::workspace;

/// Contents by path from the root, with forward slashes.
pub type Files = BTreeMap<String, Vec<u8>>;

/// What is copied as it is: all members of the workspace but `tests`.
const COPIED: [&str; 10] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "codegen",
    "generated",
    "runtime",
    "specs",
    "tests/counts",
    "tests/fuzzing",
    "tests/load",
];

/// Where people write. `cargo gen` writes in `generated/`.
const WRITTEN: [&str; 5] = [".cargo", "Cargo.toml", "codegen", "runtime", "tests"];

/// The copy.
pub struct Tree {
    pub root: PathBuf,
    /// Everything but specs and generated files, as it was copied.
    untouched: Files,
}

impl Tree {
    /// Copies the tree.
    pub fn copy() -> Tree {
        let root = package::scratch().join("additions");
        let mut files = read(workspace(), &COPIED);
        let manifest = text(&files, "Cargo.toml");
        let (before, version) = manifest.split_once("\nversion = \"").expect("the workspace has a version");
        let named = format!("{before}\nversion = \"{}", version.replacen('"', "-copy\"", 1));
        files.insert("Cargo.toml".to_owned(), named.into_bytes());
        files.insert("tests/Cargo.toml".to_owned(), features_of_tests().into_bytes());
        files.insert("tests/src/lib.rs".to_owned(), b"//! Turns on features of dependencies.\n".to_vec());
        for path in read(&root, &[".cargo", "codegen", "generated", "runtime", "specs", "tests"]).keys() {
            if !files.contains_key(path) {
                fs::remove_file(root.join(path)).expect("a file of an earlier copy can be removed");
            }
        }
        files.iter().for_each(|(path, content)| write(&root.join(path), content));
        let untouched = read(&root, &WRITTEN);
        Tree { root, untouched }
    }

    /// The generated files.
    pub fn generated(&self) -> Files {
        read(&self.root, &["generated"])
    }

    /// `cargo gen` in the copy, with the tree's own generator. Gives what it says.
    ///
    /// # Panics
    /// If it fails or warns.
    pub fn generate(&self) -> String {
        let output = package::generator().current_dir(&self.root).output().expect("cargo gen can be started");
        let said = said(&output);
        assert!(output.status.success() && output.stderr.is_empty(), "cargo gen:\n{said}");
        self.assert_untouched();
        said
    }

    /// Packs a plugin with an executable built in the copy. Gives the path of the package.
    pub fn pack(&self, plugin: &str, executable: &Path) -> PathBuf {
        let directory = package::own_scratch().join("additions").join(plugin);
        let stripped = directory.join("executable");
        fs::create_dir_all(&directory).expect("a directory can be made");
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&stripped).arg(executable);
        package::run(strip, "strip");
        let binary = format!("linux-{}={}", package::architecture(), stripped.display());
        let mut command = package::generator();
        command.current_dir(&self.root).args(["package", "--plugin", plugin, "--binary", &binary, "--out"]);
        command.arg(&directory);
        package::run(command, "cargo gen package");
        package::package_in(&directory)
    }

    /// Compiles the generated crate: `build --lib`, `build --bin higress` or `test --lib --no-run`. Gives the executables
    /// by name.
    ///
    /// # Panics
    /// If it does not compile, or only with warnings.
    pub fn compile(&self, arguments: &[&str]) -> BTreeMap<String, PathBuf> {
        let mut command = package::cargo();
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", package::target_directory());
        package::statically(command.args(arguments).args(["--package", "generated", "--package", "tests"]));
        command.arg("--message-format=json-render-diagnostics");
        let output = command.output().expect("cargo can be started");
        assert!(output.status.success(), "cargo {}:\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
        let messages = String::from_utf8_lossy(&output.stdout).into_owned();
        let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut executables = BTreeMap::new();
        for message in messages {
            let warned = message["reason"] == "compiler-message" && message["message"]["level"] == "warning";
            assert!(!warned, "{}", message["message"]["rendered"].as_str().unwrap_or_default());
            if let (Some(name), Some(path)) = (message["target"]["name"].as_str(), message["executable"].as_str()) {
                executables.insert(name.to_owned(), PathBuf::from(path));
            }
        }
        self.assert_untouched();
        executables
    }

    fn assert_untouched(&self) {
        assert!(read(&self.root, &WRITTEN) == self.untouched, "something beside specs/ and generated/ has changed");
    }
}

/// The manifest of `tests` without what it builds and without the compiler, on which no feature depends.
fn features_of_tests() -> String {
    let manifest = fs::read_to_string(workspace().join("tests/Cargo.toml")).expect("tests has a manifest");
    let kept = manifest.split("\n[").filter(|section| !section.starts_with("[bin]") && !section.starts_with("[test]"));
    kept.collect::<Vec<_>>().join("\n[").replace("codegen.workspace = true\n", "")
}

/// All files at and below these paths.
pub fn read(root: &Path, paths: &[&str]) -> Files {
    let mut files = Files::new();
    for path in paths {
        let full = root.join(path);
        if full.is_dir() {
            let entries = fs::read_dir(&full).expect("the directory can be read").flatten();
            let names: Vec<String> =
                entries.map(|entry| format!("{path}/{}", entry.file_name().to_string_lossy())).collect();
            files.extend(read(root, &names.iter().map(String::as_str).collect::<Vec<_>>()));
        } else if full.is_file() {
            files.insert((*path).to_owned(), fs::read(full).expect("the file can be read"));
        }
    }
    files
}

/// Writes a file that differs.
pub fn write(path: &Path, content: &[u8]) {
    if fs::read(path).is_ok_and(|old| old == content) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap_or(path)).expect("a directory can be made");
    fs::write(path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Both streams of a command.
pub fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)).concat()
}

fn text(files: &Files, path: &str) -> String {
    String::from_utf8_lossy(files.get(path).map(Vec::as_slice).unwrap_or_default()).into_owned()
}
