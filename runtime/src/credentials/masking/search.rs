//! Finds secrets in a text, in whatever spelling they stand there.
//!
//! A text is read in several views: as it is, without one, two and three layers of escapes, and each of these with what
//! is base64 or hexadecimal decoded at every offset. Within a view any character of a secret may stand as itself or
//! as an escape, so that spellings may be mixed at will. Texts are read once per view and secret: at each place a search
//! carries only the beginnings of the secret that fit up to there, which is one unless the secret repeats itself. Where
//! one does that without end, and the text with it, or where there are too many secrets, the search ends: who sends both
//! may not take the time of others.

use zeroize::Zeroizing;

use super::spellings::{Escape, LONGEST, base64_bits, blank, escape, hex_byte, is_base64};

/// How many layers of escapes are taken off.
const LAYERS: usize = 3;
/// The shortest beginning of a secret that is taken for one where the text ends.
const BEGINNING: usize = 10;
/// Fewer digits hold no secret.
const FEWEST_DIGITS: usize = 6;
/// Where more beginnings of a secret fit than this, it is told from nothing: all that follows is taken for it.
const MOST_FITS: usize = 32;
/// Steps of all searches of one text, each from one place of it with one beginning of a secret: some 40 ms. More of them
/// means secrets in thousands of pieces, and nothing of the text is shown.
const MOST_STEPS: usize = 8 << 20;
/// From one place to the end of the longest escape there.
const PLACES: usize = LONGEST + 1;
/// Stands between decoded pieces; no secret holds it.
const GAP: u8 = 0;

/// First byte, and the byte after the last one.
type Range = (usize, usize);

/// Where in `text` any of `secrets` stands: not sorted, may overlap.
pub(super) fn find<'s>(text: &str, secrets: impl Iterator<Item = &'s str>) -> Vec<Range> {
    let mut found = Found { ranges: Vec::new(), steps: MOST_STEPS };
    match views(text, secrets.map(View::of).collect(), &mut found) {
        Ok(()) => found.ranges,
        Err(TooMuch) => vec![(0, text.len())],
    }
}

/// Searches a text in all views.
fn views(text: &str, secrets: Vec<View>, found: &mut Found) -> Result<(), TooMuch> {
    if secrets.is_empty() {
        return Ok(());
    }
    let mut view = View::of(text);
    for layer in 0..=LAYERS {
        view.search(&secrets, found)?;
        for offset in 0..4 {
            let decoded = view.base64(offset);
            decoded.search(&secrets, found)?;
            if let Some(bare) = decoded.unescaped() {
                bare.search(&secrets, found)?;
            }
        }
        for offset in 0..2 {
            view.hexadecimal(offset).search(&secrets, found)?;
        }
        match view.unescaped() {
            Some(bare) if layer < LAYERS => view = bare,
            _ => break,
        }
    }
    Ok(())
}

/// What is found, and how many steps are left.
struct Found {
    ranges: Vec<Range>,
    steps: usize,
}

/// No step is left.
struct TooMuch;

/// One way to read a text.
#[derive(Default)]
struct View {
    bytes: Zeroizing<Vec<u8>>,
    /// Where in the text each byte comes from.
    from: Vec<Range>,
}

impl View {
    fn of(text: &str) -> Self {
        let mut view = View::default();
        view.bytes.reserve_exact(text.len());
        text.bytes().enumerate().for_each(|(at, byte)| view.push(byte, (at, at + 1)));
        view
    }

    /// Runs of white space become one blank.
    fn push(&mut self, byte: u8, from: Range) {
        let byte = blank(byte);
        match (self.bytes.last(), self.from.last_mut()) {
            (Some(b' '), Some(last)) if byte == b' ' => last.1 = from.1,
            _ => {
                self.bytes.push(byte);
                self.from.push(from);
            }
        }
    }

    fn escape(&self, at: usize) -> Option<Escape> {
        escape(self.bytes.get(at..)?)
    }

    /// Where bytes `start..end` come from.
    fn range(&self, start: usize, end: usize) -> Range {
        let first = self.from.get(start).map_or(0, |range| range.0);
        let last = end.checked_sub(1).and_then(|last| self.from.get(last)).map_or(first, |range| range.1);
        (first, last)
    }

    /// Without one layer of escapes; `None` if there are none.
    fn unescaped(&self) -> Option<View> {
        let mut bare = View::default();
        let (mut at, mut changed) = (0, false);
        while let Some(byte) = self.bytes.get(at) {
            match self.escape(at) {
                Some(escape) => {
                    let length = usize::from(escape.length);
                    let from = self.range(at, at + length);
                    escape.bytes().iter().for_each(|byte| bare.push(*byte, from));
                    at += length;
                    changed = true;
                }
                None => {
                    bare.push(*byte, self.range(at, at + 1));
                    at += 1;
                }
            }
        }
        changed.then_some(bare)
    }

