//! `main.py` of an extracted package: files as the daemon extracts them (0644), started as the daemon starts them
//! (`python -m main`). Needs Linux, and Python: the one that `PYTHON` names, or `python3` on the PATH.
#![cfg(target_os = "linux")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use codegen::{Sources, compile};

/// An extracted package in a folder of its own, removed at the end.
struct Extracted {
    folder: PathBuf,
}

impl Extracted {
    /// The launcher, and what stands for the executable of each architecture.
    fn new(test: &str, executables: &[(&str, &[u8])]) -> Self {
        let folder = std::env::temp_dir().join(format!("launcher-{test}-{}", std::process::id()));
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let outputs = compile(&Sources::read(&root).expect("specs")).expect("the specs compile");
        fs::create_dir_all(&folder).expect("a folder");
        let extracted = Extracted { folder };
        extracted.put("main.py", &outputs.files["generated/packages/ai-gateway/main.py"]);
        for (arch, content) in executables {
            extracted.put(&format!("bin/{arch}/ai-gateway"), content);
        }
        extracted
    }

    fn put(&self, path: &str, content: &[u8]) {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, content).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode");
    }

    /// Starts it as the daemon does, after `prelude` (Python) ran in the same process.
    fn start(&self, prelude: &str, arguments: &[&str]) -> Output {
        let mut python = Command::new(python());
        if prelude.is_empty() {
            python.args(["-m", "main"]).args(arguments);
        } else {
            python.arg("-c").arg(format!("{prelude}\nimport main\nmain.launch()")).args(arguments);
        }
        python.current_dir(&self.folder).stdin(Stdio::null()).output().expect("Python is there")
    }

    fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.folder.join(path)).expect("there").permissions().mode() & 0o777
    }
}

impl Drop for Extracted {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn python() -> OsString {
    std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into())
}

fn arch() -> &'static str {
    if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-amd64" }
}

/// A real executable of this machine that prints its arguments.
fn echo() -> Vec<u8> {
    fs::read("/bin/echo").expect("every Linux has one")
}

/// A real executable of this machine: a shell, to look at the process it runs in.
fn shell() -> Vec<u8> {
    fs::read("/bin/sh").expect("every Linux has one")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_makes_the_executable_executable_and_becomes_it() {
    let package = Extracted::new("becomes", &[(arch(), &shell())]);
    let mut child = Command::new(python())
        .args(["-m", "main", "-c", "echo $$; cat"])
        .current_dir(&package.folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python is there");
    let pid = child.id();
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"through the same pipe\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("{pid}\nthrough the same pipe\n"),
        "{}",
        stderr(&output)
    );
    assert_eq!(stderr(&output), "");
    assert_eq!(package.mode(&format!("bin/{}/ai-gateway", arch())), 0o755);
}

#[test]
fn the_allocator_is_told_to_give_memory_back_unless_somebody_knows_better() {
    let package = Extracted::new("allocator", &[(arch(), &shell())]);
    for (prelude, delay) in [("", "0"), ("import os\nos.environ['MIMALLOC_PURGE_DELAY'] = '100'", "100")] {
        let output = package.start(prelude, &["-c", "echo $MIMALLOC_PURGE_DELAY"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), delay, "{}", stderr(&output));
    }
}

#[test]
fn a_missing_architecture_is_named() {
    let package = Extracted::new("missing", &[("linux-other", &echo())]);
    let output = package.start("", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = stderr(&output);
    assert!(said.contains("it holds: linux-other") && said.contains(arch()), "{said}");
    assert!(!said.contains("Traceback"), "{said}");
}

#[test]
fn another_system_is_named() {
    let package = Extracted::new("system", &[(arch(), &echo())]);
    let prelude = "import os\nos.uname = lambda: os.uname_result(('Darwin', 'n', '1', '1', 'arm64'))";
    let output = package.start(prelude, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("no executable for Darwin arm64"), "{}", stderr(&output));
}

/// Stands for a file system that takes no changes or forbids execution: the file cannot be made executable.
const READ_ONLY: &str = "import errno, os
chmod = os.chmod
def refuse(path, mode):
    if 'bin' in str(path).split('/') and 'ai-gateway' in str(path):
        raise OSError(errno.ERRNO, 'not here')
    chmod(path, mode)
os.chmod = refuse";

#[test]
fn a_read_only_folder_runs_a_copy_that_leaves_nothing_behind() {
    for errno in ["EROFS", "EPERM"] {
        let package = Extracted::new(errno, &[(arch(), &echo())]);
        let temporary = package.folder.join("tmp");
        fs::create_dir(&temporary).expect("a folder");
        let prelude = format!(
            "{}\nimport tempfile\ntempfile.tempdir = {:?}",
            READ_ONLY.replace("ERRNO", errno),
            temporary.display().to_string()
        );
        let output = package.start(&prelude, &["a", "b"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "a b\n", "{}", stderr(&output));
        assert_eq!(package.mode(&format!("bin/{}/ai-gateway", arch())), 0o644);
        assert_eq!(fs::read_dir(&temporary).expect("there").count(), 0, "the copy is gone");
    }
}

#[test]
fn where_nothing_may_be_executed_it_says_what_to_do() {
    let package = Extracted::new("noexec", &[(arch(), &echo())]);
    let prelude =
        "import os\ndef refuse(*_):\n    raise PermissionError(13, 'Permission denied')\nos.execv = os.execve = refuse";
    let output = package.start(prelude, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty());
    let said = stderr(&output);
    assert!(said.contains("noexec") && said.contains("TMPDIR"), "{said}");
    assert!(!said.contains("Traceback"), "{said}");
}

#[test]
fn a_damaged_executable_is_named() {
    let package = Extracted::new("damaged", &[(arch(), b"\x00\x01 not an executable")]);
    let output = package.start("", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("cannot be executed") && said.contains("install it again"), "{said}");
}

#[test]
fn it_compiles_to_byte_code_and_imports_little() {
    let package = Extracted::new("bytes", &[]);
    let output = Command::new(python())
        .args(["-m", "compileall", "-q", "main.py"])
        .current_dir(&package.folder)
        .output()
        .expect("Python is there");
    assert!(output.status.success(), "{}", stderr(&output));
    let text = fs::read_to_string(package.folder.join("main.py")).expect("there");
    assert!(!text.contains("import platform"), "it costs half the start");
}
