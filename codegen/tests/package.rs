//! `cargo gen package` with executables that are given: what is in the package, and that it is the same every time.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use codegen::package::{Refused, run};
use codegen::validate::input::Plugin;
use codegen::validate::validate;

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("package-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        Folder(folder)
    }

    fn put(&self, name: &str, content: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, content).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The smallest file that passes for a static executable.
fn executable(machine: u16) -> Vec<u8> {
    let mut file = vec![0_u8; 64 + 56];
    file[..6].copy_from_slice(b"\x7fELF\x02\x01");
    file[16] = 2;
    file[18..20].copy_from_slice(&machine.to_le_bytes());
    file[24] = 1;
    file[32] = 64;
    file[54] = 56;
    file[56] = 1;
    file[64] = 1;
    file
}

fn package(folder: &Folder, out: &str, binaries: &[(&str, &str)]) -> Result<(String, Vec<u8>), Refused> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = folder.0.join(out);
    let mut args = vec!["--plugin".to_owned(), "ai-gateway".to_owned(), "--out".to_owned(), out.display().to_string()];
    for (arch, path) in binaries {
        args.extend(["--binary".to_owned(), format!("{arch}={path}")]);
    }
    let report = run(&root, &args)?;
    let written: Vec<_> = fs::read_dir(&out).expect("there").map(|entry| entry.expect("an entry").path()).collect();
    assert_eq!(written.len(), 1);
    let name = written[0].file_name().and_then(|name| name.to_str()).expect("UTF-8").to_owned();
    assert!(name.starts_with("aliyun-ai-gateway-") && name.ends_with(".difypkg"), "{name}");
    assert!(report.contains(&name) && report.contains("checksum"), "{report}");
    let bytes = fs::read(&written[0]).expect("readable");
    let checked = validate(Plugin::package(&name, &bytes));
    assert_eq!(checked.found.render(&checked.sources, false), "", "what is packed is what others may check");
    Ok((report, bytes))
}

#[test]
fn a_package_holds_what_the_daemon_wants_and_is_the_same_every_time() {
    let folder = Folder::new("same");
    let (amd, arm) = (folder.put("amd", &executable(62)), folder.put("arm", &executable(183)));
    let binaries = [("linux-arm64", arm.as_str()), ("linux-amd64", amd.as_str())];
    let (_, one) = package(&folder, "one", &binaries).expect("packed");
    let (_, two) = package(&folder, "two", &binaries).expect("packed");
    assert_eq!(one, two);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(one)).expect("a ZIP");
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a UTF-8 name").to_string()).collect();
    assert_eq!(
        names,
        [
            "PRIVACY.md",
            "README.md",
            "THIRD-PARTY-LICENSES",
            "_assets/ai-gateway-dark.png",
            "_assets/ai-gateway.png",
            "bin/linux-amd64/ai-gateway",
            "bin/linux-arm64/ai-gateway",
            "main.py",
            "manifest.yaml",
            "provider/ai-gateway.yaml",
            "readme/README_zh_Hans.md",
            "requirements.txt",
        ]
    );
    let mut text = String::new();
    archive.by_name("requirements.txt").expect("there").read_to_string(&mut text).expect("text");
    assert!(text.lines().all(|line| line.starts_with('#')), "nothing may be installed: {text}");
}

#[test]
fn the_licences_of_what_is_linked_in_go_along() {
    let folder = Folder::new("licences");
    let amd = folder.put("amd", &executable(62));
    let (report, bytes) = package(&folder, "out", &[("linux-amd64", &amd)]).expect("packed");
    assert!(!report.contains("lacks"), "{report}");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP");
    let mut file = archive.by_name("THIRD-PARTY-LICENSES").expect("there");
    assert!(file.compressed_size() < 60_000, "{} bytes", file.compressed_size());
    let mut text = String::new();
    file.read_to_string(&mut text).expect("text");
    let row = |name: &str| text.lines().find(|line| line.starts_with(&format!("  {name} ")));
    for (name, expression) in
        [("tokio", "MIT"), ("ring", "Apache-2.0 AND ISC"), ("webpki-roots", "CDLA-Permissive-2.0")]
    {
        let row = row(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert!(row.contains(&format!("({expression}): ")) && !row.ends_with("no text"), "{row}");
    }
    for name in ["syn", "serde_derive", "axum", "proptest", "zip", "cc"] {
        assert_eq!(row(name), None, "is not linked in");
    }
    for part in ["Copyright (c) 2019 OpenAI", "Microsoft Corporation", "Brian Smith", "UNICODE LICENSE V3"] {
        assert!(text.contains(part), "{part}: of data and of C sources that crates bring");
    }
    let root = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("there");
    assert!(!text.contains(&root.display().to_string()) && !text.contains("registry/src"), "a path of this machine");
}

#[test]
fn the_manifest_names_only_what_is_in_the_package() {
    let folder = Folder::new("arch");
    let arm = folder.put("arm", &executable(183));
    let (report, bytes) = package(&folder, "out", &[("linux-arm64", &arm)]).expect("packed");
    assert!(report.contains("bin/linux-arm64/ai-gateway"), "{report}");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a ZIP");
    let mut text = String::new();
    archive.by_name("manifest.yaml").expect("there").read_to_string(&mut text).expect("text");
    let manifest: serde_json::Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(manifest["meta"]["arch"], serde_json::json!(["arm64"]));
    assert!(archive.by_name("bin/linux-amd64/ai-gateway").is_err());
}

#[test]
fn a_binary_that_cannot_run_there_is_refused_and_nothing_is_written() {
    let folder = Folder::new("refused");
    let script = folder.put("script", b"#!/bin/sh\n");
    let arm = folder.put("arm", &executable(183));
    for (path, part) in
        [(script.as_str(), "no ELF"), (&arm, "it is for linux-arm64"), ("no/such/file", "cannot be read")]
    {
        let error = package(&folder, "out", &[("linux-amd64", path)]).expect_err("refused");
        assert!(matches!(&error, Refused::Failed(text) if text.contains(part)), "{error}");
        assert!(!folder.0.join("out").exists());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let error = run(&root, &["--plugin".to_owned(), "nobody".to_owned()]).expect_err("no such plugin");
    assert!(matches!(&error, Refused::Usage(text) if text.contains("there is: ai-gateway")), "{error}");
}
