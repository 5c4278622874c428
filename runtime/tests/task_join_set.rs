//! Join sets: spawning, joining, ending, through the public API.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use heist::runtime::{Builder, LocalRuntime, Runtime};
use heist::sync::oneshot;
use heist::task::{JoinSet, LocalSet, coop, yield_now};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn runtimes() -> [(&'static str, Runtime); 2] {
    let multi_thread = Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    [("current_thread", current_thread()), ("multi_thread", multi_thread)]
}

/// Counts what is alive.
#[derive(Clone, Default)]
struct Alive(Arc<()>);

impl Alive {
    fn count(&self) -> usize {
        Arc::strong_count(&self.0) - 1
    }

    /// A future that never ends and counts until it is dropped.
    fn forever<T>(&self) -> impl Future<Output = T> + Send + use<T> {
        let held = self.clone();
        async move {
            let _held = held;
            pending().await
        }
    }

    async fn wait_for(&self, count: usize) {
        while self.count() != count {
            yield_now().await;
        }
    }
}

#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn smoke() {
    for (name, runtime) in runtimes() {
        runtime.block_on(async {
            let mut set = JoinSet::new();
            assert!(set.is_empty());
            assert!(set.join_next().await.is_none());
            for number in 0..1000_u64 {
                set.spawn(async move {
                    if number % 2 == 0 {
                        yield_now().await;
                    }
                    number
                });
            }
            assert_eq!(set.len(), 1000);
            assert_eq!(format!("{set:?}"), "JoinSet { len: 1000 }");
            let mut sum = 0;
            while let Some(output) = set.join_next().await {
                sum += output.unwrap();
            }
            assert_eq!(sum, 499_500, "{name}");
            assert!(set.is_empty());
        });
    }
}

#[test]
fn outputs_come_in_the_order_of_completion() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        let mut senders = Vec::new();
        for number in 0..50_usize {
            let (sender, receiver) = oneshot::channel::<()>();
            senders.push(Some(sender));
            set.spawn(async move {
                receiver.await.unwrap();
                number
            });
        }
        yield_now().await;
        let order: Vec<usize> = (0..50).map(|number| number * 17 % 50).collect();
        for &number in &order {
            senders[number].take().unwrap().send(()).unwrap();
        }
        assert_eq!(set.join_all().await, order);
    });
}

#[test]
fn ids_come_with_outputs() {
    for (name, runtime) in runtimes() {
        runtime.block_on(async {
            let mut set = JoinSet::new();
            let good = set.spawn(async { 7 }).id();
            let bad = set.spawn(async { panic!("boom") }).id();
            let (mut outputs, mut failures) = (0, 0);
            while let Some(joined) = set.join_next_with_id().await {
                match joined {
                    Ok(output) => {
                        assert_eq!(output, (good, 7), "{name}");
                        outputs += 1;
                    }
                    Err(error) => {
                        assert!(error.is_panic());
                        assert_eq!(error.id(), bad, "{name}");
                        failures += 1;
                    }
                }
            }
            assert_eq!((outputs, failures), (1, 1));
        });
    }
}

#[test]
fn try_join_next_does_not_wait() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        assert!(set.try_join_next().is_none());
        let (sender, receiver) = oneshot::channel();
        set.spawn(async move { receiver.await.unwrap() });
        assert!(set.try_join_next().is_none());
        yield_now().await;
        assert!(set.try_join_next().is_none());
        sender.send(7).unwrap();
        yield_now().await;
        assert_eq!(set.try_join_next().unwrap().unwrap(), 7);
        assert!(set.try_join_next().is_none());

        let id = set.spawn(async { 8 }).id();
        yield_now().await;
        assert_eq!(set.try_join_next_with_id().unwrap().unwrap(), (id, 8));
        assert!(set.try_join_next_with_id().is_none());
    });
}

#[test]
fn a_task_that_is_complete_at_its_insertion_is_joined() {
    // A runtime that is shut down cancels at once.
    let runtime = current_thread();
    let handle = runtime.handle().clone();
    drop(runtime);
    let mut set = JoinSet::<()>::new();
    set.spawn_on(pending(), &handle);
    assert!(set.try_join_next().unwrap().unwrap_err().is_cancelled());
    assert!(set.is_empty());
}

#[test]
fn joining_takes_budget_and_looking_does_not() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        let handles: Vec<_> = (0..300).map(|number| set.spawn(async move { number })).collect();
        while handles.iter().any(|handle| !handle.is_finished()) {
            yield_now().await;
        }
        let mut joined = 0;
        std::future::poll_fn(|cx| {
            while let Poll::Ready(Some(output)) = set.poll_join_next(cx) {
                output.unwrap();
                joined += 1;
            }
            assert!(!coop::has_budget_remaining());
            while let Some(output) = set.try_join_next() {
                output.unwrap();
                joined += 1;
            }
            assert!(matches!(set.poll_join_next(cx), Poll::Ready(None)), "an empty set needs no budget");
            Poll::Ready(())
        })
        .await;
        assert_eq!(joined, 300);
    });
}

