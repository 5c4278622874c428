//! What the models of the primitives have in common: how a model is run and broken, and a `block_on` that loom can see.

// Each file of models uses a part.
#![allow(dead_code)]

use std::future::Future;
use std::pin::{Pin, pin};
use std::process::{Command, Stdio};
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::sync::{Condvar, Mutex};
use heist_primitives::{MODEL, model, mutation};

const PREEMPTIONS: usize = 2;
const ROUNDS: usize = 2000;

/// What a thread in [`block_on`] waits for. Not its parking token: under loom that is the same as what `join` waits
/// for, so a late wake would end a join early.
struct Woken {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for Woken {
    fn wake(self: std::sync::Arc<Self>) {
        *self.woken.lock() = true;
        self.changed.notify_one();
    }
}

/// Polls a future on this thread, which sleeps in between.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let woken = std::sync::Arc::new(Woken { woken: Mutex::new(false), changed: Condvar::new() });
    if MODEL {
        // Its address is not used again. An allocator orders the end of one object before the beginning of the next at
        // its place, and code that compares wakers relies on that; loom does not know of it.
        std::mem::forget(woken.clone());
    }
    let waker = Waker::from(woken.clone());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        let mut awake = woken.woken.lock();
        while !*awake {
            awake = woken.changed.wait(awake);
        }
        *awake = false;
    }
}

pub(crate) fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// In the environment of a child process: the step of the protocol that it is to leave out.
const BROKEN: &str = "HEIST_MODEL_BROKEN";

/// Runs the model of the test called `test`; then, under loom, once with each of the named steps left out, which loom
/// must reject.
///
/// That happens in a child process, since loom fails in the middle of a schedule and destructors that go on from there
/// may fail too, which aborts the process.
pub(crate) fn check(test: &str, broken: &[&'static str], body: fn()) {
    if let Ok(name) = std::env::var(BROKEN) {
        let name = broken.iter().find(|step| **step == name).expect("a step that this model can leave out");
        mutation::with(name, || model(PREEMPTIONS, ROUNDS, body));
        return;
    }
    model(PREEMPTIONS, ROUNDS, body);
    if !MODEL {
        return;
    }
    let this_program = std::env::current_exe().expect("the path of this program");
    for name in broken {
        let mut child = Command::new(&this_program);
        child.args([test, "--exact"]).env(BROKEN, name).stdout(Stdio::null()).stderr(Stdio::null());
        let status = child.status().expect("the child process starts");
        assert!(!status.success(), "the model does not notice that {name} is left out");
    }
}
