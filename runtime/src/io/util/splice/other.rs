//! Systems where the kernel does not move bytes between descriptors, or we do not know how.

use std::io;
use std::task::{Context, Poll};

use super::{Channel, Step};

/// Never takes over.
#[derive(Debug, Default)]
pub(in super::super) struct Splicer;

impl Splicer {
    pub(in super::super) fn read_filled(&mut self, _is_filled: bool) {}

    pub(in super::super) fn takes_over(&mut self) -> bool {
        false
    }

    pub(in super::super) fn turn_off(&mut self) {}

    pub(in super::super) fn poll_step(
        &mut self,
        _cx: &mut Context<'_>,
        _from: Channel<'_>,
        _to: Channel<'_>,
    ) -> Poll<io::Result<Step>> {
        Poll::Ready(Ok(Step::Buffer(Vec::new())))
    }
}
