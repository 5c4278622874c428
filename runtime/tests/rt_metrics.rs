//! `RuntimeMetrics`: what each number counts, on both flavours.

mod rt_support;

use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use heist::runtime::{Builder, Handle, HistogramConfiguration, LogHistogram, Runtime, RuntimeMetrics};
use heist::task;
use rt_support::{assert_panics, wait_until};

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// With that many workers, and no more: if the system stops one of them for long no spare comes.
fn workers(number: usize) -> Runtime {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(number).enable_all().stall_threshold(Duration::MAX).build().unwrap()
}

fn sum(metrics: &RuntimeMetrics, number: impl Fn(&RuntimeMetrics, usize) -> u64) -> u64 {
    (0..metrics.num_workers()).map(|worker| number(metrics, worker)).sum()
}

/// Keeps a worker busy until told.
fn occupy(runtime: &Runtime) -> mpsc::Sender<()> {
    let (stop, stopped) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    runtime.spawn(async move {
        started.send(()).unwrap();
        let _ = stopped.recv();
    });
    has_started.recv().unwrap();
    stop
}

#[test]
fn tasks_are_counted_from_spawn_to_end() {
    for runtime in [current_thread(), workers(2)] {
        let metrics = runtime.metrics();
        assert_eq!((metrics.num_alive_tasks(), metrics.spawned_tasks_count()), (0, 0));
        let (release, released) = heist::sync::oneshot::channel::<()>();
        let waits = runtime.spawn(released);
        runtime.block_on(async {
            for _ in 0..10 {
                heist::spawn(async {}).await.unwrap();
            }
        });
        wait_until(|| metrics.num_alive_tasks() == 1);
        assert_eq!(metrics.spawned_tasks_count(), 11);
        release.send(()).unwrap();
        runtime.block_on(waits).unwrap().unwrap();
        wait_until(|| metrics.num_alive_tasks() == 0);
        assert_eq!(metrics.spawned_tasks_count(), 11);
    }
}

#[test]
fn polls_are_counted() {
    for runtime in [current_thread(), workers(2)] {
        let metrics = runtime.metrics();
        runtime
            .block_on(runtime.spawn(async {
                for _ in 0..99 {
                    task::yield_now().await;
                }
            }))
            .unwrap();
        assert_eq!(sum(&metrics, RuntimeMetrics::worker_poll_count), 100);
    }
}

#[test]
fn schedules_from_here_and_from_elsewhere() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let (polled, is_polled) = mpsc::channel();
        let polled = Mutex::new(polled);
        builder.worker_threads(1).stall_threshold(Duration::MAX);
        builder.on_after_task_poll(move |_| _ = polled.lock().unwrap().send(()));
        let runtime = builder.build().unwrap();
        let metrics = runtime.metrics();
        assert_eq!(metrics.remote_schedule_count(), 0);
        let (release, released) = heist::sync::oneshot::channel::<()>();
        let task = runtime.spawn(async move {
            released.await.unwrap();
            for _ in 0..10 {
                heist::spawn(async {}).await.unwrap();
            }
        });
        assert_eq!(metrics.remote_schedule_count(), 1, "the spawn");
        thread::scope(|scope| {
            scope.spawn(move || {
                // Its poll is over: a task that is woken before that is scheduled by its worker.
                is_polled.recv().unwrap();
                release.send(()).unwrap();
            });
            runtime.block_on(task).unwrap();
        });
        assert_eq!(metrics.remote_schedule_count(), 2, "the spawn and the wake");
        // Each of the ten is spawned, and wakes the one that waits for it.
        assert_eq!(metrics.worker_local_schedule_count(0), 20);
    }
}

