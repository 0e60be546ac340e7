//! A ZIP writer that writes what no decent one would.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;

/// An entry as it is written.
#[derive(Clone)]
pub struct Entry {
    name: Vec<u8>,
    content: Vec<u8>,
    /// Unix file type and mode.
    mode: u32,
    /// The checksum is another one.
    broken: bool,
    /// Only so many zero bytes, packed.
    zeros: usize,
}

impl Entry {
    pub fn new(name: String, content: Vec<u8>) -> Entry {
        Entry { name: name.into_bytes(), content, mode: 0o100_644, broken: false, zeros: 0 }
    }

    /// As `change.diff` says it; `\\xNN` in a name is a byte.
    pub fn of(directive: &str, name: &str, content: &str) -> Entry {
        let (name, size) = match directive {
            "zeros" => name.split_once(' ').expect("a name and a size"),
            _ => (name, "0"),
        };
        let mut entry = Entry::new(String::new(), content.trim_end().as_bytes().to_vec());
        entry.name = unescape(name);
        entry.zeros = size.parse().expect("a size");
        entry.broken = directive == "broken";
        entry.mode = if directive == "link" { 0o120_777 } else { entry.mode };
        assert!(["entry", "link", "broken", "zeros"].contains(&directive), "`{directive}` is no change of a package");
        entry
    }
}

fn unescape(name: &str) -> Vec<u8> {
    let mut parts = name.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        bytes.push(u8::from_str_radix(&part[..2], 16).expect("hexadecimal"));
        bytes.extend_from_slice(&part.as_bytes()[2..]);
    }
    bytes
}

/// Writes an archive.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let (method, packed, size, crc) = packed(entry);
        let crc = crc ^ u32::from(entry.broken);
        let offset = out.len() as u32;
        let mut common = Vec::new();
        for short in [20, 0x800, method, 0, 33] {
            common.extend_from_slice(&u16::to_le_bytes(short));
        }
        for long in [crc, packed.len() as u32, size] {
            common.extend_from_slice(&long.to_le_bytes());
        }
        common.extend_from_slice(&(entry.name.len() as u16).to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&common);
        out.extend_from_slice(&entry.name);
        out.extend_from_slice(&packed);
        directory.extend_from_slice(b"PK\x01\x02\x14\x03");
        directory.extend_from_slice(&common);
        directory.extend_from_slice(&[0; 6]);
        directory.extend_from_slice(&(entry.mode << 16).to_le_bytes());
        directory.extend_from_slice(&offset.to_le_bytes());
        directory.extend_from_slice(&entry.name);
    }
    let (start, count) = (out.len() as u32, entries.len() as u16);
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    out.extend_from_slice(&[count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend_from_slice(&[(directory.len() as u32).to_le_bytes(), start.to_le_bytes()].concat());
    out.extend_from_slice(&[0, 0]);
    out
}

/// Method, packed bytes, size and checksum. A decent writer packs the zeros.
fn packed(entry: &Entry) -> (u16, Vec<u8>, u32, u32) {
    let content = if entry.zeros > 0 { vec![0; entry.zeros] } else { entry.content.clone() };
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let method = if entry.zeros > 0 { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    writer.start_file("x", SimpleFileOptions::default().compression_method(method)).expect("started");
    writer.write_all(&content).expect("written");
    let bytes = writer.finish().expect("finished");
    let mut archive = zip::ZipArchive::new(bytes).expect("an archive");
    let raw = archive.by_index_raw(0).expect("an entry");
    let (start, length, crc) =
        (raw.data_start().expect("a start") as usize, raw.compressed_size() as usize, raw.crc32());
    drop(raw);
    let bytes = archive.into_inner().into_inner();
    (if entry.zeros > 0 { 8 } else { 0 }, bytes[start..start + length].to_vec(), content.len() as u32, crc)
}
