//! What becomes of bytes that a `File` has accepted: they reach the file, or somebody is told.

mod fs_support;

use std::io::{ErrorKind, SeekFrom};
use std::process::Command;
use std::sync::mpsc;

use fs_support::{TempDir, current_thread, give_up, multi_thread, pattern};
use heist::fs::File;
use heist::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use heist::runtime::{Builder, Runtime};

async fn full() -> File {
    File::options().read(true).write(true).open("/dev/full").await.unwrap()
}

#[heist::test]
async fn a_full_disk_is_reported_by_each_flush() {
    let mut file = full().await;
    file.write_all(b"abc").await.unwrap();
    for _ in 0..3 {
        assert_eq!(file.flush().await.unwrap_err().kind(), ErrorKind::StorageFull);
    }
    assert_eq!(file.shutdown().await.unwrap_err().kind(), ErrorKind::StorageFull);
}

#[heist::test]
async fn a_full_disk_is_reported_whatever_comes_next() {
    for operation in 0..8 {
        let mut file = full().await;
        file.write_all(b"abc").await.unwrap();
        let error = match operation {
            0 => file.read(&mut [0; 1]).await.map(drop),
            1 => file.seek(SeekFrom::Start(0)).await.map(drop),
            2 => file.sync_all().await,
            3 => file.sync_data().await,
            4 => file.set_len(1).await,
            5 => file.metadata().await.map(drop),
            6 => file.try_clone().await.map(drop),
            _ => loop {
                // The first may be accepted before the error is there.
                if let Err(error) = file.write(b"x").await {
                    break Err(error);
                }
            },
        };
        assert_eq!(error.unwrap_err().kind(), ErrorKind::StorageFull, "operation {operation}");
        assert!(file.flush().await.is_err(), "what was accepted is still not written");
    }
}

/// A pipe whose writing end does not block, so that writing fails while it is full.
fn small_pipe() -> (std::fs::File, File) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    (reader.into(), File::from(writer))
}

#[heist::test]
async fn bytes_stay_until_there_is_room() {
    use std::io::Read;
    let (mut reader, mut file) = small_pipe();
    // One write accepts that much.
    let bytes = pattern(200_000);
    let mut read = Vec::new();
    file.write_all(&bytes).await.unwrap();
    let mut failures = 0;
    while let Err(error) = file.flush().await {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        failures += 1;
        let mut part = vec![0; 50_000];
        let count = reader.read(&mut part).unwrap();
        read.extend_from_slice(&part[..count]);
    }
    assert!(failures > 0, "the pipe is smaller than that");
    drop(file);
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes);
}

#[heist::test]
async fn a_writer_that_goes_on_after_an_error_loses_nothing() {
    use std::io::Read;
    let (mut reader, mut file) = small_pipe();
    file.set_max_buf_size(10_000);
    let bytes = pattern(300_000);
    let (mut accepted, mut read) = (0, Vec::new());
    while accepted < bytes.len() {
        match file.write(&bytes[accepted..]).await {
            Ok(count) => accepted += count,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::WouldBlock);
                let mut part = vec![0; 50_000];
                let count = reader.read(&mut part).unwrap();
                read.extend_from_slice(&part[..count]);
            }
        }
    }
    while file.flush().await.is_err() {
        let mut part = vec![0; 50_000];
        let count = reader.read(&mut part).unwrap();
        read.extend_from_slice(&part[..count]);
    }
    drop(file);
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes);
}

#[heist::test]
async fn a_descriptor_for_reading_gives_up_writes() {
    let dir = TempDir::new();
    let mut file = File::open(dir.file("file", "abc")).await.unwrap();
    file.write_all(b"x").await.unwrap();
    assert!(file.flush().await.is_err());
    file.flush().await.unwrap();
    let mut text = String::new();
    file.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "abc", "the file is as usable as before");
}

#[heist::test]
async fn an_error_holds_a_file_back_from_the_standard_library() {
    let mut file = full().await;
    file.write_all(b"abc").await.unwrap();
    let mut file = file.try_into_std().unwrap_err();
    file.flush().await.unwrap_err();
    let file = file.try_into_std().expect_err("the bytes are still here");
    drop(file.into_std().await);
}

