//! The standard streams. Each test runs itself once more as a child process, whose streams it holds the other ends of.
#![cfg(unix)]

use std::future::poll_fn;
use std::io::{BufRead, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::process::{Child, Command, Output, Stdio};
use std::task::Poll;
use std::time::{Duration, Instant};

use heist::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf, Stdin, stderr, stdin, stdout};
use heist::runtime::{Builder, Runtime};

/// Tells the child that it is one.
const IS_CHILD: &str = "HEIST_TEST_IS_CHILD";

fn is_child() -> bool {
    std::env::var_os(IS_CHILD).is_some()
}

/// Starts the test of this name as a child. What the test harness writes comes before and after what the test does.
fn start(test: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(IS_CHILD, "1");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for the end of a child whose input stays open.
fn wait_for_end(child: &mut Child) {
    let begin = Instant::now();
    loop {
        match child.try_wait().unwrap() {
            Some(status) => {
                let mut errors = String::new();
                child.stderr.as_mut().unwrap().read_to_string(&mut errors).unwrap();
                assert!(status.success(), "{status}: {errors}");
                return;
            }
            None if begin.elapsed() > Duration::from_secs(60) => {
                child.kill().unwrap();
                panic!("the child does not end");
            }
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

/// Runs a test as a child with this input.
fn run(test: &str, input: &[u8]) -> Output {
    let mut child = start(test);
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Waits, in the parent, until the child has said so.
fn wait_for_word(child: &mut Child, word: &str) {
    let mut reader = std::io::BufReader::new(child.stderr.as_mut().unwrap());
    let mut line = String::new();
    loop {
        line.clear();
        assert_ne!(reader.read_line(&mut line).unwrap(), 0, "the child ended before it said {word}");
        if line.trim() == word {
            return;
        }
    }
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Polls a read once, which has to be pending.
async fn begin_read(stdin: &mut Stdin, count: usize) {
    let mut bytes = vec![0; count];
    poll_fn(|cx| {
        let mut buf = ReadBuf::new(&mut bytes);
        assert!(Pin::new(&mut *stdin).poll_read(cx, &mut buf).is_pending());
        Poll::Ready(())
    })
    .await;
}

async fn read(stdin: &mut Stdin, most: usize) -> String {
    let mut bytes = vec![0; most];
    let count = stdin.read(&mut bytes).await.unwrap();
    String::from_utf8(bytes[..count].to_vec()).unwrap()
}

#[test]
fn a_pending_read_does_not_hold_up_the_shutdown() {
    if is_child() {
        for runtime in [current_thread(), Builder::new_multi_thread().worker_threads(1).build().unwrap()] {
            let (sender, receiver) = std::sync::mpsc::channel();
            let read = runtime.spawn(async move {
                let mut stdin = stdin();
                begin_read(&mut stdin, 8).await;
                sender.send(()).unwrap();
                read(&mut stdin, 8).await
            });
            runtime.block_on(async {
                while receiver.try_recv().is_err() {
                    heist::task::yield_now().await;
                }
            });
            drop(runtime);
            assert!(futures::executor::block_on(read).unwrap_err().is_cancelled());
        }
        std::process::exit(0);
    }
    let mut child = start("a_pending_read_does_not_hold_up_the_shutdown");
    let input = child.stdin.take();
    wait_for_end(&mut child);
    drop(input);
}

#[test]
fn what_an_abandoned_read_gets_goes_to_the_next() {
    if is_child() {
        current_thread().block_on(begin_read(&mut stdin(), 64));
        eprintln!("\nabandoned");
        let (mut first, mut second) = (stdin(), stdin());
        current_thread().block_on(async {
            // As many bytes as were asked for by the one that is gone, in the pieces that are asked for now.
            assert_eq!(read(&mut first, 2).await, "he");
            assert_eq!(read(&mut second, 100).await, "llo\n");
            eprintln!("\nmore");
            assert_eq!(read(&mut second, 100).await, "world\n");
            eprintln!("\nend");
            assert_eq!(read(&mut first, 100).await, "");
            assert_eq!(read(&mut second, 100).await, "", "the end is reported each time");
        });
        std::process::exit(0);
    }
    let mut child = start("what_an_abandoned_read_gets_goes_to_the_next");
    let mut input = child.stdin.take().unwrap();
    wait_for_word(&mut child, "abandoned");
    input.write_all(b"hello\n").unwrap();
    wait_for_word(&mut child, "more");
    input.write_all(b"world\n").unwrap();
    wait_for_word(&mut child, "end");
    drop(input);
    wait_for_end(&mut child);
}

#[test]
fn what_synchronous_code_has_read_ahead_is_found() {
    if is_child() {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        assert_eq!(line, "first\n");
        // The input is still open and has nothing more.
        assert_eq!(current_thread().block_on(read(&mut stdin(), 100)), "second\n");
        std::process::exit(0);
    }
    let mut child = start("what_synchronous_code_has_read_ahead_is_found");
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"first\nsecond\n").unwrap();
    wait_for_end(&mut child);
}

#[test]
fn reads_take_no_more_than_they_ask_for() {
    if is_child() {
        current_thread().block_on(async {
            let mut stdin = stdin();
            assert_eq!(stdin.read(&mut []).await.unwrap(), 0);
            assert_eq!(read(&mut stdin, 6).await, "first\n");
        });
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        assert_eq!(line, "second\n");
        std::process::exit(0);
    }
    run("reads_take_no_more_than_they_ask_for", b"first\nsecond\n");
}

#[test]
fn several_tasks_read() {
    if is_child() {
        let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                runtime.spawn(async {
                    let (mut stdin, mut count) = (stdin(), 0);
                    loop {
                        match read(&mut stdin, 1000).await.len() {
                            0 => return count,
                            more => count += more,
                        }
                    }
                })
            })
            .collect();
        let count: usize = tasks.into_iter().map(|task| futures::executor::block_on(task).unwrap()).sum();
        assert_eq!(count, 300_000);
        std::process::exit(0);
    }
    run("several_tasks_read", &[b'x'; 300_000]);
}

#[test]
fn everything_arrives_in_order() {
    if is_child() {
        let text = current_thread().block_on(async {
            let mut text = String::new();
            stdin().read_to_string(&mut text).await.unwrap();
            text
        });
        let expected: String = (0..100_000).map(|number| format!("{number}\n")).collect();
        assert!(text == expected);
        std::process::exit(0);
    }
    let input: String = (0..100_000).map(|number| format!("{number}\n")).collect();
    run("everything_arrives_in_order", input.as_bytes());
}

#[test]
fn the_descriptors_are_the_process_s_and_stay_as_they_are() {
    if is_child() {
        let flags = || [0, 1, 2].map(|_| rustix::fs::fcntl_getfl(std::io::stdin()).unwrap());
        let before = flags();
        current_thread().block_on(async {
            let mut input = stdin();
            assert_eq!(read(&mut input, 100).await, "input");
            let (mut output, mut errors) = (stdout(), stderr());
            output.write_all(b"out\n").await.unwrap();
            errors.write_all(b"err\n").await.unwrap();
            output.flush().await.unwrap();
            errors.shutdown().await.unwrap();
            assert_eq!([input.as_raw_fd(), output.as_raw_fd(), errors.as_raw_fd()], [0, 1, 2]);
            let fds = [input.as_fd(), output.as_fd(), errors.as_fd()];
            for fd in fds {
                assert!(!rustix::fs::fcntl_getfl(fd).unwrap().contains(rustix::fs::OFlags::NONBLOCK));
            }
            assert!(format!("{input:?} {output:?} {errors:?}").contains("Stdin"));
        });
        assert_eq!(flags(), before);
        std::process::exit(0);
    }
    let output = run("the_descriptors_are_the_process_s_and_stay_as_they_are", b"input");
    assert!(output.stdout.ends_with(b"out\n"));
    assert!(output.stderr.ends_with(b"err\n"));
}

#[test]
fn output_arrives_in_order_and_whole() {
    if is_child() {
        current_thread().block_on(async {
            let mut stdout = stdout();
            for number in 0..1000 {
                stdout.write_all(format!("{number}\n").as_bytes()).await.unwrap();
            }
            // More than one write takes.
            stdout.write_all("\u{e4}".repeat(3_000_000).as_bytes()).await.unwrap();
            assert_eq!(stdout.write(b"").await.unwrap(), 0);
            stdout.flush().await.unwrap();
            stdout.flush().await.unwrap();
        });
        std::process::exit(0);
    }
    let output = run("output_arrives_in_order_and_whole", b"").stdout;
    let mut expected: String = (0..1000).map(|number| format!("{number}\n")).collect();
    expected.push_str(&"\u{e4}".repeat(3_000_000));
    assert!(output.ends_with(expected.as_bytes()));
}

#[test]
fn one_write_does_not_cut_a_character() {
    if is_child() {
        current_thread().block_on(async {
            let text = "x".to_owned() + &"\u{e4}".repeat(2_000_000);
            let count = stdout().write(text.as_bytes()).await.unwrap();
            assert!(count > 1_000_000 && text.is_char_boundary(count));
        });
        std::process::exit(0);
    }
    run("one_write_does_not_cut_a_character", b"");
}

#[test]
fn a_write_that_waits_for_a_thread_survives_the_shutdown() {
    if is_child() {
        let runtime = Builder::new_multi_thread().worker_threads(1).max_blocking_threads(1).build().unwrap();
        let (release, released) = std::sync::mpsc::channel();
        let (start, started) = std::sync::mpsc::channel();
        // The only thread is busy until after the shutdown has begun.
        let busy = runtime.spawn_blocking(move || {
            start.send(()).unwrap();
            released.recv().unwrap();
        });
        started.recv().unwrap();
        runtime.block_on(async {
            stdout().write_all(b"queued\n").await.unwrap();
            stderr().write_all(b"queued too\n").await.unwrap();
        });
        let dropped_when_closed = runtime.spawn_blocking(|| ());
        std::thread::spawn(move || {
            assert!(futures::executor::block_on(dropped_when_closed).unwrap_err().is_cancelled());
            release.send(()).unwrap();
        });
        drop(runtime);
        futures::executor::block_on(busy).unwrap();
        std::process::exit(0);
    }
    let output = run("a_write_that_waits_for_a_thread_survives_the_shutdown", b"");
    assert!(output.stdout.ends_with(b"queued\n"), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stderr.ends_with(b"queued too\n"), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_error_is_reported_by_the_next_operation() {
    if is_child() {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        drop(reader);
        rustix::stdio::dup2_stdout(&writer).unwrap();
        current_thread().block_on(async {
            let mut stdout = stdout();
            stdout.write_all(b"nobody reads this\n").await.unwrap();
            assert_eq!(stdout.flush().await.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
            // It is told once, and the next write fails anew.
            stdout.write_all(b"nor this\n").await.unwrap();
            assert_eq!(stdout.write_all(b"nor this\n").await.unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
        });
        std::process::exit(0);
    }
    run("an_error_is_reported_by_the_next_operation", b"");
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn output_needs_a_runtime() {
    let _ = futures::executor::block_on(stdout().write_all(b"text"));
}

#[test]
fn types_are_free() {
    fn check<T: Send + Sync + Unpin + std::panic::UnwindSafe + std::panic::RefUnwindSafe>(_: T) {}
    check(stdin());
    check(stdout());
    check(stderr());
}
