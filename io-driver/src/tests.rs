//! The driver with real sockets, once on each backend.

use std::future::Future;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use heist_primitives::WakeBatch;

use crate::{Config, Direction, Driver, Handle, Interest, Ready, Turn, is_shutdown_error};

const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// Longer than any test needs: a wait that ends by it has failed.
const LONG: Option<Duration> = Some(Duration::from_secs(20));

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn counter() -> (Arc<Count>, Waker) {
    let count = Arc::new(Count::default());
    (count.clone(), count.into())
}

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (theirs, _) = listener.accept().unwrap();
    ours.set_nonblocking(true).unwrap();
    (ours, theirs)
}

fn turn(driver: &mut Driver, timeout: Option<Duration>) -> Turn {
    let mut wakers = WakeBatch::new();
    let turn = driver.wait(timeout, &mut wakers).unwrap();
    wakers.wake_all();
    turn
}

/// Turns the driver until `done`.
fn until(driver: &mut Driver, mut done: impl FnMut() -> bool) {
    while !done() {
        assert_ne!(turn(driver, LONG), Turn::default(), "nothing happens any more");
    }
}

/// Takes the events that are there.
fn settle(driver: &mut Driver) {
    while turn(driver, Some(Duration::ZERO)).events != 0 {}
}

/// Runs a test on both backends.
fn on_both(test: impl Fn(&mut Driver, &Handle)) {
    for start in [Driver::new, Driver::portable] {
        let (mut driver, handle) = start(Config { events_per_wait: 4 }).unwrap();
        test(&mut driver, &handle);
    }
}