#[test]
fn what_was_accepted_is_written_when_the_file_and_the_runtime_are_gone() {
    let dir = TempDir::new();
    let path = dir.join("file");
    for round in 0..300 {
        let runtime = if round % 2 == 0 { current_thread() } else { multi_thread() };
        let bytes = pattern([1, 1000, 100_000, 3_000_000][round % 4 * usize::from(round < 40)]);
        runtime.block_on(async {
            let mut file = File::create(&path).await.unwrap();
            file.write_all(&bytes).await.unwrap();
        });
        drop(runtime);
        assert!(std::fs::read(&path).unwrap() == bytes, "round {round}");
    }
}

#[test]
fn what_was_accepted_is_written_though_the_pool_was_busy_until_the_end() {
    let dir = TempDir::new();
    for round in 0..100 {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).max_blocking_threads(1).enable_all().build().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let mut file = runtime.block_on(File::create(dir.join("file"))).unwrap();
        // The only thread of the pool is occupied while the bytes are accepted and the shutdown begins.
        runtime.spawn_blocking(move || released.recv());
        runtime.block_on(async {
            for number in 0..10_u8 {
                file.write_all(&[number]).await.unwrap();
            }
        });
        let end = std::thread::spawn(move || drop(runtime));
        if round % 2 == 0 {
            drop(file);
        }
        drop(release);
        end.join().unwrap();
        assert_eq!(std::fs::read(dir.join("file")).unwrap(), (0..10).collect::<Vec<u8>>());
    }
}

#[test]
fn a_runtime_that_ends_with_operations_in_flight() {
    let dir = TempDir::new();
    let path = dir.file("file", pattern(100_000));
    for round in 0..60 {
        let runtime: Runtime = if round % 2 == 0 { current_thread() } else { multi_thread() };
        let mut file = runtime.block_on(File::options().read(true).write(true).open(&path)).unwrap();
        // Shared, so that reads and seeks take the pool.
        let mut file = runtime.block_on(async {
            file.seek(SeekFrom::Start(10)).await.unwrap();
            file.try_clone().await.unwrap()
        });
        let mut buf = vec![0; 1000];
        let was_done = match round % 3 {
            0 => runtime.block_on(give_up(file.read(&mut buf))),
            1 => runtime.block_on(give_up(file.set_len(100_000))),
            _ => runtime.block_on(give_up(file.seek(SeekFrom::Current(0)))),
        };
        drop(runtime);
        let expected = if was_done && round % 3 == 0 { pattern(2000)[1010] } else { 10 };
        // Whether the operation happened is not known. If it did not, that is an error, once.
        current_thread().block_on(async {
            if let Err(error) = file.flush().await {
                assert_eq!(error.to_string(), "background task failed");
            }
            let mut byte = [0];
            let mut result = file.read(&mut byte).await;
            if let Err(error) = &result {
                assert_eq!(error.to_string(), "background task failed");
                result = file.read(&mut byte).await;
            }
            assert_eq!((result.unwrap(), byte), (1, [expected]), "round {round}");
        });
    }
}

/// In the environment of a process that is to do what the test in it does, and nothing else.
const CHILD: &str = "HEIST_FS_CHILD";

/// Runs one of the tests below in a process of its own, and returns what it printed to stderr.
fn stderr_of(test: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(CHILD, "yes")
        .output()
        .unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

#[test]
fn an_error_that_nobody_saw_is_printed_once() {
    if is_child() {
        return current_thread().block_on(async { full().await.write_all(b"abc").await.unwrap() });
    }
    let stderr = stderr_of("an_error_that_nobody_saw_is_printed_once");
    assert_eq!(stderr.matches("could not be written").count(), 1, "{stderr}");
    assert!(stderr.contains("3 bytes") && stderr.contains("No space left") && stderr.contains("flush"), "{stderr}");
}

#[test]
fn an_error_that_was_seen_is_not_printed() {
    if is_child() {
        return current_thread().block_on(async {
            let mut file = full().await;
            file.write_all(b"abc").await.unwrap();
            file.flush().await.unwrap_err();
        });
    }
    assert!(!stderr_of("an_error_that_was_seen_is_not_printed").contains("could not be written"));
}
