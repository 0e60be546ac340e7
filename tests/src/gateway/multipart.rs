//! `multipart/form-data`, read as strictly as RFC 7578 and RFC 2046 allow.
//!
//! It shares no code with the runtime that writes it, and forgives nothing: what a lenient server would guess is an
//! error here.

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// The name of the file, if the part is one.
    pub file_name: Option<String>,
    /// The media type, if it says one.
    pub content_type: Option<String>,
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl Part {
    /// What it holds, as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).unwrap_or("(no text)")
    }
}

/// Reads a form. `content_type` is the header of the request, which names the boundary.
///
/// # Errors
/// What is wrong with the body.
pub fn read(content_type: &str, body: &[u8]) -> Result<Vec<Part>, String> {
    let boundary = boundary(content_type)?;
    let delimiter = format!("--{boundary}");
    let mut rest = strip(body, delimiter.as_bytes()).ok_or("the body does not begin with the boundary")?;
    let delimiter = format!("\r\n--{boundary}");
    let mut parts = Vec::new();
    loop {
        if let Some(after) = strip(rest, b"--") {
            return match after {
                b"" | b"\r\n" => Ok(parts),
                _ => Err(format!("{} bytes after the last boundary", after.len())),
            };
        }
        rest = strip(rest, b"\r\n").ok_or("no line end after a boundary")?;
        let head = find(rest, b"\r\n\r\n").ok_or("the headers of a part do not end")?;
        let (headers, content) = (&rest[..head], &rest[head + 4..]);
        let end = find(content, delimiter.as_bytes()).ok_or("a part is not closed by the boundary")?;
        parts.push(part(headers, &content[..end])?);
        rest = &content[end + delimiter.len()..];
    }
}

fn boundary(content_type: &str) -> Result<String, String> {
    let (kind, parameters) = content_type.split_once(';').ok_or("the content type names no boundary")?;
    if kind.trim() != "multipart/form-data" {
        return Err(format!("the content type is {kind}"));
    }
    let boundary = parameter(parameters, "boundary").ok_or("the content type names no boundary")?;
    let legal = |c: char| c.is_ascii_alphanumeric() || "'()+_,-./:=?".contains(c);
    if boundary.is_empty() || boundary.len() > 70 || !boundary.chars().all(legal) {
        return Err(format!("boundary {boundary:?}"));
    }
    Ok(boundary)
}

fn part(headers: &[u8], content: &[u8]) -> Result<Part, String> {
    let headers = std::str::from_utf8(headers).map_err(|_| "the headers of a part are not text")?;
    let mut part = Part { name: String::new(), file_name: None, content_type: None, bytes: content.to_vec() };
    for line in headers.split("\r\n") {
        let (name, value) = line.split_once(':').ok_or(format!("{line:?} is no header"))?;
        match name.to_lowercase().as_str() {
            "content-disposition" => {
                let (kind, parameters) = value.split_once(';').ok_or(format!("{line:?} names no field"))?;
                if kind.trim() != "form-data" {
                    return Err(format!("{line:?} is no form field"));
                }
                part.name = parameter(parameters, "name").ok_or(format!("{line:?} names no field"))?;
                part.file_name = parameter(parameters, "filename");
            }
            "content-type" => part.content_type = Some(value.trim().to_owned()),
            other => return Err(format!("header {other} in a part")),
        }
    }
    if part.name.is_empty() { Err("a part without a name".to_owned()) } else { Ok(part) }
}

/// A parameter of a header, such as `name="file"`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_once(';').map_or((value, ""), |(value, after)| (value, after)),
        };
        if name.trim().trim_start_matches(';').trim() == wanted {
            return Some(value.trim().to_owned());
        }
        rest = after;
    }
}

fn strip<'a>(text: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    text.strip_prefix(prefix)
}

/// Audio is large: looks at every byte once, as long as the first byte is rare.
fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    while let Some(at) = text.get(from..)?.iter().position(|byte| *byte == first) {
        if text[from + at..].starts_with(wanted) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=XX";

    fn text_part(name: &str, value: &str) -> String {
        format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    }

    #[test]
    fn a_form_with_a_file() {
        let file = "--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a;b=c.mp3\"\r\n\
                    Content-Type: audio/mpeg\r\n\r\n\0\r\n--X\r\n\r\n\r\n";
        let body = text_part("model", "m") + &text_part("empty", "") + file + "--XX--\r\n";
        for kind in [TYPE, "multipart/form-data;charset=utf-8; boundary=\"XX\""] {
            let parts = read(kind, body.as_bytes()).unwrap();
            let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            assert_eq!(names, ["model", "empty", "file"]);
            assert_eq!((parts[0].text(), parts[1].text()), ("m", ""));
            assert_eq!(parts[2].bytes, b"\0\r\n--X\r\n\r\n");
            assert_eq!(parts[2].file_name.as_deref(), Some("a;b=c.mp3"));
            assert_eq!(parts[2].content_type.as_deref(), Some("audio/mpeg"));
        }
    }

    #[test]
    fn what_is_no_form() {
        let good = text_part("model", "m") + "--XX--\r\n";
        assert!(read(TYPE, good.as_bytes()).is_ok());
        let bad = [
            (TYPE, String::new()),
            ("application/json", good.clone()),
            ("multipart/form-data", good.clone()),
            ("multipart/form-data; boundary=YY", good.clone()),
            (TYPE, text_part("model", "m")),
            (TYPE, good.clone() + "more"),
            (TYPE, format!("\r\n{good}")),
            (TYPE, good.replace("\r\n", "\n")),
            (TYPE, good.replace("name=\"model\"", "name=\"\"")),
            (TYPE, good.replace("form-data;", "attachment;")),
            (TYPE, good.replace("Content-Disposition", "X-Other")),
        ];
        for (kind, body) in bad {
            assert!(read(kind, body.as_bytes()).is_err(), "{kind} {body:?}");
        }
    }
}
