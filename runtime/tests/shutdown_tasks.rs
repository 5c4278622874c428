//! The end of a runtime with tasks and closures in every state: each future, output and closure is dropped exactly
//! once, and each handle resolves.

mod rt_support;

use std::future::{pending, poll_fn};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use heist::runtime::{Handle, Runtime};
use heist::sync::oneshot;
use heist::task::{JoinHandle, spawn_blocking, yield_now};

use rt_support::{Census, Citizen, every_flavour, panic_of, wait, wait_until};

/// The ways to end a runtime, each on a new one of every flavour.
fn every_end(f: impl Fn(Runtime, &dyn Fn(Runtime))) {
    let ends: [&dyn Fn(Runtime); 4] = [
        &drop,
        &|runtime| runtime.shutdown_timeout(Duration::from_secs(20)),
        &|runtime| runtime.shutdown_timeout(Duration::ZERO),
        &Runtime::shutdown_background,
    ];
    for end in ends {
        every_flavour(|build| f(build(), end));
    }
}

async fn hold(citizen: Citizen) {
    let _citizen = citizen;
    pending::<()>().await;
}

#[test]
fn pending_and_queued() {
    every_end(|runtime, end| {
        let census = Census::default();
        let mut tasks = Vec::new();
        let held = census.clone();
        // Pending, spawned by a task and by `block_on`.
        tasks.extend(runtime.block_on(async {
            let mut tasks: Vec<_> = (0..300).map(|_| heist::spawn(hold(held.citizen()))).collect();
            let inner =
                heist::spawn(async move { (0..300).map(|_| heist::spawn(hold(held.citizen()))).collect::<Vec<_>>() });
            tasks.extend(inner.await.unwrap());
            tasks
        }));
        // Queued: more than a worker takes at a time, and nobody waits for them.
        for _ in 0..300 {
            let citizen = census.citizen();
            tasks.push(runtime.spawn(async move {
                loop {
                    let _here = &citizen;
                    yield_now().await;
                }
            }));
        }
        end(runtime);
        for task in tasks {
            assert!(wait(task).unwrap_err().is_cancelled());
        }
        wait_until(|| census.alive() == 0);
        assert_eq!(census.made(), 900);
    });
}

/// Spawns another of its kind when dropped, `left` times.
struct SpawnsAtEnd {
    left: usize,
    census: Census,
    _citizen: Citizen,
}

impl Drop for SpawnsAtEnd {
    fn drop(&mut self) {
        if self.left > 0 {
            let next =
                SpawnsAtEnd { left: self.left - 1, census: self.census.clone(), _citizen: self.census.citizen() };
            let task = heist::spawn(async move {
                let _next = next;
                pending::<()>().await;
            });
            drop(task);
            let citizen = self.census.citizen();
            drop(spawn_blocking(move || drop(citizen)));
        }
    }
}

#[test]
fn destructors_that_spawn() {
    every_end(|runtime, end| {
        let census = Census::default();
        for _ in 0..20 {
            let at_end = SpawnsAtEnd { left: 5, census: census.clone(), _citizen: census.citizen() };
            drop(runtime.spawn(async move {
                let _at_end = at_end;
                pending::<()>().await;
            }));
        }
        runtime.block_on(async { heist::spawn(async {}).await.unwrap() });
        end(runtime);
        wait_until(|| census.alive() == 0);
        assert_eq!(census.made(), 20 * (6 + 5));
    });
}

#[test]
fn outputs_that_nobody_takes() {
    every_end(|runtime, end| {
        let census = Census::default();
        let kept: Vec<_> = (0..50)
            .map(|number| {
                let citizen = census.citizen();
                let task = runtime.spawn(async move { citizen });
                (number % 2 == 0).then_some(task)
            })
            .collect();
        runtime.block_on(async { heist::spawn(async {}).await.unwrap() });
        end(runtime);
        drop(kept);
        wait_until(|| census.alive() == 0);
    });
}

#[test]
fn destructors_of_outputs_that_panic() {
    struct PanicsAtEnd(#[allow(dead_code)] Citizen);
    impl Drop for PanicsAtEnd {
        fn drop(&mut self) {
            panic!("in the destructor of an output");
        }
    }
    every_flavour(|build| {
        let runtime = build();
        let census = Census::default();
        let citizen = census.citizen();
        // Detached: the output is dropped by the runtime.
        drop(runtime.spawn(async move { PanicsAtEnd(citizen) }));
        let citizen = census.citizen();
        drop(runtime.spawn_blocking(move || PanicsAtEnd(citizen)));
        runtime.block_on(async {
            while census.alive() > 0 {
                yield_now().await;
            }
            assert_eq!(heist::spawn(async { 7 }).await.unwrap(), 7);
            assert_eq!(spawn_blocking(|| 8).await.unwrap(), 8);
        });
        // The handle drops it: the panic must not leave the task behind.
        let citizen = census.citizen();
        let task = runtime.spawn(async move { PanicsAtEnd(citizen) });
        runtime.block_on(async {
            while !task.is_finished() {
                yield_now().await;
            }
        });
        let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(task)));
        assert_eq!(census.alive(), 0);
    });
}