#[test]
fn joining_many_lets_others_run() {
    current_thread().block_on(async {
        let mut set: JoinSet<()> = (0..1000).map(|_| async {}).collect();
        let turns = Arc::new(AtomicUsize::new(0));
        let other = heist::spawn({
            let turns = turns.clone();
            async move {
                loop {
                    turns.fetch_add(1, Ordering::Relaxed);
                    yield_now().await;
                }
            }
        });
        heist::task::yield_now().await;
        while set.join_next().await.is_some() {}
        assert!(turns.load(Ordering::Relaxed) >= 1000 / 128);
        other.abort();
    });
}

#[test]
fn the_last_waker_is_woken() {
    let runtime = current_thread();
    let mut set = JoinSet::new();
    let (sender, receiver) = oneshot::channel::<u32>();
    set.spawn_on(async move { receiver.await.unwrap() }, runtime.handle());
    let (first, last) = (Arc::new(Count::default()), Arc::new(Count::default()));
    for count in [&first, &last, &last] {
        let waker = Waker::from(count.clone());
        assert!(set.poll_join_next(&mut Context::from_waker(&waker)).is_pending());
    }
    sender.send(7).unwrap();
    runtime.block_on(yield_now());
    assert_eq!((first.0.load(Ordering::Relaxed), last.0.load(Ordering::Relaxed)), (0, 1));
    assert_eq!(Arc::strong_count(&first), 1, "the waker that was replaced is still there");
    let waker = Waker::from(first);
    let Poll::Ready(Some((_, output))) =
        set.poll_join_next_with_id(&mut Context::from_waker(&waker)).map(|joined| joined.map(Result::unwrap))
    else {
        panic!("the task is complete")
    };
    assert_eq!(output, 7);
}

#[test]
fn dropping_the_set_aborts_its_tasks() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        runtime.block_on(async {
            let mut set = JoinSet::<()>::new();
            for _ in 0..100 {
                set.spawn(alive.forever());
            }
            let (abort, held) = (set.spawn(alive.forever()), alive.clone());
            set.spawn(async move { drop(held) });
            yield_now().await;
            drop(set);
            alive.wait_for(0).await;
            // On another thread the future is gone a moment before the task is finished.
            while !abort.is_finished() {
                yield_now().await;
            }
        });
        drop(runtime);
        assert_eq!(alive.count(), 0, "{name}: something of a task is left");
    }
}

#[test]
fn aborted_tasks_are_joined() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        runtime.block_on(async {
            let mut set = JoinSet::<()>::new();
            for _ in 0..100 {
                set.spawn(alive.forever());
            }
            set.abort_all();
            assert_eq!(set.len(), 100);
            let mut joined = 0;
            while let Some(output) = set.join_next().await {
                assert!(output.unwrap_err().is_cancelled(), "{name}");
                joined += 1;
            }
            assert_eq!(joined, 100);
            assert_eq!(alive.count(), 0);
        });
    }
}

#[test]
fn an_abort_handle_aborts_its_task_alone() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        let first = set.spawn(pending::<u32>());
        set.spawn(async { 7 });
        let last = set.spawn(pending::<u32>());
        last.abort();
        let mut cancelled = Vec::new();
        let mut outputs = Vec::new();
        while set.len() > 1 {
            match set.join_next().await.unwrap() {
                Ok(output) => outputs.push(output),
                Err(error) => cancelled.push(error.id()),
            }
        }
        assert_eq!((outputs, cancelled), (vec![7], vec![last.id()]));
        assert!(!first.is_finished());
    });
}

#[test]
fn shutdown_ignores_what_tasks_do() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        runtime.block_on(async {
            struct Panics(#[expect(dead_code, reason = "counts")] Alive);
            impl Drop for Panics {
                fn drop(&mut self) {
                    panic!("in a drop");
                }
            }
            let mut set = JoinSet::<()>::new();
            set.spawn(alive.forever());
            set.spawn(async { panic!("in a poll") });
            let held = Panics(alive.clone());
            set.spawn(async move {
                let _held = held;
                pending().await
            });
            yield_now().await;
            set.shutdown().await;
            assert!(set.is_empty(), "{name}");
            assert_eq!(alive.count(), 0, "{name}");
            // It can be used again.
            set.spawn(async {});
            set.join_next().await.unwrap().unwrap();
        });
    }
}

#[test]
fn detached_tasks_go_on() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        runtime.block_on(async {
            let mut set = JoinSet::new();
            let mut senders = Vec::new();
            let handles: Vec<_> = (0..10)
                .map(|_| {
                    let (sender, receiver) = oneshot::channel::<()>();
                    senders.push(sender);
                    let held = alive.clone();
                    set.spawn(async move {
                        receiver.await.unwrap();
                        held
                    })
                })
                .collect();
            // Half of them complete first.
            for sender in senders.drain(..5) {
                sender.send(()).unwrap();
            }
            while handles[..5].iter().any(|handle| !handle.is_finished()) {
                yield_now().await;
            }
            set.detach_all();
            assert!(set.is_empty(), "{name}");
            assert!(set.join_next().await.is_none());
            alive.wait_for(5).await;
            // Slots are used again while the old tasks complete.
            let held = alive.clone();
            set.spawn(async move { held });
            for sender in senders {
                sender.send(()).unwrap();
            }
            set.join_next().await.unwrap().unwrap();
            alive.wait_for(0).await;
            drop(set);
            assert!(handles.iter().all(heist::task::AbortHandle::is_finished), "{name}");
        });
    }
}

