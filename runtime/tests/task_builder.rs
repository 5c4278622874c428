//! `task::Builder` and `JoinSet::build_task`: every way to spawn with a name.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use heist::runtime::{self, Handle, LocalOptions, Runtime};
use heist::task::{Builder, Id, JoinSet, LocalSet};

type Names = Arc<Mutex<HashMap<Id, Option<String>>>>;

/// A runtime, and the names that its tasks had when they were over.
fn runtime_with_names() -> (Runtime, Names) {
    let names = Names::default();
    let noted = names.clone();
    let runtime = runtime::Builder::new_current_thread()
        .on_task_terminate(move |meta| {
            noted.lock().unwrap().insert(meta.id(), meta.name().map(str::to_owned));
        })
        .build()
        .unwrap();
    (runtime, names)
}

#[test]
fn a_task_keeps_its_name() {
    let (runtime, names) = runtime_with_names();
    let named = Builder::new().name("named").spawn_on(async { 1 }, runtime.handle()).unwrap();
    let nameless = Builder::new().spawn_on(async { 2 }, runtime.handle()).unwrap();
    let plain = runtime.spawn(async { 3 });
    let ids = [named.id(), nameless.id(), plain.id()];
    let sum = runtime.block_on(async { named.await.unwrap() + nameless.await.unwrap() + plain.await.unwrap() });
    assert_eq!(sum, 6);
    let names = names.lock().unwrap();
    assert_eq!(ids.map(|id| names[&id].as_deref()), [Some("named"), None, None]);
}

#[test]
fn the_last_name_counts_and_builders_can_be_used_again() {
    let (runtime, names) = runtime_with_names();
    let builder = Builder::new().name("first");
    let other = builder.name("second");
    let _guard = runtime.enter();
    let first = builder.spawn(async {}).unwrap();
    let second = other.spawn(async {}).unwrap();
    let ids = [first.id(), second.id()];
    runtime.block_on(async { (first.await.unwrap(), second.await.unwrap()) });
    let names = names.lock().unwrap();
    assert_eq!(ids.map(|id| names[&id].as_deref()), [Some("first"), Some("second")]);
}

#[test]
fn a_panicking_task_has_its_name_too() {
    let (runtime, names) = runtime_with_names();
    let task = Builder::new().name("fails").spawn_on(async { panic!("on purpose") }, runtime.handle()).unwrap();
    let id = task.id();
    assert!(runtime.block_on(task).unwrap_err().is_panic());
    assert_eq!(names.lock().unwrap()[&id].as_deref(), Some("fails"));
}

#[heist::test]
async fn every_way_to_spawn() {
    let handle = Handle::current();
    let builder = || Builder::new().name("task");
    assert_eq!(builder().spawn(async { 1 }).unwrap().await.unwrap(), 1);
    assert_eq!(builder().spawn_on(async { 2 }, &handle).unwrap().await.unwrap(), 2);
    assert_eq!(builder().spawn_blocking(|| 3).unwrap().await.unwrap(), 3);
    assert_eq!(builder().spawn_blocking_on(|| 4, &handle).unwrap().await.unwrap(), 4);
    let set = LocalSet::new();
    let five = Rc::new(5);
    let on = builder().spawn_local_on(async move { *five }, &set).unwrap();
    let six = Rc::new(6);
    let sum =
        set.run_until(
            async move { on.await.unwrap() + builder().spawn_local(async move { *six }).unwrap().await.unwrap() },
        );
    assert_eq!(sum.await, 11);
}

#[test]
fn a_local_runtime_takes_named_tasks() {
    let runtime = runtime::Builder::new_current_thread().build_local(LocalOptions::default()).unwrap();
    let seven = Rc::new(7);
    let output = runtime.block_on(async { Builder::new().spawn_local(async move { *seven }).unwrap().await.unwrap() });
    assert_eq!(output, 7);
}

#[heist::test]
async fn every_way_to_spawn_into_a_set() {
    let handle = Handle::current();
    let local = LocalSet::new();
    let mut set = JoinSet::new();
    set.build_task().name("one").spawn(async { 1 }).unwrap();
    set.build_task().spawn_on(async { 2 }, &handle).unwrap();
    set.build_task().name("four").spawn_blocking(|| 4).unwrap();
    set.build_task().spawn_blocking_on(|| 8, &handle).unwrap();
    set.build_task().spawn_local_on(async { 16 }, &local).unwrap();
    let sum = local
        .run_until(async move {
            let abort = set.build_task().name("sixty-four").spawn_local(async { 64 }).unwrap();
            abort.abort();
            set.build_task().spawn_local(async { 32 }).unwrap();
            assert!(format!("{:?}", set.build_task().name("x")).contains('x'));
            let mut sum = 0;
            while let Some(joined) = set.join_next().await {
                sum += joined.unwrap_or(0);
            }
            sum
        })
        .await;
    assert_eq!(sum, 63);
}

#[heist::test]
async fn names_of_tasks_in_a_set() {
    let mut set = JoinSet::new();
    let id = set.build_task().name("member").spawn(async { heist::task::id() }).unwrap().id();
    assert_eq!(set.join_next().await.unwrap().unwrap(), id);
}

#[test]
fn outside_a_runtime_spawning_panics() {
    fn message(f: impl FnOnce() + std::panic::UnwindSafe) -> String {
        let payload = std::panic::catch_unwind(f).unwrap_err();
        payload.downcast_ref::<String>().cloned().unwrap_or_else(|| payload.downcast_ref::<&str>().unwrap().to_string())
    }
    let no_reactor = "there is no reactor running";
    assert!(message(|| drop(Builder::new().spawn(async {}))).starts_with(no_reactor));
    assert!(message(|| drop(Builder::new().spawn_blocking(|| ()))).starts_with(no_reactor));
    assert!(message(|| drop(Builder::new().spawn_local(async {}))).starts_with("`spawn_local` called from outside"));
    assert!(message(|| drop(JoinSet::new().build_task().name("a").spawn(async {}))).starts_with(no_reactor));
}
