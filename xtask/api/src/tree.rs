//! Lines of an API list as trees: words and marks, with what stands in brackets below its bracket.
//!
//! It knows nothing of Rust but its brackets.

use std::fmt;

/// A word, a mark, or brackets with what is in them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Node {
    /// A path (`core::fmt::Debug`, `::Output`), a name, a lifetime, a number, or a mark such as `&` or `->`.
    Leaf(String),
    /// `<`, `(` or `[`, and what is between it and its counterpart.
    Group(char, Vec<Node>),
}

impl Node {
    /// True if this is that word or mark.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Node::Leaf(leaf) if leaf == text)
    }

    /// What is in these brackets, if they are of that kind.
    pub(crate) fn group(&self, open: char) -> Option<&[Node]> {
        match self {
            Node::Group(kind, nodes) if *kind == open => Some(nodes),
            _ => None,
        }
    }

    /// The word or mark.
    pub(crate) fn leaf(&self) -> Option<&str> {
        match self {
            Node::Leaf(leaf) => Some(leaf),
            Node::Group(..) => None,
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Leaf(leaf) => f.write_str(leaf),
            Node::Group(open, nodes) => write!(f, "{open}{}{}", text(nodes), closing(*open)),
        }
    }
}

/// The nodes as one text, in which equal nodes look equal.
pub(crate) fn text(nodes: &[Node]) -> String {
    nodes.iter().map(Node::to_string).collect::<Vec<_>>().join(" ")
}

/// The parts between the marks `at`, not looking into brackets. No nodes are no parts.
pub(crate) fn split<'a>(nodes: &'a [Node], at: &str) -> Vec<&'a [Node]> {
    if nodes.is_empty() { Vec::new() } else { nodes.split(|node| node.is(at)).collect() }
}

/// Changes each leaf, inside out.
pub(crate) fn map_leaves(nodes: &mut [Node], f: &mut impl FnMut(&mut String)) {
    for node in nodes {
        match node {
            Node::Leaf(leaf) => f(leaf),
            Node::Group(_, nodes) => map_leaves(nodes, f),
        }
    }
}

/// Reads a line.
///
/// # Panics
///
/// If its brackets do not match: the line is not one of a list.
pub(crate) fn parse(line: &str) -> Vec<Node> {
    let mut open: Vec<(char, Vec<Node>)> = vec![(' ', Vec::new())];
    for token in tokens(line) {
        match token.as_str() {
            "<" | "(" | "[" => open.push((token.chars().next().expect("not empty"), Vec::new())),
            ">" | ")" | "]" => {
                let (kind, nodes) = open.pop().expect("the outermost is no bracket");
                assert_eq!(closing(kind).to_string(), token, "brackets do not match: {line}");
                open.last_mut().expect("as above").1.push(Node::Group(kind, nodes));
            }
            _ => open.last_mut().expect("never empty").1.push(Node::Leaf(token)),
        }
    }
    assert_eq!(open.len(), 1, "a bracket is not closed: {line}");
    open.remove(0).1
}

fn closing(open: char) -> char {
    match open {
        '<' => '>',
        '(' => ')',
        _ => ']',
    }
}

fn tokens(line: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim();
    while let Some(first) = rest.chars().next() {
        let length = if is_word(first) || rest.starts_with("::") {
            word_length(rest)
        } else if rest.starts_with("->") {
            2
        } else {
            first.len_utf8()
        };
        let (token, others) = rest.split_at(length);
        tokens.push(token.to_owned());
        rest = others.trim_start();
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '\''
}

/// The length of a path or a word, with the `!` of a macro.
fn word_length(text: &str) -> usize {
    let mut length = 0;
    loop {
        if text[length..].starts_with("::") {
            length += 2;
        }
        let word: usize = text[length..].chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
        length += word;
        if word == 0 || !text[length..].starts_with("::") {
            return length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_and_arrows() {
        let line = "pub fn a::B<'_, T>::c(&self) -> [u8; 4]";
        let nodes = parse(line);
        assert_eq!(nodes[2], Node::Leaf("a::B".to_owned()));
        assert_eq!(split(nodes[3].group('<').unwrap(), ",").len(), 2);
        assert!(nodes[4].is("::c"));
        assert!(nodes[6].is("->"));
        assert_eq!(text(&nodes), "pub fn a::B <'_ , T> ::c (& self) -> [u8 ; 4]");
    }

    #[test]
    #[should_panic(expected = "brackets do not match")]
    fn brackets_of_two_kinds() {
        parse("a(b>");
    }
}
