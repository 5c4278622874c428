//! Lists, places, and the schedulers' side of a task.

use super::*;

/// Runnables of new tasks; cancel them to get rid of them.
fn runnables(queue: &Queue, n: usize) -> RunnableList {
    let mut list = RunnableList::new();
    for _ in 0..n {
        list.push_back(queue.task(async {}).0);
    }
    list
}

fn ids(mut list: RunnableList) -> Vec<Id> {
    let nowhere = Place::nowhere();
    let mut ids = Vec::new();
    for left in (0..list.len()).rev() {
        let runnable = list.pop_front().unwrap();
        assert_eq!(list.len(), left);
        ids.push(runnable.id());
        runnable.cancel(&nowhere);
    }
    assert!(list.pop_front().is_none());
    ids
}

#[test]
fn a_list_is_first_in_first_out() {
    let queue = Queue::default();
    let list = runnables(&queue, 5);
    assert!(ids(list).is_sorted());
    assert_eq!(queue.cells(), 0);
}

#[test]
fn a_list_is_cut_and_joined() {
    let queue = Queue::default();
    for n in 0..7 {
        let mut list = runnables(&queue, 5);
        let mut front = list.split_off_front(n);
        assert_eq!((front.len(), list.len()), (n.min(5), 5 - n.min(5)));
        front.append(&mut list);
        front.append(&mut runnables(&queue, 2));
        let ids = ids(front);
        assert_eq!(ids.len(), 7);
        assert!(ids.is_sorted());
    }
    assert_eq!(queue.cells(), 0);
}

#[test]
fn a_list_is_turned_around() {
    let queue = Queue::default();
    for n in 0..4 {
        let mut list = runnables(&queue, n);
        let mut newest_first = RunnableList::new();
        while let Some(runnable) = list.pop_front() {
            newest_first.push_front(runnable);
        }
        assert_eq!(newest_first.len(), n);
        newest_first.reverse();
        // The end is where it should be.
        newest_first.append(&mut runnables(&queue, 1));
        let ids = ids(newest_first);
        assert_eq!(ids.len(), n + 1);
        assert!(ids.is_sorted());
    }
    assert_eq!(queue.cells(), 0);
}

#[test]
fn a_runnable_survives_being_a_pointer() {
    let queue = Queue::default();
    let (runnable, handle) = queue.task(async { 5 });
    assert_eq!(size_of::<Runnable>(), size_of::<usize>());
    assert!(format!("{runnable:?}").contains(file!()));
    let raw = runnable.into_raw();
    // SAFETY: it comes from `into_raw` and is used once.
    let runnable = unsafe { Runnable::from_raw(raw) };
    assert_eq!(runnable.id(), handle.id());
    assert_eq!(runnable.owner(), None);
    runnable.run(&Place::nowhere());
    assert!(handle.is_finished());
}

#[test]
fn a_place_lists_what_it_adopted() {
    let queue = Queue::default();
    let places = places();
    let mut handles = Vec::new();
    for _ in 0..3 {
        let (runnable, handle) = queue.task(std::future::pending::<()>());
        places[0].adopt(&runnable);
        assert_eq!(runnable.owner(), Some(0));
        // Once adopted it stays where it is.
        places[1].adopt(&runnable);
        Place::nowhere().adopt(&runnable);
        runnable.run(&places[1]);
        handles.push(handle);
    }
    assert_eq!((places[0].len(), places[1].len()), (3, 0));

    // Out of the middle, by a foreign place, and by its own.
    handles[1].abort();
    queue.run_all(&places[1]);
    assert_eq!(places[0].len(), 3, "it is still in the list of its owner");
    assert!(!queue.returns[0].is_empty());
    queue.returns[0].drain(&places[0]);
    assert!(queue.returns[0].is_empty());
    assert_eq!(places[0].len(), 2);
    handles[0].abort();
    queue.run_all(&places[0]);
    assert_eq!(places[0].len(), 1);

    queue.shut_down(&places);
    assert!(handles.iter().all(JoinHandle::is_finished));
    drop(handles);
    assert_eq!(queue.cells(), 0);
}

#[test]
fn a_scheduler_hears_of_aborts_of_queued_tasks_only() {
    let queue = Queue::default();
    let nowhere = Place::nowhere();
    let queued = queue.spawn(async {});
    queued.abort();
    queued.abort();
    assert_eq!(*queue.aborted.lock().unwrap(), [queued.id()]);
    let removed = queue.runnables().pop_front().unwrap();
    assert_eq!(removed.id(), queued.id());
    removed.cancel(&nowhere);
    assert!(queued.is_finished());

    let idle = queue.spawn(std::future::pending::<()>());
    queue.run_all(&nowhere);
    idle.abort();
    assert_eq!(queue.aborted.lock().unwrap().len(), 1);
    queue.run_all(&nowhere);
    assert!(idle.is_finished());
    idle.abort();
    assert_eq!(queue.aborted.lock().unwrap().len(), 1);
}

#[test]
fn wakers_of_a_task_are_alike() {
    let queue = Queue::default();
    let place = Place::nowhere();
    let handle = queue.spawn(async {
        std::future::poll_fn(|cx| {
            let (one, two) = (cx.waker().clone(), cx.waker().clone());
            assert!(one.will_wake(&two) && one.will_wake(cx.waker()) && one.clone().will_wake(&two));
            std::task::Poll::Ready(one)
        })
        .await
    });
    let other = queue.spawn(std::future::poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())));
    queue.run_all(&place);
    let (waker, other_waker) = (handle.join_finished().unwrap(), other.join_finished().unwrap());
    assert!(!waker.will_wake(&other_waker));
    // Late wakes do nothing.
    waker.wake_by_ref();
    waker.wake();
    assert!(queue.runnables().is_empty());
    assert_eq!(queue.cells(), 1, "a waker keeps its cell");
    drop(other_waker);
    assert_eq!(queue.cells(), 0);
}

#[test]
fn a_spawn_that_is_refused_is_cancelled_on_the_spot() {
    let queue = Queue::default();
    let census = Census::default();
    let tracked = census.born();
    let (runnable, handle) = queue.task(async move { drop(tracked) });
    runnable.cancel(&Place::nowhere());
    assert_eq!(census.alive(), 0);
    assert!(handle.join_finished().unwrap_err().is_cancelled());
}

#[test]
fn a_cell_is_small() {
    let before = (size_of::<crate::task::raw::Header>(), align_of::<crate::task::raw::Header>());
    assert!(before.0 <= 88 && before.1 == 8, "header: {before:?}");
}
