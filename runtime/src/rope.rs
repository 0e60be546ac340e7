//! Bytes to be written: text in one buffer, and long pieces of other buffers that are not copied into it.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::ops::Range;

use bytes::{Buf, Bytes};

/// Shorter pieces are copied: a place in the list costs about as much.
const LONG: usize = 4 << 10;

/// Text with long pieces in between.
#[derive(Debug, Default)]
pub struct Rope {
    text: Vec<u8>,
    /// Each with the length of the text before it, in order.
    pieces: Vec<(usize, Bytes)>,
    /// Bytes of all pieces.
    inserted: usize,
}

impl Rope {
    /// The text, to add to its end.
    pub fn text(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Adds a piece; a long one stays where it is.
    pub fn insert(&mut self, piece: &Bytes) {
        if piece.len() < LONG {
            self.text.extend_from_slice(piece);
        } else {
            self.inserted += piece.len();
            self.pieces.push((self.text.len(), piece.clone()));
        }
    }

    /// Adds what another one holds.
    pub fn append(&mut self, other: &Rope) {
        let start = self.text.len();
        self.text.extend_from_slice(&other.text);
        if other.pieces.is_empty() {
            return;
        }
        self.pieces.extend(other.pieces.iter().map(|(place, piece)| (start + place, piece.clone())));
        self.inserted += other.inserted;
    }

    /// Bytes, with the pieces.
    pub fn len(&self) -> usize {
        self.text.len() + self.inserted
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Keeps so much of the text, no piece, and no more memory than `most` if the text has grown beyond it.
    pub fn reset(&mut self, length: usize, most: usize) {
        self.text.truncate(length);
        self.text.shrink_to(most);
        if self.inserted > 0 {
            self.pieces = Vec::new();
            self.inserted = 0;
        }
    }

    /// All of it in one buffer.
    pub fn into_bytes(self) -> Vec<u8> {
        if self.pieces.is_empty() {
            return self.text;
        }
        let mut all = Vec::with_capacity(self.len());
        self.slices(0..self.text.len()).all().for_each(|slice| all.extend_from_slice(slice));
        all
    }

    /// Where the line ends, as a place in the text, that reaches `least` bytes of text from `start`, or the line with the
    /// first piece.
    pub fn end_of_line(&self, start: usize, least: usize) -> usize {
        let piece = self.pieces.get(self.piece_from(start)).map_or(usize::MAX, |(place, _)| *place);
        let from = (start + least).min(piece);
        let rest = self.text.get(from..).and_then(|rest| memchr::memchr(b'\n', rest));
        rest.map_or(self.text.len(), |length| from + length + 1)
    }

    /// A range of the text with the pieces in it. One at the end of the text belongs to its last range.
    pub fn slices(&self, range: Range<usize>) -> Slices<'_> {
        let last = if range.end == self.text.len() { self.pieces.len() } else { self.piece_from(range.end) };
        let pieces = self.pieces.get(self.piece_from(range.start)..last).unwrap_or_default();
        let (Some((first, _)), Some((end, _))) = (pieces.first(), pieces.last()) else {
            return Slices { first: &self.text[range], others: VecDeque::new() };
        };
        let mut others = VecDeque::with_capacity(2 * pieces.len());
        let mut start = *first;
        for (place, piece) in pieces {
            others.push_back(&self.text[start..*place]);
            others.push_back(piece);
            start = *place;
        }
        others.push_back(&self.text[*end..range.end]);
        others.retain(|slice| !slice.is_empty());
        let before = &self.text[range.start..*first];
        let first = if before.is_empty() { others.pop_front().unwrap_or_default() } else { before };
        Slices { first, others }
    }

    /// The first piece at or after a place in the text.
    fn piece_from(&self, start: usize) -> usize {
        self.pieces.partition_point(|(place, _)| *place < start)
    }
}

/// What is written at once. No slice is empty, but for the first when nothing is left.
pub struct Slices<'a> {
    /// Most often the only one.
    first: &'a [u8],
    others: VecDeque<&'a [u8]>,
}