#[test]
fn destructors_of_futures_that_panic() {
    struct PanicsAtEnd(#[allow(dead_code)] Citizen);
    impl Drop for PanicsAtEnd {
        fn drop(&mut self) {
            panic!("in the destructor of a future");
        }
    }
    every_flavour(|build| {
        let runtime = build();
        let census = Census::default();
        let at_end = PanicsAtEnd(census.citizen());
        let task = runtime.spawn(async move {
            let _at_end = at_end;
            pending::<()>().await;
        });
        task.abort();
        let error = runtime.block_on(task).unwrap_err();
        assert!(error.is_cancelled() || error.is_panic());
        assert_eq!(census.alive(), 0);
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    });
}

#[test]
fn tasks_that_wait_for_each_other() {
    every_end(|runtime, end| {
        let census = Census::default();
        for _ in 0..20 {
            let (citizens, slot) = ([census.citizen(), census.citizen()], Arc::new(Mutex::new(None)));
            let [one, other] = citizens;
            let shared = slot.clone();
            let first = runtime.spawn(async move {
                let _one = one;
                let other = poll_fn(|cx| match shared.lock().unwrap().take() {
                    Some(handle) => Poll::Ready(handle),
                    None => {
                        cx.waker().wake_by_ref();
                        Poll::Pending
                    }
                });
                let other: JoinHandle<()> = other.await;
                let _ = other.await;
            });
            let second = runtime.spawn(async move {
                let _other = other;
                let _ = first.await;
            });
            *slot.lock().unwrap() = Some(second);
        }
        runtime.block_on(async {
            for _ in 0..10 {
                heist::spawn(yield_now()).await.unwrap();
            }
        });
        end(runtime);
        wait_until(|| census.alive() == 0);
    });
}

#[test]
fn woken_by_threads_meanwhile() {
    every_end(|runtime, end| {
        let census = Census::default();
        let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let (citizen, wakers) = (census.citizen(), wakers.clone());
                runtime.spawn(async move {
                    let _citizen = citizen;
                    let mut stored = false;
                    poll_fn(|cx| {
                        if !std::mem::replace(&mut stored, true) {
                            wakers.lock().unwrap().push(cx.waker().clone());
                        }
                        Poll::<()>::Pending
                    })
                    .await;
                })
            })
            .collect();
        runtime.block_on(async {
            while wakers.lock().unwrap().len() < 100 {
                yield_now().await;
            }
        });
        let threads = [0, 1].map(|_| {
            let (wakers, stop) = (wakers.lock().unwrap().clone(), stop.clone());
            thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    for waker in &wakers {
                        waker.wake_by_ref();
                        let other = waker.clone();
                        other.wake();
                    }
                }
                // The last references, after the runtime.
                wakers.into_iter().for_each(Waker::wake);
            })
        });
        end(runtime);
        for task in tasks {
            assert!(wait(task).unwrap_err().is_cancelled());
        }
        wait_until(|| census.alive() == 0);
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn closures_that_run_and_closures_that_wait() {
    for limit in [1, 4] {
        for multi in [false, true] {
            let mut builder = match multi {
                false => heist::runtime::Builder::new_current_thread(),
                true => heist::runtime::Builder::new_multi_thread(),
            };
            let runtime = builder.worker_threads(2).max_blocking_threads(limit).build().unwrap();
            let (census, ran) = (Census::default(), Arc::new(AtomicUsize::new(0)));
            let (release, released) = mpsc::channel::<()>();
            let released = Arc::new(Mutex::new(released));
            let (started, has_started) = mpsc::channel();
            let closures: Vec<_> = (0..limit + 10)
                .map(|_| {
                    let (citizen, ran) = (census.citizen(), ran.clone());
                    let (started, released) = (started.clone(), released.clone());
                    runtime.spawn_blocking(move || {
                        ran.fetch_add(1, Ordering::Relaxed);
                        started.send(()).unwrap();
                        let _ = released.lock().unwrap().recv();
                        citizen
                    })
                })
                .collect();
            (0..limit).for_each(|_| has_started.recv().unwrap());
            runtime.shutdown_timeout(Duration::from_millis(20));
            assert_eq!(census.alive(), limit, "those that wait are dropped at once");
            drop(release);
            let ended = closures.into_iter().map(wait).filter(Result::is_ok).count();
            assert_eq!((ended, ran.load(Ordering::Relaxed)), (limit, limit));
            assert_eq!(census.alive(), 0);
        }
    }
}

