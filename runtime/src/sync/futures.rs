//! Named futures of the primitives.

pub use super::notify::{Notified, OwnedNotified};
