//! Tasks that spawn tasks: a chain, and a tree whose nodes join their children.

use crate::meter::{Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const CHAIN: u64 = 1000;
const TREE_DEPTH: u32 = 10;

/// Each task spawns the next one and ends; the last reports to the task that measures. An operation is one link.
pub(super) async fn chain<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        let (sender, receiver) = R::oneshot();
        link::<R>(CHAIN, sender);
        R::receive(receiver).await;
        meter.count(CHAIN);
    }
    meter.finish()
}

fn link<R: Rt>(left: u64, end: R::Sender) {
    if left == 0 {
        R::send(end);
    } else {
        R::detach(async move { link::<R>(left - 1, end) });
    }
}

/// Each task of a binary tree spawns its two children and joins both. An operation is one task.
pub(super) async fn tree<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    while meter.goes_on() {
        meter.count(fork::<R>(TREE_DEPTH).await);
    }
    meter.finish()
}

/// The subtree's root; its value is the number of tasks in it.
fn fork<R: Rt>(depth: u32) -> R::Join<u64> {
    R::spawn(async move {
        if depth == 0 {
            return 1;
        }
        let (left, right) = (fork::<R>(depth - 1), fork::<R>(depth - 1));
        left.await + right.await + 1
    })
}
