//! From the lines of a list to items that can be compared: each in one form, however it was written.
//!
//! Two forms are equal exactly if no user can tell the items apart by the compiler alone. So the form leaves out how
//! something was written (`<T: A>` or `where T: A`, the names of parameters, `Self` or the type's name, named or elided
//! lifetimes), what a trait already says (the methods of its implementations), `Drop`, and the auto traits, which the
//! table in `runtime/tests/auto_traits` checks for each type and future.

use std::collections::BTreeSet;

use crate::params::{Bounds, Params};
use crate::tree::{self, Node, split, text};

/// Traits that are checked elsewhere, or that nobody can see.
const LEFT_OUT: [&str; 8] = [
    "core::marker::Send",
    "core::marker::Sync",
    "core::marker::Unpin",
    "core::marker::Freeze",
    "core::marker::UnsafeUnpin",
    "core::panic::unwind_safe::UnwindSafe",
    "core::panic::unwind_safe::RefUnwindSafe",
    "core::ops::drop::Drop",
];

/// One thing that users can rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// What it is called: `heist::sync::Mutex::lock`, or `impl core::fmt::Debug for heist::sync::Mutex`.
    pub(crate) name: String,
    /// The path of what it belongs to, by which known gaps are listed.
    pub(crate) path: String,
    /// Everything about it that matters, except for the bounds of its parameters.
    pub(crate) form: String,
    /// What it asks of its parameters; `?Sized` is the opposite of asking.
    pub(crate) bounds: Bounds,
    /// As it stands in the list, with the `impl` that it belongs to.
    pub(crate) line: String,
}

impl Item {
    /// True if every use of `other` is a use of this: the same, or with fewer demands on its parameters.
    pub(crate) fn stands_for(&self, other: &Item) -> bool {
        let is_relaxed = |bound: &&String| bound.ends_with(": ? core::marker::Sized");
        let asked = |item: &Item| item.bounds.iter().filter(|bound| !is_relaxed(bound)).cloned().collect::<Bounds>();
        let relaxed = |item: &Item| item.bounds.iter().filter(is_relaxed).cloned().collect::<Bounds>();
        self.form == other.form && asked(self).is_subset(&asked(other)) && relaxed(self).is_superset(&relaxed(other))
    }
}

/// The types, traits and re-exports that a list defines.
pub(crate) fn definitions<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let kinds = ["struct", "enum", "trait", "type", "union", "use"];
    lines
        .map(tree::parse)
        .filter_map(|nodes| {
            let kind = nodes.iter().position(|node| kinds.iter().any(|kind| node.is(kind)))?;
            nodes.get(kind + 1)?.leaf().map(str::to_owned)
        })
        .collect()
}

/// The items of a list. `public` has the types that users can name; others are all alike to them.
pub(crate) fn items<'a>(lines: impl Iterator<Item = &'a str>, public: &BTreeSet<String>) -> Vec<Item> {
    let mut header: Option<Header> = None;
    let mut items = Vec::new();
    for line in lines {
        let nodes = tree::parse(line);
        if nodes.first().is_some_and(|node| node.is("impl") || node.is("unsafe")) {
            let new = Header::read(&nodes, line);
            items.extend(new.item(public));
            items.extend(new.converse().and_then(|converse| converse.item(public)));
            header = Some(new);
            continue;
        }
        let member = Member::read(&nodes);
        let of_header = header
            .as_ref()
            .filter(|header| member.as_ref().is_some_and(|member| text(&member.prefix) == text(&header.self_type)));
        let (Some(header), Some(member)) = (of_header, member) else {
            items.push(plain(nodes, line, public));
            continue;
        };
        items.extend(header.converse().and_then(|converse| converse.member(member.clone(), line, public)));
        items.extend(header.member(member, line, public));
    }
    items
}

/// `impl<…> Trait for Type where …`
struct Header {
    line: String,
    params: Params,
    trait_: Option<Vec<Node>>,
    self_type: Vec<Node>,
}