#[test]
fn join_all_passes_a_panic_on_and_aborts_the_rest() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        let mut set = JoinSet::<()>::new();
        set.spawn_on(alive.forever(), runtime.handle());
        set.spawn_on(async { std::panic::panic_any(7_u8) }, runtime.handle());
        let payload = catch_unwind(AssertUnwindSafe(|| runtime.block_on(set.join_all()))).unwrap_err();
        assert_eq!(payload.downcast_ref::<u8>(), Some(&7), "{name}");
        runtime.block_on(alive.wait_for(0));
    }
}

#[test]
#[should_panic(expected = "was cancelled")]
fn join_all_panics_for_a_cancelled_task() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        set.spawn(pending::<()>()).abort();
        set.join_all().await;
    });
}

#[test]
fn a_future_that_is_dropped_joins_nothing() {
    current_thread().block_on(async {
        let mut set = JoinSet::new();
        let (sender, receiver) = oneshot::channel::<u32>();
        set.spawn(async move { receiver.await.unwrap() });
        {
            let mut joining = pin!(set.join_next());
            assert!(joining.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
            sender.send(7).unwrap();
            yield_now().await;
        }
        assert_eq!(set.len(), 1);
        assert_eq!(set.join_next().await.unwrap().unwrap(), 7);
    });
}

#[test]
fn closures_are_joined() {
    for (name, runtime) in runtimes() {
        let mut set = JoinSet::new();
        set.spawn_blocking_on(|| 1, runtime.handle());
        let mut outputs = runtime.block_on(async {
            set.spawn_blocking(|| 2);
            set.spawn(async { 3 });
            set.join_all().await
        });
        outputs.sort_unstable();
        assert_eq!(outputs, [1, 2, 3], "{name}");
    }
}

#[test]
fn local_tasks_are_joined() {
    let local = LocalSet::new();
    let mut set = JoinSet::new();
    let rc = std::rc::Rc::new(1);
    set.spawn_local_on(
        {
            let rc = rc.clone();
            async move { rc }
        },
        &local,
    );
    let outputs = local.block_on(&current_thread(), async {
        let rc = rc.clone();
        set.spawn_local(async move { rc });
        set.join_all().await
    });
    assert_eq!(outputs.iter().map(|rc| **rc).sum::<i32>(), 2);
    assert_eq!(std::rc::Rc::strong_count(&rc), 3);

    LocalRuntime::new().unwrap().block_on(async {
        let mut set = JoinSet::new();
        set.spawn_local(async move { rc });
        assert_eq!(*set.join_next().await.unwrap().unwrap(), 1);
    });
}

#[test]
fn a_set_collects_and_extends() {
    current_thread().block_on(async {
        let mut set: JoinSet<u32> = (0..5).map(|number| async move { number }).collect();
        set.extend((5..10).map(|number| async move { number }));
        let mut outputs = set.join_all().await;
        outputs.sort_unstable();
        assert_eq!(outputs, (0..10).collect::<Vec<_>>());
        assert!(JoinSet::<u32>::default().is_empty());
    });
}

#[test]
fn spawning_outside_a_runtime_names_the_caller() {
    let location = Arc::new(std::sync::Mutex::new(String::new()));
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new({
        let location = location.clone();
        let this = thread::current().id();
        move |info| {
            if thread::current().id() == this {
                *location.lock().unwrap() = info.location().unwrap().file().to_owned();
            } else {
                before(info);
            }
        }
    }));
    assert!(catch_unwind(|| JoinSet::new().spawn(async {})).is_err());
    drop(std::panic::take_hook());
    assert!(location.lock().unwrap().ends_with("task_join_set.rs"), "{location:?}");
}

/// Slots are used over and over, by tasks that complete on other threads.
#[test]
fn churn() {
    for (name, runtime) in runtimes() {
        let alive = Alive::default();
        runtime.block_on(async {
            let mut set = JoinSet::new();
            let (mut sum, mut expected) = (0, 0);
            for number in 0..20_000_u64 {
                let held = alive.clone();
                set.spawn(async move {
                    if number % 3 == 0 {
                        yield_now().await;
                    }
                    (number, held)
                });
                expected += number;
                while set.len() > 64 {
                    sum += set.join_next().await.unwrap().unwrap().0;
                }
                if let Some(output) = set.try_join_next() {
                    sum += output.unwrap().0;
                }
            }
            while let Some(output) = set.join_next().await {
                sum += output.unwrap().0;
            }
            assert_eq!(sum, expected, "{name}");
        });
        assert_eq!(alive.count(), 0, "{name}");
    }
}
