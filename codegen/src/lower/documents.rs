//! Infers the structs of a document from the paths that are read of it.
//!
//! Paths are entered first, with what they feed; then structs are named after their paths and scopes can be built.

use std::collections::HashMap;

use crate::ir::decode::{Local, Scope, Source, Step, Struct, Type};

/// A place in the document.
pub type NodeId = usize;

enum Node {
    Unknown,
    /// It is only tested so far.
    Tested(Type),
    Leaf(Type),
    Object(Vec<(String, NodeId)>),
    List(NodeId),
}

/// A document under inference.
pub struct Inference {
    name: &'static str,
    nodes: Vec<Node>,
    /// Elements that have a name of their own.
    elements: Vec<(NodeId, String)>,
    structs: Vec<Struct>,
    numbers: HashMap<NodeId, usize>,
}

/// The document itself.
pub const ROOT: NodeId = 0;

impl Inference {
    pub fn new(name: &'static str) -> Self {
        let nodes = vec![Node::Object(Vec::new())];
        Inference { name, nodes, elements: Vec::new(), structs: Vec::new(), numbers: HashMap::new() }
    }

    /// Enters a path that feeds something of this type. The first type stands, except that being present is no type,
    /// and that a count is any integer.
    pub fn leaf(&mut self, from: NodeId, path: &[String], type_: Type) {
        let node = self.enter(from, path);
        if matches!(self.nodes[node], Node::Unknown | Node::Tested(_) | Node::Leaf(Type::Presence | Type::Count)) {
            self.nodes[node] = Node::Leaf(type_);
        }
    }

    /// Enters a path that is compared with something of this type. What it feeds says more, and so does a literal than
    /// a test for being there.
    pub fn test(&mut self, from: NodeId, path: &[String], type_: Type) {
        let node = self.enter(from, path);
        let more = match &self.nodes[node] {
            Node::Unknown | Node::Tested(Type::Presence) => true,
            Node::Tested(Type::Json) => type_ != Type::Presence,
            Node::Tested(Type::Integer) => type_ == Type::Number,
            _ => false,
        };
        if more {
            self.nodes[node] = Node::Tested(type_);
        }
    }

    /// Enters lists that are read element by element, all of one type; `path` is that of what they feed.
    pub fn element(&mut self, from: NodeId, lists: &[Vec<String>], path: &[String]) -> NodeId {
        let known = lists.iter().find_map(|list| {
            let node = self.enter(from, list);
            if let Node::List(element) = self.nodes[node] { Some(element) } else { None }
        });
        let element = known.unwrap_or_else(|| self.add(Node::Object(Vec::new())));
        for list in lists {
            let node = self.enter(from, list);
            self.nodes[node] = Node::List(element);
        }
        if known.is_none() {
            let words: String = path.iter().map(|word| camel(word)).collect();
            self.elements.push((element, format!("{}{words}Item", self.name)));
        }
        element
    }

    fn enter(&mut self, from: NodeId, path: &[String]) -> NodeId {
        path.iter()
            .fold(from, |node, segment| if is_index(segment) { self.indexed(node) } else { self.member(node, segment) })
    }

    fn indexed(&mut self, node: NodeId) -> NodeId {
        if let Node::List(element) = self.nodes[node] {
            return element;
        }
        let element = self.add(Node::Unknown);
        self.nodes[node] = Node::List(element);
        element
    }

