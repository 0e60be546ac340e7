//! What a recording is, told by its first bytes (protocol reference 3.8), and which bytes are evidently none.

/// How many bytes [`sniff`] looks at, at most.
pub const BEGINNING: usize = 512;

/// The format of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Format {
    Wav,
    Flac,
    Ogg,
    M4a,
    Mp4,
    Webm,
    /// Also everything that is not recognised.
    Mp3,
}

impl Format {
    /// The name services know a file of this format by: some look at nothing else.
    pub fn file_name(self) -> &'static str {
        match self {
            Format::Wav => "audio.wav",
            Format::Flac => "audio.flac",
            Format::Ogg => "audio.ogg",
            Format::M4a => "audio.m4a",
            Format::Mp4 => "audio.mp4",
            Format::Webm => "audio.webm",
            Format::Mp3 => "audio.mp3",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Wav => "audio/wav",
            Format::Flac => "audio/flac",
            Format::Ogg => "audio/ogg",
            Format::M4a | Format::Mp4 => "audio/mp4",
            Format::Webm => "audio/webm",
            Format::Mp3 => "audio/mpeg",
        }
    }
}

/// The media type of a format that a service is asked for, by its name; `None` where there is none that players know.
pub fn media_type_of(format: &str) -> Option<&'static str> {
    Some(match format {
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "ogg" | "opus" => "audio/ogg",
        "aac" => "audio/aac",
        "mp4" | "m4a" => "audio/mp4",
        "flac" => "audio/flac",
        "webm" => "audio/webm",
        _ => return None,
    })
}

/// The format of a recording that begins like this.
///
/// # Errors
/// What it is instead, with an article: "a PNG image".
pub fn sniff(beginning: &[u8]) -> Result<Format, &'static str> {
    let beginning = beginning.get(..BEGINNING).unwrap_or(beginning);
    Ok(match beginning {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Format::Wav,
        [b'f', b'L', b'a', b'C', ..] => Format::Flac,
        [b'O', b'g', b'g', b'S', ..] => Format::Ogg,
        [_, _, _, _, b'f', b't', b'y', b'p', b'M', b'4', b'A', b' ', ..] => Format::M4a,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Format::Mp4,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Format::Webm,
        [b'I', b'D', b'3', ..] => Format::Mp3,
        _ => match no_audio(beginning) {
            Some(what) => return Err(what),
            None => Format::Mp3,
        },
    })
}

/// Things that are passed for recordings by mistake, by how they begin.
const NO_AUDIO: [(&[u8], &str); 11] = [
    (b"\x89PNG\r\n\x1A\n", "a PNG image"),
    (b"\xFF\xD8\xFF", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a RIFF file without sound (a picture or a video)"),
    (b"%PDF-", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"\x7FELF", "a program"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"<", "an HTML or XML page"),
];

fn no_audio(beginning: &[u8]) -> Option<&'static str> {
    let visible = beginning.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(beginning).trim_ascii_start();
    let known = NO_AUDIO.iter().find(|(magic, _)| {
        let textual = magic.len() == 1;
        if textual { visible.starts_with(magic) && is_text(beginning) } else { beginning.starts_with(magic) }
    });
    known.map(|(_, what)| *what).or_else(|| is_text(beginning).then_some("text"))
}

/// Whether bytes are text: UTF-8, perhaps cut inside a character, without control characters.
fn is_text(beginning: &[u8]) -> bool {
    let text = match std::str::from_utf8(beginning) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() => match beginning.get(..cut.valid_up_to()).map(std::str::from_utf8) {
            Some(Ok(text)) => text,
            _ => return false,
        },
        Err(_) => return false,
    };
    !text.is_empty() && text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\r' | '\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_told_by_their_first_bytes() {
        for (beginning, format) in [
            (&b"RIFF\x24\0\0\0WAVEfmt "[..], Format::Wav),
            (b"fLaC\0\0\0\x22", Format::Flac),
            (b"OggS\0\x02", Format::Ogg),
            (b"\0\0\0\x20ftypM4A \0\0", Format::M4a),
            (b"\0\0\0\x20ftypisom\0\0", Format::Mp4),
            (b"\0\0\0\x20ftypmp42\0\0", Format::Mp4),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01webm", Format::Webm),
            (b"ID3\x04\0\0", Format::Mp3),
            (b"ID3", Format::Mp3),
            (b"\xFF\xFB\x90\x64", Format::Mp3),
            (b"\xFF\xF1\x50\x80", Format::Mp3),
            (b"\0\0\0\0\0\0\0\0", Format::Mp3),
            (b"#!AMR\n\x3C\x91\x17\x16", Format::Mp3),
            (b"{\x80\x81", Format::Mp3),
        ] {
            assert_eq!(sniff(beginning), Ok(format), "{beginning:?}");
        }
    }

    #[test]
    fn what_is_evidently_something_else_is_no_recording() {
        let long = format!("x{}", "é".repeat(BEGINNING));
        for (beginning, what) in [
            (&b"{\"error\":1}"[..], "JSON"),
            (b" \n[1]", "JSON"),
            (b"<!DOCTYPE html>", "an HTML or XML page"),
            (b"\x89PNG\r\n\x1A\n\0\0", "a PNG image"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", "a JPEG image"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "a RIFF file without sound (a picture or a video)"),
            (b"\x7FELF\x02\x01", "a program"),
            (b"%PDF-1.7\n\x80", "a PDF document"),
            (b"PK\x03\x04\x14", "a ZIP archive or an office document"),
            (b"hello", "text"),
            (long.as_bytes(), "text"),
        ] {
            assert_eq!(sniff(beginning), Err(what), "{beginning:?}");
        }
    }

    #[test]
    fn every_format_has_a_name_and_a_type_that_agree() {
        for format in [Format::Wav, Format::Flac, Format::Ogg, Format::Mp4, Format::Webm] {
            let extension = format.file_name().rsplit('.').next().unwrap();
            assert_eq!(format.media_type(), format!("audio/{extension}"));
        }
    }
}
