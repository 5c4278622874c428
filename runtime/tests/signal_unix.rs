//! Signals of Unix systems. One test per signal, since the tests share the process.
#![cfg(unix)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use futures::executor::block_on;
use futures::future::join;
use heist::signal::ctrl_c;
use heist::signal::unix::{SignalKind, signal};
use rustix::process::{Signal, getpid, kill_process};

fn raise(kind: SignalKind) {
    let number = Signal::from_named_raw(kind.as_raw_value()).unwrap();
    kill_process(getpid(), number).unwrap();
}

#[test]
fn every_listener_is_told() {
    let mut first = signal(SignalKind::user_defined1()).unwrap();
    let mut second = signal(SignalKind::user_defined1()).unwrap();
    for _ in 0..10 {
        raise(SignalKind::user_defined1());
        assert_eq!(block_on(join(first.recv(), second.recv())), (Some(()), Some(())));
    }
}

#[test]
fn a_listener_is_told_only_of_later_signals() {
    let mut early = signal(SignalKind::user_defined2()).unwrap();
    raise(SignalKind::user_defined2());
    block_on(early.recv());
    let mut late = signal(SignalKind::user_defined2()).unwrap();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(late.poll_recv(&mut cx).is_pending());
    raise(SignalKind::user_defined2());
    assert_eq!(block_on(late.recv()), Some(()));
}

#[test]
fn signals_that_nobody_receives_are_one() {
    let mut patient = signal(SignalKind::hangup()).unwrap();
    let mut busy = signal(SignalKind::hangup()).unwrap();
    for _ in 0..3 {
        raise(SignalKind::hangup());
        block_on(busy.recv());
    }
    assert_eq!(block_on(patient.recv()), Some(()));
    assert!(patient.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending());
}

#[test]
fn control_c() {
    let mut interrupt = pin!(ctrl_c());
    assert!(interrupt.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    raise(SignalKind::interrupt());
    block_on(interrupt).unwrap();
}

#[test]
fn listeners_on_other_threads() {
    let threads = [0, 1].map(|_| {
        let mut listener = signal(SignalKind::window_change()).unwrap();
        std::thread::spawn(move || block_on(listener.recv()))
    });
    raise(SignalKind::window_change());
    assert_eq!(threads.map(|thread| thread.join().unwrap()), [Some(()); 2]);
}

#[test]
fn some_signals_cannot_be_handled() {
    for signum in [Signal::KILL, Signal::STOP, Signal::SEGV].map(Signal::as_raw).into_iter().chain([0, -1, 1000]) {
        let error = signal(SignalKind::from_raw(signum)).unwrap_err();
        assert!(error.to_string().contains("Refusing to register signal"), "{error}");
    }
}
