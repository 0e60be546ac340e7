//! Builds the executable of a plugin: released, static, for this machine or across.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;

use super::elf::Arch;

const STATIC: &str = "-C target-feature=+crt-static";

/// Builds and reads it.
///
/// # Errors
/// If cargo does not start, or the build fails, which cargo explains on stderr.
pub(super) fn release(root: &Path, arch: Arch, plugin: &str) -> Result<Vec<u8>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // With an explicit target the flags do not reach build scripts and macros, which must stay dynamic.
    let flags = match std::env::var("RUSTFLAGS") {
        Ok(flags) if !flags.trim().is_empty() => format!("{flags} {STATIC}"),
        _ => STATIC.to_owned(),
    };
    let mut command = Command::new(cargo);
    if let Some((variable, linker)) = linker(arch).filter(|(variable, _)| std::env::var_os(variable).is_none()) {
        command.env(variable, linker);
    }
    let mut child = command
        .args(["build", "--release", "--target", arch.target(), "--package", "generated", "--bin", plugin])
        .arg("--message-format=json-render-diagnostics")
        .env("RUSTFLAGS", flags)
        .current_dir(root)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cargo cannot be started: {error}"))?;
    let mut executable = None;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            executable = path_of(&line, plugin).or(executable);
        }
    }
    let status = child.wait().map_err(|error| format!("cargo cannot be waited for: {error}"))?;
    match executable {
        Some(path) if status.success() => super::read(Path::new(&path)),
        _ => Err(format!(
            "the executable of `{plugin}` does not build for {}; an executable built elsewhere is given with \
             --binary {}=PATH",
            arch.target(),
            arch.folder()
        )),
    }
}

/// Rust knows no linker for another architecture: cargo's variable, and what GCC's is called everywhere. C compilers are
/// found under such names by themselves.
fn linker(arch: Arch) -> Option<(&'static str, &'static str)> {
    match arch {
        _ if arch == Arch::here() => None,
        Arch::Amd64 => Some(("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "x86_64-linux-gnu-gcc")),
        Arch::Arm64 => Some(("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", "aarch64-linux-gnu-gcc")),
    }
}

/// Cargo says where it put what it built.
fn path_of(line: &str, plugin: &str) -> Option<String> {
    let message: Json = serde_json::from_str(line).ok()?;
    let ours = message["reason"] == "compiler-artifact" && message["target"]["name"] == plugin;
    message["executable"].as_str().filter(|_| ours).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn the_path_is_read_from_cargos_messages() {
        let line = r#"{"reason":"compiler-artifact","target":{"name":"x"},"executable":"/t/x"}"#;
        assert_eq!(path_of(line, "x").as_deref(), Some("/t/x"));
        assert_eq!(path_of(line, "y"), None);
        assert_eq!(path_of("{\"reason\":\"build-finished\"}", "x"), None);
        assert_eq!(path_of("warning", "x"), None);
    }
}