#[test]
fn data_wakes_the_reader() {
    on_both(|driver, handle| {
        let (mut ours, mut theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        let (count, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        settle(driver);
        assert!(registration.poll_ready(cx, Direction::Read).is_pending());
        assert!(registration.poll_ready(cx, Direction::Write).is_ready());
        theirs.write_all(b"hello").unwrap();
        until(driver, || count.get() == 1);
        let mut buffer = [0; 16];
        let Poll::Ready(Ok(5)) = registration.poll_io(cx, Direction::Read, || ours.read(&mut buffer)) else { panic!() };
        assert!(registration.poll_io(cx, Direction::Read, || ours.read(&mut buffer)).is_pending());
        theirs.write_all(b"again").unwrap();
        until(driver, || count.get() == 2);
        registration.deregister(&ours).unwrap();
        assert_eq!(handle.sources(), 0);
    });
}

#[test]
fn each_edge_counts_after_a_short_read() {
    on_both(|driver, handle| {
        let (mut ours, mut theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        let (_, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        let mut buffer = [0; 64];
        for _ in 0..20 {
            theirs.write_all(b"part").unwrap();
            let mut ready = None;
            until(driver, || {
                let Poll::Ready(event) = registration.poll_ready(cx, Direction::Read) else { return false };
                ready = Some(event.unwrap());
                true
            });
            assert_eq!(ours.read(&mut buffer).unwrap(), 4);
            if registration.partial_means_drained() {
                registration.clear(ready.unwrap());
            } else {
                assert!(registration.poll_io(cx, Direction::Read, || ours.read(&mut buffer)).is_pending());
            }
        }
    });
}

#[test]
fn the_end_that_comes_with_the_data_is_seen() {
    on_both(|driver, handle| {
        let (mut ours, mut theirs) = pair();
        theirs.write_all(b"last").unwrap();
        drop(theirs);
        let registration = handle.register(&ours, BOTH).unwrap();
        let (_, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        until(driver, || registration.poll_ready(cx, Direction::Read).is_ready());
        let event = registration.ready_event(Interest::READABLE);
        assert_eq!(ours.read(&mut [0; 64]).unwrap(), 4);
        if registration.partial_means_drained() {
            registration.clear(event);
            assert!(registration.ready_event(Interest::READABLE).ready().is_read_closed());
        }
        let Poll::Ready(Ok(0)) = registration.poll_io(cx, Direction::Read, || ours.read(&mut [0; 64])) else {
            panic!("the end was lost")
        };
    });
}

#[test]
fn many_tasks_wait_for_one_source() {
    on_both(|driver, handle| {
        let (ours, mut theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        settle(driver);
        let (count, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        let mut first = Box::pin(registration.ready(Interest::READABLE));
        let mut second = Box::pin(registration.ready(Interest::READABLE));
        let mut dropped = Box::pin(registration.ready(Interest::READABLE));
        for waiter in [&mut first, &mut second, &mut dropped] {
            assert!(waiter.as_mut().poll(cx).is_pending());
            assert!(waiter.as_mut().poll(cx).is_pending());
        }
        drop(dropped);
        theirs.write_all(b"x").unwrap();
        until(driver, || count.get() == 2);
        for waiter in [&mut first, &mut second] {
            let Poll::Ready(Ok(event)) = waiter.as_mut().poll(cx) else { panic!() };
            assert!(event.ready().is_readable());
        }
    });
}

#[test]
fn a_kick_ends_the_wait() {
    on_both(|driver, handle| {
        handle.kick();
        handle.kick();
        assert_eq!(turn(driver, LONG), Turn { events: 0, kicked: true });
        assert_eq!(turn(driver, Some(Duration::ZERO)), Turn::default());
        for _ in 0..50 {
            let kicker = thread::spawn({
                let handle = handle.clone();
                move || handle.kick()
            });
            assert!(turn(driver, LONG).kicked);
            kicker.join().unwrap();
        }
    });
}

#[test]
fn a_timeout_ends_the_wait() {
    on_both(|driver, _| {
        let timeout = Duration::from_micros(1500);
        let start = Instant::now();
        assert_eq!(turn(driver, Some(timeout)), Turn::default());
        assert!(start.elapsed() >= timeout);
    });
}

#[test]
fn more_events_than_fit_come_with_the_next_wait() {
    on_both(|driver, handle| {
        let pairs: Vec<_> = (0..11).map(|_| pair()).collect();
        let registrations: Vec<_> = pairs.iter().map(|(ours, _)| handle.register(ours, BOTH).unwrap()).collect();
        until(driver, || {
            let ready = |event: crate::ReadyEvent| event.ready().is_writable();
            registrations.iter().all(|registration| ready(registration.ready_event(BOTH)))
        });
    });
}

#[test]
fn a_deregistered_source_is_silent() {
    on_both(|driver, handle| {
        let (ours, mut theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        let (count, waker) = counter();
        settle(driver);
        assert!(registration.poll_ready(&mut Context::from_waker(&waker), Direction::Read).is_pending());
        registration.deregister(&ours).unwrap();
        theirs.write_all(b"x").unwrap();
        assert_eq!(turn(driver, Some(Duration::from_millis(5))), Turn::default());
        assert_eq!(count.get(), 0);
        let again = handle.register(&ours, BOTH).unwrap();
        until(driver, || again.ready_event(Interest::READABLE).ready().is_readable());
    });
}

#[test]
fn a_dropped_registration_ignores_its_events() {
    on_both(|driver, handle| {
        let (ours, _theirs) = pair();
        drop(handle.register(&ours, BOTH).unwrap());
        let (other, _its_peer) = pair();
        let registration = handle.register(&other, Interest::READABLE).unwrap();
        settle(driver);
        // The first source was writable, and the second has its index.
        assert!(registration.ready_event(BOTH).ready().is_empty());
    });
}

#[test]
fn the_same_source_twice_is_refused() {
    on_both(|_, handle| {
        let (ours, _theirs) = pair();
        let _registration = handle.register(&ours, BOTH).unwrap();
        let error = handle.register(&ours, BOTH).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(handle.sources(), 1);
    });
}

#[test]
fn try_io_asks_only_when_ready() {
    on_both(|driver, handle| {
        let (mut ours, mut theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        settle(driver);
        let refused = registration.try_io(Interest::READABLE, || -> io::Result<()> { panic!("not ready") });
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        theirs.write_all(b"x").unwrap();
        until(driver, || registration.ready_event(Interest::READABLE).ready().is_readable());
        let mut byte = [0];
        assert_eq!(registration.try_io(Interest::READABLE, || ours.read(&mut byte)).unwrap(), 1);
        let drained = registration.try_io(Interest::READABLE, || ours.read(&mut byte));
        assert_eq!(drained.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert!(registration.ready_event(Interest::READABLE).ready().is_empty());
    });
}

#[test]
fn async_io_waits_as_often_as_needed() {
    on_both(|driver, handle| {
        let (ours, mut theirs) = pair();
        let registration = handle.register_ready(&ours, BOTH, Ready::READABLE).unwrap();
        let (_, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        let mut read = pin!(registration.async_io(Interest::READABLE, || (&ours).read(&mut [0; 8])));
        assert!(read.as_mut().poll(cx).is_pending(), "said to be readable, but is not");
        theirs.write_all(b"x").unwrap();
        let mut result = None;
        until(driver, || {
            let Poll::Ready(read) = read.as_mut().poll(cx) else { return false };
            result = Some(read);
            true
        });
        assert_eq!(result.unwrap().unwrap(), 1);
    });
}

#[test]
fn shutdown_resolves_everybody() {
    on_both(|driver, handle| {
        let (ours, _theirs) = pair();
        let registration = handle.register(&ours, BOTH).unwrap();
        settle(driver);
        let (count, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        let mut listed = pin!(registration.ready(Interest::READABLE));
        assert!(listed.as_mut().poll(cx).is_pending());
        assert!(registration.poll_ready(cx, Direction::Read).is_pending());
        let mut wakers = WakeBatch::new();
        handle.shutdown(&mut wakers);
        assert_eq!(wakers.len(), 2);
        wakers.wake_all();
        assert_eq!(count.get(), 2);
        let Poll::Ready(Err(error)) = listed.as_mut().poll(cx) else { panic!() };
        assert!(is_shutdown_error(&error));
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert_eq!(error.to_string(), "A Tokio 1.x context was found, but it is being shutdown.");
        let Poll::Ready(Err(_)) = registration.poll_ready(cx, Direction::Write) else { panic!() };
        let (late, _its_peer) = pair();
        assert!(is_shutdown_error(&handle.register(&late, BOTH).unwrap_err()));
        registration.deregister(&ours).unwrap();
    });
}

#[test]
fn a_failure_of_the_system_is_reported() {
    on_both(|driver, handle| {
        driver.fail_next(io::Error::from(io::ErrorKind::OutOfMemory));
        let error = driver.wait(LONG, &mut WakeBatch::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        handle.kick();
        assert!(turn(driver, LONG).kicked);
    });
}

#[test]
fn a_file_cannot_be_waited_for() {
    on_both(|_, handle| {
        let file = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        let error = handle.register(&file, Interest::READABLE).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(handle.sources(), 0);
    });
}

#[test]
fn a_refused_connection_wakes_the_writer() {
    on_both(|driver, handle| {
        let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.set_nonblocking(true).unwrap();
        let _ = socket.connect(&unused.into());
        let registration = handle.register(&socket, BOTH).unwrap();
        let (_, waker) = counter();
        let cx = &mut Context::from_waker(&waker);
        until(driver, || registration.poll_ready(cx, Direction::Write).is_ready());
        assert!(registration.poll_ready(cx, Direction::Read).is_ready());
        assert_eq!(socket.take_error().unwrap().unwrap().kind(), io::ErrorKind::ConnectionRefused);
    });
}
