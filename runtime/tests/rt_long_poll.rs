//! `Builder::on_long_poll`: what is reported of a poll that does not end, while it lasts.

use std::panic::Location;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use heist::runtime::{Builder, LongPoll, Runtime};
use heist::task::{self, block_in_place};

/// Three orders of magnitude above the time between two looks at the workers.
const LIMIT: Duration = Duration::from_secs(20);

const THRESHOLD: Duration = Duration::from_millis(20);

/// A runtime that reports to a channel.
fn reporting(workers: usize) -> (Runtime, Receiver<LongPoll>) {
    reporting_from(workers, THRESHOLD)
}

fn reporting_from(workers: usize, threshold: Duration) -> (Runtime, Receiver<LongPoll>) {
    let (sender, reports) = mpsc::channel();
    let sender = Mutex::new(sender);
    let report = move |poll: &LongPoll| drop(sender.lock().unwrap().send(poll.clone()));
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(workers).enable_all().on_long_poll(threshold, report).build().unwrap();
    (runtime, reports)
}

/// A stall that ends when the sender says so, or is dropped.
fn stall() -> (Sender<()>, impl FnOnce() + Send + 'static) {
    let (release, released) = mpsc::channel();
    (release, move || _ = released.recv_timeout(LIMIT))
}

#[test]
fn the_report_comes_while_the_poll_lasts_and_says_what_it_is() {
    let (runtime, reports) = reporting(1);
    let (release, stall) = stall();
    let line = line!() + 1;
    let join = runtime.spawn(async move { stall() });
    let report = reports.recv_timeout(LIMIT).expect("no report while the poll lasted");
    assert!(!join.is_finished());
    assert_eq!(report.task_id(), Some(join.id()));
    let spawned_at: &Location<'_> = report.spawned_at().unwrap();
    assert_eq!((spawned_at.file(), spawned_at.line()), (file!(), line));
    assert_eq!(report.worker(), 0);
    assert!(report.duration() >= THRESHOLD, "{report:?}");
    let text = report.to_string();
    assert!(text.contains(&join.id().to_string()) && text.contains(file!()), "{text}");
    drop(release);
    runtime.block_on(join).unwrap();
}

#[test]
fn a_report_follows_each_time_the_duration_has_doubled() {
    let (runtime, reports) = reporting(2);
    let (release, stall) = stall();
    let join = runtime.spawn(async move { stall() });
    let durations: Vec<_> = (0..4).map(|_| reports.recv_timeout(LIMIT).unwrap().duration()).collect();
    for pair in durations.windows(2) {
        // A look that comes late may pass several doublings; it is one report.
        assert!(pair[1] > pair[0], "{durations:?}");
    }
    assert!(durations[3] >= THRESHOLD * 8, "{durations:?}");
    drop(release);
    runtime.block_on(join).unwrap();
}

#[test]
fn each_stall_is_reported_anew() {
    let (runtime, reports) = reporting(1);
    for _ in 0..3 {
        let (release, stall) = stall();
        let join = runtime.spawn(async move { stall() });
        // What is still in the channel belongs to the stall before.
        while reports.recv_timeout(LIMIT).unwrap().task_id() != Some(join.id()) {}
        drop(release);
        runtime.block_on(join).unwrap();
    }
}

#[test]
fn several_stalls_of_one_task_are_told_apart() {
    let (runtime, reports) = reporting(1);
    let (next, stalls) = mpsc::channel::<Receiver<()>>();
    let join = runtime.spawn(async move {
        while let Ok(stall) = stalls.recv() {
            let _ = stall.recv_timeout(LIMIT);
            task::yield_now().await;
        }
    });
    for _ in 0..2 {
        let (release, stall) = mpsc::channel();
        next.send(stall).unwrap();
        let first = reports.recv_timeout(LIMIT).unwrap();
        assert_eq!(first.task_id(), Some(join.id()));
        drop(release);
    }
    drop(next);
    runtime.block_on(join).unwrap();
}

