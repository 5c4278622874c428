//! Type and lifetime parameters with their bounds, and what is written with them in one form.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Node, map_leaves, split, text};

/// The other crates whose types occur in the API.
const CRATES: [&str; 4] = ["alloc", "bytes", "core", "std"];

/// Bounds, each as a text.
pub(crate) type Bounds = BTreeSet<String>;

/// Parameters in the order of their declaration, and bounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params {
    names: Vec<String>,
    /// What is bounded, and one bound each.
    bounds: Vec<(Vec<Node>, Vec<Node>)>,
}

impl Params {
    /// Reads what stands in `<…>`.
    pub(crate) fn declare(&mut self, generics: &[Node]) {
        for param in split(generics, ",") {
            // `const N: usize = 1` and defaults do not occur in these lists.
            if let Some(name) = param.first().and_then(Node::leaf) {
                self.names.push(name.to_owned());
                self.bound(&param[..1], param.get(2..).unwrap_or_default());
            }
        }
    }

    /// Reads what stands behind `where`.
    pub(crate) fn require(&mut self, predicates: &[Node]) {
        for predicate in split(predicates, ",") {
            if let [subject, bounds] = split(predicate, ":")[..] {
                self.bound(subject, bounds);
            }
        }
    }

    fn bound(&mut self, subject: &[Node], bounds: &[Node]) {
        for bound in split(bounds, "+") {
            self.bounds.push((subject.to_vec(), bound.to_vec()));
        }
    }

    /// Takes over those of an inner item.
    pub(crate) fn add(&mut self, inner: &Params) {
        self.names.extend(inner.names.iter().cloned());
        self.bounds.extend(inner.bounds.iter().cloned());
    }

    /// The names of the parameters.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// `head` and `rest` with these parameters as one text, and the bounds. Parameters are numbered as they come.
    pub(crate) fn form(&self, head: Vec<Node>, rest: &[Node], public: &BTreeSet<String>) -> (String, Bounds) {
        let mut nodes = head;
        nodes.extend_from_slice(rest);
        self.simplify(&mut nodes, public);
        let mut bounds = self.bounds_that_matter();
        for (subject, bound) in &mut bounds {
            self.simplify(subject, public);
            self.simplify(bound, public);
        }
        let renamed = self.numbered(&nodes, &bounds);
        let rename = |nodes: &mut Vec<Node>| {
            map_leaves(nodes, &mut |leaf| {
                if let Some(name) = renamed.get(leaf) {
                    leaf.clone_from(name);
                }
            });
        };
        rename(&mut nodes);
        let mut texts = Bounds::new();
        for (mut subject, mut bound) in bounds {
            rename(&mut subject);
            rename(&mut bound);
            texts.insert(format!("{}: {}", text(&subject), text(&bound)));
        }
        (text(&nodes), texts)
    }

    /// Without `Sized` of parameters, which is the rule, and `?Sized` where `Sized` is asked for all the same.
    fn bounds_that_matter(&self) -> Vec<(Vec<Node>, Vec<Node>)> {
        let sized = Node::Leaf("core::marker::Sized".to_owned());
        let is_param = |subject: &[Node]| matches!(subject, [Node::Leaf(name)] if self.names.contains(name));
        let asks = |subject: &[Node]| {
            self.bounds.iter().any(|(other, bound)| other == subject && bound[..] == [sized.clone()])
        };
        let keeps = |(subject, bound): &&(Vec<Node>, Vec<Node>)| {
            let is_sized = bound[..] == [sized.clone()];
            let may_be_unsized = bound.len() == 2 && bound[0].is("?");
            !(is_param(subject) && (is_sized || (may_be_unsized && asks(subject))))
        };
        self.bounds.iter().filter(keeps).cloned().collect()
    }

    /// A new name for each parameter. A lifetime that occurs once needs none.
    fn numbered(&self, nodes: &[Node], bounds: &[(Vec<Node>, Vec<Node>)]) -> BTreeMap<String, String> {
        let mut all = nodes.to_vec();
        for (subject, bound) in bounds {
            all.extend(subject.iter().chain(bound).cloned());
        }
        let mut order: Vec<(String, usize)> = Vec::new();
        map_leaves(&mut all, &mut |leaf| {
            if self.names.contains(leaf) {
                match order.iter_mut().find(|(name, _)| name == leaf) {
                    Some((_, count)) => *count += 1,
                    None => order.push((leaf.clone(), 1)),
                }
            }
        });
        let mut renamed = BTreeMap::new();
        for (name, count) in order {
            let number = renamed.len();
            let new = match (name.starts_with('\''), count) {
                (true, 1) => continue,
                (true, _) => format!("'{number}"),
                (false, _) => format!("#{number}"),
            };
            renamed.insert(name, new);
        }
        let elided = self.names.iter().filter(|name| name.starts_with('\'') && !renamed.contains_key(*name));
        let elided: Vec<_> = elided.map(|name| (name.clone(), "'_".to_owned())).collect();
        renamed.extend(elided);
        renamed
    }

    /// Replaces types that nobody can name, writes `io::Result` out in one way, and sorts what `+` joins.
    fn simplify(&self, nodes: &mut Vec<Node>, public: &BTreeSet<String>) {
        let mut index = 0;
        while index < nodes.len() {
            if let Node::Group(_, inner) = &mut nodes[index] {
                self.simplify(inner, public);
            }
            let is_hidden = nodes[index].leaf().is_some_and(|leaf| self.is_hidden(leaf, public));
            if is_hidden {
                nodes[index] = Node::Leaf("_".to_owned());
                if nodes.get(index + 1).is_some_and(|node| node.group('<').is_some()) {
                    nodes.remove(index + 1);
                }
            }
            if nodes[index].is("core::result::Result") {
                if let Some(Node::Group(_, arguments)) = nodes.get_mut(index + 1) {
                    if arguments.last().is_some_and(|node| node.is("std::io::error::Error")) {
                        arguments.truncate(arguments.len() - 2);
                        nodes[index] = Node::Leaf("std::io::error::Result".to_owned());
                    }
                }
            }
            index += 1;
        }
        sort_sums(nodes);
    }

    fn is_hidden(&self, leaf: &str, public: &BTreeSet<String>) -> bool {
        if leaf.starts_with("heist::") || leaf.starts_with("heist_") {
            return !public.contains(leaf);
        }
        match leaf.split_once("::") {
            // A path without a crate starts in some private module; an associated type without the type before it does not.
            Some((start, _)) => !start.is_empty() && !CRATES.contains(&start),
            None => {
                let is_type = leaf.starts_with(|c: char| c.is_ascii_uppercase());
                is_type && leaf != "Self" && !self.names.iter().any(|name| name == leaf)
            }
        }
    }
}

/// Sorts the bounds behind each `impl` and `dyn`: up to the next comma.
fn sort_sums(nodes: &mut Vec<Node>) {
    let mut sorted = Vec::new();
    for (index, part) in split(nodes, ",").into_iter().enumerate() {
        if index > 0 {
            sorted.push(Node::Leaf(",".to_owned()));
        }
        match part.iter().position(|node| node.is("impl") || node.is("dyn")) {
            Some(at) if part.iter().any(|node| node.is("+")) => {
                sorted.extend_from_slice(&part[..=at]);
                let mut sum = split(&part[at + 1..], "+");
                sum.sort();
                sorted.extend(sum.join(&Node::Leaf("+".to_owned())));
            }
            _ => sorted.extend_from_slice(part),
        }
    }
    *nodes = sorted;
}
