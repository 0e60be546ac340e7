//! A YAML document with the span of every node. Used to refuse what serde would silently accept, and to find the
//! place of a finding. Spans are bytes; the parser counts characters.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use crate::diagnostics::Seg;

/// A node of the document.
#[derive(Debug)]
pub struct Node {
    /// Bytes.
    pub span: Range<usize>,
    pub kind: Kind,
    /// Carries an anchor, or is an alias.
    pub anchored: bool,
    pub tagged: bool,
}

#[derive(Debug)]
pub enum Kind {
    /// The text and whether it was written without quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Why a text is not YAML.
#[derive(Debug)]
pub struct Broken {
    pub what: String,
    /// Bytes.
    pub at: usize,
}

/// Reads one document; an empty text is an empty scalar.
///
/// # Errors
/// Where the text is not YAML, or holds several documents.
pub fn read(text: &str) -> Result<Node, Broken> {
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
    let broken = |error: &ScanError| Broken { what: error.info().to_owned(), at: byte(error.marker().index()) };
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, Span { start, end, .. }) = event.map_err(|error| broken(&error))?;
        let span = byte(start.index())..byte(end.index());
        builder.event(event, span)?;
    }
    let empty = Node { span: 0..0, kind: Kind::Scalar(String::new(), true), anchored: false, tagged: false };
    Ok(builder.root.unwrap_or(empty))
}

/// The deepest nesting; everything that walks a tree recurses.
const DEEPEST: usize = 64;

#[derive(Default)]
struct Builder {
    open: Vec<(Node, Option<Node>)>,
    root: Option<Node>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Broken> {
        let node = |kind, anchor: usize, tagged| Node { span: span.clone(), kind, anchored: anchor != 0, tagged };
        if self.open.len() > DEEPEST {
            return Err(Broken { what: format!("more than {DEEPEST} levels below each other"), at: span.start });
        }
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                return Err(Broken { what: "a second document begins here".to_owned(), at: span.start });
            }
            Event::Alias(_) => self.close(node(Kind::Scalar(String::new(), true), 1, false)),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain;
                self.close(node(Kind::Scalar(text.into_owned(), plain), anchor, tag.is_some()));
            }
            Event::SequenceStart(anchor, tag) => {
                self.open.push((node(Kind::List(Vec::new()), anchor, tag.is_some()), None));
            }
            Event::MappingStart(anchor, tag) => {
                self.open.push((node(Kind::Map(Vec::new()), anchor, tag.is_some()), None));
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((mut done, _)) = self.open.pop() {
                    done.span.end = span.end.max(done.span.end);
                    self.close(done);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Hands a finished node to what it stands in.
    fn close(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some((Node { kind: Kind::List(items), .. }, _)) => items.push(node),
            Some((Node { kind: Kind::Map(entries), .. }, waiting)) => match waiting.take() {
                None => *waiting = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Some(_) => {}
        }
    }
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The span at the end of a path, as far as it can be followed; a missing key gives the key that should hold it.
    pub fn find(&self, path: &[Seg], key: bool) -> Range<usize> {
        let mut node = self;
        let mut named: Option<&Node> = None;
        for step in path {
            let next = match (step, &node.kind) {
                (Seg::Key(key), Kind::Map(entries)) => {
                    entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(name, value)| (Some(name), value))
                }
                (Seg::Index(index), Kind::List(items)) => items.get(*index).map(|item| (None, item)),
                // The short form of a key: a scalar where a list or a map could stand, or one value for a list.
                (_, Kind::Scalar(..)) | (Seg::Index(0), Kind::Map(_)) => continue,
                _ => None,
            };
            match next {
                Some((name, value)) => (node, named) = (value, name),
                None => return named.unwrap_or(node).first_line(),
            }
        }
        match named {
            Some(named) if key || node.span.is_empty() || matches!(node.kind, Kind::Map(_) | Kind::List(_)) => {
                named.first_line()
            }
            _ => node.first_line(),
        }
    }

    /// Where serde says that a value begins, the node that begins there.
    pub fn at(&self, byte: usize) -> Option<&Node> {
        let children: Box<dyn Iterator<Item = &Node> + '_> = match &self.kind {
            Kind::Scalar(..) => Box::new(std::iter::empty()),
            Kind::List(items) => Box::new(items.iter()),
            Kind::Map(entries) => Box::new(entries.iter().flat_map(|(key, value)| [key, value])),
        };
        if self.span.start == byte && !matches!(self.kind, Kind::Map(_)) {
            return Some(self);
        }
        children.into_iter().find_map(|child| child.at(byte)).or_else(|| (self.span.start == byte).then_some(self))
    }

    /// A key of the map that begins there.
    pub fn key_of(&self, byte: usize, wanted: &str) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Scalar(..) => None,
            Kind::List(items) => items.iter().find_map(|item| item.key_of(byte, wanted)),
            Kind::Map(entries) => {
                let here = entries.first().is_some_and(|(first, _)| first.span.start == byte);
                let own = entries.iter().find(|(key, _)| here && key.text() == Some(wanted));
                own.map(|(key, _)| key.span.clone())
                    .or_else(|| entries.iter().find_map(|(_, value)| value.key_of(byte, wanted)))
            }
        }
    }

    /// The scalar of that text in the map that begins there, if it is the only one.
    pub fn held(&self, byte: usize, text: &str) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Scalar(..) => None,
            Kind::List(items) => items.iter().find_map(|item| item.held(byte, text)),
            Kind::Map(entries) => {
                let here =
                    self.span.start == byte || entries.first().is_some_and(|(first, _)| first.span.start == byte);
                if !here {
                    return entries.iter().find_map(|(_, value)| value.held(byte, text));
                }
                let mut same = entries.iter().map(|(_, value)| value).filter(|value| value.text() == Some(text));
                same.next().filter(|_| same.next().is_none()).map(|value| value.span.clone())
            }
        }
    }

    /// The key whose value is a map that begins there.
    pub fn holder(&self, byte: usize) -> Option<Range<usize>> {
        match &self.kind {
            Kind::Scalar(..) => None,
            Kind::List(items) => items.iter().find_map(|item| item.holder(byte)),
            Kind::Map(entries) => entries.iter().find_map(|(key, value)| {
                let held = matches!(value.kind, Kind::Map(_)) && value.span.start == byte;
                if held { Some(key.span.clone()) } else { value.holder(byte) }
            }),
        }
    }

    fn first_line(&self) -> Range<usize> {
        match &self.kind {
            Kind::Map(entries) => entries.first().map_or(self.span.clone(), |(key, _)| key.span.clone()),
            _ => self.span.clone(),
        }
    }
}
