//! `Child` and its pipes: waiting, talking, killing, and what is left behind.

use std::future::Future;
use std::io::ErrorKind;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::Stdio;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use heist::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use heist::runtime::{Builder, Runtime};
use heist::time::timeout;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id().unwrap()).unwrap()).unwrap()
}

fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !condition() {
        assert!(begin.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until a process is gone altogether. A zombie is not.
fn wait_until_collected(pid: Pid) {
    wait_until("the process is collected", || test_kill_process(pid).is_err());
}

#[heist::test]
async fn talking_to_a_child() {
    let mut child = sh("while read line; do echo got $line; echo err >&2; done").spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut lines = BufReader::new(stdout).lines();
    for number in 0..3 {
        stdin.write_all(format!("{number}\n").as_bytes()).await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), format!("got {number}"));
    }
    // Shutting down does not close; dropping does.
    stdin.shutdown().await.unwrap();
    stdin.flush().await.unwrap();
    assert!(stdin.is_write_vectored());
    stdin.write_vectored(&[std::io::IoSlice::new(b"3"), std::io::IoSlice::new(b"\n")]).await.unwrap();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "got 3");
    drop(stdin);
    assert_eq!(lines.next_line().await.unwrap(), None);
    let mut errors = String::new();
    child.stderr.as_mut().unwrap().read_to_string(&mut errors).await.unwrap();
    assert_eq!(errors, "err\n".repeat(4));
    assert!(child.wait().await.unwrap().success());
}

#[heist::test]
async fn more_than_a_pipe_holds_goes_both_ways() {
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| n as u8).collect();
    let mut stdin = child.stdin.take().unwrap();
    let sent = data.clone();
    let writing = heist::spawn(async move { stdin.write_all(&sent).await });
    let output = child.wait_with_output().await.unwrap();
    writing.await.unwrap().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout, data);
    assert!(output.stderr.is_empty());
}

#[heist::test]
async fn both_outputs_are_read_at_the_same_time() {
    let script = "head -c 200000 /dev/zero >&2; head -c 200000 /dev/zero";
    let output = sh(script).spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (200_000, 200_000));
}

#[heist::test]
async fn waiting_closes_the_input_and_can_be_repeated() {
    let mut child = sh("cat >/dev/null; exit 3").spawn().unwrap();
    assert!(child.id().is_some());
    assert_eq!(child.try_wait().unwrap(), None);
    assert!(child.stdin.is_some(), "looking does not close it");
    for _ in 0..2 {
        assert_eq!(child.wait().await.unwrap().code(), Some(3));
    }
    assert_eq!(child.try_wait().unwrap().unwrap().code(), Some(3));
    assert_eq!(child.id(), None);
    assert!(child.stdin.is_none());
}

#[heist::test]
async fn a_wait_can_be_cancelled() {
    let mut child = sh("read line; exit 2").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for _ in 0..5 {
        assert!(timeout(Duration::from_millis(1), child.wait()).await.is_err());
    }
    stdin.write_all(b"\n").await.unwrap();
    assert_eq!(child.wait().await.unwrap().code(), Some(2));
}

#[heist::test]
async fn an_end_before_the_wait_is_noticed() {
    let mut child = sh("exit 1").spawn().unwrap();
    let mut rest = Vec::new();
    child.stdout.as_mut().unwrap().read_to_end(&mut rest).await.unwrap();
    wait_until("the child ends", || child.try_wait().unwrap().is_some());
    assert_eq!(child.wait().await.unwrap().code(), Some(1));
}

#[heist::test]
async fn killing() {
    let mut child = sh("exec sleep 1000").spawn().unwrap();
    child.kill().await.unwrap();
    let status = child.wait().await.unwrap();
    assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
    // It is over: nothing is killed any more, and nothing fails.
    child.start_kill().unwrap();
    child.kill().await.unwrap();

    let mut child = sh("exec sleep 1000").spawn().unwrap();
    child.start_kill().unwrap();
    assert_eq!(child.wait().await.unwrap().signal(), Some(Signal::KILL.as_raw()));
}

#[heist::test]
async fn a_child_that_ignores_requests_to_end_can_be_killed() {
    let mut child = sh("trap '' TERM; echo ready; while :; do sleep 0.01; done").spawn().unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).await.unwrap();
    kill_process(pid(&child), Signal::TERM).unwrap();
    assert!(timeout(Duration::from_millis(30), child.wait()).await.is_err());
    child.kill().await.unwrap();
    assert_eq!(child.wait().await.unwrap().signal(), Some(Signal::KILL.as_raw()));
}

