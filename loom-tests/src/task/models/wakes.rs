//! Wakes: none is lost, none makes a second runnable.

use std::pin::pin;

use super::*;

models! {
    wake_ref_vs_run,
    wake_val_vs_run,
    two_wakers,
    two_runners,
    wake_chain,
    yield_tail,
    yield_vs_wake,
    overflow,
    overflow2,
    last_ref_overflow,
}

pub(super) fn wake_ref_vs_run() {
    let (world, place) = (World::new(), Place::nowhere());
    let handle = world.spawn(world.gate(1, 1));
    world.run(&place);
    let waker = world.stash.lock().unwrap().pop().unwrap();
    let other = world.clone();
    let thread = thread::spawn(move || {
        // Once in vain, and once with the signal: the second may meet the poll that answers the first.
        waker.wake_by_ref();
        other.signal();
        waker.wake_by_ref();
    });
    world.run_to_end(&place, &handle);
    drop(handle);
    thread.join().unwrap();
    world.check();
}

pub(super) fn wake_val_vs_run() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 1, 2);
    let other = world.clone();
    let thread = thread::spawn(move || {
        wakers.pop().unwrap().wake();
        other.signal();
        wakers.pop().unwrap().wake();
    });
    world.run_to_end(&place, &handle);
    drop(handle);
    thread.join().unwrap();
    world.check();
}

pub(super) fn two_wakers() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 2, 2);
    let threads = [true, false].map(|by_ref| {
        let (other, waker) = (world.clone(), wakers.pop().unwrap());
        thread::spawn(move || {
            other.signal();
            if by_ref { waker.wake_by_ref() } else { waker.wake() }
        })
    });
    world.run_to_end(&place, &handle);
    drop(handle);
    join_all(threads);
    world.check();
}

pub(super) fn two_runners() {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, 2, 2);
    drop(handle);
    let other = world.clone();
    let thread = thread::spawn(move || {
        let place = Place::nowhere();
        other.run_until(&place, || other.census.alive() == 0);
    });
    for waker in wakers.drain(..) {
        world.signal();
        waker.wake_by_ref();
        world.run(&place);
    }
    world.run_until(&place, || world.census.alive() == 0);
    thread.join().unwrap();
    world.check();
}

pub(super) fn wake_chain() {
    let (world, place) = (World::new(), Place::nowhere());
    let (last, mut wakers) = world.idle(&place, 1, 1);
    let waker = wakers.pop().unwrap();
    let (token, signal) = (world.census.born(), world.clone());
    // The first, run by another thread, wakes the last.
    let first = world.spawn(async move {
        drop(token);
        signal.signal();
        waker.wake();
    });
    let other = world.clone();
    let thread = thread::spawn(move || {
        let place = Place::nowhere();
        other.run(&place);
        drop(first);
    });
    world.run_to_end(&place, &last);
    drop(last);
    thread.join().unwrap();
    world.run(&place);
    world.check();
}

/// Wakes itself in its first polls.
struct Yields {
    times: usize,
    log: Arc<Mutex<Vec<char>>>,
    name: char,
}

impl Future for Yields {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.log.lock().unwrap().push(self.name);
        if self.times == 0 {
            return Poll::Ready(());
        }
        self.times -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// One thread: a task that yields goes behind the others.
pub(super) fn yield_tail() {
    let (world, place) = (World::new(), Place::nowhere());
    let log = Arc::default();
    for name in ['a', 'b'] {
        drop(world.spawn(Yields { times: 2, log: Arc::clone(&log), name }));
    }
    for _ in 0..3 {
        world.run(&place);
    }
    assert_eq!(String::from_iter(&*log.lock().unwrap()), "ababab");
    world.check();
}

pub(super) fn yield_vs_wake() {
    let (world, place) = (World::new(), Place::nowhere());
    let gate = world.gate(1, 1);
    let handle = world.spawn(async move {
        let mut gate = pin!(gate);
        let mut yielded = false;
        std::future::poll_fn(|cx| {
            let polled = gate.as_mut().poll(cx);
            if polled.is_pending() && !std::mem::replace(&mut yielded, true) {
                cx.waker().wake_by_ref();
            }
            polled
        })
        .await
    });
    world.run(&place);
    let waker = world.stash.lock().unwrap().pop().unwrap();
    let other = world.clone();
    let thread = thread::spawn(move || {
        other.signal();
        waker.wake_by_ref();
    });
    world.run_to_end(&place, &handle);
    drop(handle);
    thread.join().unwrap();
    world.check();
}

/// Wakes beyond what one poll answers; under loom with a limit of one.
fn with_small_limit(f: impl FnOnce()) {
    if on("small_limit") { f() } else { heist_primitives::mutation::with("small_limit", f) }
}

fn overflow_by(threads: usize, wakes: usize) {
    let (world, place) = (World::new(), Place::nowhere());
    let (handle, mut wakers) = world.idle(&place, threads * wakes, threads);
    let threads = Vec::from_iter((0..threads).map(|_| {
        let (other, waker) = (world.clone(), wakers.pop().unwrap());
        thread::spawn(move || {
            for _ in 0..wakes {
                other.signal();
                waker.wake_by_ref();
            }
        })
    }));
    world.run_to_end(&place, &handle);
    drop(handle);
    join_all(threads);
    world.check();
}

pub(super) fn overflow() {
    with_small_limit(|| overflow_by(1, 4));
}

pub(super) fn overflow2() {
    with_small_limit(|| overflow_by(2, 2));
}

/// The last reference goes by value in a wake that cannot fold any more.
pub(super) fn last_ref_overflow() {
    with_small_limit(|| {
        let (world, place) = (World::new(), Place::nowhere());
        let (handle, mut wakers) = world.idle(&place, 3, 2);
        drop(handle);
        let other = world.clone();
        let thread = thread::spawn(move || {
            let last = wakers.pop().unwrap();
            other.signal();
            last.wake_by_ref();
            other.signal();
            wakers.pop().unwrap().wake();
            other.signal();
            last.wake();
        });
        world.run_until(&place, || world.census.alive() == 0);
        thread.join().unwrap();
        world.check();
    });
}
