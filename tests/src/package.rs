//! The packages under test: the plugins' executables built once, packed by `cargo gen package`, extracted once.
//!
//! Packages hold static executables, so this is a build of its own unless the tests already run with the same target
//! and flags, as `tests/run` sees to.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::daemon::install::Installed;
use crate::plugins::AI_GATEWAY;
use crate::python::workspace;

/// Links the C library into the executable.
const STATIC: &str = "-Ctarget-feature=+crt-static";

/// The names of all plugins of this project.
pub fn plugins() -> Vec<String> {
    let entries = fs::read_dir(workspace().join("generated/packages")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Where files of tests go.
pub fn scratch() -> PathBuf {
    target_directory().join("tmp")
}

/// Where files of this process go. Those of processes that have ended are removed.
pub fn own_scratch() -> PathBuf {
    scratch().join(format!("process-{}", std::process::id()))
}

/// The extracted package of the debug build of `ai-gateway`.
pub fn installed() -> &'static Installed {
    installed_of(AI_GATEWAY)
}

/// The extracted package of the debug build of a plugin, made on first use and shared by all tests of the process.
///
/// # Panics
/// If it cannot be made.
pub fn installed_of(plugin: &str) -> &'static Installed {
    static INSTALLED: Mutex<Option<HashMap<String, &'static Installed>>> = Mutex::new(None);
    // A test that failed to install must not hide its message behind a poisoned lock.
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    let installed = installed.get_or_insert_with(|| {
        remove_old(&scratch());
        HashMap::new()
    });
    if let Some(ready) = installed.get(plugin) {
        return ready;
    }
    let package = pack(plugin, &debug_executable(plugin), &own_scratch().join(plugin));
    let ready = Installed::new(&package, &own_scratch().join(plugin).join("installed"));
    let ready: &'static Installed = Box::leak(Box::new(ready));
    installed.insert(plugin.to_owned(), ready);
    ready
}

/// Packs an executable and gives the path of the package.
///
/// # Panics
/// With the output of `cargo gen package` if it fails.
pub fn pack(plugin: &str, executable: &Path, directory: &Path) -> PathBuf {
    let binary = format!("linux-{}={}", architecture(), executable.display());
    let mut command = generator();
    command.args(["package", "--plugin", plugin, "--binary", &binary, "--out"]).arg(directory);
    run(command, "cargo gen package");
    let package = package_in(directory);
    let mut command = generator();
    command.arg("validate").arg(&package);
    run(command, "cargo gen validate");
    package
}

/// The package in a directory.
///
/// # Panics
/// If there is none.
pub fn package_in(directory: &Path) -> PathBuf {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut packages = entries.filter(|path| path.extension().is_some_and(|extension| extension == "difypkg"));
    packages.next().unwrap_or_else(|| panic!("no package in {}", directory.display()))
}

/// Builds a plugin's executable without optimisation, linked statically and stripped.
///
/// # Panics
/// If it does not build.
pub fn debug_executable(plugin: &str) -> PathBuf {
    // Tests run side by side; one of them makes the file.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let stripped = own_scratch().join(plugin).join("executable");
    if !stripped.exists() {
        fs::create_dir_all(own_scratch().join(plugin)).expect("a directory can be made");
        let half = stripped.with_extension("half");
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&half).arg(built(plugin));
        run(strip, "strip");
        fs::rename(half, &stripped).expect("the file can be renamed");
    }
    stripped
}

/// `cargo gen`, built already.
pub fn generator() -> Command {
    let mut command = Command::new(built("gen"));
    command.current_dir(workspace());
    command
}

/// An executable of the workspace, built on first use.
fn built(name: &str) -> PathBuf {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let mut command = cargo();
        // Of the whole workspace, as the tests themselves are built: a part of it would turn on fewer features of the
        // dependencies and compile them again.
        command.args(["build", "--quiet", "--workspace", "--bin", "gen"]);
        plugins().iter().for_each(|plugin| {
            command.args(["--bin", plugin]);
        });
        statically(&mut command);
        run(command, "cargo build");
        target_directory().join(target()).join("debug")
    };
    DIRECTORY.get_or_init(build).join(name)
}

/// Adds the target and the flags that packages need, unless the tests run with such flags already.
pub fn statically(command: &mut Command) {
    command.args(["--target", &target()]);
    if std::env::var_os("CARGO_ENCODED_RUSTFLAGS").is_none() {
        command.env("CARGO_ENCODED_RUSTFLAGS", STATIC);
    }
}

/// Runs a command and shows its output only if it fails.
///
/// # Panics
/// If it fails.
pub fn run(mut command: Command, what: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{what}: {error}"));
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{what} failed:\n{text}");
}

/// Runs a command whose messages and output the user sees on stderr.
///
/// # Errors
/// If it fails.
pub fn show(mut command: Command, what: &str) -> Result<(), String> {
    let status = command.stdout(std::io::stderr()).status().map_err(|error| format!("{what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{what} failed; see above")) }
}

/// `cargo` in the workspace. What cargo said to this process about its own package is not passed on: build scripts would
/// take it for a change, and with them all that stands on `ring` would be compiled again, each time.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let own = |name: &str| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        command.env_remove(name);
    }
    command.current_dir(workspace());
    command
}

/// The architecture as packages name it.
pub fn architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" }
}

fn target() -> String {
    format!("{}-unknown-linux-gnu", std::env::consts::ARCH)
}

/// Where cargo puts what it builds.
pub fn target_directory() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(directory) => workspace().join(directory),
        None => workspace().join("target"),
    }
}

/// Removes what earlier processes left.
fn remove_old(scratch: &Path) {
    for entry in fs::read_dir(scratch).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| name.strip_prefix("process-"));
        if owner.is_some_and(|owner| !Path::new("/proc").join(owner).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
