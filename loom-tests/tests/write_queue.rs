//! Models of the bytes that a file has accepted: none is left behind by a job that ends or fails while more come, they
//! keep their order, and whoever waits is woken.
//!
//! The file is the runtime's own, mounted here. Natively the models run as stress tests.

#[path = "../../runtime/src/fs/file/write_queue.rs"]
#[allow(dead_code, reason = "the models need a part of the file only")]
mod write_queue;

use std::io;
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Wake, Waker};

use heist_primitives::atomic::{AtomicBool, Ordering};
use heist_primitives::sync::{Arc, Mutex};
use heist_primitives::{model, mutation, thread};

use write_queue::{WriteQueue, Written};

const PREEMPTIONS: usize = 3;
const ROUNDS: usize = 500;

/// The queue of a file, and what the file has.
struct File {
    queue: WriteQueue,
    written: Mutex<Vec<u8>>,
}

impl File {
    fn new() -> Arc<Self> {
        Arc::new(Self { queue: WriteQueue::new(), written: Mutex::new(Vec::new()) })
    }

    /// A job, which writes until nothing waits, or fails at once.
    fn start_job(file: &Arc<Self>, fails: bool) -> thread::JoinHandle<()> {
        let file = file.clone();
        thread::spawn(move || {
            let (mut batch, mut handle) = (Vec::new(), Some(()));
            while file.queue.next_batch(&mut batch, &mut handle) {
                if fails {
                    file.queue.job_failed(batch, io::ErrorKind::StorageFull.into(), false);
                    return;
                }
                file.written.lock().extend_from_slice(&batch);
            }
            assert!(handle.is_none(), "the job's reference is gone when its end is seen");
        })
    }

    /// Accepts a byte; true if a job is to be started, and an error if the last one failed.
    fn accept(&self, byte: u8) -> io::Result<bool> {
        let fill = |waiting: &mut Vec<u8>, _room| {
            waiting.push(byte);
            1
        };
        match self.queue.poll_accept(&mut Context::from_waker(Waker::noop()), 10, fill) {
            Poll::Ready(accepted) => accepted.map(|accepted| accepted.start_job),
            Poll::Pending => unreachable!("there is room"),
        }
    }
}

/// Tells whether it was woken.
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: StdArc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A byte is accepted while the job for the one before it ends.
fn accept_against_end() {
    model(PREEMPTIONS, ROUNDS, || {
        let file = File::new();
        assert!(file.accept(1).unwrap());
        let mut jobs = vec![File::start_job(&file, false)];
        if file.accept(2).unwrap() {
            jobs.push(File::start_job(&file, false));
        }
        for job in jobs {
            job.join().unwrap();
        }
        assert_eq!(*file.written.lock(), [1, 2]);
        assert!(file.queue.is_settled());
    });
}

/// A task asks whether all is written while the job ends.
fn wait_against_end() {
    model(PREEMPTIONS, ROUNDS, || {
        let file = File::new();
        assert!(file.accept(1).unwrap());
        let job = File::start_job(&file, false);
        let flag = StdArc::new(Flag(AtomicBool::new(false)));
        let waker = Waker::from(flag.clone());
        let answer = file.queue.poll_written(&mut Context::from_waker(&waker));
        job.join().unwrap();
        match answer {
            Poll::Ready(answer) => assert_eq!(answer.unwrap(), Written::All),
            Poll::Pending => assert!(flag.0.load(Ordering::Relaxed), "nobody wakes the task any more"),
        }
    });
}

/// A byte is accepted while the job for the one before it fails; after that another job writes both.
fn accept_against_failure() {
    model(PREEMPTIONS, ROUNDS, || {
        let file = File::new();
        assert!(file.accept(1).unwrap());
        let job = File::start_job(&file, true);
        let second = file.accept(2);
        job.join().unwrap();
        let was_told = match second {
            Ok(start_job) => {
                assert!(!start_job, "the error is told before another job is started");
                false
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::StorageFull);
                true
            }
        };
        let cx = &mut Context::from_waker(Waker::noop());
        let mut answer = file.queue.poll_written(cx);
        if !was_told {
            assert!(matches!(answer, Poll::Ready(Err(_))), "{answer:?}");
            answer = file.queue.poll_written(cx);
        }
        assert!(matches!(answer, Poll::Ready(Ok(Written::StartJob))), "{answer:?}");
        File::start_job(&file, false).join().unwrap();
        assert_eq!(*file.written.lock(), if was_told { &[1][..] } else { &[1, 2] });
        assert!(file.queue.is_settled());
    });
}

#[test]
fn no_byte_is_left_behind() {
    accept_against_end();
    assert!(mutation::rejected("write_queue_end_after_look", accept_against_end));
}

#[test]
fn whoever_waits_is_woken() {
    wait_against_end();
    assert!(mutation::rejected("write_queue_wait_after_look", wait_against_end));
}

#[test]
fn a_failure_keeps_bytes_and_order() {
    accept_against_failure();
    assert!(mutation::rejected("write_queue_failure_appends", accept_against_failure));
}
