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

/// The extracted package of the debug build, made on first use and shared by all tests of the process.
pub fn installed() -> &'static Installed {
    static INSTALLED: OnceLock<Installed> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let directory = scratch().join(format!("process-{}", std::process::id()));
        remove_old(&scratch());
        let package = pack(&debug_executable(), &directory);
        Installed::new(&package, &directory.join("installed"))
    })
}

/// Packs an executable and gives the path of the package.
///
/// # Panics
/// With the output of `cargo gen package` if it fails.
pub fn pack(executable: &Path, directory: &Path) -> PathBuf {
    let binary = format!("linux-{}={}", architecture(), executable.display());
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "codegen", "--bin", "gen", "--", "package"]);
    command.args(["--plugin", PLUGIN, "--binary", &binary, "--out"]).arg(directory);
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
    let target = target();
    let mut command = cargo();
    command.args(["rustc", "--quiet", "--package", "generated", "--bin", PLUGIN, "--target", &target]);
    command.args(["--", "-Cstrip=symbols"]);
    if std::env::var_os("CARGO_ENCODED_RUSTFLAGS").is_none() {
        command.env("CARGO_ENCODED_RUSTFLAGS", STATIC);
    }
    run(command, "cargo rustc");
    target_directory().join(target).join("debug").join(PLUGIN)
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