impl Header {
    fn read(nodes: &[Node], line: &str) -> Header {
        let mut rest = nodes;
        while rest.first().is_some_and(|node| node.is("unsafe") || node.is("impl")) {
            rest = &rest[1..];
        }
        let mut params = Params::default();
        if let Some(generics) = rest.first().and_then(|node| node.group('<')) {
            params.declare(generics);
            rest = &rest[1..];
        }
        let mut parts = rest.splitn(2, |node| node.is("where"));
        let head = parts.next().unwrap_or_default();
        params.require(parts.next().unwrap_or_default());
        let (trait_, self_type) = match split(head, "for")[..] {
            [trait_, self_type] => (Some(trait_.to_vec()), self_type),
            _ => (None, head),
        };
        Header { line: line.to_owned(), params, trait_, self_type: self_type.to_vec() }
    }

    /// An implementation of a trait is an item; other `impl`s are only where their members stand.
    fn item(&self, public: &BTreeSet<String>) -> Option<Item> {
        let trait_ = self.trait_.as_ref()?;
        let left_out = |node: &Node| node.leaf().is_some_and(|leaf| LEFT_OUT.contains(&leaf));
        if trait_.iter().any(left_out) {
            return None;
        }
        let mut form = trait_.clone();
        form.push(Node::Leaf("for".to_owned()));
        form.extend(self.self_type.iter().cloned());
        let (form, bounds) = self.params.form(form, &[], public);
        let form = format!("impl {form}");
        Some(Item { name: self.name(), path: self.path(), form, bounds, line: self.line.clone() })
    }

    /// What the standard library implements for everything with this: whoever can be made from something
    /// (`TryFrom<A> for B`) is what that can be made into (`TryInto<B> for A`).
    fn converse(&self) -> Option<Header> {
        let [name, Node::Group('<', source)] = self.trait_.as_deref()? else { return None };
        let converse = match name.leaf()? {
            "core::convert::From" => "core::convert::Into",
            "core::convert::TryFrom" => "core::convert::TryInto",
            _ => return None,
        };
        let trait_ = vec![Node::Leaf(converse.to_owned()), Node::Group('<', self.self_type.clone())];
        Some(Header {
            line: self.line.clone(),
            params: self.params.clone(),
            trait_: Some(trait_),
            self_type: source.clone(),
        })
    }

    fn name(&self) -> String {
        let trait_ = self.trait_.as_deref().map(bare).unwrap_or_default();
        format!("impl {trait_} for {}", bare(&self.self_type))
    }

    /// The first type of the crate in `Type`, or else in `Trait`.
    fn path(&self) -> String {
        let mut all = self.self_type.clone();
        all.extend(self.trait_.iter().flatten().cloned());
        let mut found = None;
        tree::map_leaves(&mut all, &mut |leaf| {
            if found.is_none() && leaf.starts_with("heist::") {
                found = Some(leaf.clone());
            }
        });
        found.unwrap_or_else(|| bare(&self.self_type))
    }

    fn member(&self, member: Member, line: &str, public: &BTreeSet<String>) -> Option<Item> {
        let of_trait = self.trait_.is_some();
        // What a trait's methods look like is the trait's.
        if of_trait && member.kind != "type" {
            return None;
        }
        let mut params = self.params.clone();
        params.add(&member.params);
        let owner = if of_trait { self.name() } else { bare(&self.self_type) };
        let mut rest = member.rest;
        fold_self(&mut rest, &self.self_type);
        let (form, bounds) = params.form(self.self_type.clone(), &rest, public);
        let name = format!("{owner}::{}", member.name);
        let path = if of_trait { self.path() } else { name.clone() };
        let form = format!("{} {name} {form}", member.qualifiers);
        Some(Item { name, path, form, bounds, line: format!("{}  {{ {line} }}", self.line) })
    }
}

/// Writes `Self` wherever the type itself is named.
fn fold_self(nodes: &mut Vec<Node>, self_type: &[Node]) {
    let mut index = 0;
    while index + self_type.len() <= nodes.len() {
        // `Type::name` has a tail, and is no type by itself.
        if nodes[index..].starts_with(self_type) {
            nodes.splice(index..index + self_type.len(), [Node::Leaf("Self".to_owned())]);
        }
        index += 1;
    }
    for node in nodes {
        if let Node::Group(_, nodes) = node {
            fold_self(nodes, self_type);
        }
    }
}