impl<'a> Slices<'a> {
    fn all(&self) -> impl Iterator<Item = &&'a [u8]> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl Buf for Slices<'_> {
    fn remaining(&self) -> usize {
        self.all().map(|slice| slice.len()).sum()
    }

    fn has_remaining(&self) -> bool {
        !self.first.is_empty()
    }

    fn chunk(&self) -> &[u8] {
        self.first
    }

    fn chunks_vectored<'a>(&'a self, into: &mut [IoSlice<'a>]) -> usize {
        let pairs = into.iter_mut().zip(self.all().filter(|slice| !slice.is_empty()));
        pairs.map(|(place, slice)| *place = IoSlice::new(slice)).count()
    }

    fn advance(&mut self, mut written: usize) {
        while written >= self.first.len() && self.has_remaining() {
            written -= self.first.len();
            self.first = self.others.pop_front().unwrap_or_default();
        }
        self.first = &self.first[written.min(self.first.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lines with long pieces between two without.
    fn lines() -> (Rope, Vec<u8>) {
        let (mut rope, mut all) = (Rope::default(), Vec::new());
        rope.text().extend_from_slice(b"first\n");
        for digit in [b'1', b'2'] {
            let mut line = Rope::default();
            line.text().push(b'[');
            line.insert(&vec![digit; LONG].into());
            line.insert(&Bytes::from_static(b","));
            line.insert(&vec![digit; LONG + 1].into());
            line.text().extend_from_slice(b"]\n");
            assert_eq!((line.pieces.len(), line.len()), (2, 2 * LONG + 5));
            rope.append(&line);
        }
        rope.text().extend_from_slice(b"last\n");
        let ones = [&[b'1'; LONG][..], b",", &[b'1'; LONG + 1]].concat();
        let twos = [&[b'2'; LONG][..], b",", &[b'2'; LONG + 1]].concat();
        all.extend_from_slice(&[b"first\n[", &ones[..], b"]\n[", &twos, b"]\nlast\n"].concat());
        (rope, all)
    }

    #[test]
    fn pieces_stand_where_they_were_inserted() {
        let (mut rope, all) = lines();
        assert_eq!(rope.len(), all.len());
        rope.insert(&vec![b'3'; LONG].into());
        assert_eq!(rope.into_bytes(), [all, vec![b'3'; LONG]].concat());
        assert_eq!(Rope::default().into_bytes(), b"");
    }

    #[test]
    fn a_line_with_a_piece_ends_what_is_written_at_once() {
        let (rope, all) = lines();
        let (mut start, mut written, mut ends) = (0, Vec::new(), Vec::new());
        while start < rope.text.len() {
            let end = rope.end_of_line(start, usize::MAX - rope.text.len());
            let mut slices = rope.slices(start..end);
            while slices.has_remaining() {
                // As a pipe takes it.
                let some = slices.chunk().len().min(1_000);
                written.extend_from_slice(&slices.chunk()[..some]);
                slices.advance(some);
            }
            ends.push(written.len());
            start = end;
        }
        assert_eq!(written, all);
        assert_eq!(ends, [2 * LONG + 11, 4 * LONG + 16, all.len()]);
        assert_eq!(rope.end_of_line(0, 3), "first\n".len());
    }

    #[test]
    fn slices_are_offered_together_and_left_in_the_middle_of_one() {
        let (rope, all) = lines();
        let mut slices = rope.slices(0..rope.text.len());
        let mut offered = [IoSlice::new(b""); 3];
        assert_eq!(slices.chunks_vectored(&mut offered), 3);
        assert_eq!(offered.iter().map(|slice| slice.len()).collect::<Vec<_>>(), [7, LONG, 1]);
        slices.advance(7 + LONG + 1 + 10);
        assert_eq!((slices.chunk().len(), slices.remaining()), (LONG - 9, all.len() - LONG - 18));
        slices.advance(slices.remaining());
        assert!(!slices.has_remaining());
    }

    #[test]
    fn what_is_reset_keeps_its_beginning_only() {
        let (mut rope, _) = lines();
        rope.reset(3, 1 << 20);
        assert_eq!((rope.len(), rope.pieces.len()), (3, 0));
        assert_eq!(rope.into_bytes(), b"fir");
    }
}
