//! Byte pair encoding over a constant table: counts the tokens of one piece.
//!
//! `gpt2.bin` holds the 50,000 merges of GPT-2 (written by `examples/gpt2_table.rs`, where its format is described).
//! They were read from `vocab.bpe` as OpenAI published it with GPT-2 under a modified MIT licence (SHA-256
//! `1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5`), taken from the assets of the crate
//! `tiktoken-rs` 0.12.1 (MIT licence).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Stays in the binary's read-only pages: nothing is loaded or built at start.
static TABLE: &[u8] = include_bytes!("gpt2.bin");

const MERGES: usize = 50_000;
const SYMBOLS: usize = 256 + MERGES;
const RIGHTS: usize = SYMBOLS + 1;
const MADE: usize = RIGHTS + MERGES;

/// Longer pieces are merged with a heap: the plain way takes quadratic time.
const SHORT: usize = 64;

fn entry(position: usize) -> u16 {
    match TABLE.get(2 * position..2 * position + 2) {
        Some(&[low, high]) => u16::from_le_bytes([low, high]),
        _ => 0,
    }
}

/// What a pair of symbols becomes. The smaller the result, the earlier it is merged.
fn merged(left: u16, right: u16) -> Option<u16> {
    let (mut low, mut high) = (usize::from(entry(left.into())), usize::from(entry(usize::from(left) + 1)));
    while low < high {
        let middle = low.midpoint(high);
        match entry(RIGHTS + middle).cmp(&right) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(entry(MADE + middle)),
        }
    }
    None
}

/// Buffers used again for each piece.
#[derive(Default)]
pub struct Workspace {
    symbols: Vec<u16>,
    pairs: Vec<u16>,
}

/// No merge: later than all that exist.
const NEVER: u16 = u16::MAX;

impl Workspace {
    /// Tokens of one piece.
    pub fn count(&mut self, piece: &[u8]) -> usize {
        match piece.len() {
            0 | 1 => piece.len(),
            2..=SHORT => self.count_short(piece),
            _ => count_long(piece),
        }
    }

    fn count_short(&mut self, piece: &[u8]) -> usize {
        self.symbols.clear();
        self.symbols.extend(piece.iter().copied().map(u16::from));
        self.pairs.clear();
        self.pairs.extend(self.symbols.windows(2).map(|pair| merged(pair[0], pair[1]).unwrap_or(NEVER)));
        loop {
            let first = self.pairs.iter().enumerate().min_by_key(|(_, made)| **made);
            let Some((at, made)) = first.map(|(at, made)| (at, *made)).filter(|(_, made)| *made != NEVER) else {
                return self.symbols.len();
            };
            self.symbols[at] = made;
            self.symbols.remove(at + 1);
            self.pairs.remove(at);
            if at > 0 {
                self.pairs[at - 1] = merged(self.symbols[at - 1], made).unwrap_or(NEVER);
            }
            if at < self.pairs.len() {
                self.pairs[at] = merged(made, self.symbols[at + 1]).unwrap_or(NEVER);
            }
        }
    }
}

/// The same with a linked list and a heap of candidate merges, for pieces of any length.
fn count_long(piece: &[u8]) -> usize {
    let length = piece.len();
    let mut symbols: Vec<Option<u16>> = piece.iter().map(|byte| Some(u16::from(*byte))).collect();
    let mut next: Vec<usize> = (1..=length).collect();
    let mut previous: Vec<usize> = (0..length).map(|position| position.wrapping_sub(1)).collect();
    let mut heap = BinaryHeap::with_capacity(length);
    let pair = |symbols: &[Option<u16>], left: usize, right: usize| {
        merged(symbols.get(left).copied().flatten()?, symbols.get(right).copied().flatten()?)
    };
    for position in 0..length - 1 {
        if let Some(made) = pair(&symbols, position, position + 1) {
            heap.push(Reverse((made, position)));
        }
    }
    let mut tokens = length;
    while let Some(Reverse((made, left))) = heap.pop() {
        let right = next[left];
        // Candidates are not removed when a neighbour changes: one that no longer holds is skipped here.
        if pair(&symbols, left, right) != Some(made) {
            continue;
        }
        symbols[left] = Some(made);
        symbols[right] = None;
        tokens -= 1;
        next[left] = next[right];
        if let Some(after) = previous.get_mut(next[left]) {
            *after = left;
        }
        if let Some(made) = pair(&symbols, left, next[left]) {
            heap.push(Reverse((made, left)));
        }
        if let Some(made) = pair(&symbols, previous[left], left) {
            heap.push(Reverse((made, previous[left])));
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn the_table_is_the_published_one() {
        assert_eq!(TABLE.len(), 2 * (MADE + MERGES));
        let digest: String = Sha256::digest(TABLE).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, "ab8adfc3f134e6c4097e32dd8909aab08de1e420b9ec7de39eba239849a17ac6");
    }

    #[test]
    fn a_symbol_made_of_bytes_is_found_again_from_its_bytes() {
        let mut parts = vec![(0_u16, 0_u16); SYMBOLS];
        for left in 0..SYMBOLS {
            for at in entry(left)..entry(left + 1) {
                let right = entry(RIGHTS + usize::from(at));
                parts[usize::from(entry(MADE + usize::from(at)))] = (u16::try_from(left).unwrap(), right);
            }
        }
        let mut texts: Vec<Vec<u8>> = (0..=255).map(|byte| vec![byte]).collect();
        for &(left, right) in &parts[256..] {
            texts.push([texts[usize::from(left)].as_slice(), &texts[usize::from(right)]].concat());
        }
        let mut workspace = Workspace::default();
        // This is also why merging by pairs counts the same as looking up joined bytes, as other implementations do.
        assert!(texts.iter().all(|text| workspace.count(text) == 1));
    }

    proptest! {
        #[test]
        fn both_ways_count_the_same(piece in prop::collection::vec(prop::sample::select(b"aet \xC3\xA9sn".to_vec()), 2..300)) {
            prop_assert_eq!(Workspace::default().count_short(&piece), count_long(&piece));
        }
    }
}
