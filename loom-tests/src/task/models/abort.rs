//! Abort: somebody who holds the runnable sees it, and nobody else drops the future.

use heist_primitives::cell::UnsafeCell;

use super::*;

models! {
    abort_vs_run_ready,
    abort_vs_run_pending,
    abort_vs_wake,
    abort_idle_twice,
    abort_publishes,
}

pub(super) fn abort_vs_run_ready() {
    let (world, place) = (World::new(), Place::new(0));
    world.signal();
    let handle = world.spawn(world.gate(1, 0));
    let abort = handle.abort_handle();
    let thread = thread::spawn(move || abort.abort());
    world.run(&place);
    // One run ends it, aborted or not.
    if let Err(error) = handle.join_finished() {
        assert!(error.is_cancelled());
    }
    thread.join().unwrap();
    world.check();
}

pub(super) fn abort_vs_run_pending() {
    let (world, place) = (World::new(), Place::new(0));
    let handle = world.spawn(world.gate(1, 0));
    let abort = handle.abort_handle();
    let thread = thread::spawn(move || abort.abort());
    world.run_to_end(&place, &handle);
    assert!(handle.join_finished().is_err_and(|error| error.is_cancelled()));
    thread.join().unwrap();
    world.check();
}

pub(super) fn abort_vs_wake() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, mut wakers) = world.idle(&place, 2, 1);
    let (abort, waker) = (handle.abort_handle(), wakers.pop().unwrap());
    let threads = [thread::spawn(move || abort.abort()), thread::spawn(move || waker.wake())];
    world.run_to_end(&place, &handle);
    assert!(handle.join_finished().is_err_and(|error| error.is_cancelled()));
    join_all(threads);
    world.check();
}

pub(super) fn abort_idle_twice() {
    let (world, place) = (World::new(), Place::new(0));
    let (handle, wakers) = world.idle(&place, 1, 0);
    assert!(wakers.is_empty());
    let abort = handle.abort_handle();
    let thread = thread::spawn(move || abort.abort());
    handle.abort();
    world.run_to_end(&place, &handle);
    assert!(handle.join_finished().is_err_and(|error| error.is_cancelled()));
    thread.join().unwrap();
    world.check();
}

/// Reads, when it is dropped, what another thread wrote before it aborted.
struct Reads {
    written: Arc<Written>,
    _token: Token,
}

#[derive(Default)]
struct Written(UnsafeCell<usize>);

// SAFETY: loom checks the accesses; natively they are ordered as the model claims.
unsafe impl Sync for Written {}
// SAFETY: as above.
unsafe impl Send for Written {}

impl Future for Reads {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        // A chance for the abort to come while we are polled.
        thread::yield_now();
        Poll::Pending
    }
}

impl Drop for Reads {
    fn drop(&mut self) {
        // SAFETY: the abort happens before the drop of the future.
        assert_eq!(self.written.0.with(|written| unsafe { *written }), 7);
    }
}

pub(super) fn abort_publishes() {
    let (world, place) = (World::new(), Place::new(0));
    let written = Arc::new(Written::default());
    let handle = world.spawn(Reads { written: written.clone(), _token: world.census.born() });
    let abort = handle.abort_handle();
    let thread = thread::spawn(move || {
        // SAFETY: nobody reads it before the abort.
        written.0.with_mut(|written| unsafe { *written = 7 });
        abort.abort();
    });
    world.run_until(&place, || world.census.alive() == 0);
    drop(handle);
    thread.join().unwrap();
    world.check();
}