    /// What its runs of base64 stand for, each read from its digit number `offset`.
    fn base64(&self, offset: usize) -> View {
        self.decoded(offset, 4, is_base64, |decoded, digits, place| {
            let bits = digits.iter().fold(0, |bits, digit| bits << 6 | base64_bits(*digit)) << (6 * (4 - digits.len()));
            // Each byte comes from two digits; padding belongs to the last.
            for byte in 0..digits.len().saturating_sub(1) {
                decoded.push((bits >> (16 - 8 * byte)) as u8, place(byte, byte + 2));
            }
        })
    }

    /// The same for hexadecimal digits.
    fn hexadecimal(&self, offset: usize) -> View {
        self.decoded(
            offset,
            2,
            |byte| byte.is_ascii_hexdigit(),
            |decoded, digits, place| {
                if let [high, low] = digits
                    && let Some(byte) = hex_byte(*high, *low)
                {
                    decoded.push(byte, place(0, 2));
                }
            },
        )
    }

    fn decoded(
        &self,
        offset: usize,
        group: usize,
        is_digit: impl Fn(u8) -> bool,
        decode: impl Fn(&mut View, &[u8], &dyn Fn(usize, usize) -> Range),
    ) -> View {
        let mut decoded = View::default();
        let mut start = 0;
        for run in self.bytes.chunk_by(|left, right| is_digit(*left) == is_digit(*right)) {
            let end = start + run.len();
            let digits = run.get(offset..).filter(|digits| digits.len() >= FEWEST_DIGITS && is_digit(digits[0]));
            for (number, digits) in digits.unwrap_or_default().chunks(group).enumerate() {
                let first = start + offset + number * group;
                let place = |from: usize, to: usize| {
                    let padding = self.bytes.iter().skip(end).take(2).take_while(|byte| **byte == b'=').count();
                    let to = first + to;
                    self.range(first + from, if to == end { to + padding } else { to })
                };
                decode(&mut decoded, digits, &place);
            }
            // At the very end a secret may be cut off.
            if digits.is_some() && end < self.bytes.len() {
                decoded.push(GAP, (0, 0));
            }
            start = end;
        }
        decoded
    }

    fn search(&self, secrets: &[View], found: &mut Found) -> Result<(), TooMuch> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let escapes: Vec<Option<Escape>> = (0..self.bytes.len()).map(|at| self.escape(at)).collect();
        secrets.iter().try_for_each(|secret| self.search_one(&secret.bytes, &escapes, found))
    }

    /// Carries, for each place ahead, how much of the secret fits up to there and where that began.
    fn search_one(&self, secret: &[u8], escapes: &[Option<Escape>], found: &mut Found) -> Result<(), TooMuch> {
        let Some(first) = secret.first() else { return Ok(()) };
        let mut ahead: [Vec<Fit>; PLACES] = Default::default();
        for (at, byte) in self.bytes.iter().enumerate() {
            // In forms a blank is written `+`.
            let is = |wanted: u8| *byte == wanted || (*byte == b'+' && wanted == b' ');
            let escape = escapes.get(at).copied().flatten();
            let mut fits = std::mem::take(&mut ahead[at % PLACES]);
            if is(*first) || escape.is_some() {
                fits.push(Fit { bytes: 0, start: at });
            }
            if fits.len() > 1 {
                // Several ways to one place are one.
                fits.sort_unstable();
                fits.dedup_by_key(|fit| fit.bytes);
            }
            if fits.len() > MOST_FITS {
                let (start, _) = self.range(fits.iter().map(|fit| fit.start).min().unwrap_or(at), at);
                let end = self.from.iter().map(|from| from.1).max().unwrap_or(start);
                found.ranges.push((start, end));
                return Ok(());
            }
            found.steps = found.steps.checked_sub(1 + fits.len()).ok_or(TooMuch)?;
            for fit in fits.drain(..) {
                let rest = secret.get(fit.bytes..).unwrap_or_default();
                let itself = rest.first().is_some_and(|wanted| is(*wanted)).then_some((1, 1));
                let escaped = escape.filter(|escape| rest.starts_with(escape.bytes()));
                let escaped = escaped.map(|escape| (usize::from(escape.length), escape.bytes().len()));
                for (length, bytes) in itself.into_iter().chain(escaped) {
                    let (end, bytes) = (at + length, fit.bytes + bytes);
                    if bytes == secret.len() {
                        found.ranges.push(self.range(fit.start, end));
                    } else {
                        ahead[end % PLACES].push(Fit { bytes, start: fit.start });
                    }
                }
            }
            ahead[at % PLACES] = fits;
        }
        let end = self.bytes.len();
        for fit in ahead[end % PLACES].iter().filter(|fit| fit.bytes >= BEGINNING) {
            found.ranges.push(self.range(fit.start, end));
        }
        Ok(())
    }
}

/// The first `bytes` of a secret fit; they began at `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    bytes: usize,
    start: usize,
}