#[test]
fn parks_come_in_pairs_and_some_lead_to_nothing() {
    let runtime = workers(1);
    let metrics = runtime.metrics();
    wait_until(|| {
        let (parks, both) = (metrics.worker_park_count(0), metrics.worker_park_unpark_count(0));
        parks > 0 && both == 2 * parks - 1
    });
    let parks = metrics.worker_park_count(0);
    runtime.block_on(runtime.spawn(async {})).unwrap();
    wait_until(|| metrics.worker_park_count(0) > parks);
    // The worker fires a timer of this thread, and has nothing to poll.
    let noops = metrics.worker_noop_count(0);
    runtime.block_on(async { heist::time::sleep(Duration::from_millis(5)).await });
    wait_until(|| metrics.worker_noop_count(0) > noops);
}

#[test]
fn busy_time_is_time_spent_working() {
    const WORK: Duration = Duration::from_millis(20);
    for runtime in [current_thread(), workers(1)] {
        let metrics = runtime.metrics();
        let before = metrics.worker_total_busy_duration(0);
        let work = runtime.spawn(async {
            thread::sleep(WORK);
            heist::time::sleep(Duration::from_millis(1)).await;
        });
        runtime.block_on(work).unwrap();
        wait_until(|| metrics.worker_total_busy_duration(0) - before >= WORK);
        // What follows is sleep. A thread that the system stops before it sleeps is busy so long, but not each time.
        wait_until(|| {
            let busy = metrics.worker_total_busy_duration(0);
            runtime.block_on(runtime.spawn(async { heist::time::sleep(4 * WORK).await })).unwrap();
            metrics.worker_total_busy_duration(0) - busy < 2 * WORK
        });
    }
}

#[test]
fn the_mean_poll_time_follows_the_polls() {
    for runtime in [current_thread(), workers(1)] {
        let metrics = runtime.metrics();
        let polls = runtime.spawn(async {
            for _ in 0..200 {
                thread::sleep(Duration::from_millis(1));
                task::yield_now().await;
            }
        });
        runtime.block_on(polls).unwrap();
        wait_until(|| metrics.worker_mean_poll_time(0) >= Duration::from_micros(500));
    }
}

#[test]
fn stolen_tasks_are_counted_by_the_thief() {
    // What lies in the slot of a worker that is stuck is given away.
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let metrics = runtime.metrics();
    let (done, is_done) = mpsc::channel();
    runtime.spawn(async move {
        let tasks = 64;
        for _ in 0..tasks {
            let done = done.clone();
            heist::spawn(async move { done.send(()).unwrap() });
        }
        // While this one blocks, only the other worker can run them.
        for _ in 0..tasks {
            is_done.recv().unwrap();
        }
        drop(done);
    });
    wait_until(|| metrics.num_alive_tasks() == 0);
    let stolen = sum(&metrics, RuntimeMetrics::worker_steal_count);
    let operations = sum(&metrics, RuntimeMetrics::worker_steal_operations);
    assert!(operations > 0 && stolen >= operations, "{stolen} tasks in {operations} operations");
    assert_eq!(sum(&metrics, RuntimeMetrics::worker_overflow_count), 0);
}

#[test]
fn queues_are_as_deep_as_what_waits_in_them() {
    let runtime = workers(1);
    let metrics = runtime.metrics();
    let (queued, is_queued) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    runtime.spawn(async move {
        for _ in 0..3 {
            heist::spawn(async {});
        }
        queued.send(()).unwrap();
        let _ = may_go.recv();
    });
    is_queued.recv().unwrap();
    let outside: Vec<_> = (0..4).map(|_| runtime.spawn(async {})).collect();
    // A worker that is stuck gives some of it away, so together.
    assert_eq!(metrics.worker_local_queue_depth(0) + metrics.global_queue_depth(), 7);
    go.send(()).unwrap();
    for task in outside {
        runtime.block_on(task).unwrap();
    }
    wait_until(|| metrics.num_alive_tasks() == 0);
    assert_eq!(metrics.worker_local_queue_depth(0), 0);
}

#[heist::test]
async fn a_current_thread_runtime_sees_its_own_queue() {
    let metrics = Handle::current().metrics();
    heist::spawn(async {});
    heist::spawn(async {});
    assert_eq!(metrics.worker_local_queue_depth(0), 2);
    assert_eq!(thread::spawn(move || metrics.worker_local_queue_depth(0)).join().unwrap(), 0);
}