    fn member(&mut self, node: NodeId, name: &str) -> NodeId {
        if let Node::Object(members) = &self.nodes[node]
            && let Some((_, member)) = members.iter().find(|(known, _)| known == name)
        {
            return *member;
        }
        let member = self.add(Node::Unknown);
        match &mut self.nodes[node] {
            Node::Object(members) => members.push((name.to_owned(), member)),
            other => *other = Node::Object(vec![(name.to_owned(), member)]),
        }
        member
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Names the structs, once every path is entered.
    pub fn finish(&mut self) {
        self.number(ROOT, self.name.to_owned());
        for index in (0..self.structs.len()).rev() {
            self.structs[index].borrows = self.borrows(index);
        }
    }

    fn number(&mut self, node: NodeId, name: String) -> usize {
        if let Some(number) = self.numbers.get(&node) {
            return *number;
        }
        let number = self.structs.len();
        self.numbers.insert(node, number);
        let name = self.elements.iter().find(|(element, _)| *element == node).map_or(name, |(_, own)| own.clone());
        let numbered = (2..).map(|number| format!("{name}{number}"));
        let taken = |name: &String| self.structs.iter().any(|structure| structure.name == *name);
        let name = std::iter::once(name.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or_default();
        self.structs.push(Struct { name: name.clone(), members: Vec::new(), borrows: false });
        let members = match &self.nodes[node] {
            Node::Object(members) => members.clone(),
            _ => Vec::new(),
        };
        for (member, node) in members {
            let type_ = self.type_of(node, &format!("{name}{}", camel(&member)));
            self.structs[number].members.push((member, type_));
        }
        number
    }

    fn type_of(&mut self, node: NodeId, name: &str) -> Type {
        match &self.nodes[node] {
            Node::Unknown => Type::Presence,
            Node::Tested(type_) | Node::Leaf(type_) => type_.clone(),
            Node::List(element) => {
                let element = *element;
                Type::List(Box::new(self.type_of(element, name)))
            }
            Node::Object(_) => Type::Struct(self.number(node, name.to_owned())),
        }
    }

    fn borrows(&self, index: usize) -> bool {
        fn holds(structs: &[Struct], type_: &Type) -> bool {
            match type_ {
                Type::Text | Type::Json | Type::Values => true,
                Type::List(element) => holds(structs, element),
                Type::Struct(inner) => {
                    structs[*inner].borrows || structs[*inner].members.iter().any(|(_, t)| holds(structs, t))
                }
                _ => false,
            }
        }
        self.structs[index].members.iter().any(|(_, type_)| holds(&self.structs, type_))
    }

    /// The structs, the root first.
    pub fn into_structs(self) -> Vec<Struct> {
        self.structs
    }

    /// A path that is read within `scope`, whose own object is `from`.
    pub fn source(&mut self, scope: &mut Scope, from: NodeId, path: &[String]) -> Source {
        let mut local = None;
        let mut rest = path;
        loop {
            let Some((member, after)) = rest.split_first() else {
                let step = Step { member: String::new(), indices: Vec::new(), shared: false };
                return Source { local, step, type_: Type::Json, path: path.join(".") };
            };
            let count = after.iter().take_while(|segment| is_index(segment)).count();
            let indices = after[..count].iter().filter_map(|segment| segment.parse().ok()).collect();
            let step = Step { member: member.clone(), indices, shared: false };
            rest = &after[count..];
            if rest.is_empty() {
                let node = self.enter(from, path);
                return Source { local, step, type_: self.type_of(node, ""), path: path.join(".") };
            }
            local = Some(object(scope, local, step));
        }
    }
}

/// The object one step further, which is bound to a name when it is read first.
fn object(scope: &mut Scope, parent: Option<usize>, step: Step) -> usize {
    if let Some(known) = scope.locals.iter().position(|local| local.parent == parent && local.step == step) {
        return known;
    }
    let base = match step.indices.as_slice() {
        [] => step.member.clone(),
        [0] if step.member.len() > 1 && step.member.ends_with('s') => step.member[..step.member.len() - 1].to_owned(),
        indices => indices.iter().fold(step.member.clone(), |name, index| format!("{name}_{index}")),
    };
    let taken = |name: &str| {
        ["reply", "event", "item", "items", "bytes"].contains(&name)
            || scope.locals.iter().any(|local| local.name == name)
    };
    let mut name = base;
    if let (true, Some(parent)) = (taken(&name), parent) {
        name = format!("{}_{name}", scope.locals[parent].name);
    }
    if taken(&name) {
        // An underscore at the end would be lost in Rust.
        let mut numbered = (2..).map(|number| format!("{name}_{number}"));
        name = numbered.find(|name| !taken(name)).unwrap_or_default();
    }
    scope.locals.push(Local { name, parent, step });
    scope.locals.len() - 1
}

fn is_index(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn camel(word: &str) -> String {
    word.split(['_', '-', '.'])
        .filter(|part| !part.is_empty())
        .map(|part| part[..1].to_ascii_uppercase() + &part[1..])
        .collect()
}
