//! The package under test: the plugin's executable built once, packed by `cargo gen package`, extracted once.
//!
//! Packages hold static executables, so this is a build of its own unless the tests already run with the same target
//! and flags, as `tests/run` sees to.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::daemon::install::Installed;
use crate::python::workspace;

/// The plugin of this project.
pub const PLUGIN: &str = "ai-gateway";

/// Links the C library into the executable.
const STATIC: &str = "-Ctarget-feature=+crt-static";

/// Where files of tests go.
pub fn scratch() -> PathBuf {
    target_directory().join("tmp")
}

/// Where files of this process go. Those of processes that have ended are removed.
pub fn own_scratch() -> PathBuf {
    scratch().join(format!("process-{}", std::process::id()))
}

/// The extracted package of the debug build, made on first use and shared by all tests of the process.
pub fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        remove_old(&scratch());
        let package = pack(&debug_executable(), &own_scratch());
        Installed::new(&package, &own_scratch().join("installed"))
    })
}

/// Packs an executable and gives the path of the package.
///
/// # Panics
/// With the output of `cargo gen package` if it fails.
pub fn pack(executable: &Path, directory: &Path) -> PathBuf {
    let binary = format!("linux-{}={}", architecture(), executable.display());
    let mut command = generator();
    command.args(["package", "--plugin", PLUGIN, "--binary", &binary, "--out"]).arg(directory);
    run(command, "cargo gen package");
    package_in(directory)
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

/// Builds the plugin's executable without optimisation, linked statically and stripped.
///
/// # Panics
/// If it does not build.
pub fn debug_executable() -> PathBuf {
    static STRIPPED: OnceLock<PathBuf> = OnceLock::new();
    let strip = || {
        fs::create_dir_all(own_scratch()).expect("a directory can be made");
        let stripped = own_scratch().join(PLUGIN);
        let mut strip = Command::new("strip");
        strip.arg("-o").arg(&stripped).arg(built(PLUGIN));
        run(strip, "strip");
        stripped
    };
    STRIPPED.get_or_init(strip).clone()
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
        let target = target();
        let mut command = cargo();
        // Of the whole workspace, as the tests themselves are built: a part of it would turn on fewer features of the
        // dependencies and compile them again.
        command.args(["build", "--quiet", "--workspace", "--bin", "gen", "--bin", PLUGIN, "--target", &target]);
        if std::env::var_os("CARGO_ENCODED_RUSTFLAGS").is_none() {
            command.env("CARGO_ENCODED_RUSTFLAGS", STATIC);
        }
        run(command, "cargo build");
        target_directory().join(target).join("debug")
    };
    DIRECTORY.get_or_init(build).join(name)
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

/// `cargo` in the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
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

fn target_directory() -> PathBuf {
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