#[test]
fn forced_yields_are_counted() {
    for runtime in [current_thread(), workers(1)] {
        let metrics = runtime.metrics();
        assert_eq!(metrics.budget_forced_yield_count(), 0);
        runtime
            .block_on(runtime.spawn(async {
                for _ in 0..1000 {
                    task::consume_budget().await;
                }
            }))
            .unwrap();
        // 1000 operations at 128 each.
        wait_until(|| metrics.budget_forced_yield_count() == 7);
    }
}

#[test]
fn workers_have_threads() {
    let runtime = workers(2);
    let metrics = runtime.metrics();
    wait_until(|| (0..2).all(|worker| metrics.worker_thread_id(worker).is_some()));
    assert_ne!(metrics.worker_thread_id(0), metrics.worker_thread_id(1));
    let (worker, id) = runtime
        .block_on(runtime.spawn(async { (heist::runtime::worker_index().unwrap(), thread::current().id()) }))
        .unwrap();
    assert_eq!(metrics.worker_thread_id(worker), Some(id));

    let runtime = current_thread();
    assert_eq!(runtime.metrics().worker_thread_id(0), None);
    runtime.block_on(async {});
    assert_eq!(runtime.metrics().worker_thread_id(0), Some(thread::current().id()));
}

#[test]
fn sockets_and_their_events_are_counted() {
    for runtime in [current_thread(), workers(1)] {
        let metrics = runtime.metrics();
        runtime.block_on(async {
            let listener = heist::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let client = heist::net::TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
            let (server, _) = listener.accept().await.unwrap();
            assert_eq!(metrics.io_driver_fd_registered_count(), 3);
            assert_eq!(metrics.io_driver_fd_deregistered_count(), 0);
            drop((client, server));
        });
        assert_eq!(metrics.io_driver_fd_deregistered_count(), 3);
        assert!(metrics.io_driver_ready_count() >= 1, "the listener became readable");
    }
    let without = Builder::new_current_thread().build().unwrap().metrics();
    assert_eq!((without.io_driver_fd_registered_count(), without.io_driver_ready_count()), (0, 0));
}

#[test]
fn the_blocking_pool_is_counted() {
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let metrics = runtime.metrics();
    let (stop, stopped) = mpsc::channel::<()>();
    let first = runtime.spawn_blocking(move || {
        let _ = stopped.recv();
    });
    let second = runtime.spawn_blocking(|| ());
    wait_until(|| metrics.blocking_queue_depth() == 1);
    assert_eq!((metrics.num_blocking_threads(), metrics.num_idle_blocking_threads()), (1, 0));
    stop.send(()).unwrap();
    runtime.block_on(async { (first.await.unwrap(), second.await.unwrap()) });
    wait_until(|| metrics.num_idle_blocking_threads() == 1);
    assert_eq!(metrics.blocking_queue_depth(), 0);
}

#[test]
fn poll_times_are_sorted_into_buckets() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let buckets = HistogramConfiguration::linear(Duration::from_millis(5), 3);
        let runtime = builder
            .worker_threads(1)
            .enable_metrics_poll_time_histogram()
            .metrics_poll_time_histogram_configuration(buckets)
            .build()
            .unwrap();
        let metrics = runtime.metrics();
        assert!(metrics.poll_time_histogram_enabled());
        assert_eq!(metrics.poll_time_histogram_num_buckets(), 3);
        let ms = Duration::from_millis;
        let ranges: Vec<_> = (0..3).map(|bucket| metrics.poll_time_histogram_bucket_range(bucket)).collect();
        assert_eq!(ranges, [ms(0)..ms(5), ms(5)..ms(10), ms(10)..Duration::from_nanos(u64::MAX)]);
        let task = runtime.spawn(async move {
            task::yield_now().await;
            thread::sleep(ms(15));
        });
        runtime.block_on(task).unwrap();
        let counts = || (0..3).map(|bucket| metrics.poll_time_histogram_bucket_count(0, bucket)).collect::<Vec<_>>();
        // The last poll wakes who waits for the task, and is counted then.
        wait_until(|| counts().iter().sum::<u64>() == 2);
        let counts = counts();
        assert!(counts[2] >= 1, "a poll of 15 ms is not in {counts:?}");
    }
}

