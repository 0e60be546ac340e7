//! The machine and the versions that figures belong to.

use std::fs;
use std::process::Command;
use std::thread;

/// What the system says about itself.
pub fn facts() -> Vec<String> {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let plural = if cores == 1 { "core" } else { "cores" };
    let memory = line("/proc/meminfo", "MemTotal:").trim_end_matches(" kB").parse().map_or(0, |kib: u64| kib >> 20);
    let model = line("/proc/cpuinfo", "model name");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    // Builds of a kernel are named after where it runs; its version is enough.
    let kernel = kernel.trim().split('-').next().unwrap_or_default();
    vec![
        format!("{cores} {plural} of {model}, {memory} GiB, Linux {kernel} on {}", std::env::consts::ARCH),
        format!("version {} of this plugin", env!("CARGO_PKG_VERSION")),
    ]
}

/// What an interpreter says about itself and, if it has one, about Dify's SDK.
pub fn python(interpreter: &str) -> Option<String> {
    const QUESTION: &str = "
import importlib.metadata as packages, platform
try:
    sdk = f', dify_plugin {packages.version(\"dify_plugin\")}'
except packages.PackageNotFoundError:
    sdk = ''
print(f'Python {platform.python_version()}{sdk}')
";
    let output = Command::new(interpreter).args(["-c", QUESTION]).output().ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    (!said.trim().is_empty()).then(|| said.trim().to_owned())
}

/// What follows a name and a colon at the beginning of a line.
fn line(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
    line.trim_matches([' ', '\t', ':']).to_owned()
}
