//! The licences of everything that is linked into the executables, as one text: most of them ask to go along.
//!
//! Cargo says which crates these are and where their sources lie; the text names no path of this machine.

mod files;
mod text;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value as Json;

use super::elf::Arch;
use files::LicenceFile;

/// The file in a package.
pub const FILE: &str = "THIRD-PARTY-LICENSES";

/// A crate that is linked in.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crate {
    name: String,
    version: String,
    /// SPDX, as its manifest says it. Empty if it says nothing.
    expression: String,
    folder: PathBuf,
    /// Of this project: its licence lies at the root.
    own: bool,
}

/// Asks cargo and reads the crates' files. Fetches what is missing, if there is a network.
///
/// # Errors
/// If there is no cargo, or no sources.
pub(super) fn collect(root: &Path, arches: &[Arch]) -> Result<String, String> {
    let mut tree = cargo(root, "tree", "--target", arches);
    tree.args(["--package", "generated", "--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]);
    let tree = output(tree)?;
    let linked = linked(&tree);
    let mut metadata = cargo(root, "metadata", "--filter-platform", arches);
    metadata.args(["--format-version", "1"]);
    let found = crates(&output(metadata)?, &linked)?
        .into_iter()
        .map(|found| {
            let mut texts = files::of(&found.folder, files::DEPTH)?;
            if found.own {
                texts.extend(files::of(root, 0)?);
            }
            Ok((found, texts))
        })
        .collect::<Result<Vec<(Crate, Vec<LicenceFile>)>, String>>()?;
    Ok(text::write(&found))
}

fn cargo(root: &Path, command: &str, platform: &str, arches: &[Arch]) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root).args([command, "--locked", "--quiet"]);
    arches.iter().for_each(|arch| {
        cargo.args([platform, arch.target()]);
    });
    cargo
}

fn output(mut command: Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("cargo cannot be started: {error}"))?;
    if output.status.success() {
        return String::from_utf8(output.stdout).map_err(|_| "what cargo says is not UTF-8".to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().find(|line| !line.trim().is_empty()).unwrap_or("cargo failed").trim().to_owned())
}

/// Names and versions in the lines of `cargo tree`: `name v1.2.3`, with more behind it.
fn linked(tree: &str) -> BTreeSet<(&str, &str)> {
    let crates = tree.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some((words.next()?, words.next()?.strip_prefix('v')?))
    });
    crates.collect()
}

/// The linked ones of all crates in `cargo metadata`, sorted.
fn crates(metadata: &str, linked: &BTreeSet<(&str, &str)>) -> Result<Vec<Crate>, String> {
    let metadata: Json = serde_json::from_str(metadata).map_err(|error| format!("cargo metadata: {error}"))?;
    let mut crates = Vec::new();
    for package in metadata["packages"].as_array().into_iter().flatten() {
        let word = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        let (name, version) = (word("name"), word("version"));
        if linked.contains(&(name.as_str(), version.as_str())) {
            let folder = Path::new(&word("manifest_path")).parent().map(Path::to_path_buf).unwrap_or_default();
            let own = package["source"].is_null();
            crates.push(Crate { name, version, expression: word("license"), folder, own });
        }
    }
    crates.sort_unstable();
    match crates.len() == linked.len() && !crates.is_empty() {
        true => Ok(crates),
        false => Err(format!("cargo tree names {} crates, cargo metadata {} of them", linked.len(), crates.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_cargo_tree_are_names_and_versions() {
        let tree = "generated v0.1.0 (/a b/c)\nbytes v1.2.3\n\nbytes v1.2.3 (*)\nbytes v0.9.0-rc.1\n";
        let expected = [("bytes", "0.9.0-rc.1"), ("bytes", "1.2.3"), ("generated", "0.1.0")];
        assert!(linked(tree).into_iter().eq(expected));
    }

    #[test]
    fn of_all_crates_those_that_are_linked_are_taken() {
        let metadata = r#"{"packages": [
            {"name": "b", "version": "2.0.0", "license": "MIT", "source": "registry+x", "manifest_path": "/r/b/Cargo.toml"},
            {"name": "b", "version": "1.0.0", "license": "MIT", "source": "registry+x", "manifest_path": "/r/b1/Cargo.toml"},
            {"name": "a", "version": "1.0.0", "license": null, "source": null, "manifest_path": "/w/a/Cargo.toml"}]}"#;
        let found = crates(metadata, &BTreeSet::from([("b", "2.0.0"), ("a", "1.0.0")])).expect("both are there");
        let krate = |name: &str, version: &str, expression: &str, folder: &str, own| Crate {
            name: name.to_owned(),
            version: version.to_owned(),
            expression: expression.to_owned(),
            folder: PathBuf::from(folder),
            own,
        };
        assert_eq!(found, [krate("a", "1.0.0", "", "/w/a", true), krate("b", "2.0.0", "MIT", "/r/b", false)]);
        let missing = crates(metadata, &BTreeSet::from([("b", "2.0.0"), ("c", "1.0.0")]));
        assert_eq!(missing, Err("cargo tree names 2 crates, cargo metadata 1 of them".to_owned()));
        assert!(crates("{}", &BTreeSet::new()).is_err(), "a package is linked from something");
    }
}
