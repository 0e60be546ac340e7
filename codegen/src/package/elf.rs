//! Whether a file is a Linux executable of an architecture that runs on any machine of it.
//!
//! Reads the header and the program headers, nothing more.

/// Architectures a package may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arch {
    Amd64,
    Arm64,
}

impl Arch {
    pub const ALL: [Arch; 2] = [Arch::Amd64, Arch::Arm64];

    /// As the manifest names it.
    pub fn dify(self) -> &'static str {
        match self {
            Arch::Amd64 => "amd64",
            Arch::Arm64 => "arm64",
        }
    }

    /// The folder of its executables, and the word of `--binary`.
    pub fn folder(self) -> &'static str {
        match self {
            Arch::Amd64 => "linux-amd64",
            Arch::Arm64 => "linux-arm64",
        }
    }

    /// What Rust calls it.
    pub fn target(self) -> &'static str {
        match self {
            Arch::Amd64 => "x86_64-unknown-linux-gnu",
            Arch::Arm64 => "aarch64-unknown-linux-gnu",
        }
    }

    /// Of the machine this runs on, or the one that most installations have.
    pub fn here() -> Arch {
        if cfg!(target_arch = "aarch64") { Arch::Arm64 } else { Arch::Amd64 }
    }

    fn machine(self) -> u16 {
        match self {
            Arch::Amd64 => 62,
            Arch::Arm64 => 183,
        }
    }
}

/// Program header that names a dynamic loader.
const PT_INTERP: u32 = 3;
/// Fixed position, and position independent.
const EXECUTABLE: [u16; 2] = [2, 3];

/// Checks the content of a file.
///
/// # Errors
/// What it is instead, and what to do.
pub fn check(arch: Arch, content: &[u8]) -> Result<(), String> {
    let wanted = arch.folder();
    if !content.starts_with(b"\x7fELF") {
        return Err("it is no Linux executable (no ELF header)".to_owned());
    }
    if content.get(4..6) != Some(&[2, 1]) {
        return Err(format!("it is no 64-bit little-endian executable, which {wanted} needs"));
    }
    let cut = || "it is cut off".to_owned();
    let machine = short(content, 18).ok_or_else(cut)?;
    if machine != arch.machine() {
        let is = match Arch::ALL.into_iter().find(|other| other.machine() == machine) {
            Some(other) => format!("it is for {}", other.folder()),
            None => format!("it is for another machine (ELF machine {machine})"),
        };
        return Err(format!("{is}, not for {wanted}"));
    }
    let kind = short(content, 16).ok_or_else(cut)?;
    let entry = long(content, 24).ok_or_else(cut)?;
    if !EXECUTABLE.contains(&kind) || entry == 0 {
        return Err("it is an object file or a library, not an executable".to_owned());
    }
    let start = long(content, 32).and_then(|start| usize::try_from(start).ok()).ok_or_else(cut)?;
    let size = usize::from(short(content, 54).ok_or_else(cut)?);
    let count = usize::from(short(content, 56).ok_or_else(cut)?);
    for index in 0..count {
        let at = index.checked_mul(size).and_then(|offset| start.checked_add(offset)).ok_or_else(cut)?;
        let bytes = content.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or_else(cut)?;
        if u32::from_le_bytes(*bytes) == PT_INTERP {
            return Err("it is dynamically linked, so it would run only where its C library is: build it with \
                        RUSTFLAGS=\"-C target-feature=+crt-static\" and an explicit --target"
                .to_owned());
        }
    }
    Ok(())
}

fn short(content: &[u8], at: usize) -> Option<u16> {
    content.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn long(content: &[u8], at: usize) -> Option<u64> {
    content.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Arch, check};

    /// The smallest file that passes: a header and one program header.
    pub(crate) fn executable(machine: u16, program_header: u32) -> Vec<u8> {
        let mut file = vec![0_u8; 64 + 56];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        file[16] = 3;
        file[18..20].copy_from_slice(&machine.to_le_bytes());
        file[24] = 1;
        file[32] = 64;
        file[54] = 56;
        file[56] = 1;
        file[64..68].copy_from_slice(&program_header.to_le_bytes());
        file
    }

    #[test]
    fn only_static_executables_of_the_architecture_pass() {
        assert_eq!(check(Arch::Amd64, &executable(62, 1)), Ok(()));
        assert_eq!(check(Arch::Arm64, &executable(183, 1)), Ok(()));
        let mut thirty_two = executable(62, 1);
        thirty_two[4] = 1;
        let mut library = executable(62, 1);
        library[24] = 0;
        for (content, part) in [
            (executable(183, 1), "it is for linux-arm64, not for linux-amd64"),
            (executable(40, 1), "ELF machine 40"),
            (executable(62, 3), "dynamically linked"),
            (thirty_two, "64-bit"),
            (library, "library"),
            (b"#!/bin/sh\n".to_vec(), "no ELF"),
            (Vec::new(), "no ELF"),
            (executable(62, 1)[..60].to_vec(), "cut off"),
            (executable(62, 1)[..10].to_vec(), "cut off"),
        ] {
            let error = check(Arch::Amd64, &content).expect_err("refused");
            assert!(error.contains(part), "{error}");
        }
    }
}
