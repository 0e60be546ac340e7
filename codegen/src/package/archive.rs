//! Files to a `.difypkg`: a ZIP that is the same bytes for the same files, and the daemon's checksum of it.
//!
//! Knows what the daemon and Dify refuse (directory entries, sizes), nothing of what the files say.

use std::io::{Cursor, Write};

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::Files;
use crate::dify::{PACKED, UNPACKED};

/// Folder of the executables.
pub const EXECUTABLES: &str = "bin/";

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// A second for an executable.
    #[default]
    Quick,
    /// Zopfli: 3 % smaller, in two minutes. Any reader of ZIP takes both.
    Small,
}

impl Effort {
    /// Levels beyond 9 are that many more turns of Zopfli, of which the first brings nearly all.
    fn level(self) -> i64 {
        match self {
            Effort::Quick => 9,
            Effort::Small => 9 + 1,
        }
    }
}

/// A finished archive.
pub struct Packed {
    pub bytes: Vec<u8>,
    /// Sum of the sizes of all files.
    pub unpacked: usize,
    /// As the daemon computes it.
    pub checksum: String,
}

/// Packs the files.
///
/// # Errors
/// If the archive would be larger than Dify takes.
pub fn pack(files: &Files, effort: Effort) -> Result<Packed, String> {
    let unpacked = files.values().map(Vec::len).sum();
    within("unpacked", unpacked, UNPACKED)?;
    let bytes = zip(files, effort).map_err(|error| format!("the archive cannot be made: {error}"))?;
    within("packed", bytes.len(), PACKED)?;
    Ok(Packed { bytes, unpacked, checksum: checksum(files) })
}

fn within(what: &str, size: usize, limit: usize) -> Result<(), String> {
    if size <= limit {
        return Ok(());
    }
    Err(format!(
        "{what}, the package has {size} bytes, and Dify takes {limit}: strip the executables, or make one package for \
         each architecture"
    ))
}

/// Sorted paths, no folders, one time and fixed modes: nothing of this machine.
fn zip(files: &Files, effort: Effort) -> zip::result::ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(effort.level()))
        .last_modified_time(DateTime::DEFAULT);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        let mode = if path.starts_with(EXECUTABLES) { 0o755 } else { 0o644 };
        archive.start_file(path.as_str(), options.unix_permissions(mode))?;
        // Zopfli divides each piece that it gets into at most 15 blocks, so that large ones are divided badly.
        for piece in content.chunks(256 << 10) {
            archive.write_all(piece)?;
        }
    }
    Ok(archive.finish()?.into_inner())
}

/// SHA-256 over the SHA-256 of each path and each content, sorted by path.
fn checksum(files: &Files) -> String {
    let mut all = Sha256::new();
    for (path, content) in files {
        all.update(Sha256::digest(path.as_bytes()));
        all.update(Sha256::digest(content));
    }
    all.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn files() -> Files {
        let text = |text: &str| text.as_bytes().to_vec();
        Files::from([
            ("manifest.yaml".to_owned(), text("a: 1\n")),
            ("bin/linux-amd64/x".to_owned(), vec![7; 4096]),
            ("_assets/i.png".to_owned(), Vec::new()),
        ])
    }

    #[test]
    fn the_same_files_are_the_same_bytes() {
        for effort in [Effort::Quick, Effort::Small] {
            let pack = || pack(&files(), effort).expect("small");
            let (one, two) = (pack(), pack());
            assert_eq!(one.bytes, two.bytes);
            assert_eq!(one.unpacked, 4101);
        }
    }

    #[test]
    fn it_reads_back_without_folders_and_with_fixed_times_and_modes() {
        [Effort::Quick, Effort::Small].into_iter().for_each(reads_back);
    }

    fn reads_back(effort: Effort) {
        let packed = pack(&files(), effort).expect("small");
        let mut archive = zip::ZipArchive::new(Cursor::new(packed.bytes)).expect("a ZIP");
        let mut read = Files::new();
        let mut order = Vec::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).expect("an entry");
            assert!(file.is_file());
            assert_eq!(file.last_modified(), Some(DateTime::DEFAULT));
            let name = file.name().expect("a UTF-8 name").into_owned();
            let mode = if name.starts_with("bin/") { 0o755 } else { 0o644 };
            assert_eq!(file.unix_mode().map(|found| found & 0o777), Some(mode));
            let mut content = Vec::new();
            file.read_to_end(&mut content).expect("readable");
            order.push(name.clone());
            read.insert(name, content);
        }
        assert_eq!(read, files());
        assert!(order.is_sorted());
    }

    #[test]
    fn more_effort_makes_less() {
        let text: String = (0..4000).map(|number| format!("{} and {}\n", number * 7919 % 1000, number % 37)).collect();
        let files = Files::from([("bin/x".to_owned(), text.into_bytes())]);
        let size = |effort| pack(&files, effort).expect("small").bytes.len();
        assert!(size(Effort::Small) < size(Effort::Quick));
    }

    #[test]
    fn the_checksum_is_the_daemons() {
        // Reproduced by hand: sha256(sha256("a") || sha256("b")).
        let files = Files::from([("a".to_owned(), b"b".to_vec())]);
        assert_eq!(checksum(&files), "e5a01fee14e0ed5c48714f22180f25ad8365b53f9779f79dc4a3d7e93963f94a");
    }

    #[test]
    fn what_dify_would_refuse_is_refused_here() {
        let large = Files::from([("bin/x".to_owned(), vec![0; UNPACKED + 1])]);
        assert!(pack(&large, Effort::Quick).err().is_some_and(|error| error.contains("unpacked")));
        assert!(within("packed", PACKED + 1, PACKED).is_err() && within("packed", PACKED, PACKED).is_ok());
    }
}