#[test]
fn one_runtime_inside_another() {
    every_flavour(|outer| {
        every_flavour(|inner| {
            let census = Census::default();
            let (outer, inner) = (outer(), inner());
            drop(inner.spawn(hold(census.citizen())));
            drop(outer.spawn(hold(census.citizen())));
            // A task of the outer one waits for a task of the inner one, and the reverse.
            let waits = inner.spawn(hold(census.citizen()));
            let (citizen, handle) = (census.citizen(), inner.handle().clone());
            drop(outer.spawn(async move {
                let _citizen = citizen;
                let _ = waits.await;
                assert!(handle.spawn(async {}).await.unwrap_err().is_cancelled());
            }));
            let waits = outer.spawn(hold(census.citizen()));
            let citizen = census.citizen();
            drop(inner.spawn(async move {
                let _citizen = citizen;
                let _ = waits.await;
            }));
            // A closure of the outer one owns the inner one and ends it.
            let closure = outer.spawn_blocking(move || {
                assert_eq!(inner.block_on(async { 7 }), 7);
                drop(inner);
            });
            outer.block_on(closure).unwrap();
            drop(outer);
            assert_eq!(census.alive(), 0);
        });
    });
}

#[test]
fn ended_by_its_own_block_on() {
    every_flavour(|build| {
        let census = Census::default();
        let runtime = build();
        let handle = runtime.handle().clone();
        let task = runtime.spawn(hold(census.citizen()));
        let message = handle.block_on(async { panic_of(|| drop(runtime)).message });
        assert!(message.contains("shutdown_background"), "{message}");
        assert!(wait(task).unwrap_err().is_cancelled());
        let runtime = build();
        let task = runtime.spawn(hold(census.citizen()));
        runtime.handle().clone().block_on(async { runtime.shutdown_background() });
        assert!(wait(task).unwrap_err().is_cancelled());
        wait_until(|| census.alive() == 0);
    });
}

/// The last owner of a runtime is a closure of it, or a destructor that runs on one of its threads.
#[test]
fn ended_by_what_it_runs() {
    struct Ends(Option<Runtime>, mpsc::Sender<()>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let runtime = self.0.take();
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(runtime)));
            self.1.send(()).unwrap();
        }
    }
    every_flavour(|build| {
        let census = Census::default();
        for by_closure in [true, false] {
            let runtime = build();
            let handle = runtime.handle().clone();
            drop(runtime.spawn(hold(census.citizen())));
            let (done, is_done) = mpsc::channel();
            let ends = Ends(Some(runtime), done);
            match by_closure {
                true => drop(handle.spawn_blocking(move || drop(ends))),
                false => {
                    let task = handle.spawn(async move { drop(ends) });
                    // Nobody else drives a current-thread runtime.
                    if handle.runtime_flavor() == heist::runtime::RuntimeFlavor::CurrentThread {
                        continue;
                    }
                    let _ = wait(task);
                }
            }
            is_done.recv_timeout(Duration::from_secs(20)).expect("the runtime waits for itself");
        }
    });
}

#[test]
fn a_task_in_a_blocking_call_is_waited_for() {
    every_flavour(|build| {
        let runtime = build();
        if runtime.handle().runtime_flavor() == heist::runtime::RuntimeFlavor::CurrentThread {
            return;
        }
        let census = Census::default();
        let (started, has_started) = mpsc::channel();
        let citizen = census.citizen();
        let task = runtime.spawn(async move {
            let _citizen = citizen;
            started.send(Handle::current().id()).unwrap();
            thread::sleep(Duration::from_millis(50));
            7
        });
        has_started.recv().unwrap();
        drop(runtime);
        assert_eq!(census.alive(), 0);
        assert_eq!(wait(task).unwrap(), 7);
    });
}

#[test]
fn messages_on_their_way() {
    every_end(|runtime, end| {
        let census = Census::default();
        let (kept, gone) = (oneshot::channel(), oneshot::channel());
        kept.0.send(census.citizen()).ok().unwrap();
        let (receiver, sender) = (gone.1, gone.0);
        let waiting = runtime.spawn(async move { receiver.await.map(drop) });
        drop(runtime.spawn(async move {
            let _receiver = kept.1;
            pending::<()>().await;
        }));
        end(runtime);
        assert!(wait(waiting).unwrap_err().is_cancelled());
        assert!(sender.send(census.citizen()).is_err());
        wait_until(|| census.alive() == 0);
    });
}
