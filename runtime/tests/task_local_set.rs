//! Local sets and `spawn_local` inside the runtimes.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Handle, LocalRuntime, Runtime};
use heist::sync::oneshot;
use heist::task::{self, LocalSet, spawn_local, yield_now};

fn runtimes() -> [(&'static str, Runtime); 3] {
    [
        ("current_thread", Builder::new_current_thread().enable_all().build().unwrap()),
        ("1 worker", Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()),
        ("4 workers", Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()),
    ]
}

fn panic_of(f: impl FnOnce()) -> String {
    let payload = catch_unwind(AssertUnwindSafe(f)).expect_err("it does not panic");
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a text")).to_owned(),
    }
}

#[test]
fn tasks_stay_on_their_thread() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let here = thread::current().id();
        let count = Rc::new(Cell::new(0));
        local.block_on(&runtime, async {
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let count = count.clone();
                    spawn_local(async move {
                        for _ in 0..10 {
                            assert_eq!(thread::current().id(), here);
                            count.set(count.get() + 1);
                            yield_now().await;
                        }
                        task::id()
                    })
                })
                .collect();
            for task in tasks {
                assert_eq!(task.id(), task.await.unwrap(), "{name}");
            }
        });
        assert_eq!(count.get(), 1000, "{name}");
    }
}

#[test]
fn tasks_wait_for_other_threads() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let total = Rc::new(Cell::new(0));
        local.block_on(&runtime, async {
            let tasks: Vec<_> = (0..50_u64)
                .map(|number| {
                    let total = total.clone();
                    spawn_local(async move {
                        // A closure, a task of the runtime, a thread that is none of its own, and a timer.
                        let closure = task::spawn_blocking(move || number).await.unwrap();
                        let spawned = heist::spawn(async move { number }).await.unwrap();
                        let (sender, receiver) = oneshot::channel();
                        if number % 10 == 0 {
                            thread::spawn(move || sender.send(number).unwrap());
                        } else {
                            sender.send(number).unwrap();
                        }
                        heist::time::sleep(Duration::from_millis(number % 3)).await;
                        let sent = receiver.await.unwrap();
                        total.set(total.get() + closure + spawned + sent);
                    })
                })
                .collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        assert_eq!(total.get(), 3 * 1225, "{name}");
    }
}

#[test]
fn awaiting_the_set_runs_all_its_tasks() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let ran = Rc::new(Cell::new(0));
        for _ in 0..200 {
            let ran = ran.clone();
            local.spawn_local(async move {
                yield_now().await;
                let nested = ran.clone();
                spawn_local(async move {
                    task::spawn_blocking(|| ()).await.unwrap();
                    nested.set(nested.get() + 1);
                });
                ran.set(ran.get() + 1);
            });
        }
        assert_eq!(ran.get(), 0);
        runtime.block_on(local);
        assert_eq!(ran.get(), 400, "{name}");
        assert_eq!(Rc::strong_count(&ran), 1, "{name}");
    }
}

#[test]
fn tasks_go_on_when_the_set_runs_again() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel();
        let (task,) = local.block_on(&runtime, async {
            let task = spawn_local(async move { receiver.await.unwrap() });
            yield_now().await;
            (task,)
        });
        // Neither the wake nor the time in the runtime runs it.
        thread::spawn(move || sender.send(7).unwrap()).join().unwrap();
        runtime.block_on(yield_now());
        assert!(!task.is_finished(), "{name}");
        assert_eq!(runtime.block_on(local.run_until(task)).unwrap(), 7, "{name}");
    }
}

#[test]
fn a_set_lets_the_others_run() {
    for (_, runtime) in runtimes() {
        runtime.block_on(async {
            let local = LocalSet::new();
            local.spawn_local(async {
                loop {
                    yield_now().await;
                }
            });
            // The main future waits for a task that shares its thread with the set.
            local
                .run_until(async {
                    heist::spawn(yield_now()).await.unwrap();
                    heist::time::sleep(Duration::from_millis(1)).await;
                    task::spawn_blocking(|| ()).await.unwrap();
                })
                .await;
        });
    }
}

#[test]
fn aborts_come_from_anywhere() {
    struct OnOwner(thread::ThreadId, Rc<Cell<usize>>);
    impl Drop for OnOwner {
        fn drop(&mut self) {
            assert_eq!(thread::current().id(), self.0);
            self.1.set(self.1.get() + 1);
        }
    }
    for (name, runtime) in runtimes() {
        let dropped = Rc::new(Cell::new(0));
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let tasks: Vec<_> = (0..20)
                .map(|_| {
                    let held = OnOwner(thread::current().id(), dropped.clone());
                    spawn_local(async move {
                        let _held = held;
                        pending::<()>().await;
                    })
                })
                .collect();
            yield_now().await;
            let aborts: Vec<_> = tasks.iter().map(task::JoinHandle::abort_handle).collect();
            thread::spawn(move || aborts.iter().for_each(task::AbortHandle::abort));
            for task in tasks {
                assert!(task.await.unwrap_err().is_cancelled(), "{name}");
            }
        });
        assert_eq!(dropped.get(), 20, "{name}");
    }
}

#[test]
fn a_handle_may_be_awaited_elsewhere() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let output = local.block_on(&runtime, async {
            let task = spawn_local(async { 7 });
            heist::spawn(task).await.unwrap().unwrap()
        });
        assert_eq!(output, 7, "{name}");
    }
}

#[test]
fn a_set_inside_a_closure() {
    for (name, runtime) in runtimes() {
        let closure = runtime.spawn_blocking(|| {
            let local = LocalSet::new();
            let rc = Rc::new(7);
            Handle::current().block_on(local.run_until(async move { *spawn_local(async move { rc }).await.unwrap() }))
        });
        assert_eq!(runtime.block_on(closure).unwrap(), 7, "{name}");
    }
}

