//! `cargo demo`: from specs to answers. Generates, builds and packs the plugins, installs them as the daemon does, starts
//! an embedded gateway that verifies every proof, calls every model type with every auth method, prints one table.
//!
//! `cargo demo --gateway URL --credentials FILE` calls a real gateway instead. The file is a JSON list of
//! `{"model_type", "model", "credentials", "parameters"?}`, credentials under the names of the plugin's form; the
//! `README.md` says what else an entry may have.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use tests::daemon::Plugin;
use tests::daemon::install::Installed;
use tests::gateway::Gateway;
use tests::{demo, package};

const USAGE: &str = "usage: cargo demo [--packages DIRECTORY] [--gateway URL --credentials FILE]";

#[derive(Default)]
struct Options {
    /// Where a package of each plugin lies, each in a directory of the plugin's name.
    packages: Option<PathBuf>,
    gateway: Option<String>,
    credentials: Option<PathBuf>,
}

fn main() -> ExitCode {
    match options().and_then(|options| show(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} needs a value\n{USAGE}"));
        match argument.as_str() {
            "--packages" => options.packages = Some(value()?.into()),
            "--gateway" => options.gateway = Some(value()?),
            "--credentials" => options.credentials = Some(value()?.into()),
            _ => return Err(format!("unknown argument {argument}\n{USAGE}")),
        }
    }
    if options.gateway.is_some() != options.credentials.is_some() {
        return Err(format!("--gateway and --credentials belong together\n{USAGE}"));
    }
    Ok(options)
}

fn show(options: &Options) -> Result<bool, String> {
    let list = match &options.credentials {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let list: serde_json::Value =
                serde_json::from_str(&text).map_err(|error| format!("{}: not JSON: {error}", path.display()))?;
            Some(list)
        }
    };
    let scratch = package::scratch().join("demo");
    let packages = options.packages.as_ref().unwrap_or(&scratch);
    let names = package::plugins();
    if options.packages.is_none() {
        let mut generate = package::cargo();
        generate.args(["run", "--quiet", "--package", "codegen", "--bin", "gen"]);
        step("generate (cargo gen)", || package::show(generate, "cargo gen"))?;
        for name in &names {
            let mut pack = package::cargo();
            pack.args(["run", "--quiet", "--package", "codegen", "--bin", "gen", "--"]);
            pack.args(["package", "--plugin", name, "--out"]).arg(packages.join(name));
            let what = format!("build and pack {name} (cargo gen package; minutes the first time)");
            step(&what, || package::run(pack, "cargo gen package"));
        }
    }
    let mut plugins = Vec::new();
    for name in &names {
        let package = package::package_in(&packages.join(name));
        let size = std::fs::metadata(&package).map_or(0, |data| data.len());
        eprintln!("{:>8}  {} ({size} bytes)", "", package.display());
        let directory = scratch.join(name).join("installed");
        let installed = step("install as the daemon does", || Installed::new(&package, &directory));
        plugins.push(step("start python -m main, first heartbeat", || Plugin::start(&installed)));
    }
    let running: Vec<demo::Running<'_>> = names.iter().map(String::as_str).zip(&plugins).collect();
    let rows = match (&options.gateway, &list) {
        (Some(gateway), Some(list)) => step("call the gateway", || demo::real(&running, gateway, list))?,
        _ => {
            let gateway = step("start the embedded gateway", Gateway::start);
            let call = || running.iter().flat_map(|plugin| demo::embedded(*plugin, &gateway)).collect();
            let rows: Vec<demo::Row> = step("call every model type with every auth method", call);
            plugins.iter().for_each(|plugin| plugin.keep_secrets(gateway.proofs()));
            rows
        }
    };
    step("end the plugins", || drop(plugins));
    eprintln!();
    print(&demo::table(&rows));
    let failed = rows.iter().filter(|row| row.result.is_err()).count();
    eprintln!("\n{} calls, {failed} failed", rows.len());
    Ok(failed == 0 && !rows.is_empty())
}

fn step<T>(what: &str, work: impl FnOnce() -> T) -> T {
    eprintln!("{:>8}  {what} ...", "");
    let began = Instant::now();
    let result = work();
    eprintln!("{:>6}ms  done", began.elapsed().as_millis());
    result
}

#[allow(clippy::print_stdout)]
fn print(table: &str) {
    print!("{table}");
}