#[test]
fn time_inside_block_in_place_does_not_count() {
    let (runtime, reports) = reporting(2);
    let (release, stall) = stall();
    let blocking = runtime.spawn(async move { block_in_place(stall) });
    let (release_other, stall_other) = self::stall();
    let other = runtime.spawn(async move { stall_other() });
    // The poll of the one that blocks may have taken long before it got there, since the system may stop a thread
    // anywhere. But it does not grow with the other's.
    let mut blocked_for = THRESHOLD;
    loop {
        let report = reports.recv_timeout(LIMIT).expect("the time of the closure counts");
        if report.task_id() == Some(blocking.id()) {
            blocked_for = report.duration();
        } else if report.duration() >= blocked_for * 4 {
            break;
        }
    }
    assert!(!blocking.is_finished() && !other.is_finished());
    drop((release, release_other));
    runtime.block_on(blocking).unwrap();
    runtime.block_on(other).unwrap();
}

#[test]
fn a_poll_that_stalls_after_block_in_place_is_reported() {
    let (runtime, reports) = reporting(1);
    let (release, stall) = stall();
    let join = runtime.spawn(async move {
        block_in_place(|| {});
        stall();
    });
    assert_eq!(reports.recv_timeout(LIMIT).unwrap().task_id(), Some(join.id()));
    drop(release);
    runtime.block_on(join).unwrap();
}

#[test]
fn a_waker_that_stalls_a_worker_is_reported_without_a_task() {
    struct Stalls(Mutex<Option<Receiver<()>>>);
    impl Wake for Stalls {
        fn wake(self: Arc<Self>) {
            if let Some(released) = self.0.lock().unwrap().take() {
                let _ = released.recv_timeout(LIMIT);
            }
        }
    }
    let (runtime, reports) = reporting(1);
    let (release, released) = mpsc::channel();
    let waker = Waker::from(Arc::new(Stalls(Mutex::new(Some(released)))));
    let join = runtime.spawn(async move {
        let mut timer = Box::pin(heist::time::sleep(Duration::from_secs(3600)));
        assert!(timer.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        timer.as_mut().reset(heist::time::Instant::now() + Duration::from_millis(1));
        [timer]
    });
    let id = join.id();
    // The timer stays alive, in the worker's wheel.
    let timer = runtime.block_on(join).unwrap();
    // The system may have stopped the thread in the task's poll.
    let report = loop {
        let report = reports.recv_timeout(LIMIT).unwrap();
        if report.task_id() != Some(id) {
            break report;
        }
    };
    assert_eq!((report.task_id(), report.spawned_at()), (None, None));
    drop(release);
    drop(timer);
}

#[test]
fn a_callback_that_panics_is_called_again() {
    let (sender, calls) = mpsc::channel();
    let sender = Mutex::new(sender);
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().on_long_poll(THRESHOLD, move |_| {
        sender.lock().unwrap_or_else(std::sync::PoisonError::into_inner).send(()).unwrap();
        panic!("a panic of the callback, on purpose");
    });
    let runtime = builder.build().unwrap();
    let (release, stall) = stall();
    let join = runtime.spawn(async move { stall() });
    for _ in 0..2 {
        calls.recv_timeout(LIMIT).expect("the watch has ended");
    }
    // And the thread still does what else it has to.
    let other = runtime.spawn(async {});
    runtime.block_on(other).unwrap();
    drop(release);
    runtime.block_on(join).unwrap();
}

#[test]
fn polls_that_end_are_not_reported() {
    let threshold = THRESHOLD * 5;
    let reports_of_a_try = || {
        let (runtime, reports) = reporting_from(1, threshold);
        // Longer than the threshold in all, in polls that take next to nothing.
        let start = std::time::Instant::now();
        let join = runtime.spawn(async move {
            while start.elapsed() < threshold * 3 {
                task::yield_now().await;
            }
        });
        runtime.block_on(join).unwrap();
        drop(runtime);
        reports.iter().count()
    };
    // A machine that stops a thread for so long makes a poll look long. Not each time.
    assert!((0..20).any(|_| reports_of_a_try() == 0));
}