#[heist::test]
async fn writing_to_a_child_that_is_gone_fails() {
    let mut child = sh("exec true").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    child.wait().await.unwrap();
    assert_eq!(stdin.write_all(b"hello").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
}

#[heist::test]
async fn a_drop_kills_only_if_asked_to() {
    for kill in [false, true] {
        let mut child = sh("echo ready; read line; echo end").kill_on_drop(kill).spawn().unwrap();
        let (stdin, mut stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        let mut ready = [0; 6];
        stdout.read_exact(&mut ready).await.unwrap();
        let pid = pid(&child);
        drop(child);
        if !kill {
            test_kill_process(pid).expect("it goes on");
        } else {
            wait_until_collected(pid);
        }
        drop(stdin);
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, if kill { "" } else { "end\n" });
        wait_until_collected(pid);
    }
}

#[heist::test]
async fn a_future_that_is_dropped_kills_if_asked_to() {
    let file = std::env::temp_dir().join(format!("heist-process-child-{}", std::process::id()));
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("echo $$ > {0}.part; mv {0}.part {0}; exec sleep 1000", file.display()));
    let mut status = Box::pin(command.kill_on_drop(true).status());
    let pid = loop {
        assert!(timeout(Duration::from_millis(1), &mut status).await.is_err());
        if let Ok(text) = std::fs::read_to_string(&file) {
            break Pid::from_raw(text.trim().parse().unwrap()).unwrap();
        }
    };
    drop(status);
    wait_until_collected(pid);
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_drop_outside_of_any_runtime_leaves_no_zombie() {
    let runtime = runtime();
    let children: Vec<_> = runtime
        .block_on(async { (0..10).map(|_| sh("exec sleep 1000").kill_on_drop(true).spawn().unwrap()).collect() });
    drop(runtime);
    let pids: Vec<_> = children.iter().map(pid).collect();
    drop(children);
    pids.into_iter().for_each(wait_until_collected);
}

#[test]
fn a_wait_ends_with_its_runtime() {
    let runtime = runtime();
    let mut child = runtime.block_on(async { sh("exec sleep 1000").kill_on_drop(true).spawn().unwrap() });
    let pid = pid(&child);
    {
        let mut wait = pin!(child.wait());
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(runtime);
        let error = futures::executor::block_on(wait).unwrap_err();
        assert!(error.to_string().contains("shutdown"), "{error}");
    }
    // The child does not mind.
    assert_eq!(child.try_wait().unwrap(), None);
    child.start_kill().unwrap();
    wait_until("the child is killed", || child.try_wait().unwrap().is_some());
    assert!(test_kill_process(pid).is_err());
}

#[test]
fn a_task_that_waits_goes_with_its_runtime() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    runtime.spawn(async move {
        let mut child = sh("exec sleep 1000").kill_on_drop(true).spawn().unwrap();
        sender.send(pid(&child)).unwrap();
        child.wait().await
    });
    let pid = receiver.recv().unwrap();
    drop(runtime);
    wait_until_collected(pid);
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_children() {
    let tasks: Vec<_> = (0..40)
        .map(|code| {
            heist::spawn(async move {
                let output = sh(&format!("echo {code}; exit {code}")).output().await.unwrap();
                assert_eq!(output.status.code(), Some(code));
                assert_eq!(output.stdout, format!("{code}\n").into_bytes());
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[heist::test]
async fn a_pipe_from_one_child_to_another() {
    let mut first = sh("echo one; echo two").spawn().unwrap();
    let stdin: Stdio = first.stdout.take().unwrap().try_into().unwrap();
    let output = Command::new("cat").stdin(stdin).output().await.unwrap();
    assert_eq!(output.stdout, b"one\ntwo\n");
    assert!(first.wait().await.unwrap().success());

    let mut last = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let stdout: Stdio = last.stdin.take().unwrap().try_into().unwrap();
    assert!(Command::new("echo").arg("hello").stdout(stdout).status().await.unwrap().success());
    assert_eq!(last.wait_with_output().await.unwrap().stdout, b"hello\n");
}

#[heist::test]
async fn pipes_are_non_blocking_inside_and_blocking_outside() {
    let is_blocking =
        |fd: &dyn AsFd| !rustix::fs::fcntl_getfl(fd.as_fd()).unwrap().contains(rustix::fs::OFlags::NONBLOCK);
    let mut child = sh("cat").spawn().unwrap();
    let stdin = child.stdin.take().unwrap();
    let stdout = child.stdout.take().unwrap();
    let stderr = child.stderr.take().unwrap();
    assert!(!is_blocking(&stdin) && !is_blocking(&stdout) && !is_blocking(&stderr));
    assert_eq!(stdin.as_raw_fd(), stdin.as_fd().as_raw_fd());
    assert_eq!(stdout.as_raw_fd(), stdout.as_fd().as_raw_fd());
    assert_eq!(stderr.as_raw_fd(), stderr.as_fd().as_raw_fd());
    let fds: [OwnedFd; 3] =
        [stdin.into_owned_fd().unwrap(), stdout.into_owned_fd().unwrap(), stderr.into_owned_fd().unwrap()];
    assert!(fds.iter().all(|fd| is_blocking(fd)));
    let [stdin, stdout, stderr] = fds;

    // And back again, by way of the standard library's types.
    let mut stdin = ChildStdin::from_std(stdin.into()).unwrap();
    let mut stdout = ChildStdout::from_std(stdout.into()).unwrap();
    let mut stderr = ChildStderr::from_std(stderr.into()).unwrap();
    stdin.write_all(b"there and back").await.unwrap();
    drop(stdin);
    let (mut text, mut errors) = (String::new(), String::new());
    stdout.read_to_string(&mut text).await.unwrap();
    stderr.read_to_string(&mut errors).await.unwrap();
    assert_eq!((text.as_str(), errors.as_str()), ("there and back", ""));
    child.wait().await.unwrap();
}

#[test]
fn types_are_send_and_sync() {
    fn check<T: Send + Sync + Unpin>() {}
    check::<Child>();
    check::<ChildStdin>();
    check::<ChildStdout>();
    check::<ChildStderr>();
    check::<Command>();
}
