//! Several WAV recordings as one: the first header, with lengths that say "unknown", then the sound of each.

/// The longest header that is read: services put no more than a few notes into it.
const LONGEST_HEADER: usize = 64 << 10;
/// Lengths from here on are those of streams, whose writer did not know them.
const UNKNOWN: u32 = 0x7FFF_0000;

/// What a recording begins with.
const RIFF: &[u8; 4] = b"RIFF";

/// Recordings being joined.
#[derive(Default)]
pub struct Wav {
    /// What came of the header that is being read.
    header: Vec<u8>,
    place: Place,
    /// The format chunk of the first recording.
    format: Option<Vec<u8>>,
}

#[derive(Default)]
enum Place {
    /// In a header.
    #[default]
    Header,
    /// In sound, of which so many bytes are to come; `None`: all that come.
    Sound(Option<usize>),
    /// In a first answer that is no WAV: it goes on as it is.
    Other,
}

impl Wav {
    /// Another recording begins.
    ///
    /// # Errors
    /// If the one before broke off in its header.
    pub fn next(&mut self) -> Result<(), &'static str> {
        if let Place::Sound(_) = self.place {
            self.place = Place::Header;
        }
        if self.header.is_empty() { Ok(()) } else { Err("a WAV header that breaks off") }
    }

    /// Appends the sound in `bytes`, the next of the recording.
    ///
    /// # Errors
    /// If the recordings cannot be joined.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), &'static str> {
        match &mut self.place {
            Place::Other => out.extend_from_slice(bytes),
            Place::Sound(left) => sound(left, bytes, out),
            Place::Header => {
                self.header.extend_from_slice(bytes);
                let known = self.header.len().min(RIFF.len());
                if self.header[..known] != RIFF[..known] {
                    if self.format.is_some() {
                        return Err("a piece that is no WAV behind one that is");
                    }
                    self.place = Place::Other;
                    out.append(&mut self.header);
                } else if let Some(header) = Header::read(&self.header)? {
                    self.begin(&header, out)?;
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, header: &Header, out: &mut Vec<u8>) -> Result<(), &'static str> {
        let format = self.header.get(header.format.clone()).unwrap_or_default();
        match &self.format {
            None => {
                self.format = Some(format.to_vec());
                let start = out.len();
                out.extend_from_slice(self.header.get(..header.sound).unwrap_or_default());
                for at in [start + 4, start + header.sound - 4] {
                    out.get_mut(at..at + 4).into_iter().for_each(|length| length.fill(0xFF));
                }
            }
            Some(first) if first != format => return Err("pieces with different sample rates or channels"),
            Some(_) => {}
        }
        let mut left = header.length;
        sound(&mut left, self.header.get(header.sound..).unwrap_or_default(), out);
        self.place = Place::Sound(left);
        self.header.clear();
        Ok(())
    }
}

/// Appends sound, and not what follows it.
fn sound(left: &mut Option<usize>, bytes: &[u8], out: &mut Vec<u8>) {
    let bytes = bytes.get(..left.unwrap_or(usize::MAX)).unwrap_or(bytes);
    if let Some(left) = left {
        *left -= bytes.len();
    }
    out.extend_from_slice(bytes);
}

/// Where things stand in a recording.
struct Header {
    format: std::ops::Range<usize>,
    /// Where the sound begins.
    sound: usize,
    /// How much there is of it, if its writer knew.
    length: Option<usize>,
}

impl Header {
    /// `None` while the header is not complete.
    fn read(bytes: &[u8]) -> Result<Option<Self>, &'static str> {
        let mut format = 0..0;
        let mut at = 12;
        while let Some(&[a, b, c, d, l0, l1, l2, l3]) = bytes.get(at..at + 8) {
            let length = u32::from_le_bytes([l0, l1, l2, l3]);
            let size = usize::try_from(length).unwrap_or(usize::MAX);
            at += 8;
            match &[a, b, c, d] {
                b"data" => {
                    let length = (length != 0 && length < UNKNOWN).then_some(size);
                    return Ok(Some(Header { format, sound: at, length }));
                }
                b"fmt " => format = at..at.saturating_add(size),
                _ => {}
            }
            // Chunks begin at even places.
            at = at.saturating_add(size).saturating_add(size % 2);
        }
        if at.max(bytes.len()) > LONGEST_HEADER { Err("a WAV header without an end") } else { Ok(None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording with a note before its sound.
    fn wav(rate: u32, length: u32, sound: &[u8]) -> Vec<u8> {
        let mut out = b"RIFF\x99\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        out.extend(rate.to_le_bytes());
        out.extend((rate * 2).to_le_bytes());
        out.extend(b"\x02\0\x10\0LIST\x03\0\0\0odd\0data");
        out.extend(length.to_le_bytes());
        out.extend(sound);
        out
    }

    /// All of it in reads of `size`.
    fn joined(recordings: &[Vec<u8>], size: usize) -> Result<Vec<u8>, &'static str> {
        let (mut wav, mut out) = (Wav::default(), Vec::new());
        for recording in recordings {
            wav.next()?;
            for read in recording.chunks(size) {
                wav.push(read, &mut out)?;
            }
        }
        wav.next()?;
        Ok(out)
    }

    #[test]
    fn one_header_of_unknown_length_then_the_sound_of_all() {
        // The second is a stream, and the first has a note behind its sound.
        let first = wav(16_000, 4, b"abcdLIST\x02\0\0\0no");
        let recordings = [first, wav(16_000, u32::MAX, b"efgh"), wav(16_000, 0, b"ij")];
        let mut expected = wav(16_000, u32::MAX, b"abcdefghij");
        expected[4..8].fill(0xFF);
        for size in [1, 3, 7, 50, 1000] {
            assert_eq!(joined(&recordings, size).as_deref(), Ok(expected.as_slice()), "reads of {size}");
        }
    }

    #[test]
    fn what_is_no_wav_goes_on_as_it_is() {
        let mp3 = b"ID3\x04 and so on".to_vec();
        assert_eq!(joined(&[mp3.clone(), mp3.clone()], 2).unwrap(), [mp3.clone(), mp3].concat());
    }

    #[test]
    fn recordings_that_do_not_fit_together_are_an_error() {
        let one = wav(16_000, 2, b"ab");
        for (second, says) in [
            (wav(8_000, 2, b"ab"), "different sample rates"),
            (b"ID3\x04".to_vec(), "no WAV behind one"),
            (one[..30].to_vec(), "breaks off"),
            (b"RIFF\0\0\0\0WAVEfmt \xFF\xFF\xFF\x7F".to_vec(), "without an end"),
        ] {
            assert!(joined(&[one.clone(), second], 5).unwrap_err().contains(says), "{says}");
        }
    }
}
