//! `File`: its operations, their order, and what becomes of those that are given up.

mod fs_support;

use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use fs_support::{TempDir, current_thread, give_up, multi_thread, pattern};
use heist::fs::{self, File, FileTimes};
use heist::io::{AsyncReadExt, AsyncSeek, AsyncSeekExt, AsyncWrite, AsyncWriteExt};
use heist::task::yield_now;
use heist::time::timeout;

/// A file for reading and writing with that content.
async fn open(dir: &TempDir, content: impl AsRef<[u8]>) -> File {
    let path = dir.file("file", content);
    File::options().read(true).write(true).open(path).await.unwrap()
}

async fn read_all(file: &mut File) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// Both ends of a pipe, as files.
fn pipe() -> (File, std::fs::File) {
    let (reader, writer) = rustix::pipe::pipe().unwrap();
    (File::from(reader), std::fs::File::from(writer))
}

#[heist::test]
async fn bytes_come_back() {
    let dir = TempDir::new();
    let path = dir.join("file");
    // Around the sizes of buffers, and far beyond.
    for length in [0, 1, 4095, 4096, 128 * 1024, 1 << 20, (2 << 20) + 1, 5 << 20] {
        let bytes = pattern(length);
        let mut file = File::create(&path).await.unwrap();
        file.write_all(&bytes).await.unwrap();
        file.flush().await.unwrap();
        assert!(std::fs::read(&path).unwrap() == bytes);
        let mut file = File::open(&path).await.unwrap();
        assert!(read_all(&mut file).await == bytes);
        assert_eq!(file.read(&mut [0; 8]).await.unwrap(), 0, "the end stays the end");
    }
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_writes_keep_their_order() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    let mut expected = Vec::new();
    for number in 0..5000_u32 {
        let bytes = number.to_string().into_bytes();
        file.write_all(&bytes).await.unwrap();
        expected.extend(bytes);
    }
    file.rewind().await.unwrap();
    assert!(read_all(&mut file).await == expected);
}

#[heist::test]
async fn a_read_sees_what_was_written() {
    let dir = TempDir::new();
    let mut file = open(&dir, "abcdef").await;
    file.write_all(b"AB").await.unwrap();
    assert_eq!(read_all(&mut file).await, b"cdef");
    file.write_all(b"GH").await.unwrap();
    assert_eq!(file.metadata().await.unwrap().len(), 8);
    assert_eq!(fs::read(dir.join("file")).await.unwrap(), b"ABcdefGH");
}

