//! `Builder::on_task_spawn` and the other callbacks around tasks, `TaskMeta`, `rng_seed`, `disable_lifo_slot`.

mod rt_support;

use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use heist::runtime::{Builder, Handle, RngSeed, Runtime, TaskMeta};
use heist::task::{self, Id};

/// The callback, the task and its name.
type Event = (&'static str, Id, Option<String>);

/// What the callbacks were told, in order.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Event>>>);

impl Log {
    fn note(&self, event: &'static str) -> impl Fn(&TaskMeta<'_>) + Send + Sync + 'static {
        let log = self.clone();
        move |meta| log.0.lock().unwrap().push((event, meta.id(), meta.name().map(str::to_owned)))
    }

    /// The events of one task.
    fn of(&self, task: Id) -> Vec<&'static str> {
        let log = self.0.lock().unwrap();
        log.iter().filter(|(_, id, _)| *id == task).map(|(event, ..)| *event).collect()
    }

    fn count(&self, event: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|(name, ..)| *name == event).count()
    }

    fn names(&self) -> Vec<Option<String>> {
        self.0.lock().unwrap().iter().map(|(.., name)| name.clone()).collect()
    }

    fn watch<'a>(&self, builder: &'a mut Builder) -> &'a mut Builder {
        builder
            .on_task_spawn(self.note("spawn"))
            .on_before_task_poll(self.note("before"))
            .on_after_task_poll(self.note("after"))
            .on_task_terminate(self.note("terminate"))
    }
}

/// Runs `test` on both flavours, and with a log of what happened.
fn on_both(test: impl Fn(Runtime, Log)) {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let log = Log::default();
        let runtime = log.watch(builder.worker_threads(2).enable_all()).build().unwrap();
        test(runtime, log);
    }
}

const TWO_POLLS: [&str; 6] = ["spawn", "before", "after", "before", "after", "terminate"];

#[test]
fn a_task_is_followed_from_spawn_to_end() {
    on_both(|runtime, log| {
        let from_outside = runtime.spawn(task::yield_now());
        let outside = from_outside.id();
        let inside = runtime.block_on(async {
            from_outside.await.unwrap();
            let task = heist::spawn(async { heist::spawn(task::yield_now()).await.unwrap() });
            let id = task.id();
            task.await.unwrap();
            id
        });
        drop(runtime);
        assert_eq!(log.of(outside), TWO_POLLS);
        assert_eq!(log.of(inside)[..2], ["spawn", "before"]);
        assert_eq!(log.count("spawn"), 3);
        assert_eq!(log.count("terminate"), 3);
        assert_eq!(log.count("before"), log.count("after"));
    });
}

#[test]
fn panicked_and_aborted_tasks_end_too() {
    on_both(|runtime, log| {
        let panics = runtime.spawn(async { panic!("on purpose") });
        let aborted = runtime.spawn(pending::<()>());
        let (panics_id, aborted_id) = (panics.id(), aborted.id());
        runtime.block_on(async {
            assert!(panics.await.unwrap_err().is_panic());
            aborted.abort();
            assert!(aborted.await.unwrap_err().is_cancelled());
        });
        drop(runtime);
        assert_eq!(log.of(panics_id), ["spawn", "before", "after", "terminate"]);
        let events = log.of(aborted_id);
        assert_eq!((events[0], events[events.len() - 1]), ("spawn", "terminate"));
        assert_eq!(log.count("terminate"), 2);
    });
}

#[test]
fn tasks_end_with_their_runtime() {
    on_both(|runtime, log| {
        let handle = runtime.handle().clone();
        let waiting = runtime.spawn(pending::<()>()).id();
        drop(runtime);
        let late = handle.spawn(pending::<()>()).id();
        assert_eq!(log.of(waiting).last(), Some(&"terminate"));
        assert_eq!(log.of(late), ["spawn", "terminate"]);
    });
}

#[test]
fn closures_are_no_tasks() {
    on_both(|runtime, log| {
        runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
        drop(runtime);
        assert_eq!(log.count("spawn") + log.count("terminate"), 0);
    });
}