/// `pub fn prefix::name<…>(…) -> … where …`, and associated types and constants.
#[derive(Clone)]
struct Member {
    qualifiers: String,
    kind: String,
    prefix: Vec<Node>,
    name: String,
    params: Params,
    rest: Vec<Node>,
}

impl Member {
    fn read(nodes: &[Node]) -> Option<Member> {
        let words = ["pub", "const", "async", "unsafe", "extern", "fn", "type"];
        let start = nodes.iter().position(|node| !words.iter().any(|word| node.is(word)))?;
        let qualifiers = text(&nodes[..start]);
        let kind = nodes[..start].last()?.leaf()?.to_owned();
        if !["fn", "const", "type"].contains(&kind.as_str()) {
            return None;
        }
        let end =
            start + nodes[start..].iter().position(|node| node.group('(').is_some() || node.is(":") || node.is("="))?;
        let (mut head, mut rest) = (nodes[start..end].to_vec(), nodes[end..].to_vec());
        let mut params = Params::default();
        // The last brackets are the function's own if its name stands before them.
        if let Some(Node::Group('<', generics)) = head.last().cloned() {
            params.declare(&generics);
            head.pop();
        }
        let last = head.pop()?;
        let (before, name) = last.leaf()?.rsplit_once("::")?;
        if !before.is_empty() {
            head.push(Node::Leaf(before.to_owned()));
        }
        if let Some(at) = rest.iter().position(|node| node.is("where")) {
            params.require(&rest[at + 1..]);
            rest.truncate(at);
        }
        Some(Member { qualifiers, kind, prefix: head, name: name.to_owned(), params, rest })
    }
}

/// Anything that stands by itself.
fn plain(nodes: Vec<Node>, line: &str, public: &BTreeSet<String>) -> Item {
    let mut nodes = nodes;
    let kinds =
        ["pub", "struct", "enum", "trait", "type", "mod", "macro", "use", "fn", "const", "async", "unsafe", "auto"];
    let at = nodes.iter().position(|node| {
        node.leaf().is_some_and(|leaf| leaf.contains("::") || !(kinds.contains(&leaf) || leaf == "#"))
    });
    let at = at.unwrap_or(nodes.len() - 1);
    let name = nodes[at].leaf().unwrap_or_default().to_owned();
    let head = text(&nodes[..at]);
    // Private fields are nobody's business.
    nodes.retain(|node| {
        node.group('(').is_none_or(|fields| fields.iter().any(|field| !field.is("_") && !field.is(",")))
    });
    let mut rest = nodes.split_off(at + 1);
    let mut params = Params::default();
    if let Some(generics) = rest.first().and_then(|node| node.group('<')) {
        params.declare(generics);
        let names = params.names().map(|name| Node::Leaf(name.to_owned())).collect();
        rest[0] = Node::Group('<', names);
    }
    if let Some(at) = rest.iter().position(|node| node.is("where")) {
        params.require(&rest[at + 1..]);
        rest.truncate(at);
    }
    let (form, bounds) = params.form(Vec::new(), &rest, public);
    Item { path: name.clone(), form: format!("{head} {name} {form}"), bounds, name, line: line.to_owned() }
}

