//! Nothing to watch: memory is simply given back.

/// Notices accesses to memory after it was freed, and memory that is never freed, when a model checker runs. Here it
/// is empty.
#[derive(Debug, Default)]
pub struct Liveness;

impl Liveness {
    /// For memory that was just allocated.
    #[inline(always)]
    pub fn new() -> Self {
        Self
    }

    /// The memory is about to be accessed through a shared word.
    #[inline(always)]
    pub fn accessed(&self) {}

    /// The memory is about to be freed.
    #[inline(always)]
    pub fn ended(&self) {}
}

/// Drops a box whose content is watched by a [`Liveness`].
#[inline(always)]
pub fn free<T: 'static>(memory: Box<T>) {
    drop(memory);
}