#[test]
fn sets_nest() {
    for (name, runtime) in runtimes() {
        let (outer, inner) = (LocalSet::new(), LocalSet::new());
        let output = outer.block_on(&runtime, async {
            spawn_local(async move {
                let task = inner.run_until(async { spawn_local(async { 3 }).await.unwrap() }).await;
                // The outer set is the current one again.
                task + spawn_local(async { 4 }).await.unwrap()
            })
            .await
            .unwrap()
        });
        assert_eq!(output, 7, "{name}");
    }
}

#[test]
fn outside_a_set_spawn_local_panics() {
    const TEXT: &str = "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`";
    let spawn = || drop(spawn_local(async {}));
    assert!(panic_of(spawn).starts_with(TEXT));
    for (name, runtime) in runtimes() {
        assert!(panic_of(|| runtime.block_on(async { spawn() })).starts_with(TEXT), "{name}");
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            // A task of the runtime is outside, and so is a closure, wherever they run.
            let panic = heist::spawn(async { drop(spawn_local(async {})) }).await.unwrap_err().into_panic();
            assert!(panic.downcast_ref::<String>().unwrap().starts_with(TEXT), "{name}");
            let panic = task::spawn_blocking(|| drop(spawn_local(async {}))).await.unwrap_err().into_panic();
            assert!(panic.downcast_ref::<String>().unwrap().starts_with(TEXT), "{name}");
        });
    }
}

#[test]
fn local_runtimes_take_local_tasks_everywhere() {
    let runtime = LocalRuntime::new().unwrap();
    let rc = Rc::new(Cell::new(0));
    runtime.block_on(async {
        let add = |number: i32| {
            let rc = rc.clone();
            async move {
                yield_now().await;
                rc.set(rc.get() + number);
            }
        };
        spawn_local(add(1)).await.unwrap();
        // Inside tasks too, and a set has precedence.
        let nested = add(2);
        spawn_local(async move { spawn_local(nested).await.unwrap() }).await.unwrap();
        let local = LocalSet::new();
        let (task,) = local.run_until(async { (spawn_local(pending::<()>()),) }).await;
        drop(local);
        assert!(task.await.unwrap_err().is_cancelled());
        // Its other threads are not the place.
        let panic = task::spawn_blocking(|| drop(spawn_local(async {}))).await;
        assert!(panic.unwrap_err().is_panic());
    });
    assert_eq!(rc.get(), 3);
}

#[test]
fn enter_makes_the_set_current_for_block_on() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let (task,) = {
            let _guard = local.enter();
            runtime.block_on(async { (spawn_local(async { 7 }),) })
        };
        assert!(!task.is_finished(), "{name}");
        assert_eq!(local.block_on(&runtime, task).unwrap(), 7, "{name}");
    }
}

#[test]
fn dropping_the_set_inside_the_runtime_drops_its_tasks() {
    for (name, runtime) in runtimes() {
        let alive = Rc::new(());
        let order = Rc::new(RefCell::new(Vec::new()));
        runtime.block_on(async {
            let local = LocalSet::new();
            let mut tasks = Vec::new();
            for number in 0..10 {
                let (held, order) = (alive.clone(), order.clone());
                tasks.push(local.spawn_local(async move {
                    let _held = held;
                    if number % 2 == 0 {
                        heist::time::sleep(Duration::from_secs(3600)).await;
                    } else {
                        pending::<()>().await;
                    }
                    order.borrow_mut().push(number);
                }));
            }
            local.run_until(yield_now()).await;
            assert_eq!(Rc::strong_count(&alive), 11, "{name}");
            drop(local);
            assert_eq!(Rc::strong_count(&alive), 1, "{name}");
            for task in tasks {
                assert!(task.await.unwrap_err().is_cancelled(), "{name}");
            }
        });
        assert!(order.borrow().is_empty(), "{name}");
    }
}

#[test]
fn a_set_outlives_its_runtime() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        let (sender, receiver) = oneshot::channel();
        let (task,) = local.block_on(&runtime, async {
            let task = spawn_local(async { receiver.await.unwrap() });
            yield_now().await;
            (task,)
        });
        drop(runtime);
        sender.send(7).unwrap();
        let other = Builder::new_current_thread().build().unwrap();
        assert_eq!(local.block_on(&other, task).unwrap(), 7, "{name}");
    }
}

#[test]
fn panics_reach_the_handle_alone() {
    for (name, runtime) in runtimes() {
        let local = LocalSet::new();
        local.block_on(&runtime, async {
            let bad = spawn_local(async { panic!("boom") });
            let good = spawn_local(async { 7 });
            assert!(bad.await.unwrap_err().is_panic(), "{name}");
            assert_eq!(good.await.unwrap(), 7, "{name}");
        });
        assert_eq!(panic_of(|| local.block_on(&runtime, async { panic!("in main") })), "in main");
        assert_eq!(local.block_on(&runtime, async { spawn_local(async { 8 }).await.unwrap() }), 8, "{name}");
    }
}

/// Every task has a budget of its own, and so has each poll of the main future.
#[test]
fn tasks_have_budgets() {
    for (name, runtime) in runtimes() {
        LocalSet::new().block_on(&runtime, async {
            let task = spawn_local(async {
                for _ in 0..1000 {
                    task::consume_budget().await;
                }
                task::coop::has_budget_remaining()
            });
            for _ in 0..1000 {
                task::consume_budget().await;
            }
            task.await.unwrap();
        });
        assert!(task::coop::has_budget_remaining(), "{name}");
    }
}
