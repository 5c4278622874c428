//! The few elements of a picture, as SVG text.

/// An SVG document under construction. What a class looks like is for its style sheet to say.
#[derive(Debug)]
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// The corner with the smallest coordinates, and the lengths of the sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rect {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub(crate) fn rect(&mut self, class: &str, rect: Rect) {
        let Rect { x, y, width, height } = rect;
        self.body += &format!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>\n"
        );
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.body += &format!(
            "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>\n",
            from.0, from.1, to.0, to.1
        );
    }

    /// A filled shape with these corners.
    pub(crate) fn polygon(&mut self, class: &str, corners: &[(f64, f64)]) {
        let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.body += &format!("<polygon class=\"{class}\" points=\"{}\"/>\n", corners.join(" "));
    }

    /// Text whose base line begins there, or whatever the class aligns.
    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        self.body += &format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>\n", escape(text));
    }

    /// What is drawn by `draw` belongs together and has a description, which viewers show under the pointer.
    pub(crate) fn group(&mut self, description: &str, draw: impl FnOnce(&mut Self)) {
        self.body += &format!("<g><title>{}</title>\n", escape(description));
        draw(self);
        self.body += "</g>\n";
    }

    /// The document, with a title for those who cannot see it.
    pub(crate) fn finish(self, title: &str, style: &str) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\">\n<title>{}</title>\n<style>\n{}</style>\n{body}</svg>\n",
            escape(title),
            escape(style)
        )
    }
}

/// Text that means itself, also in an attribute.
fn escape(text: &str) -> String {
    let text = text.chars().filter(|character| !character.is_control() || *character == '\n').collect::<String>();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Checks of documents, for the tests of whatever draws.
#[cfg(test)]
pub(crate) mod check {
    /// Panics unless the elements are closed in their order, attributes are quoted and nothing is left unescaped.
    pub(crate) fn assert_well_formed(document: &str) {
        let mut open = Vec::new();
        let mut rest = document;
        while let Some((text, tag)) = rest.split_once('<') {
            assert_text(text);
            let (tag, after) = tag.split_once('>').expect("a tag ends");
            rest = after;
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name), "what is closed was opened last");
                continue;
            }
            let (name, attributes) = tag.strip_suffix('/').unwrap_or(tag).split_once(' ').unwrap_or((tag, ""));
            assert!(!name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphabetic()), "<{tag}>");
            assert_attributes(attributes);
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        assert_text(rest);
        assert!(open.is_empty(), "never closed: {open:?}");
    }

    fn assert_attributes(text: &str) {
        let mut rest = text.trim();
        while !rest.is_empty() {
            let (name, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("no value: {rest}"));
            assert!(name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-'), "{name}");
            let (value, after) = value.split_once('"').expect("a value ends");
            assert_text(value);
            assert!(after.is_empty() || after.starts_with(' '), "{text}");
            rest = after.trim();
        }
    }

    fn assert_text(text: &str) {
        assert!(!text.contains('>'), "{text:?}");
        for after in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|entity| after.starts_with(entity)), "{text:?}");
        }
    }

    /// The values of an attribute of all elements with that class that have it, in the order of the document.
    pub(crate) fn values(document: &str, class: &str, attribute: &str) -> Vec<f64> {
        let ours = document.lines().filter(|line| line.contains(&format!("class=\"{class}\"")));
        let values = ours.filter_map(|line| line.split_once(&format!(" {attribute}=\""))?.1.split('"').next());
        values.map(|value| value.parse().expect("it is a number")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_well_formed_and_escaped() {
        let mut svg = Svg::new(100.0, 50.0);
        svg.rect("bar", Rect { x: 1.0, y: 2.0, width: 3.0, height: 4.5 });
        svg.group("a < b & \"c\"", |svg| {
            svg.line("grid", (0.0, 1.0), (2.0, 3.0));
            svg.polygon("mark", &[(0.0, 0.0), (1.0, 1.0), (2.0, 0.0)]);
            svg.text("label", (5.0, 6.0), "<script>\u{7}");
        });
        let document = svg.finish("x > y", ".a > .b { fill: red }\n");
        check::assert_well_formed(&document);
        assert!(document.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"), "{document}");
        assert!(document.contains(">&lt;script&gt;</text>"), "{document}");
        assert_eq!(check::values(&document, "bar", "height"), [4.5]);
    }

    #[test]
    #[should_panic(expected = "what is closed was opened last")]
    fn the_check_sees_a_missing_end() {
        check::assert_well_formed("<svg><g></svg>");
    }

    #[test]
    #[should_panic(expected = "a & b")]
    fn the_check_sees_what_is_not_escaped() {
        check::assert_well_formed("<svg><text>a & b</text></svg>");
    }
}
