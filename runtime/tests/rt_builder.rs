//! Settings, their defaults and their limits; handles, metrics and identities.

mod rt_support;

use std::collections::HashSet;
use std::env;
use std::io;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::process::{Command, Output};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use heist::runtime::{
    Builder, EnterGuard, Handle, Id, LocalOptions, LocalRuntime, Runtime, RuntimeFlavor, RuntimeMetrics,
    TryCurrentError, worker_index,
};

use rt_support::{assert_panics, both_flavours, current_thread, multi_thread, panic_of, wait_until};

#[test]
fn zeros_are_refused() {
    let mut builder = Builder::new_multi_thread();
    assert_panics("Worker threads cannot be set to 0", || {
        let _ = builder.worker_threads(0);
    });
    assert_panics("Max blocking threads cannot be set to 0", || {
        let _ = builder.max_blocking_threads(0);
    });
    assert_panics("event_interval must be greater than 0", || {
        let _ = builder.event_interval(0);
    });
    assert_panics("global_queue_interval must be greater than 0", || {
        let _ = builder.global_queue_interval(0);
    });
    assert_panics("max_io_events_per_tick cannot be set to 0", || {
        let _ = builder.max_io_events_per_tick(0);
    });
    assert_panics("max_io_events_per_busy_tick cannot be set to 0", || {
        let _ = builder.max_io_events_per_busy_tick(0);
    });
}

#[test]
fn all_settings_together() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder
            .worker_threads(2)
            .max_blocking_threads(3)
            .thread_name("named")
            .thread_stack_size(512 * 1024)
            .thread_keep_alive(Duration::from_millis(10))
            .event_interval(1)
            .global_queue_interval(1)
            .max_io_events_per_tick(16)
            .max_io_events_per_busy_tick(4)
            .name("everything")
            .enable_io()
            .enable_time()
            .build()
            .unwrap();
        assert_eq!(runtime.handle().name(), Some("everything"));
        let sum = runtime.block_on(async {
            let tasks: Vec<_> = (0..50).map(|number| heist::spawn(async move { number })).collect();
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, 1225);
        let name = runtime.spawn_blocking(|| thread::current().name().map(str::to_owned));
        assert_eq!(runtime.block_on(name).unwrap().as_deref(), Some("named"));
    }
}

#[test]
fn a_builder_builds_more_than_once() {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1);
    let one = builder.build().unwrap();
    let two = builder.worker_threads(2).build().unwrap();
    assert_eq!((one.metrics().num_workers(), two.metrics().num_workers()), (1, 2));
    assert_eq!(one.handle().name(), None);
    assert!(format!("{builder:?}").contains("MultiThread"));
}

#[test]
fn workers_have_their_names() {
    let next = AtomicUsize::new(0);
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name_fn(move || format!("numbered-{}", next.fetch_add(1, Ordering::Relaxed)))
        .build()
        .unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let barrier = barrier.clone();
            runtime.spawn(async move {
                barrier.wait();
                thread::current().name().unwrap().to_owned()
            })
        })
        .collect();
    let names: HashSet<_> = tasks.into_iter().map(|task| runtime.block_on(task).unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.starts_with("numbered-")), "{names:?}");
}

#[test]
fn the_default_name_is_the_one_tools_know() {
    let runtime = multi_thread();
    let name = runtime.spawn(async { thread::current().name().unwrap().to_owned() });
    assert_eq!(runtime.block_on(name).unwrap(), "tokio-rt-worker");
}

