//! Where a thread waits for the outside world: the poller, or a bell if the runtime has no I/O.
//!
//! The scheduler decides who may wait; this file only waits. If the poller fails for good, its sources are resolved with
//! errors (so that no task hangs on one), the failure is reported once, and waiting goes on with the bell.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use heist_primitives::WakeBatch;
use heist_primitives::sync::{Condvar, Mutex};

/// Longest wait once the poller has failed: a kick meant for the poller may be lost then.
const AFTER_FAILURE: Duration = Duration::from_millis(10);

/// A flag that one thread can wait for.
#[derive(Debug, Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn ring(&self) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }

    fn wait(&self, timeout: Option<Duration>) {
        let mut rung = self.rung.lock();
        if !*rung {
            rung = match timeout {
                Some(timeout) => self.changed.wait_timeout(rung, timeout).0,
                None => self.changed.wait(rung),
            };
        }
        *rung = false;
    }
}

/// Wakes whoever waits in the [`Seat`].
#[derive(Debug, Clone)]
pub(crate) struct Kicker {
    io: Option<heist_io_driver::Handle>,
    bell: Arc<Bell>,
    io_failed: Arc<AtomicBool>,
}

impl Kicker {
    /// Ends the current wait, or the next one.
    pub(crate) fn kick(&self) {
        match &self.io {
            Some(io) if !self.io_failed.load(Ordering::Relaxed) => io.kick(),
            _ => self.bell.ring(),
        }
    }
}

/// See the [module](self). One thread at a time may use it.
#[derive(Debug)]
pub(crate) struct Seat {
    poll: Option<heist_io_driver::Driver>,
    kicker: Kicker,
}

impl Seat {
    /// A seat in front of the poller, if the runtime has one.
    pub(crate) fn new(io: Option<(heist_io_driver::Driver, heist_io_driver::Handle)>) -> Self {
        let (poll, handle) = io.unzip();
        let kicker = Kicker { io: handle, bell: Arc::default(), io_failed: Arc::default() };
        Self { poll, kicker }
    }

    /// What ends a wait.
    pub(crate) fn kicker(&self) -> Kicker {
        self.kicker.clone()
    }

    /// True if there is anything to poll.
    pub(crate) fn has_poller(&self) -> bool {
        self.poll.is_some()
    }

    /// Waits for events, a kick or the timeout (`None`: for ever), and appends the wakers of what became ready.
    pub(crate) fn wait(&mut self, timeout: Option<Duration>, wakers: &mut WakeBatch) {
        let Some(poll) = &mut self.poll else {
            if timeout != Some(Duration::ZERO) {
                self.kicker.bell.wait(timeout);
            }
            return;
        };
        if let Err(error) = poll.wait(timeout, wakers) {
            self.poller_failed(&error, wakers);
        }
        if self.kicker.io_failed.load(Ordering::Relaxed) && timeout != Some(Duration::ZERO) {
            self.kicker.bell.wait(Some(timeout.map_or(AFTER_FAILURE, |timeout| timeout.min(AFTER_FAILURE))));
        }
    }

    fn poller_failed(&mut self, error: &io::Error, wakers: &mut WakeBatch) {
        self.poll = None;
        self.kicker.io_failed.store(true, Ordering::Relaxed);
        if let Some(io) = &self.kicker.io {
            io.shutdown(wakers);
        }
        eprintln!(
            "heist: the poller of a runtime failed: {error}. Its sockets return errors from now on; tasks, timers and \
             spawn_blocking go on. Start a new runtime to use sockets again."
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::sync::mpsc;
    use std::task::{Context, Waker};
    use std::thread;
    use std::time::Instant;

    use heist_io_driver::{Config, Direction, Driver, Interest, is_shutdown_error};

    /// Long enough never to be the reason for a test's end.
    const LONG: Duration = Duration::from_secs(600);

    fn with_poller() -> (Seat, heist_io_driver::Handle) {
        let (driver, handle) = Driver::new(Config { events_per_wait: 16 }).unwrap();
        (Seat::new(Some((driver, handle.clone()))), handle)
    }

    fn fail_next(seat: &mut Seat) {
        seat.poll.as_mut().unwrap().fail_next(io::Error::from(io::ErrorKind::OutOfMemory));
    }

    #[test]
    fn a_poller_that_fails_resolves_its_sources() {
        let (mut seat, handle) = with_poller();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let registration = handle.register(&socket, Interest::READABLE).unwrap();
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(registration.poll_ready(cx, Direction::Read).is_pending());
        fail_next(&mut seat);
        let mut wakers = WakeBatch::new();
        seat.wait(Some(Duration::ZERO), &mut wakers);
        assert_eq!(wakers.len(), 1);
        let std::task::Poll::Ready(Err(error)) = registration.poll_ready(cx, Direction::Read) else { panic!() };
        assert!(is_shutdown_error(&error));
        assert!(handle.register(&socket, Interest::READABLE).is_err());
    }

    #[test]
    fn waiting_goes_on_without_the_poller() {
        let (mut seat, _handle) = with_poller();
        let kicker = seat.kicker();
        fail_next(&mut seat);
        let mut wakers = WakeBatch::new();
        // The wait in which it fails is short, since a kick may have gone to the poller.
        let start = Instant::now();
        seat.wait(Some(LONG), &mut wakers);
        assert!(start.elapsed() < LONG / 10 && wakers.is_empty());
        // A timeout is kept, and a kick ends a wait as before: at once, or the next one.
        seat.wait(Some(Duration::ZERO), &mut wakers);
        let start = Instant::now();
        seat.wait(Some(Duration::from_millis(20)), &mut wakers);
        assert!(start.elapsed() >= Duration::from_millis(20));
        kicker.kick();
        seat.wait(None, &mut wakers);
        let (done, is_done) = mpsc::channel();
        let thread = thread::spawn(move || {
            seat.wait(None, &mut wakers);
            done.send(()).unwrap();
        });
        kicker.kick();
        is_done.recv_timeout(Duration::from_secs(20)).expect("the kick was lost");
        thread.join().unwrap();
    }

    #[test]
    fn without_io_there_is_only_the_bell() {
        let mut seat = Seat::new(None);
        assert!(!seat.has_poller());
        let mut wakers = WakeBatch::new();
        seat.wait(Some(Duration::ZERO), &mut wakers);
        seat.wait(Some(Duration::from_millis(1)), &mut wakers);
        seat.kicker().kick();
        seat.wait(None, &mut wakers);
    }
}
