//! `File` against the file of the standard library: the same operations have the same results, whether reads are served
//! from the page cache or through the pool.

mod fs_support;

use std::io::{Read, Seek, SeekFrom, Write};

use fs_support::{TempDir, current_thread, give_up, pattern};
use heist::fs::File;
use heist::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Read(usize),
    /// A read whose future is polled once.
    BeginRead(usize),
    ReadToEnd,
    Write(usize),
    Seek(SeekFrom),
    SetLen(u64),
    Flush,
    Sync,
    Length,
    BufferSize(usize),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let position = prop_oneof![
        (0_u64..6000).prop_map(SeekFrom::Start),
        (-3000_i64..3000).prop_map(SeekFrom::Current),
        (-6000_i64..100).prop_map(SeekFrom::End),
    ];
    prop_oneof![
        4 => (0_usize..3000).prop_map(Step::Read),
        2 => (1_usize..3000).prop_map(Step::BeginRead),
        1 => Just(Step::ReadToEnd),
        6 => (0_usize..3000).prop_map(Step::Write),
        4 => position.prop_map(Step::Seek),
        1 => (0_u64..6000).prop_map(Step::SetLen),
        2 => Just(Step::Flush),
        1 => Just(Step::Sync),
        1 => Just(Step::Length),
        1 => (1_usize..2000).prop_map(Step::BufferSize),
        1 => Just(Step::Reopen),
    ]
}

async fn compare(steps: Vec<Step>, is_shared: bool) {
    let dir = TempDir::new();
    let options = || std::fs::File::options().read(true).write(true).create(true).truncate(false).clone();
    let mut same = options().open(dir.join("same")).unwrap();
    let mut file = File::from_std(options().open(dir.join("file")).unwrap());
    if is_shared {
        // Its position is shared with nobody any more, but everything takes the pool.
        file = file.try_clone().await.unwrap();
    }
    for step in steps {
        match step {
            Step::Read(length) => {
                // The two may read different amounts, so a whole buffer is read, or up to the end.
                let (mut bytes, mut expected) = (Vec::new(), Vec::new());
                (&mut file).take(length as u64).read_to_end(&mut bytes).await.unwrap();
                (&mut same).take(length as u64).read_to_end(&mut expected).unwrap();
                assert!(bytes == expected, "{} and {} bytes", bytes.len(), expected.len());
            }
            Step::BeginRead(length) => {
                // It has an effect only if it was ready; otherwise its bytes come with the next read.
                let mut buf = vec![0; length];
                let mut count = 0;
                give_up(async { count = file.read(&mut buf).await.unwrap() }).await;
                let mut expected = vec![0; count];
                same.read_exact(&mut expected).unwrap();
                assert!(buf[..count] == expected);
            }
            Step::ReadToEnd => {
                let (mut bytes, mut expected) = (Vec::new(), Vec::new());
                file.read_to_end(&mut bytes).await.unwrap();
                same.read_to_end(&mut expected).unwrap();
                assert!(bytes == expected, "{} and {} bytes", bytes.len(), expected.len());
            }
            Step::Write(length) => {
                file.write_all(&pattern(length)).await.unwrap();
                same.write_all(&pattern(length)).unwrap();
            }
            Step::Seek(position) => {
                let moved = file.seek(position).await.map_err(|error| error.kind());
                assert_eq!(moved, same.seek(position).map_err(|error| error.kind()));
            }
            Step::SetLen(length) => {
                file.set_len(length).await.unwrap();
                same.set_len(length).unwrap();
            }
            Step::Flush => {
                file.flush().await.unwrap();
                assert!(std::fs::read(dir.join("file")).unwrap() == std::fs::read(dir.join("same")).unwrap());
            }
            Step::Sync => file.sync_data().await.unwrap(),
            Step::Length => assert_eq!(file.metadata().await.unwrap().len(), same.metadata().unwrap().len()),
            Step::BufferSize(size) => file.set_max_buf_size(size),
            Step::Reopen => {
                file = File::from_std(file.into_std().await);
                assert_eq!(file.stream_position().await.unwrap(), same.stream_position().unwrap());
            }
        }
    }
    assert_eq!(file.stream_position().await.unwrap(), same.stream_position().unwrap());
    drop(file.into_std().await);
    assert!(std::fs::read(dir.join("file")).unwrap() == std::fs::read(dir.join("same")).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_file_does_what_that_of_std_does(steps in prop::collection::vec(step(), 1..60), is_shared: bool) {
        current_thread().block_on(compare(steps, is_shared));
    }
}
