//! Test-only switches that break a protocol on purpose; off in a normal build.

use std::sync::atomic::Ordering;

/// True if the named step is to be left out. Always false here, so that the branch costs nothing.
#[inline(always)]
pub const fn on(_name: &str) -> bool {
    false
}

/// `order`, or `Relaxed` if the named step is to be weakened. Always `order` here.
#[inline(always)]
pub const fn weaken(_name: &str, order: Ordering) -> Ordering {
    order
}

/// Runs `f`: only a model can leave a step out.
pub fn with<R>(_name: &'static str, f: impl FnOnce() -> R) -> R {
    f()
}

/// True without running anything: only loom can reject a model.
pub fn rejected(_name: &'static str, _model: impl FnOnce()) -> bool {
    true
}