#[test]
fn the_order_of_the_histogram_settings_does_not_matter() {
    let log = HistogramConfiguration::log(LogHistogram::builder().max_error(0.5));
    let mut builder = Builder::new_current_thread();
    builder.metrics_poll_time_histogram_configuration(log.clone());
    assert!(!builder.build().unwrap().metrics().poll_time_histogram_enabled());
    let one = builder.enable_metrics_poll_time_histogram().build().unwrap();
    let mut builder = Builder::new_current_thread();
    builder.enable_metrics_poll_time_histogram();
    assert_eq!(builder.build().unwrap().metrics().poll_time_histogram_num_buckets(), 10);
    let other = builder.metrics_poll_time_histogram_configuration(log).build().unwrap();
    assert_eq!(one.metrics().poll_time_histogram_num_buckets(), other.metrics().poll_time_histogram_num_buckets());
}

#[test]
fn without_a_histogram_its_numbers_are_zero() {
    let metrics = current_thread().metrics();
    assert!(!metrics.poll_time_histogram_enabled());
    assert_eq!(metrics.poll_time_histogram_num_buckets(), 0);
    assert!(metrics.poll_time_histogram_bucket_range(3).is_empty());
    assert_eq!(metrics.poll_time_histogram_bucket_count(0, 3), 0);
}

#[test]
fn indices_out_of_range_are_refused() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_metrics_poll_time_histogram().build().unwrap();
    let metrics = runtime.metrics();
    let worker = "there is no worker 2";
    assert_panics(worker, || metrics.worker_poll_count(2));
    assert_panics(worker, || metrics.worker_mean_poll_time(2));
    assert_panics(worker, || metrics.worker_noop_count(2));
    assert_panics(worker, || metrics.worker_steal_count(2));
    assert_panics(worker, || metrics.worker_steal_operations(2));
    assert_panics(worker, || metrics.worker_local_schedule_count(2));
    assert_panics(worker, || metrics.worker_overflow_count(2));
    assert_panics(worker, || metrics.worker_local_queue_depth(2));
    assert_panics(worker, || metrics.worker_thread_id(2));
    assert_panics(worker, || metrics.poll_time_histogram_bucket_count(2, 0));
    assert_panics("there is no bucket 10", || metrics.poll_time_histogram_bucket_count(0, 10));
    assert_panics("there is no bucket 10", || metrics.poll_time_histogram_bucket_range(10));
}

#[test]
fn histograms_that_cannot_be_are_refused() {
    assert_panics("the buckets of a histogram need a width", || HistogramConfiguration::linear(Duration::ZERO, 1));
    assert_panics("a histogram needs at least one bucket", || {
        HistogramConfiguration::linear(Duration::from_millis(1), 0)
    });
    assert_panics("max_error must be", || LogHistogram::builder().max_error(0.0));
    assert_panics("max_error must be", || LogHistogram::builder().max_error(1.0));
    assert_panics("a precision must not be", || LogHistogram::builder().precision_exact(11));
    assert_panics("the longest duration", || LogHistogram::builder().max_value(Duration::ZERO));
}

#[test]
fn metrics_may_outlast_their_runtime() {
    let runtime = workers(1);
    let metrics = Arc::new(runtime.metrics());
    let stop = occupy(&runtime);
    stop.send(()).unwrap();
    drop(runtime);
    assert_eq!(metrics.num_alive_tasks(), 0);
    assert_eq!(metrics.spawned_tasks_count(), 1);
}
