//! Small things that several modules need and that concern no one else.

pub(crate) mod rand;
