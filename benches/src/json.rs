//! JSON objects of strings and numbers, one in a line: as much of JSON as the samples need.

use std::fmt;
use std::iter::Peekable;
use std::str::{Chars, FromStr};

/// Names and values in the order in which they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Object(Vec<(String, Value)>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    Number(u64),
}

impl Object {
    /// Adds a string.
    pub(crate) fn with_text(mut self, name: &str, text: &str) -> Self {
        self.0.push((name.to_owned(), Value::Text(text.to_owned())));
        self
    }

    /// Adds a number; nothing if there is none.
    pub(crate) fn with_number(mut self, name: &str, number: impl Into<Option<u64>>) -> Self {
        self.0.extend(number.into().map(|number| (name.to_owned(), Value::Number(number))));
        self
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Value::Text(text) => Some(text),
            Value::Number(_) => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Object {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.0.iter().map(|(name, value)| match value {
            Value::Text(text) => format!("{}: {}", quoted(name), quoted(text)),
            Value::Number(number) => format!("{}: {number}", quoted(name)),
        });
        write!(formatter, "{{{}}}", fields.collect::<Vec<_>>().join(", "))
    }
}

/// A JSON string; control characters are left out.
fn quoted(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_control()).collect();
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl FromStr for Object {
    type Err = String;

    /// Reads what `Display` wrote, with any white space.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut reader = Reader(text.chars().peekable());
        let mut fields = Vec::new();
        reader.expect('{')?;
        while reader.peek() != Some('}') {
            if !fields.is_empty() {
                reader.expect(',')?;
            }
            let name = reader.string()?;
            reader.expect(':')?;
            let value = match reader.peek() {
                Some('"') => Value::Text(reader.string()?),
                _ => Value::Number(reader.number()?),
            };
            fields.push((name, value));
        }
        reader.expect('}')?;
        match reader.peek() {
            None => Ok(Self(fields)),
            Some(character) => Err(format!("{character:?} after the object")),
        }
    }
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    /// The next character that is no white space.
    fn peek(&mut self) -> Option<char> {
        while self.0.next_if(|character| character.is_whitespace()).is_some() {}
        self.0.peek().copied()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.0.next();
                Ok(())
            }
            Some(found) => Err(format!("{found:?} in place of {wanted:?}")),
            None => Err(format!("the end in place of {wanted:?}")),
        }
    }

    fn string(&mut self) -> Result<String, String> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            match self.0.next().ok_or("a string without an end")? {
                '"' => return Ok(text),
                '\\' => match self.0.next() {
                    Some(escaped @ ('"' | '\\')) => text.push(escaped),
                    other => return Err(format!("an escape that is not known here: {other:?}")),
                },
                character => text.push(character),
            }
        }
    }

    fn number(&mut self) -> Result<u64, String> {
        self.peek();
        let mut digits = String::new();
        while let Some(digit) = self.0.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        digits.parse().map_err(|_| "neither a string nor a number that is not negative".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_survives_its_line() {
        let object =
            Object::default().with_text("a \"b\" \\", "1, {µ}: \\\"").with_number("n", 7).with_number("no", None);
        let line = object.to_string();
        assert_eq!(line, r#"{"a \"b\" \\": "1, {µ}: \\\"", "n": 7}"#);
        assert_eq!(line.parse(), Ok(object.clone()));
        assert_eq!((object.number("n"), object.text("n"), object.number("no")), (Some(7), None, None));
        assert_eq!(object.text("a \"b\" \\"), Some("1, {µ}: \\\""));
    }

    #[test]
    fn white_space_and_emptiness_are_fine() {
        assert_eq!("{}".parse(), Ok(Object::default()));
        assert_eq!(
            " { \"a\" :1 , \"b\":\"c\" }\n".parse(),
            Ok(Object::default().with_number("a", 1).with_text("b", "c"))
        );
    }

    #[test]
    fn mistakes_are_named() {
        let cases = [
            ("", "the end in place of '{'"),
            ("{\"a\": 1", "the end in place of ','"),
            ("{\"a\" 1}", "'1' in place of ':'"),
            ("{\"a\": \"b}", "a string without an end"),
            ("{\"a\": -1}", "neither a string nor a number that is not negative"),
            ("{\"a\": null}", "neither a string nor a number that is not negative"),
            ("{\"a\": \"\\n\"}", "an escape that is not known here: Some('n')"),
            ("{} {}", "'{' after the object"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Object>(), Err(message.to_owned()), "{text}");
        }
    }
}
