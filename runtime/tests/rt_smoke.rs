//! The schedulers run what they are given.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heist::runtime::{Builder, Runtime};

fn runtimes() -> Vec<(&'static str, Runtime)> {
    let mut runtimes = vec![("current_thread", Builder::new_current_thread().enable_all().build().unwrap())];
    for workers in [1, 2, 4] {
        let runtime = Builder::new_multi_thread().worker_threads(workers).enable_all().build().unwrap();
        runtimes.push(("multi_thread", runtime));
    }
    runtimes
}

#[test]
fn every_spawned_task_runs_once() {
    for (name, runtime) in runtimes() {
        let count = Arc::new(AtomicUsize::new(0));
        let sum = runtime.block_on(async {
            let handles: Vec<_> = (0..1000_usize)
                .map(|number| {
                    let count = count.clone();
                    heist::spawn(async move {
                        count.fetch_add(1, Ordering::Relaxed);
                        number
                    })
                })
                .collect();
            let mut sum = 0;
            for handle in handles {
                sum += handle.await.unwrap();
            }
            sum
        });
        assert_eq!((sum, count.load(Ordering::Relaxed)), (499_500, 1000), "{name}");
    }
}

#[test]
fn tasks_spawn_tasks() {
    fn tree(depth: u32) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(async move {
            if depth == 0 {
                return 1;
            }
            let left = heist::spawn(tree(depth - 1));
            let right = heist::spawn(tree(depth - 1));
            left.await.unwrap() + right.await.unwrap()
        })
    }
    for (name, runtime) in runtimes() {
        assert_eq!(runtime.block_on(async { heist::spawn(tree(10)).await.unwrap() }), 1024, "{name}");
    }
}

#[test]
fn foreign_threads_spawn() {
    for (name, runtime) in runtimes() {
        let done = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (handle, done) = (runtime.handle().clone(), done.clone());
                std::thread::spawn(move || {
                    let joins: Vec<_> = (0..500)
                        .map(|_| {
                            let done = done.clone();
                            handle.spawn(async move {
                                done.fetch_add(1, Ordering::Relaxed);
                            })
                        })
                        .collect();
                    futures::executor::block_on(async {
                        for join in joins {
                            join.await.unwrap();
                        }
                    });
                })
            })
            .collect();
        // A current-thread runtime runs only while somebody is inside `block_on`.
        runtime.block_on(async {
            while done.load(Ordering::Relaxed) < 2000 {
                heist::task::yield_now().await;
            }
        });
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(done.load(Ordering::Relaxed), 2000, "{name}");
    }
}

#[test]
fn dropping_a_runtime_drops_its_tasks() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    for (name, runtime) in runtimes() {
        let dropped = Arc::new(AtomicUsize::new(0));
        for _ in 0..100 {
            let counted = Counted(dropped.clone());
            runtime.spawn(async move {
                let _counted = counted;
                std::future::pending::<()>().await;
            });
        }
        runtime.block_on(async {
            for _ in 0..10 {
                heist::task::yield_now().await;
            }
        });
        drop(runtime);
        assert_eq!(dropped.load(Ordering::Relaxed), 100, "{name}");
    }
}
