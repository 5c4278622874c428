//! Files, all of which the system has in its page cache.

use std::path::PathBuf;

use super::Runtime;
use super::rt::fs::{self, File, OpenOptions};
use super::rt::io::{AsyncReadExt, AsyncWriteExt};
use super::rt::spawn;
use crate::job::Job;
use crate::meter::Meter;
use crate::os::fixture::{LARGE_MIB, MIB, SMALL, large_file, small_files};
use crate::sample::Sample;
use crate::table::{Entry, alone, contended, measure};

/// The workloads of this file.
pub(crate) const ENTRIES: &[Entry] = &[
    contended("file_small_whole", |job| small(job, |path| async { fs::read(path).await.expect("it is there") })),
    contended("file_small_open", |job| small(job, open_and_read)),
    alone("file_read_64k", |job| read(job, 64 << 10)),
    alone("file_read_1m", |job| read(job, MIB)),
    alone("file_read_to_end", read_to_end),
    alone("file_read_whole", read_whole),
    alone("file_write_64k", |job| write(job, 64 << 10)),
    alone("file_write_1m", |job| write(job, MIB)),
];

/// Files that each task reads in a batch.
const EACH: usize = 20;

/// As many tasks as there are small files read one after the other. An operation is one file.
fn small<F>(job: &Job, read: fn(PathBuf) -> F) -> Sample
where
    F: Future<Output = Vec<u8>> + Send + 'static,
{
    let files = small_files(job);
    measure::<Runtime, _>(job, async move |phases| {
        let mut meter = Meter::new(phases);
        while meter.goes_on() {
            let tasks: Vec<_> = (0..files.len())
                .map(|first| {
                    let mine: Vec<_> = files.iter().cycle().skip(first).take(EACH).cloned().collect();
                    spawn(async move {
                        for path in mine {
                            assert_eq!(read(path).await.len(), SMALL);
                        }
                    })
                })
                .collect();
            for task in tasks {
                task.await.expect("it does not panic");
            }
            meter.count((files.len() * EACH) as u64);
        }
        meter.finish()
    })
}

async fn open_and_read(path: PathBuf) -> Vec<u8> {
    let mut file = File::open(path).await.expect("it is there");
    let mut content = Vec::new();
    file.read_to_end(&mut content).await.expect("it can be read");
    content
}

/// A large file is read from its beginning to its end, `size` bytes at a time. An operation is a mebibyte.
fn read(job: &Job, size: usize) -> Sample {
    let path = large_file(job, LARGE_MIB);
    large(job, path, move |path| async move {
        let mut file = File::open(path).await.expect("it is there");
        let (mut buffer, mut length) = (vec![0; size], 0);
        loop {
            match file.read(&mut buffer).await.expect("it can be read") {
                0 => break,
                more => length += more,
            }
        }
        assert_eq!(length, LARGE_MIB * MIB);
    })
}

/// A large file is read into a new vector that is as large. An operation is a mebibyte.
fn read_to_end(job: &Job) -> Sample {
    let path = large_file(job, LARGE_MIB);
    large(job, path, |path| async move {
        let mut file = File::open(path).await.expect("it is there");
        let mut content = Vec::with_capacity(LARGE_MIB * MIB);
        file.read_to_end(&mut content).await.expect("it can be read");
        assert_eq!(content.len(), LARGE_MIB * MIB);
    })
}

/// The same with the function that does it all. An operation is a mebibyte.
fn read_whole(job: &Job) -> Sample {
    let path = large_file(job, LARGE_MIB);
    large(job, path, |path| async move {
        let content = fs::read(path).await.expect("it can be read");
        assert_eq!(content.len(), LARGE_MIB * MIB);
    })
}

/// A large file is overwritten, `size` bytes at a time, and flushed. An operation is a mebibyte.
fn write(job: &Job, size: usize) -> Sample {
    large(job, job.scratch.join("written"), move |path| async move {
        let piece = vec![b'h'; size];
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(false).open(path).await.expect("it is ours");
        for _ in 0..LARGE_MIB * MIB / size {
            file.write_all(&piece).await.expect("there is room");
        }
        file.flush().await.expect("there is room");
    })
}

/// Counts a large file for each time that `work` is done with it.
fn large<F>(job: &Job, path: PathBuf, work: impl Fn(PathBuf) -> F + Send + 'static) -> Sample
where
    F: Future<Output = ()> + Send + 'static,
{
    measure::<Runtime, _>(job, async move |phases| {
        let mut meter = Meter::new(phases);
        while meter.goes_on() {
            work(path.clone()).await;
            meter.count(LARGE_MIB as u64);
        }
        meter.finish()
    })
}
