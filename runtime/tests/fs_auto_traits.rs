//! Auto traits of the types and futures of `heist::fs`, which are part of the API.

use std::panic::{RefUnwindSafe, UnwindSafe};

use heist::fs::*;

fn types<T: Send + Sync + Unpin>() {}
fn unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
fn future<T: Send>(_: T) {}

#[test]
fn types_go_anywhere() {
    types::<DirBuilder>();
    types::<DirEntry>();
    types::<File>();
    types::<FileTimes>();
    types::<OpenOptions>();
    types::<ReadDir>();
    unwind_safe::<DirBuilder>();
    unwind_safe::<DirEntry>();
    unwind_safe::<FileTimes>();
    unwind_safe::<OpenOptions>();
}

#[test]
fn futures_go_to_other_threads() {
    future(read("x"));
    future(read_dir("x"));
    future(write("x", "y"));
    future(File::open("x"));
    future(async {
        let file = File::from_std(std::fs::File::open("/dev/null").unwrap());
        let _ = file.sync_all().await;
        let _ = file.metadata().await;
        let _ = file.try_clone().await;
        file.into_std().await
    });
}
