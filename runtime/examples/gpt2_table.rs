//! Writes `src/tokens/gpt2.bin` from the published `vocab.bpe`: `cargo run -p runtime --example gpt2_table vocab.bpe`.
//!
//! A merge is a pair of symbols that become one. Symbols 0 to 255 are the bytes, symbol `256 + n` is what merge `n`
//! makes. The file is three lists of little-endian 16-bit numbers: for each symbol where its merges begin, then the
//! right-hand symbols sorted by (left, right), then what each merge makes.

use std::collections::HashMap;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let source = std::env::args().nth(1).ok_or("usage: gpt2_table vocab.bpe")?;
    let text = std::fs::read_to_string(source)?;
    let bytes = printable_bytes();
    let mut symbols: HashMap<Vec<u8>, u16> = (0..=255_u8).map(|byte| (vec![byte], u16::from(byte))).collect();
    let mut merges = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with("#version")) {
        let mut sides = Vec::new();
        for side in line.split(' ') {
            let side: Option<Vec<u8>> = side.chars().map(|character| bytes.get(&character).copied()).collect();
            sides.push(side.ok_or("a character that stands for no byte")?);
        }
        let [left, right] = sides.as_slice() else { return Err("a line that is not a pair".into()) };
        let made = u16::try_from(256 + merges.len())?;
        merges.push((symbols[left], symbols[right], made));
        symbols.insert([left.as_slice(), right].concat(), made);
    }
    merges.sort_unstable();
    let symbol_count = 256 + merges.len();
    let mut out = Vec::new();
    for symbol in 0..=symbol_count {
        let start = merges.partition_point(|(left, ..)| usize::from(*left) < symbol);
        out.extend(u16::try_from(start)?.to_le_bytes());
    }
    out.extend(merges.iter().flat_map(|(_, right, _)| right.to_le_bytes()));
    out.extend(merges.iter().flat_map(|(.., made)| made.to_le_bytes()));
    let target = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tokens/gpt2.bin");
    std::fs::write(target, out)?;
    Ok(())
}

/// The published file writes each byte as a printable character: itself if Latin-1 prints it, else one from U+0100 on.
fn printable_bytes() -> HashMap<char, u8> {
    let mut next = 0x100;
    (0..=255_u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF => (char::from(byte), byte),
            _ => {
                next += 1;
                (char::from_u32(next - 1).unwrap_or_default(), byte)
            }
        })
        .collect()
}
