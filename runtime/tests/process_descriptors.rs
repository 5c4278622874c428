//! That children leave no descriptors behind. Alone in its process, since it counts them.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::time::{Duration, Instant};

use heist::process::Command;
use heist::runtime::Builder;

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

fn round() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for _ in 0..5 {
            Command::new("echo").arg("hello").output().await.unwrap();
            assert!(Command::new("/no/such/program").stdin(Stdio::piped()).spawn().is_err());
            let mut command = Command::new("sleep");
            command.arg("1000").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            drop(command.kill_on_drop(true).spawn().unwrap());
        }
    });
}

#[test]
fn children_leave_no_descriptors_behind() {
    // What the process opens once and for all, such as the pipe of the signals.
    const ALLOWED: usize = 4;
    let before = open_descriptors();
    for _ in 0..4 {
        round();
    }
    // Orphans are collected in the background.
    let begin = Instant::now();
    while open_descriptors() > before + ALLOWED {
        assert!(begin.elapsed() < Duration::from_secs(60), "{before} before, {} after", open_descriptors());
        std::thread::sleep(Duration::from_millis(1));
    }
}