#[test]
fn callbacks_see_where_and_by_what_name() {
    let places = Arc::new(Mutex::new(Vec::new()));
    let log = Log::default();
    let noted = places.clone();
    let runtime = log
        .watch(&mut Builder::new_current_thread())
        .on_task_spawn(move |meta| {
            noted.lock().unwrap().push((meta.spawned_at().file(), meta.spawned_at().line()));
            assert!(format!("{meta:?}").contains("rt_hooks.rs"));
        })
        .build()
        .unwrap();
    let line = line!() + 1;
    let task = task::Builder::new().name("alice").spawn_on(async {}, runtime.handle()).unwrap();
    runtime.block_on(task).unwrap();
    assert_eq!(*places.lock().unwrap(), [(file!(), line)]);
    assert_eq!(log.names(), vec![Some("alice".to_owned()); 3]);
}

#[test]
fn callbacks_run_inside_the_runtime_and_on_its_threads() {
    on_both(|runtime, _| drop(runtime));
    let ids = Arc::new(Mutex::new(Vec::new()));
    let noted = ids.clone();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_before_task_poll(move |_| noted.lock().unwrap().push(Handle::current().id()))
        .build()
        .unwrap();
    runtime.block_on(runtime.spawn(async {})).unwrap();
    assert_eq!(*ids.lock().unwrap(), [runtime.handle().id()]);
}

#[test]
fn callbacks_that_panic_stop_nothing() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let fail = |_: &TaskMeta<'_>| panic!("on purpose");
        let runtime = builder
            .on_task_spawn(fail)
            .on_before_task_poll(fail)
            .on_after_task_poll(fail)
            .on_task_terminate(fail)
            .build()
            .unwrap();
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }
}

#[test]
fn a_seed_makes_choices_repeatable() {
    fn choices(seed: &[u8]) -> Vec<usize> {
        let runtime = Builder::new_current_thread().rng_seed(RngSeed::from_bytes(seed)).build().unwrap();
        let mut choices = Vec::new();
        // Twice, since each `block_on` has numbers of its own.
        for _ in 0..2 {
            runtime.block_on(async {
                for _ in 0..32 {
                    choices.push(heist::select! {
                        () = async {} => 0,
                        () = async {} => 1,
                        () = async {} => 2,
                    });
                }
            });
        }
        choices
    }
    let one = choices(b"one");
    assert_eq!(one, choices(b"one"));
    assert_ne!(one, choices(b"two"));
    assert_ne!(one[..32], one[32..], "the second `block_on` repeats the first");
}

#[test]
fn a_seed_does_not_outlast_block_on() {
    let runtime = Builder::new_current_thread().rng_seed(RngSeed::from_bytes(b"seed")).build().unwrap();
    let other = Builder::new_current_thread().build().unwrap();
    let choose = || async {
        let mut choices = Vec::new();
        for _ in 0..64 {
            choices.push(heist::select! { () = async {} => 0, () = async {} => 1 });
        }
        choices
    };
    runtime.block_on(async {});
    let first = other.block_on(choose());
    runtime.block_on(async {});
    assert_ne!(first, other.block_on(choose()), "the numbers of the unseeded runtime repeat");
}

#[test]
fn without_the_lifo_slot_tasks_run_in_the_order_of_their_spawns() {
    let run = |builder: &mut Builder| {
        // No spare comes, even if the system stops the worker for long.
        let runtime = builder.worker_threads(1).stall_threshold(Duration::MAX).build().unwrap();
        let order = Arc::new(Mutex::new(Vec::new()));
        let noted = order.clone();
        let spawner = runtime.spawn(async move {
            let note = |number| {
                let noted = noted.clone();
                heist::spawn(async move { noted.lock().unwrap().push(number) })
            };
            for task in [note(1), note(2), note(3)] {
                task.await.unwrap();
            }
        });
        runtime.block_on(spawner).unwrap();
        order.lock().unwrap().clone()
    };
    assert_eq!(run(Builder::new_multi_thread().disable_lifo_slot()), [1, 2, 3]);
    assert_eq!(run(&mut Builder::new_multi_thread()), [3, 1, 2]);
}

#[heist::test]
async fn waiting_for_nothing_takes_no_hook() {
    // The runtime of this test has none; nothing of the others' is global.
    heist::time::sleep(Duration::from_millis(1)).await;
    assert!(!Handle::current().metrics().poll_time_histogram_enabled());
}
