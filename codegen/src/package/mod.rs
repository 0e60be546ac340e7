//! `cargo gen package`: the emitted files of a plugin and its executables, as one `.difypkg`.
//!
//! The only part of the compiler that runs another program: cargo builds the executable when none is given, and says whose
//! licences go along.

pub mod archive;
mod build;
pub mod elf;
pub mod licences;

use std::path::{Path, PathBuf};
use std::{fmt, fs};

use crate::ir::package::Package;
use crate::sources::Sources;
use crate::{Files, emit, lower};
use archive::Effort;
use elf::Arch;

/// What the command takes.
pub const ARGUMENTS: &str =
    "[--plugin NAME] [--build linux-amd64 ...] [--binary linux-amd64=PATH ...] [--small] [--out DIR]";

/// Why there is no package. Each holds a text for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Bad arguments.
    Usage(String),
    /// Spec errors, stale generated files, a binary that cannot be packed, a package beyond Dify's limits, or a failed
    /// read or write.
    Failed(String),
}

impl From<String> for Refused {
    fn from(text: String) -> Self {
        Refused::Failed(text)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Refused::Usage(text) | Refused::Failed(text)) = self;
        f.write_str(text)
    }
}

/// Writes the package of every plugin, or of one. Gives the report for people.
///
/// # Errors
/// If the arguments are bad or anything fails. Nothing is written for the plugin that failed.
pub fn run(root: &Path, args: &[String]) -> Result<String, Refused> {
    let options = Options::read(args).map_err(Refused::Usage)?;
    let sources = Sources::read(root).map_err(|error| error.to_string())?;
    let outputs = crate::compile(&sources).map_err(|found| found.render(&sources, false))?;
    let specs = crate::parse(&sources).map_err(|found| found.render(&sources, false))?;
    let packages = options.choose(lower::package::lower(&specs)).map_err(Refused::Usage)?;
    if !options.builds.is_empty() {
        fresh(root, &outputs.files)?;
    }
    let licences = licences::collect(root, &options.arches());
    let mut report = String::new();
    for package in &packages {
        let given = options.binaries.iter().map(|(arch, path)| Ok((*arch, read(path)?)));
        let built = options.builds.iter().map(|arch| Ok((*arch, build::release(root, *arch, &package.name)?)));
        let mut files = assemble(package, &sources, given.chain(built).collect::<Result<_, String>>()?)?;
        if let Ok(text) = &licences {
            files.insert(licences::FILE.to_owned(), text.clone().into_bytes());
        }
        let packed = archive::pack(&files, options.effort)?;
        let path = options.folder(root).join(file_name(package));
        write(&path, &packed.bytes)?;
        report += &describe(package, &path, &files, &packed);
        if let Err(problem) = &licences {
            report += &format!("  lacks       {}: {problem}\n", licences::FILE);
        }
    }
    Ok(report)
}

/// `<author>-<name>-<version>.difypkg`
pub fn file_name(package: &Package) -> String {
    format!("{}-{}-{}.difypkg", package.author, package.name, package.version)
}

/// Every file of a package, by path inside it. The manifest names the architectures that are there, and no other.
///
/// # Errors
/// If an executable is not one for its architecture that runs anywhere.
pub fn assemble(package: &Package, sources: &Sources, binaries: Vec<(Arch, Vec<u8>)>) -> Result<Files, String> {
    let mut arches: Vec<&str> = binaries.iter().map(|(arch, _)| arch.dify()).collect();
    arches.sort_unstable();
    let mut files = emit::dify::files(package, sources, &arches);
    for (arch, content) in binaries {
        elf::check(arch, &content).map_err(|problem| format!("{} executable: {problem}", arch.folder()))?;
        files.insert(format!("{}{}/{}", archive::EXECUTABLES, arch.folder(), package.name), content);
    }
    Ok(files)
}

#[derive(Default)]
struct Options {
    plugin: Option<String>,
    builds: Vec<Arch>,
    binaries: Vec<(Arch, PathBuf)>,
    effort: Effort,
    out: Option<PathBuf>,
}