#[test]
fn a_bad_name_is_an_error() {
    let error = Builder::new_multi_thread().worker_threads(1).thread_name("nul\0nul").build().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

#[test]
fn each_thread_starts_and_stops_once() {
    let (started, stopped) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let runtime = {
        let (started, stopped) = (started.clone(), stopped.clone());
        Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(move || {
                started.fetch_add(1, Ordering::Relaxed);
            })
            .on_thread_stop(move || {
                stopped.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .unwrap()
    };
    runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    wait_until(|| started.load(Ordering::Relaxed) >= 3);
    assert_eq!(stopped.load(Ordering::Relaxed), 0);
    drop(runtime);
    assert_eq!(stopped.load(Ordering::Relaxed), started.load(Ordering::Relaxed));
}

#[test]
fn parks_are_announced() {
    let (parked, unparked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let runtime = {
        let (parked, unparked) = (parked.clone(), unparked.clone());
        Builder::new_multi_thread()
            .worker_threads(1)
            .on_thread_park(move || {
                parked.fetch_add(1, Ordering::Relaxed);
            })
            .on_thread_unpark(move || {
                unparked.fetch_add(1, Ordering::Relaxed);
            })
            .build()
            .unwrap()
    };
    wait_until(|| parked.load(Ordering::Relaxed) >= 1);
    runtime.block_on(runtime.spawn(async {})).unwrap();
    wait_until(|| unparked.load(Ordering::Relaxed) >= 1);
}

#[test]
fn a_callback_at_the_park_may_spawn() {
    let (sender, receiver) = mpsc::channel();
    let sender = Mutex::new(Some(sender));
    let _runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_park(move || {
            if let Some(sender) = sender.lock().unwrap().take() {
                heist::spawn(async move { sender.send(7).unwrap() });
            }
        })
        .build()
        .unwrap();
    assert_eq!(receiver.recv_timeout(Duration::from_secs(20)).unwrap(), 7);
}

#[test]
fn a_multi_thread_runtime_cannot_start_paused() {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(1).enable_time().start_paused(true);
    assert_panics("`start_paused` requires the `current_thread` Tokio runtime", || builder.build());
}

#[test]
fn flavours() {
    assert_eq!(current_thread().handle().runtime_flavor(), RuntimeFlavor::CurrentThread);
    assert_eq!(multi_thread().handle().runtime_flavor(), RuntimeFlavor::MultiThread);
}

#[test]
fn identities() {
    let (one, other) = (current_thread(), multi_thread());
    let (a, b) = (one.handle().id(), other.handle().id());
    assert_ne!(a, b);
    assert_ne!(a.to_string(), b.to_string());
    assert_eq!(one.block_on(async { Handle::current().id() }), a);
    assert_eq!(other.block_on(other.spawn(async { Handle::current().id() })).unwrap(), b);
}

#[test]
fn tasks_see_their_worker() {
    let runtime = multi_thread();
    let index = runtime.block_on(runtime.spawn(async { worker_index() })).unwrap();
    assert!(index.is_some_and(|index| index < runtime.metrics().num_workers()));
    assert_eq!(runtime.block_on(async { worker_index() }), None);
    assert_eq!(current_thread().block_on(async { worker_index() }), Some(0));
    assert_eq!(LocalRuntime::new().unwrap().block_on(async { worker_index() }), Some(0));
}

#[test]
fn metrics_count() {
    both_flavours(|runtime| {
        let metrics = runtime.metrics();
        assert_eq!(metrics.num_alive_tasks(), 0);
        let tasks: Vec<_> = (0..5).map(|_| runtime.spawn(std::future::pending::<()>())).collect();
        wait_until(|| metrics.num_alive_tasks() == 5);
        tasks.iter().for_each(heist::task::JoinHandle::abort);
        for task in tasks {
            assert!(runtime.block_on(task).unwrap_err().is_cancelled());
        }
        wait_until(|| metrics.num_alive_tasks() == 0);
        for worker in 0..metrics.num_workers() {
            let _ = metrics.worker_total_busy_duration(worker);
            // They are counted one after the other.
            wait_until(|| metrics.worker_park_count(worker) <= metrics.worker_park_unpark_count(worker));
        }
        let beyond = metrics.num_workers();
        assert_panics("there is no worker", || metrics.worker_park_count(beyond));
        assert_panics("there is no worker", || metrics.worker_park_unpark_count(beyond));
        assert_panics("there is no worker", || metrics.worker_total_busy_duration(beyond));
    });
    assert_eq!(current_thread().metrics().num_workers(), 1);
}

#[test]
fn the_global_queue_is_counted() {
    let runtime = current_thread();
    let handle = runtime.handle().clone();
    thread::spawn(move || (0..3).for_each(|_| drop(handle.spawn(async {})))).join().unwrap();
    assert_eq!(runtime.metrics().global_queue_depth(), 3);
    runtime.block_on(async { heist::spawn(async {}).await }).unwrap();
    assert_eq!(runtime.metrics().global_queue_depth(), 0);
}

#[test]
fn a_local_runtime_runs_what_is_not_send() {
    let runtime = Builder::new_current_thread().enable_all().build_local(LocalOptions::default()).unwrap();
    let shared = Rc::new(7);
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            runtime.spawn_local({
                let shared = shared.clone();
                async move { *shared }
            })
        })
        .collect();
    let handle = runtime.handle().clone();
    let remote = thread::spawn(move || handle.spawn(async { thread::current().id() })).join().unwrap();
    for task in tasks {
        assert_eq!(runtime.block_on(task).unwrap(), 7);
    }
    assert_eq!(runtime.block_on(remote).unwrap(), thread::current().id());
    assert_eq!(runtime.block_on(runtime.spawn_blocking(|| 8)).unwrap(), 8);
    let kept = shared.clone();
    runtime.spawn_local(async move {
        let _kept = kept;
        std::future::pending::<()>().await;
    });
    assert_eq!(runtime.metrics().num_workers(), 1);
    assert_eq!(runtime.enter_and_ask(), runtime.handle().id());
    drop(runtime);
    assert_eq!(Rc::strong_count(&shared), 1);
}

trait EnterAndAsk {
    fn enter_and_ask(&self) -> Id;
}

impl EnterAndAsk for LocalRuntime {
    fn enter_and_ask(&self) -> Id {
        let _guard: EnterGuard<'_> = self.enter();
        Handle::current().id()
    }
}

#[test]
fn a_local_runtime_is_never_multi_thread() {
    let mut builder = Builder::new_multi_thread();
    let message = panic_of(|| builder.build_local(LocalOptions::default())).message;
    assert!(message.contains("new_current_thread"), "{message:?} does not name the way out");
    LocalRuntime::new().unwrap().shutdown_background();
    LocalRuntime::new().unwrap().shutdown_timeout(Duration::from_secs(1));
}

#[test]
fn auto_traits() {
    fn everywhere<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    fn threads<T: Send + Sync + Unpin>() {}
    fn shared<T: Sync + Unpin>() {}
    fn unwinds<T: Unpin + UnwindSafe + RefUnwindSafe>() {}
    everywhere::<Runtime>();
    everywhere::<Handle>();
    everywhere::<RuntimeMetrics>();
    everywhere::<RuntimeFlavor>();
    everywhere::<TryCurrentError>();
    everywhere::<Id>();
    threads::<Builder>();
    shared::<EnterGuard<'_>>();
    unwinds::<LocalRuntime>();
    unwinds::<LocalOptions>();
}

/// Reports the number of workers, if it runs as the child of one of the tests below.
#[test]
fn child() {
    if env::var_os("HEIST_TEST_CHILD").is_some() {
        println!("workers: {}", Runtime::new().unwrap().metrics().num_workers());
    }
}

fn child_with(variables: &[(&str, &str)]) -> Output {
    Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env_remove("HEIST_WORKER_THREADS")
        .env_remove("TOKIO_WORKER_THREADS")
        .env("HEIST_TEST_CHILD", "1")
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn workers_with(variables: &[(&str, &str)]) -> usize {
    let output = child_with(variables);
    let text = String::from_utf8(output.stdout).unwrap();
    let number = text.split("workers: ").nth(1).and_then(|rest| rest.split_whitespace().next());
    number.unwrap_or_else(|| panic!("no number in {text:?}")).parse().unwrap()
}

#[test]
fn the_environment_sets_the_number_of_workers() {
    assert_eq!(workers_with(&[("TOKIO_WORKER_THREADS", "3")]), 3);
    assert_eq!(workers_with(&[("TOKIO_WORKER_THREADS", "3"), ("HEIST_WORKER_THREADS", "5")]), 5);
    let by_processors = workers_with(&[]);
    assert!(by_processors >= 1 && by_processors <= thread::available_parallelism().unwrap().get() + 1);
}

#[test]
fn a_bad_environment_is_refused() {
    for (variable, value, expected) in [
        ("TOKIO_WORKER_THREADS", "0", "\"TOKIO_WORKER_THREADS\" cannot be set to 0"),
        ("HEIST_WORKER_THREADS", "0", "\"HEIST_WORKER_THREADS\" cannot be set to 0"),
        ("TOKIO_WORKER_THREADS", "many", "\"TOKIO_WORKER_THREADS\" must be usize"),
        ("HEIST_WORKER_THREADS", "", "\"HEIST_WORKER_THREADS\" must be usize"),
    ] {
        let output = child_with(&[(variable, value)]);
        let text = [output.stderr, output.stdout].concat();
        let text = String::from_utf8_lossy(&text);
        assert!(!output.status.success() && text.contains(expected), "{variable}={value}: {text}");
    }
}
