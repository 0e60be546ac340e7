//! A YAML document of a plugin: spans, aliases and merge keys resolved, and what one of the readers cannot read.
//!
//! Bounded: nesting, and how much aliases may multiply.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::scalar::Scalar;
use crate::parse::tree::Broken;

/// A value and where it stands, in bytes.
#[derive(Debug, Clone)]
pub struct Node {
    pub span: Range<usize>,
    pub value: Value,
}

#[derive(Debug, Clone)]
pub enum Value {
    Scalar(Scalar),
    List(Vec<Node>),
    /// Keys may be there twice.
    Map(Vec<(Node, Node)>),
}

/// A document, and the tags that a reader refuses.
#[derive(Debug)]
pub struct Document {
    pub root: Node,
    pub tags: Vec<Range<usize>>,
    /// Where a second document begins.
    pub second: Option<Range<usize>>,
}

/// The deepest nesting; everything that walks a node recurses.
const DEEPEST: usize = 64;
/// Most nodes, with those that aliases repeat.
const MOST: usize = 50_000;

/// Tags that both readers know.
const TAGS: [&str; 8] = ["str", "int", "float", "bool", "null", "timestamp", "seq", "map"];

/// Reads a document; an empty text is an empty scalar.
///
/// # Errors
/// Where the text is not YAML, is nested too deep, or repeats too much.
pub fn read(text: &str) -> Result<Document, Broken> {
    let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Broken { what: error.info().to_owned(), at: byte(error.marker().index()) })?;
        let span = byte(span.start.index())..byte(span.end.index());
        if builder.second.is_some() {
            break;
        }
        builder.event(event, span)?;
    }
    let empty = Node { span: 0..0, value: Value::Scalar(Scalar { text: String::new(), plain: true, tag: None }) };
    Ok(Document { root: builder.root.unwrap_or(empty), tags: builder.tags, second: builder.second })
}

struct Open {
    node: Node,
    /// A key that waits for its value.
    key: Option<Node>,
    anchor: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: BTreeMap<usize, (Node, usize)>,
    tags: Vec<Range<usize>>,
    second: Option<Range<usize>>,
    /// Nodes so far.
    count: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Range<usize>) -> Result<(), Broken> {
        let at = span.start;
        let fail = |what: &str| Err(Broken { what: what.to_owned(), at });
        if self.open.len() > DEEPEST {
            return fail(&format!("more than {DEEPEST} levels below each other"));
        }
        match event {
            Event::DocumentStart(_) if self.root.is_some() => self.second = Some(span),
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    return fail("an alias inside the value that it stands for");
                };
                self.count += size;
                if self.open.len() + depth(&node) > DEEPEST {
                    return fail(&format!("more than {DEEPEST} levels below each other"));
                }
                self.close(Node { span, ..node }, 0);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), &span);
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let value = Value::Scalar(Scalar { text: text.into_owned(), plain, tag });
                self.close(Node { span, value }, anchor);
            }
            Event::SequenceStart(anchor, tag) => {
                self.tag(tag.as_deref(), &span);
                self.open.push(Open { node: Node { span, value: Value::List(Vec::new()) }, key: None, anchor });
            }
            Event::MappingStart(anchor, tag) => {
                self.tag(tag.as_deref(), &span);
                self.open.push(Open { node: Node { span, value: Value::Map(Vec::new()) }, key: None, anchor });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(mut done) = self.open.pop() {
                    done.node.span.end = span.end.max(done.node.span.end);
                    if let Value::Map(entries) = &mut done.node.value {
                        merge(entries);
                    }
                    self.close(done.node, done.anchor);
                }
            }
            _ => {}
        }
        if self.count > MOST {
            fail(&format!("more than {MOST} values, with those that aliases repeat"))
        } else {
            Ok(())
        }
    }

    fn tag(&mut self, tag: Option<&Tag>, span: &Range<usize>) -> Option<String> {
        let tag = tag?;
        let known = tag.handle == "tag:yaml.org,2002:" && TAGS.contains(&tag.suffix.as_str());
        if !known {
            self.tags.push(span.clone());
        }
        Some(tag.suffix.clone())
    }

    /// Hands a finished node to what it stands in.
    fn close(&mut self, node: Node, anchor: usize) {
        self.count += 1;
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), nodes(&node)));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Map(entries) => match open.key.take() {
                None => open.key = Some(node),
                Some(key) => entries.push((key, node)),
            },
            Value::Scalar(_) => {}
        }
    }
}

/// Puts in what `<<` names, unless it is there.
fn merge(entries: &mut Vec<(Node, Node)>) {
    let is_merge = |key: &Node| matches!(&key.value, Value::Scalar(scalar) if scalar.plain && scalar.text == "<<");
    if !entries.iter().any(|(key, _)| is_merge(key)) {
        return;
    }
    let (merges, mut kept): (Vec<_>, Vec<_>) = entries.drain(..).partition(|(key, _)| is_merge(key));
    let mut seen: BTreeSet<Option<String>> = kept.iter().map(|(key, _)| key.text().map(str::to_owned)).collect();
    for (_, merged) in merges {
        let maps = match merged.value {
            Value::List(items) => items,
            _ => vec![merged],
        };
        for map in maps {
            for (key, value) in map.entries().iter().cloned() {
                if seen.insert(key.text().map(str::to_owned)) {
                    kept.push((key, value));
                }
            }
        }
    }
    *entries = kept;
}

fn depth(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 0,
        Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Map(entries) => 1 + entries.iter().map(|(key, value)| depth(key).max(depth(value))).max().unwrap_or(0),
    }
}

fn nodes(node: &Node) -> usize {
    match &node.value {
        Value::Scalar(_) => 1,
        Value::List(items) => 1 + items.iter().map(nodes).sum::<usize>(),
        Value::Map(entries) => 1 + entries.iter().map(|(key, value)| nodes(key) + nodes(value)).sum::<usize>(),
    }
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// A scalar.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Nothing: `null`, `~` or no value.
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    /// The entries of a map; none if it is none.
    pub fn entries(&self) -> &[(Node, Node)] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none if it is none.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key that is not null. Of a key that stands twice, the last, as Python reads it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// A key and its value.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        let mut entries = self.entries().iter().rev();
        entries.find(|(name, _)| name.text() == Some(key)).map(|(name, value)| (name, value))
    }

    /// What to mark for the node as a whole: of a map its first key.
    pub fn mark(&self) -> Range<usize> {
        match &self.value {
            Value::Map(entries) => entries.first().map_or(self.span.clone(), |(key, _)| key.span.clone()),
            _ => self.span.clone(),
        }
    }
}
