//! Installing a package as the daemon does (protocol reference 6.2), except that the environment holds Python and
//! nothing else: the packages of this project require nothing.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use crate::python;

/// An extracted package with its Python.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The working directory of the plugin.
    pub directory: PathBuf,
}

impl Installed {
    /// Extracts `package` into `directory`, which is emptied first.
    ///
    /// # Panics
    /// If the package is one that the daemon would not install.
    pub fn new(package: &Path, directory: &Path) -> Self {
        let _ = fs::remove_dir_all(directory);
        make_directory(directory);
        let file = fs::File::open(package).unwrap_or_else(|error| panic!("{}: {error}", package.display()));
        let mut archive = zip::ZipArchive::new(file).expect("the package is a zip archive");
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).expect("the entry can be read");
            let name = entry.name().expect("the name is text").into_owned();
            assert!(entry.is_file(), "{name}: directory entries break the daemon");
            let plain = Path::new(&name).components().all(|part| matches!(part, Component::Normal(_)));
            assert!(plain && !name.starts_with("./"), "{name}: not a plain relative path");
            let path = directory.join(&name);
            make_directory(path.parent().expect("a file has a parent"));
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).expect("the entry can be unpacked");
            fs::write(&path, bytes).expect("the file can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("the mode can be set");
        }
        for required in ["manifest.yaml", "requirements.txt", "main.py"] {
            assert!(directory.join(required).is_file(), "the package has no {required}");
        }
        let bin = directory.join(".venv/bin");
        make_directory(&bin);
        symlink(python::interpreter(), bin.join("python")).expect("a link can be made");
        Installed { directory: directory.to_owned() }
    }

    /// The interpreter that the daemon starts.
    pub fn python(&self) -> PathBuf {
        self.directory.join(".venv/bin/python")
    }

    /// A file of the package as text.
    ///
    /// # Panics
    /// If there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

fn make_directory(path: &Path) {
    fs::create_dir_all(path).expect("a directory can be made");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("the mode can be set");
}