#[heist::test]
async fn positions() {
    let dir = TempDir::new();
    let mut file = open(&dir, "0123456789").await;
    assert_eq!(file.seek(SeekFrom::Start(3)).await.unwrap(), 3);
    assert_eq!(file.read_u8().await.unwrap(), b'3');
    assert_eq!(file.stream_position().await.unwrap(), 4);
    assert_eq!(file.seek(SeekFrom::Current(-2)).await.unwrap(), 2);
    assert_eq!(file.seek(SeekFrom::End(-1)).await.unwrap(), 9);
    assert_eq!(read_all(&mut file).await, b"9");
    assert_eq!(file.seek(SeekFrom::Current(-11)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(file.seek(SeekFrom::End(-11)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(file.stream_position().await.unwrap(), 10, "a seek that fails moves nothing");
    file.seek(SeekFrom::Start(12)).await.unwrap();
    file.write_all(b"x").await.unwrap();
    file.rewind().await.unwrap();
    assert_eq!(read_all(&mut file).await, b"0123456789\0\0x");
}

#[heist::test]
async fn a_seek_waits_for_writes() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    for number in 0..200_u8 {
        file.write_all(&[number]).await.unwrap();
        file.seek(SeekFrom::Start(200 - u64::from(number))).await.unwrap();
    }
    let bytes = fs::read(dir.join("file")).await.unwrap();
    assert_eq!(bytes[0], 0);
    assert!((1..200_u8).all(|number| bytes[201 - usize::from(number)] == number));
}

#[heist::test]
async fn a_seek_does_not_begin_beside_another_operation() {
    let dir = TempDir::new();
    let mut file = open(&dir, "abc").await;
    file.write_all(&pattern(1 << 20)).await.unwrap();
    // Not polled to its end: whether the write is done by now is not known, but only one of the two may be.
    if let Err(error) = Pin::new(&mut file).start_seek(SeekFrom::Start(0)) {
        assert!(error.to_string().contains("other file operation is pending"), "{error}");
    }
    let (mut reader, mut writer) = pipe();
    // The write has cost this poll's budget.
    yield_now().await;
    assert!(!give_up(reader.read(&mut [0; 1])).await);
    let error = Pin::new(&mut reader).start_seek(SeekFrom::Start(0)).unwrap_err();
    assert_eq!(error.to_string(), "other file operation is pending, call `poll_complete` before `start_seek`");
    writer.write_all(b"x").unwrap();
    assert_eq!(reader.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn lengths() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    file.write_all(b"abcdef").await.unwrap();
    file.set_len(3).await.unwrap();
    assert_eq!(file.stream_position().await.unwrap(), 6);
    file.set_len(8).await.unwrap();
    file.rewind().await.unwrap();
    assert_eq!(read_all(&mut file).await, b"abc\0\0\0\0\0");
    let read_only = File::open(dir.join("file")).await.unwrap();
    assert!(read_only.set_len(1).await.is_err());
}

#[heist::test]
async fn synchronizing_writes_first() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    file.write_all(b"abc").await.unwrap();
    file.sync_data().await.unwrap();
    assert_eq!(std::fs::read(dir.join("file")).unwrap(), b"abc");
    file.write_all(b"def").await.unwrap();
    file.sync_all().await.unwrap();
    assert_eq!(std::fs::read(dir.join("file")).unwrap(), b"abcdef");
    file.write_all(b"ghi").await.unwrap();
    file.shutdown().await.unwrap();
    assert_eq!(std::fs::read(dir.join("file")).unwrap(), b"abcdefghi");
}

#[heist::test]
async fn times_are_set_after_writes() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    let (one, two) = (SystemTime::UNIX_EPOCH + Duration::from_secs(1), SystemTime::UNIX_EPOCH + Duration::from_secs(2));
    file.write_all(b"abc").await.unwrap();
    file.set_modified(one).await.unwrap();
    assert_eq!(file.metadata().await.unwrap().modified().unwrap(), one);
    file.write_all(b"abc").await.unwrap();
    file.set_times(FileTimes::new().set_accessed(one).set_modified(two).clone()).await.unwrap();
    let metadata = file.metadata().await.unwrap();
    assert_eq!((metadata.accessed().unwrap(), metadata.modified().unwrap()), (one, two));
    assert!(format!("{:?}", FileTimes::default()).contains("FileTimes"));
}

#[heist::test]
async fn clones_share_the_position() {
    let dir = TempDir::new();
    let mut file = open(&dir, "abcdef").await;
    file.set_max_buf_size(100);
    file.write_all(b"A").await.unwrap();
    let mut other = file.try_clone().await.unwrap();
    assert_eq!(other.max_buf_size(), 100);
    assert_eq!(other.read_u8().await.unwrap(), b'b');
    assert_eq!(file.read_u8().await.unwrap(), b'c');
    other.write_all(b"D").await.unwrap();
    other.flush().await.unwrap();
    assert_eq!(file.stream_position().await.unwrap(), 4);
    file.seek(SeekFrom::End(0)).await.unwrap();
    drop(file);
    assert_eq!(other.stream_position().await.unwrap(), 6);
    assert_eq!(std::fs::read(dir.join("file")).unwrap(), b"AbcDef");
}

#[heist::test]
async fn back_to_the_standard_library() {
    let dir = TempDir::new();
    let mut file = open(&dir, "abcdef").await;
    file.write_all(b"AB").await.unwrap();
    let mut std = file.into_std().await;
    assert_eq!(std.stream_position().unwrap(), 2);
    let mut file = File::from(std);
    assert_eq!(file.read_u8().await.unwrap(), b'c');
    std = file.try_into_std().unwrap();
    let mut rest = String::new();
    std.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "def");
}

#[heist::test]
async fn a_file_in_use_is_not_given_back() {
    let (mut reader, mut writer) = pipe();
    assert!(!give_up(reader.read(&mut [0; 4])).await);
    let mut reader = reader.try_into_std().unwrap_err();
    writer.write_all(b"ab").unwrap();
    assert_eq!(reader.read_u16().await.unwrap(), u16::from_be_bytes(*b"ab"));
    reader.try_into_std().unwrap();
}

#[heist::test]
async fn descriptors() {
    let dir = TempDir::new();
    let file = open(&dir, "abc").await;
    assert_eq!(file.as_fd().as_raw_fd(), file.as_raw_fd());
    assert!(format!("{file:?}").contains(&format!("fd: {}", file.as_raw_fd())));
    let mut file = File::from(file.as_fd().try_clone_to_owned().unwrap());
    assert_eq!(read_all(&mut file).await, b"abc");
}

#[heist::test]
async fn buffer_sizes_bound_each_operation() {
    let dir = TempDir::new();
    let mut file = open(&dir, pattern(1000)).await;
    assert_eq!(file.max_buf_size(), 2 * 1024 * 1024);
    file.set_max_buf_size(10);
    assert_eq!(file.max_buf_size(), 10);
    assert_eq!(file.read(&mut [0; 100]).await.unwrap(), 10);
    assert_eq!(file.write(&[0; 100]).await.unwrap(), 10);
    file.set_max_buf_size(0);
    assert_eq!(file.write(&[0; 100]).await.unwrap(), 1);
    assert_eq!(file.read(&mut [0; 100]).await.unwrap(), 1);
    assert_eq!(file.stream_position().await.unwrap(), 22);
    // The same through the pool.
    let mut zero = File::open("/proc/self/status").await.unwrap();
    zero.set_max_buf_size(10);
    assert_eq!(zero.read(&mut [0; 100]).await.unwrap(), 10);
}

#[heist::test]
async fn huge_reads_are_capped() {
    let mut zero = File::open("/dev/zero").await.unwrap();
    let count = zero.read(&mut vec![1; 16 << 20]).await.unwrap();
    assert!((1..=2 << 20).contains(&count), "{count}");
}

#[heist::test]
async fn vectored_writes() {
    let dir = TempDir::new();
    let mut file = open(&dir, "").await;
    assert!(file.is_write_vectored());
    let slices = [IoSlice::new(b"ab"), IoSlice::new(b""), IoSlice::new(b"cde")];
    assert_eq!(file.write_vectored(&slices).await.unwrap(), 5);
    file.set_max_buf_size(4);
    file.flush().await.unwrap();
    assert_eq!(file.write_vectored(&slices).await.unwrap(), 4);
    assert_eq!(file.write_vectored(&[]).await.unwrap(), 0);
    assert_eq!(file.write(b"").await.unwrap(), 0);
    file.rewind().await.unwrap();
    assert_eq!(read_all(&mut file).await, b"abcdeabcd");
}

#[heist::test]
async fn reads_that_tell_no_length() {
    // A device, a file of the kernel's, and a pipe with less than was asked for.
    let mut status = File::open("/proc/self/status").await.unwrap();
    assert!(String::from_utf8(read_all(&mut status).await).unwrap().contains("Pid:"));
    let mut null = File::open("/dev/null").await.unwrap();
    assert_eq!(null.read(&mut [0; 8]).await.unwrap(), 0);
    let (mut reader, mut writer) = pipe();
    writer.write_all(b"abc").unwrap();
    assert_eq!(reader.read(&mut [0; 8]).await.unwrap(), 3);
    let reads = heist::spawn(async move { read_all(&mut reader).await });
    writer.write_all(b"def").unwrap();
    drop(writer);
    assert_eq!(reads.await.unwrap(), b"def");
}

#[heist::test]
async fn empty_buffers() {
    let (mut reader, _writer) = pipe();
    assert_eq!(reader.read(&mut []).await.unwrap(), 0, "nothing is asked of the pipe");
}

#[heist::test]
async fn no_byte_is_lost_to_a_read_that_is_given_up() {
    let (mut reader, mut writer) = pipe();
    for round in 0..20_u8 {
        assert!(!give_up(reader.read(&mut [0; 100])).await);
        writer.write_all(&[round, round + 1, round + 2]).unwrap();
        // In smaller pieces than the read that was given up.
        assert_eq!(reader.read_u8().await.unwrap(), round);
        assert_eq!(reader.read_u16().await.unwrap(), u16::from_be_bytes([round + 1, round + 2]));
    }
}

#[heist::test]
async fn a_read_that_is_given_up_does_not_hold_up_a_flush() {
    let (mut reader, mut writer) = pipe();
    assert!(!give_up(reader.read(&mut [0; 100])).await);
    timeout(Duration::from_secs(20), reader.flush()).await.expect("nothing is to be flushed").unwrap();
    writer.write_all(b"x").unwrap();
    assert_eq!(reader.read_u8().await.unwrap(), b'x');
}

/// A file whose reads go through the pool, with the first of them begun and given up.
async fn with_a_read_given_up(dir: &TempDir) -> File {
    loop {
        let file = open(dir, "0123456789").await;
        // Files that share their position are not read on the spot.
        let mut file = file.try_clone().await.unwrap();
        // The pool may be so fast that there is nothing to give up.
        if !give_up(file.read(&mut [0; 6])).await {
            return file;
        }
    }
}

#[heist::test]
async fn a_read_that_is_given_up_does_not_move_writes() {
    let dir = TempDir::new();
    let mut file = with_a_read_given_up(&dir).await;
    file.write_all(b"ab").await.unwrap();
    file.flush().await.unwrap();
    assert_eq!(read_all(&mut file).await, b"23456789");
    file.rewind().await.unwrap();
    assert_eq!(read_all(&mut file).await, b"ab23456789");
}

#[heist::test]
async fn a_read_that_is_given_up_does_not_move_seeks() {
    let dir = TempDir::new();
    let mut file = with_a_read_given_up(&dir).await;
    assert_eq!(file.read_u8().await.unwrap(), b'0');
    assert_eq!(file.seek(SeekFrom::Current(2)).await.unwrap(), 3);
    assert_eq!(file.read_u8().await.unwrap(), b'3');
    let mut file = with_a_read_given_up(&dir).await;
    assert_eq!(file.seek(SeekFrom::Current(-1)).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(read_all(&mut file).await, b"0123456789", "a seek that fails leaves what was read");
}

#[heist::test]
async fn a_seek_that_nobody_waits_for_counts() {
    let dir = TempDir::new();
    let mut file = with_a_read_given_up(&dir).await;
    assert_eq!(file.read_u8().await.unwrap(), b'0');
    Pin::new(&mut file).start_seek(SeekFrom::Current(2)).unwrap();
    assert_eq!(file.into_std().await.stream_position().unwrap(), 3);
    let mut file = open(&dir, "0123456789").await;
    Pin::new(&mut file).start_seek(SeekFrom::Current(-1)).unwrap();
    let mut file = file.try_into_std().expect_err("nobody was told of the error");
    assert!(file.flush().await.is_err());
    Pin::new(&mut file).start_seek(SeekFrom::Start(4)).unwrap();
    assert_eq!(file.try_into_std().unwrap().stream_position().unwrap(), 4);
}

#[heist::test]
async fn seeks_that_nobody_waits_for_add_up() {
    let dir = TempDir::new();
    let mut file = open(&dir, "0123456789").await;
    for _ in 0..3 {
        Pin::new(&mut file).start_seek(SeekFrom::Current(1)).unwrap();
    }
    assert_eq!(file.stream_position().await.unwrap(), 3);
    // The second of these goes through the pool.
    Pin::new(&mut file).start_seek(SeekFrom::Start(2)).unwrap();
    Pin::new(&mut file).start_seek(SeekFrom::End(-1)).unwrap();
    assert_eq!(std::future::poll_fn(|cx| Pin::new(&mut file).poll_complete(cx)).await.unwrap(), 9);
    assert_eq!(file.read_u8().await.unwrap(), b'9');
}

/// What a read has brought that nobody has fetched counts for the first seek only.
#[cfg(target_os = "linux")]
#[heist::test]
async fn seeks_after_a_read_that_is_given_up_add_up() {
    let path = "/proc/self/status";
    let content = std::fs::read(path).unwrap();
    // A file of this kind is read through the pool, and nobody shares its position.
    let mut file = loop {
        let mut file = File::open(path).await.unwrap();
        if !give_up(file.read(&mut [0; 64])).await {
            break file;
        }
    };
    assert_eq!(file.read_u8().await.unwrap(), content[0]);
    for _ in 0..3 {
        Pin::new(&mut file).start_seek(SeekFrom::Current(1)).unwrap();
    }
    assert_eq!(file.stream_position().await.unwrap(), 4);
    assert_eq!(file.read_u8().await.unwrap(), content[4]);
}

#[heist::test]
async fn a_read_that_is_given_up_does_not_outlive_its_bytes() {
    let dir = TempDir::new();
    let mut file = with_a_read_given_up(&dir).await;
    file.set_len(2).await.unwrap();
    assert_eq!(read_all(&mut file).await, b"01");
    let file = with_a_read_given_up(&dir).await;
    let mut other = file.try_clone().await.unwrap();
    assert_eq!(other.read_u8().await.unwrap(), b'0');
    let file = with_a_read_given_up(&dir).await;
    assert_eq!(file.into_std().await.stream_position().unwrap(), 0);
}

#[heist::test]
async fn streams_keep_what_was_read_when_they_are_written() {
    let (ours, mut theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut file = File::from(OwnedFd::from(ours));
    assert!(!give_up(file.read(&mut [0; 8])).await);
    theirs.write_all(b"abc").unwrap();
    assert_eq!(file.read_u8().await.unwrap(), b'a');
    for shared in [false, true] {
        if shared {
            drop(file.try_clone().await.unwrap());
        }
        file.write_all(b"xy").await.unwrap();
        file.flush().await.unwrap();
        let mut got = [0; 2];
        theirs.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"xy");
    }
    assert_eq!(file.read_u8().await.unwrap(), b'b');
    assert_eq!(file.read_u8().await.unwrap(), b'c');
}

#[heist::test]
async fn operations_that_are_given_up_keep_their_order() {
    let dir = TempDir::new();
    let mut file = open(&dir, "0123456789").await;
    for _ in 0..50 {
        give_up(file.set_len(3)).await;
        file.seek(SeekFrom::End(0)).await.unwrap();
        file.write_all(b"3456789").await.unwrap();
        give_up(file.flush()).await;
        give_up(file.seek(SeekFrom::End(-2))).await;
        give_up(file.sync_all()).await;
        give_up(file.metadata()).await;
        assert_eq!(file.metadata().await.unwrap().len(), 10);
    }
    // A seek to the end goes through the pool.
    file.rewind().await.unwrap();
    give_up(file.seek(SeekFrom::End(-2))).await;
    assert_eq!(read_all(&mut file).await, b"89");
}

#[heist::test]
async fn the_error_of_a_seek_that_is_given_up_is_reported() {
    let dir = TempDir::new();
    let mut file = open(&dir, "0123456789").await;
    while give_up(file.seek(SeekFrom::End(-11))).await {}
    assert_eq!(file.read(&mut [0; 1]).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(file.read_u8().await.unwrap(), b'0');
    Pin::new(&mut file).start_seek(SeekFrom::Current(-11)).unwrap();
    assert_eq!(Pin::new(&mut file).start_seek(SeekFrom::Start(0)).unwrap_err().kind(), ErrorKind::InvalidInput);
    Pin::new(&mut file).start_seek(SeekFrom::Start(5)).unwrap();
    assert_eq!(file.read_u8().await.unwrap(), b'5', "a seek need not be asked for its position");
}

#[test]
fn a_file_may_be_used_in_several_runtimes() {
    let dir = TempDir::new();
    let mut file = current_thread().block_on(open(&dir, "abc"));
    let mut expected = b"abc".to_vec();
    current_thread().block_on(async { file.seek(SeekFrom::End(0)).await.unwrap() });
    for round in 0..20_u8 {
        let runtime = if round % 2 == 0 { current_thread() } else { multi_thread() };
        // Accepted in one runtime, which ends, and gone on with in the next.
        runtime.block_on(async { file.write_all(&[round]).await.unwrap() });
        expected.push(round);
    }
    let bytes = multi_thread().block_on(async {
        file.rewind().await.unwrap();
        read_all(&mut file).await
    });
    assert_eq!(bytes, expected);
}

#[test]
fn outside_a_runtime() {
    let dir = TempDir::new();
    let path = dir.file("file", "abc");
    let file = || File::from_std(std::fs::File::options().read(true).write(true).open(&path).unwrap());
    fn panic_of(f: impl Future) -> String {
        let run = std::panic::AssertUnwindSafe(|| drop(futures::executor::block_on(f)));
        *std::panic::catch_unwind(run).expect_err("it panics").downcast::<String>().unwrap()
    }
    let messages = [
        panic_of(File::open(&path)),
        panic_of(fs::read(&path)),
        panic_of(async { file().read(&mut [0; 1]).await }),
        panic_of(async { file().write(b"x").await }),
        panic_of(async { file().rewind().await }),
        panic_of(async { file().sync_all().await }),
        panic_of(async { file().metadata().await }),
    ];
    for message in messages {
        assert!(message.starts_with("there is no reactor running, must be called from the context of"), "{message}");
    }
    // What needs no pool works: there is nothing to flush.
    futures::executor::block_on(async { file().flush().await }).unwrap();
    file().try_into_std().unwrap();
}

#[heist::test]
async fn a_reader_that_never_waits_lets_others_run() {
    let mut zero = File::open("/dev/zero").await.unwrap();
    let mut buf = vec![0; 128 * 1024];
    let other = heist::spawn(async {});
    // On a current-thread runtime the other task runs only if this one yields.
    while !other.is_finished() {
        zero.read_exact(&mut buf).await.unwrap();
    }
}

#[heist::test]
async fn a_writer_that_never_waits_lets_others_run() {
    let mut null = File::create("/dev/null").await.unwrap();
    let other = heist::spawn(async {});
    while !other.is_finished() {
        null.write_all(b"x").await.unwrap();
    }
}

#[heist::test]
async fn descriptors_are_closed() {
    let dir = TempDir::new();
    let path = dir.file("file", "abc");
    // Descriptors of other tests come and go: only those of this file count.
    let open_descriptors = || {
        let is_ours = |entry: io::Result<std::fs::DirEntry>| {
            entry.and_then(|entry| std::fs::read_link(entry.path())).is_ok_and(|target| target == path)
        };
        std::fs::read_dir("/proc/self/fd").unwrap().filter(|_| true).map(is_ours).filter(|ours| *ours).count()
    };
    for _ in 0..50 {
        let mut file = File::options().read(true).write(true).open(&path).await.unwrap();
        file.write_all(b"x").await.unwrap();
        let other = file.try_clone().await.unwrap();
        give_up(file.sync_all()).await;
        give_up(File::open(&path)).await;
        drop((file, other.into_std().await));
        fs::read(&path).await.unwrap();
    }
    while open_descriptors() > 0 {
        heist::task::yield_now().await;
    }
}