/// A type without its parameters.
fn bare(nodes: &[Node]) -> String {
    let is_bare = |node: &&Node| node.group('<').is_none();
    text(&nodes.iter().filter(is_bare).cloned().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Vec<String> {
        let public = definitions(text.lines());
        let form = |item: Item| format!("{} where {:?}", item.form, item.bounds);
        items(text.lines(), &public).into_iter().map(form).collect()
    }

    #[track_caller]
    fn same(one: &str, other: &str) {
        assert_eq!(forms(one), forms(other));
        assert!(!forms(one).is_empty());
    }

    #[track_caller]
    fn different(one: &str, other: &str) {
        assert_ne!(forms(one), forms(other));
    }

    #[test]
    fn how_it_is_written_does_not_matter() {
        same(
            "impl<T: A + B> heist::X<T>\npub fn heist::X<T>::new(T) -> Self",
            "impl<U> heist::X<U> where U: B + A\npub fn heist::X<U>::new(U) -> heist::X<U>",
        );
        same(
            "impl<'a, T: ?core::marker::Sized> core::fmt::Debug for heist::X<'a, T>",
            "impl<T> core::fmt::Debug for heist::X<'_, T> where T: ?core::marker::Sized",
        );
        same(
            "impl<T: ?core::marker::Sized> heist::X<T>\npub fn heist::X<T>::new(T) where T: core::marker::Sized",
            "impl<T> heist::X<T>\npub fn heist::X<T>::new(T)",
        );
        same("pub struct heist::X", "pub struct heist::X(_, _)");
        same(
            "pub fn heist::f() -> std::io::error::Result<u8>",
            "pub fn heist::f() -> core::result::Result<u8, std::io::error::Error>",
        );
    }

    #[test]
    fn private_types_are_alike() {
        same("pub fn heist::f() -> ReadU8<&'static mut u8>", "pub fn heist::f() -> heist::hidden::Read<u8, u8>");
        different(
            "pub struct heist::X\npub fn heist::f() -> heist::X",
            "pub struct heist::X\npub fn heist::f() -> heist::hidden::X",
        );
    }

    #[test]
    fn what_users_can_see_matters() {
        different("pub fn heist::f(u8)", "pub fn heist::f(u16)");
        different("pub fn heist::f()", "pub async fn heist::f()");
        different("pub fn heist::f<T: A>(T)", "pub fn heist::f<T>(T)");
        different("pub fn heist::f<T>(T)", "pub fn heist::f(impl core::marker::Sized)");
        different("pub enum heist::E", "#[non_exhaustive] pub enum heist::E");
        different("pub heist::E::A(u8)", "pub heist::E::A");
        different("pub heist::E::A(u8)", "pub heist::E::A(u16)");
        different(
            "impl core::future::Future for heist::X\npub type heist::X::Output = ()",
            "impl core::future::Future for heist::X\npub type heist::X::Output = u8",
        );
        different(
            "impl<'a> heist::X<'a>\npub fn heist::X<'a>::get(&self) -> &'a u8",
            "impl<'a> heist::X<'a>\npub fn heist::X<'a>::get(&self) -> &u8",
        );
    }

    #[test]
    fn fewer_demands_are_no_difference() {
        let item = |line: &str| items([line].into_iter(), &BTreeSet::new()).remove(0);
        let asks = item("pub fn heist::f<T: A + B, U>(T, U)");
        let asks_less = item("pub fn heist::f<X: A, Y: ?core::marker::Sized>(X, Y)");
        assert!(asks_less.stands_for(&asks) && asks.stands_for(&asks));
        assert!(!asks.stands_for(&asks_less));
    }

    #[test]
    fn names_and_paths() {
        let list = "impl<T> core::convert::From<heist::E<T>> for std::io::error::Error\n\
                    pub fn std::io::error::Error::from(heist::E<T>) -> Self\n\
                    impl<T> heist::E<T>\n\
                    pub fn heist::E<T>::get<U>(&self) -> U\n\
                    pub fn heist::free()";
        let items = items(list.lines(), &BTreeSet::from(["heist::E".to_owned()]));
        let names: Vec<_> = items.iter().map(|item| item.name.as_str()).collect();
        let from_and_into =
            ["impl core::convert::From for std::io::error::Error", "impl core::convert::Into for heist::E"];
        assert_eq!(names, [&from_and_into[..], &["heist::E::get", "heist::free"]].concat());
        let paths: Vec<_> = items.iter().map(|item| item.path.as_str()).collect();
        assert_eq!(paths, ["heist::E", "heist::E", "heist::E::get", "heist::free"]);
    }

    #[test]
    fn what_can_be_made_from_a_type_is_what_it_can_be_made_into() {
        let items_of = |text: &str| items(text.lines(), &BTreeSet::from(["heist::E".to_owned()]));
        let from = items_of(
            "impl core::convert::TryFrom<heist::E> for std::Stdio\n\
             pub type std::Stdio::Error = u8\n\
             pub fn std::Stdio::try_from(heist::E) -> core::result::Result<Self, u8>",
        );
        let into = items_of("impl core::convert::TryInto<std::Stdio> for heist::E\npub type heist::E::Error = u8");
        assert_eq!(into.len(), 2);
        assert!(into.iter().all(|into| from.iter().any(|from| from.name == into.name && from.stands_for(into))));
        assert!(!from.iter().all(|from| into.iter().any(|into| into.name == from.name && into.stands_for(from))));
    }
}
