//! Both ways to notice the end of a child, one of which is hidden by the other on systems that have it.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process};

use super::exit::Exit;
use super::{Child, Command, orphans, sys};
use crate::runtime::{Builder, Runtime};
use crate::scheduler::threads;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script);
    command
}

/// Starts a command that is watched by SIGCHLD.
fn spawn_by_signal(command: &mut Command) -> Child {
    sys::without_descriptors(|| command.spawn()).unwrap()
}

/// Starts a command in both ways.
fn spawn_both(command: &mut Command) -> [Child; 2] {
    [command.spawn().unwrap(), spawn_by_signal(command)]
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap()
}

/// Waits until a process is gone altogether. A zombie is not.
fn wait_until_collected(pid: Pid) {
    let begin = Instant::now();
    while test_kill_process(pid).is_ok() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{pid:?} was not collected");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_switch_decides_how_a_child_is_watched() {
    runtime().block_on(async {
        let children = [true, false].map(|by_signal| {
            let mut child = sh("exit 0").as_std_mut().spawn().unwrap();
            let watch = || Exit::watch(&child).unwrap();
            let exit = if by_signal { sys::without_descriptors(watch) } else { watch() };
            assert_eq!(matches!(exit, Exit::Signal(_)), by_signal);
            child.wait().unwrap()
        });
        assert!(children.iter().all(|status| status.success()));
    });
}

/// The number of a process that somebody else has collected may be another's.
#[cfg(target_os = "linux")]
#[test]
fn a_descriptor_decides_who_is_killed() {
    runtime().block_on(async {
        let [mut watched, mut other] =
            [(); 2].map(|()| sh("read line").stdin(Stdio::piped()).as_std_mut().spawn().unwrap());
        let exit = Exit::watch(&watched).unwrap();
        // As if the number in `watched` were that of `other` by now.
        exit.kill(&mut other).unwrap();
        assert!(!watched.wait().unwrap().success());
        assert_eq!(other.try_wait().unwrap(), None);
        let error = exit.kill(&mut other).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ESRCH), "it is gone");
        drop(other.stdin.take());
        assert!(!other.wait().unwrap().success(), "it ends by itself");
    });
}

#[test]
fn the_end_is_noticed_before_and_after_the_wait_begins() {
    runtime().block_on(async {
        for mut child in spawn_both(sh("read line; exit 7").stdin(Stdio::piped())) {
            assert_eq!(child.try_wait().unwrap(), None);
            // Waiting closes the input, which ends the child.
            assert_eq!(child.wait().await.unwrap().code(), Some(7));
            assert_eq!(child.wait().await.unwrap().code(), Some(7));
            assert_eq!(child.id(), None);
        }
        for mut child in spawn_both(&mut sh("exit 8")) {
            let begin = Instant::now();
            while child.try_wait().unwrap().is_none() {
                assert!(begin.elapsed() < Duration::from_secs(60));
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(child.wait().await.unwrap().code(), Some(8));
        }
    });
}

#[test]
fn many_children_by_signal() {
    runtime().block_on(async {
        let children: Vec<_> = (0..20).map(|code| (code, spawn_by_signal(&mut sh(&format!("exit {code}"))))).collect();
        let waits = children.into_iter().map(|(code, mut child)| {
            crate::spawn(async move { assert_eq!(child.wait().await.unwrap().code(), Some(code)) })
        });
        for wait in waits.collect::<Vec<_>>() {
            wait.await.unwrap();
        }
    });
}

#[test]
fn waits_by_signal_can_be_cancelled() {
    runtime().block_on(async {
        for mut child in spawn_both(sh("read line; exit 9").stdin(Stdio::piped())) {
            let stdin = child.stdin.take();
            for _ in 0..3 {
                crate::time::timeout(Duration::from_millis(1), child.wait()).await.unwrap_err();
            }
            drop(stdin);
            assert_eq!(child.wait().await.unwrap().code(), Some(9));
        }
    });
}

#[test]
fn orphans_are_collected_after_their_runtime() {
    let runtime = runtime();
    let (pids, stdins): (Vec<_>, Vec<_>) = runtime
        .block_on(async {
            let children = spawn_both(sh("read line").stdin(Stdio::piped()));
            children.map(|mut child| {
                let stdin = child.stdin.take().unwrap().into_owned_fd().unwrap();
                (pid(&child), stdin)
            })
        })
        .into_iter()
        .unzip();
    drop(runtime);
    for pid in &pids {
        test_kill_process(*pid).expect("it still waits for input");
    }
    drop(stdins);
    pids.into_iter().for_each(wait_until_collected);
}

#[test]
fn orphans_that_are_killed_are_collected() {
    let pids = runtime()
        .block_on(async { spawn_both(Command::new("sleep").arg("1000").kill_on_drop(true)).map(|child| pid(&child)) });
    pids.into_iter().for_each(wait_until_collected);
}

#[test]
fn orphans_wait_for_the_next_chance_if_there_is_no_thread() {
    runtime().block_on(async {
        let mut child = sh("read line").stdin(Stdio::piped()).spawn().unwrap();
        let (stdin, pid) = (child.stdin.take(), pid(&child));
        threads::fail_next(1);
        drop(child);
        threads::fail_next(0);
        drop(stdin);
        orphans::serve_left_over();
        wait_until_collected(pid);
    });
}
