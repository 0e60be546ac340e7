//! Tests of [`super::Sse`].

use proptest::prelude::*;

use super::*;

type Pair = (String, String);

/// The events of a stream that arrives in pieces of the given sizes, over and over.
fn read(stream: &[u8], sizes: &[usize], separator: Option<&str>) -> Vec<Pair> {
    let mut sse = Sse::new(separator, 1 << 20);
    let mut events = Vec::new();
    let mut collect = |sse: &mut Sse| {
        while let Some(event) = sse.next().unwrap() {
            events.push((event.name.to_owned(), event.data.into_owned()));
        }
    };
    let mut rest = stream;
    for size in sizes.iter().cycle() {
        let (piece, after) = rest.split_at((*size).clamp(1, rest.len().max(1)).min(rest.len()));
        sse.push(piece);
        collect(&mut sse);
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    sse.end();
    collect(&mut sse);
    collect(&mut sse);
    events
}

fn data(stream: &str) -> Vec<String> {
    let whole: Vec<Pair> = read(stream.as_bytes(), &[usize::MAX], None);
    assert_eq!(whole, read(stream.as_bytes(), &[1], None), "{stream:?}");
    whole.into_iter().map(|(_, data)| data).collect()
}

#[test]
fn b_a11_crlf_cr_and_mixed_line_ends() {
    for end in ["\n", "\r\n", "\r"] {
        let stream = ["data: a", "", "data: b", "data: c", "", ""].join(end);
        assert_eq!(data(&stream), ["a", "b\nc"], "{end:?}");
    }
    assert_eq!(data("data: a\r\n\ndata: b\r\rdata: c\n\r\n"), ["a", "b", "c"]);
}

#[test]
fn b_a11_a_single_lf_between_documents() {
    assert_eq!(
        data("data: {\"a\":1}\ndata:{\"b\":\"}\\\"{\"}\ndata: [DONE]\n"),
        ["{\"a\":1}", "{\"b\":\"}\\\"{\"}", "[DONE]"]
    );
}

#[test]
fn a_document_is_not_held_back_for_want_of_a_blank_line() {
    let mut sse = Sse::new(None, 1000);
    sse.push(b"data: {\"a\":1}\n");
    assert_eq!(sse.next().unwrap().unwrap().data, "{\"a\":1}");
    sse.push(b"\n");
    assert_eq!(sse.next(), Ok(None));
}

#[test]
fn b_a11_event_id_and_retry_lines() {
    let stream = "retry: 3000\nevent: error\nid: 7\ndata: x\n\ndata: y\n\nevent: lost\n\ndata: z\n\n";
    let events = read(stream.as_bytes(), &[usize::MAX], None);
    let expected = [("error", "x"), ("", "y"), ("", "z")].map(|(name, data)| (name.to_owned(), data.to_owned()));
    assert_eq!(events, expected);
}

#[test]
fn b_a11_comments_beside_data() {
    assert_eq!(data(": ping\ndata: a\n: more\n\n:\n\n: only\n\ndata: b\n\n"), ["a", "b"]);
}

#[test]
fn blanks_bare_documents_and_the_byte_order_mark() {
    assert_eq!(data("\u{FEFF}data:a\n\ndata:  b\n\ndata\n\ndata:\n\n"), ["a", " b"]);
    assert_eq!(data("{\"a\":1}\n{\"b\":2}\n [1]"), ["{\"a\":1}", "{\"b\":2}", "[1]"]);
    assert_eq!(data("data: {\ndata: \"a\": {}\ndata: }\n\n"), ["{\n\"a\": {}\n}"]);
}

#[test]
fn the_end_of_input_ends_the_last_event() {
    assert_eq!(data("data: a\n\ndata: [DONE]"), ["a", "[DONE]"]);
    assert_eq!(data("data: a\ndata: b\n"), ["a\nb"]);
    assert_eq!(data(""), Vec::<String>::new());
}

#[test]
fn characters_may_be_cut_between_reads_and_bad_ones_are_replaced() {
    assert_eq!(data("data: 你好\n\n"), ["你好"]);
    let events = read(b"data: a\xFFb\n\n", &[usize::MAX], None);
    assert_eq!(events[0].1, "a\u{FFFD}b");
}

#[test]
fn many_lines_are_not_read_over_and_over() {
    // Minutes, if they are.
    for line in ["data\n", "data: \u{a0}\n", "data: [\n", "event: a\n", ":\n"] {
        let stream = line.repeat((1 << 20) / line.len());
        let events = read(stream.as_bytes(), &[usize::MAX], Some("|||"));
        assert!(events.len() <= 1, "{line}");
    }
}

#[test]
fn a_separator_longer_than_any_is_none() {
    for (length, events) in [(LONGEST_SEPARATOR, 2), (LONGEST_SEPARATOR + 1, 1)] {
        let separator = "|".repeat(length);
        let stream = format!("data: a{separator}data: b\n\n");
        assert_eq!(read(stream.as_bytes(), &[usize::MAX], Some(&separator)).len(), events, "{length}");
    }
}

#[test]
fn a_custom_separator_ends_events_too() {
    let both = [("", "a b"), ("", "c"), ("", "d")].map(|(name, data)| (name.to_owned(), data.to_owned()));
    for sizes in [1, 2, 3, usize::MAX] {
        assert_eq!(read(b"data: a b|||data: c|||data: d\n\n", &[sizes], Some("|||")), both);
        assert_eq!(read(b"data: a b\n--\ndata: c\n--\ndata: d\n\n", &[sizes], Some("\n--\n")), both);
        assert_eq!(read(b"data: a b\n\ndata: c\r\n\r\ndata: d", &[sizes], Some("\r\n\r\n")), both);
    }
}

#[test]
fn an_event_has_a_limit_and_comments_take_no_memory() {
    let mut sse = Sse::new(None, 100);
    for _ in 0..1000 {
        sse.push(b": keep-alive\n");
        assert_eq!(sse.next(), Ok(None));
        assert!(sse.buffer.len() < 100);
    }
    sse.push(&[b'x'; 50]);
    assert_eq!(sse.next(), Ok(None));
    sse.push(&[b'x'; 51]);
    assert_eq!(sse.next(), Err(Oversized));
    let mut sse = Sse::new(None, 10);
    sse.push(b"data: 12345678901\n\n");
    assert_eq!(sse.next(), Err(Oversized));
}

fn fragment() -> impl Strategy<Value = Vec<u8>> {
    let fragments: Vec<&[u8]> = vec![
        b"data: ",
        b"data:",
        b"data",
        b"event: error",
        b"id: 1",
        b":",
        b" ",
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"{",
        b"}",
        b"{\"a\":[1]}",
        b"\"",
        b"\\",
        b"[DONE]",
        b"x",
        "é你".as_bytes(),
        b"\xFF",
        b"\xEF\xBB\xBF",
        b"||",
        b"|",
        b"--",
    ];
    prop::sample::select(fragments).prop_map(<[u8]>::to_vec)
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(
        fragments in prop::collection::vec(fragment(), 0..40),
        sizes in prop::collection::vec(1_usize..9, 1..8),
        separator in prop::sample::select(vec![None, Some("|||"), Some("\n--\n"), Some("\r\n|")]),
    ) {
        let stream = fragments.concat();
        prop_assert_eq!(read(&stream, &sizes, separator), read(&stream, &[usize::MAX], separator));
    }

    #[test]
    fn any_bytes_are_read_without_panic(stream in prop::collection::vec(any::<u8>(), 0..300), size in 1_usize..20) {
        read(&stream, &[size], Some("a"));
    }
}