impl Options {
    fn read(args: &[String]) -> Result<Options, String> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\ncargo gen package {ARGUMENTS}"));
            match arg.as_str() {
                "--plugin" => options.plugin = Some(value()?.clone()),
                "--out" => options.out = Some(PathBuf::from(value()?)),
                "--build" => options.build(value()?)?,
                "--binary" => options.binary(value()?)?,
                "--small" => options.effort = Effort::Small,
                _ => return Err(format!("`{arg}` is no argument here\ncargo gen package {ARGUMENTS}")),
            }
        }
        if options.builds.is_empty() && options.binaries.is_empty() {
            options.builds.push(Arch::here());
        }
        Ok(options)
    }

    fn arches(&self) -> Vec<Arch> {
        let given = self.binaries.iter().map(|(arch, _)| *arch);
        let mut arches: Vec<Arch> = self.builds.iter().copied().chain(given).collect();
        arches.sort_unstable();
        arches
    }

    /// One that the package may hold, and does not hold already.
    fn another(&self, folder: &str) -> Result<Arch, String> {
        let legal = Arch::ALL.map(Arch::folder).join(", ");
        let arch = Arch::ALL.into_iter().find(|arch| arch.folder() == folder);
        let arch = arch.ok_or_else(|| format!("`{folder}` is no architecture of a package; legal are {legal}"))?;
        if self.arches().contains(&arch) {
            return Err(format!("{folder} is given twice"));
        }
        Ok(arch)
    }

    fn build(&mut self, folder: &str) -> Result<(), String> {
        let arch = self.another(folder)?;
        self.builds.push(arch);
        Ok(())
    }

    fn binary(&mut self, value: &str) -> Result<(), String> {
        let (folder, path) = value
            .split_once('=')
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| format!("--binary wants ARCHITECTURE=PATH, not `{value}`\ncargo gen package {ARGUMENTS}"))?;
        let arch = self.another(folder)?;
        self.binaries.push((arch, PathBuf::from(path)));
        Ok(())
    }

    fn choose(&self, mut packages: Vec<Package>) -> Result<Vec<Package>, String> {
        let names = packages.iter().map(|package| package.name.clone()).collect::<Vec<_>>().join(", ");
        if let Some(name) = &self.plugin {
            packages.retain(|package| package.name == *name);
            if packages.is_empty() {
                return Err(format!("there is no plugin `{name}`; there is: {names}"));
            }
        }
        if packages.len() > 1 && !self.binaries.is_empty() {
            return Err(format!("--binary holds one plugin's executable: say which with --plugin ({names})"));
        }
        Ok(packages)
    }

    fn folder(&self, root: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| root.join("dist"))
    }
}

/// An executable built from stale files would not be what the package says.
fn fresh(root: &Path, files: &Files) -> Result<(), String> {
    let stale = files.iter().find(|(path, content)| fs::read(root.join(path)).ok().as_ref() != Some(*content));
    match stale {
        None => Ok(()),
        Some((path, _)) => Err(format!("{path} is stale: run `cargo gen` first")),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, content))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

fn describe(package: &Package, path: &Path, files: &Files, packed: &archive::Packed) -> String {
    let (author, name, version) = (&package.author, &package.name, &package.version);
    let mut text = format!("{}\n", path.display());
    for (file, content) in files.iter().filter(|(file, _)| file.starts_with(archive::EXECUTABLES)) {
        text += &format!("  holds       {file}, {} bytes\n", content.len());
    }
    text += &format!("  size        {} bytes, {} unpacked\n", packed.bytes.len(), packed.unpacked);
    text += &format!("  checksum    {}\n", packed.checksum);
    text + &format!("  identifier  {author}/{name}:{version}@{}\n", packed.checksum)
}

#[cfg(test)]
mod tests {
    use super::{Arch, Effort, Options};

    fn read(args: &[&str]) -> Result<Options, String> {
        Options::read(&args.iter().map(|arg| (*arg).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_are_read_or_refused_by_name() {
        let options = read(&["--plugin", "a", "--binary", "linux-arm64=x=y", "--out", "o"]).expect("legal");
        assert_eq!(options.plugin.as_deref(), Some("a"));
        assert_eq!(options.binaries[0].1.to_str(), Some("x=y"));
        assert!(options.builds.is_empty() && options.effort == Effort::Quick);
        assert_eq!(
            read(&["--small"]).map(|options| (options.builds, options.effort)),
            Ok((vec![Arch::here()], Effort::Small))
        );
        let both = read(&["--build", "linux-arm64", "--binary", "linux-amd64=x"]).expect("legal");
        assert_eq!((both.arches(), both.builds), (Arch::ALL.to_vec(), vec![Arch::Arm64]));
        for (args, part) in [
            (&["--binary", "arm64=x"][..], "linux-amd64, linux-arm64"),
            (&["--binary", "linux-arm64"], "ARCHITECTURE=PATH"),
            (&["--binary", "linux-arm64="], "ARCHITECTURE=PATH"),
            (&["--binary", "linux-arm64=a", "--binary", "linux-arm64=b"], "twice"),
            (&["--binary", "linux-arm64=a", "--build", "linux-arm64"], "twice"),
            (&["--build", "arm64"], "linux-amd64, linux-arm64"),
            (&["--out"], "needs a value"),
            (&["--force"], "`--force`"),
        ] {
            let error = read(args).err().expect("refused");
            assert!(error.contains(part), "{error}");
        }
    }
}
