//! Random operations on a `Semaphore`, compared with a model that is nothing but a queue and a number.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use heist::sync::{AcquireError, OwnedSemaphorePermit, Semaphore, TryAcquireError};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    /// Begins to acquire that many permits and polls once.
    Acquire(u32),
    TryAcquire(u32),
    /// Drops the permits that were acquired as the n-th of those held.
    Release(usize),
    Add(usize),
    Forget(usize),
    /// Polls the n-th of those who wait.
    Poll(usize),
    /// Drops the n-th of those who wait.
    Cancel(usize),
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..6_u32).prop_map(Step::Acquire),
        2 => (0..6_u32).prop_map(Step::TryAcquire),
        6 => any::<usize>().prop_map(Step::Release),
        2 => (0..4_usize).prop_map(Step::Add),
        1 => (0..4_usize).prop_map(Step::Forget),
        6 => any::<usize>().prop_map(Step::Poll),
        3 => any::<usize>().prop_map(Step::Cancel),
        1 => prop_oneof![7 => Just(Step::Add(1)), 1 => Just(Step::Close)],
    ]
}

/// What the semaphore should do.
#[derive(Default)]
struct Model {
    free: u32,
    closed: bool,
    /// Who waits, in the order in which they came: number, wanted, got so far.
    queue: VecDeque<(usize, u32, u32)>,
    /// Those of whom it is decided: the permits they got, or that they got none because of the close.
    decided: BTreeMap<usize, Result<u32, ()>>,
}

impl Model {
    fn try_acquire(&mut self, wanted: u32) -> Result<(), TryAcquireError> {
        match () {
            () if self.closed => Err(TryAcquireError::Closed),
            () if self.free < wanted => Err(TryAcquireError::NoPermits),
            () => {
                self.free -= wanted;
                Ok(())
            }
        }
    }

    fn acquire(&mut self, number: usize, wanted: u32) {
        match self.try_acquire(wanted) {
            Ok(()) => drop(self.decided.insert(number, Ok(wanted))),
            Err(TryAcquireError::Closed) => drop(self.decided.insert(number, Err(()))),
            Err(TryAcquireError::NoPermits) => {
                self.queue.push_back((number, wanted, std::mem::take(&mut self.free)));
            }
        }
    }

    fn release(&mut self, mut permits: u32) {
        while let Some((number, wanted, got)) = self.queue.front_mut() {
            let granted = permits.min(*wanted - *got);
            permits -= granted;
            *got += granted;
            if got < wanted {
                return;
            }
            self.decided.insert(*number, Ok(*wanted));
            self.queue.pop_front();
        }
        self.free += permits;
    }

    fn cancel(&mut self, number: usize) {
        if let Some(decided) = self.decided.remove(&number) {
            self.release(decided.unwrap_or(0));
        } else if let Some(at) = self.queue.iter().position(|waiter| waiter.0 == number) {
            let (_, _, got) = self.queue.remove(at).unwrap();
            self.release(got);
        }
    }

    fn close(&mut self) {
        self.closed = true;
        for (number, _, got) in self.queue.drain(..) {
            self.free += got;
            self.decided.insert(number, Err(()));
        }
    }
}

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Acquisition = Pin<Box<dyn Future<Output = Result<OwnedSemaphorePermit, AcquireError>>>>;

struct Waiting {
    number: usize,
    future: Acquisition,
    woken: Arc<Woken>,
}

/// The semaphore and its model.
struct Pair {
    semaphore: Arc<Semaphore>,
    model: Model,
    waiting: Vec<Waiting>,
    held: Vec<OwnedSemaphorePermit>,
    next: usize,
}

impl Pair {
    fn new(permits: u32) -> Self {
        let semaphore = Arc::new(Semaphore::new(permits as usize));
        let model = Model { free: permits, ..Model::default() };
        Self { semaphore, model, waiting: Vec::new(), held: Vec::new(), next: 0 }
    }

    fn step(&mut self, step: &Step) {
        match *step {
            Step::Acquire(wanted) => self.acquire(wanted),
            Step::TryAcquire(wanted) => {
                let expected = self.model.try_acquire(wanted);
                let got = self.semaphore.clone().try_acquire_many_owned(wanted);
                assert_eq!(
                    got.as_ref().map(drop).map_err(|error| format!("{error}")),
                    expected.map_err(|e| e.to_string())
                );
                self.held.extend(got.ok());
            }
            Step::Release(at) if !self.held.is_empty() => {
                let permit = self.held.swap_remove(at % self.held.len());
                self.model.release(permit.num_permits() as u32);
            }
            Step::Add(permits) => {
                self.model.release(permits as u32);
                self.semaphore.add_permits(permits);
            }
            Step::Forget(permits) => {
                let forgotten = self.model.free.min(permits as u32);
                self.model.free -= forgotten;
                assert_eq!(self.semaphore.forget_permits(permits), forgotten as usize);
            }
            Step::Poll(at) if !self.waiting.is_empty() => self.poll(at % self.waiting.len()),
            Step::Cancel(at) if !self.waiting.is_empty() => {
                let waiting = self.waiting.remove(at % self.waiting.len());
                self.model.cancel(waiting.number);
            }
            Step::Close => {
                self.model.close();
                self.semaphore.close();
            }
            Step::Release(_) | Step::Poll(_) | Step::Cancel(_) => {}
        }
        self.compare();
    }

    fn acquire(&mut self, wanted: u32) {
        let number = self.next;
        self.next += 1;
        self.model.acquire(number, wanted);
        let future = Box::pin(self.semaphore.clone().acquire_many_owned(wanted));
        self.waiting.push(Waiting { number, future, woken: Arc::default() });
        self.poll(self.waiting.len() - 1);
    }

    fn poll(&mut self, at: usize) {
        let Waiting { number, future, woken } = &mut self.waiting[at];
        let waker = Waker::from(woken.clone());
        let expected = self.model.decided.remove(number);
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => assert_eq!(expected, None),
            Poll::Ready(got) => {
                let permits = got.as_ref().map(|permit| permit.num_permits() as u32).map_err(drop);
                assert_eq!(expected, Some(permits));
                self.held.extend(got.ok());
                self.waiting.remove(at);
            }
        }
    }

    fn compare(&self) {
        assert_eq!(self.semaphore.available_permits(), self.model.free as usize);
        assert_eq!(self.semaphore.is_closed(), self.model.closed);
        for Waiting { number, woken, .. } in &self.waiting {
            let decided = self.model.decided.contains_key(number);
            assert_eq!(
                woken.0.load(Ordering::Relaxed),
                decided,
                "those and only those are woken of whom it is decided"
            );
        }
    }
}

proptest! {
    #[test]
    fn as_a_queue(permits in 0..8_u32, steps in prop::collection::vec(step(), 0..80)) {
        let mut pair = Pair::new(permits);
        for step in &steps {
            pair.step(step);
        }
        // In the end every permit is back.
        while let Some(waiting) = pair.waiting.pop() {
            pair.model.cancel(waiting.number);
        }
        for permit in pair.held.drain(..) {
            pair.model.release(permit.num_permits() as u32);
        }
        pair.compare();
    }
}
