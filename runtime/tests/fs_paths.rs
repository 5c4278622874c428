//! The functions that take a path, `DirBuilder`, `OpenOptions` and `ReadDir`.

mod fs_support;

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use fs_support::{TempDir, current_thread, give_up};
use heist::fs::{self, DirBuilder, File, OpenOptions};
use heist::io::{AsyncReadExt, AsyncWriteExt};

#[heist::test]
async fn whole_files() {
    let dir = TempDir::new();
    let path = dir.join("a");
    fs::write(&path, "one").await.unwrap();
    fs::write(&path, b"longer than one".to_vec()).await.unwrap();
    assert_eq!(fs::read(&path).await.unwrap(), b"longer than one");
    assert_eq!(fs::read_to_string(&path).await.unwrap(), "longer than one");
    fs::write(&path, [0xff, 0xfe]).await.unwrap();
    assert_eq!(fs::read_to_string(&path).await.unwrap_err().kind(), ErrorKind::InvalidData);
    assert_eq!(fs::copy(&path, dir.join("b")).await.unwrap(), 2);
    assert_eq!(fs::read(dir.join("b")).await.unwrap(), [0xff, 0xfe]);
    // A file whose length is not known before.
    assert!(fs::read_to_string("/proc/self/status").await.unwrap().contains("Pid:"));
}

/// Files that are empty, without a length, and shorter than they say.
#[heist::test]
async fn files_of_other_lengths() {
    let dir = TempDir::new();
    let (empty, hugepages) = (dir.file("empty", ""), "/sys/kernel/mm/transparent_hugepage/enabled");
    for path in [&*empty, "/dev/null".as_ref(), "/proc/version".as_ref(), hugepages.as_ref()] {
        if let Ok(expected) = std::fs::read_to_string(path) {
            assert_eq!(fs::read(path).await.unwrap(), expected.as_bytes(), "{path:?}");
            assert_eq!(fs::read_to_string(path).await.unwrap(), expected, "{path:?}");
        }
    }
}

#[heist::test]
async fn what_is_not_there() {
    let dir = TempDir::new();
    let path = dir.join("missing");
    let kinds = [
        fs::canonicalize(&path).await.unwrap_err().kind(),
        fs::copy(&path, dir.join("x")).await.unwrap_err().kind(),
        fs::create_dir(path.join("x")).await.unwrap_err().kind(),
        fs::hard_link(&path, dir.join("x")).await.unwrap_err().kind(),
        fs::metadata(&path).await.unwrap_err().kind(),
        fs::read(&path).await.unwrap_err().kind(),
        fs::read_dir(&path).await.unwrap_err().kind(),
        fs::read_link(&path).await.unwrap_err().kind(),
        fs::read_to_string(&path).await.unwrap_err().kind(),
        fs::remove_dir(&path).await.unwrap_err().kind(),
        fs::remove_dir_all(&path).await.unwrap_err().kind(),
        fs::remove_file(&path).await.unwrap_err().kind(),
        fs::rename(&path, dir.join("x")).await.unwrap_err().kind(),
        fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).await.unwrap_err().kind(),
        fs::symlink_metadata(&path).await.unwrap_err().kind(),
        fs::write(path.join("x"), "").await.unwrap_err().kind(),
        File::open(&path).await.unwrap_err().kind(),
        File::create(path.join("x")).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::NotFound; 18]);
    assert!(!fs::try_exists(&path).await.unwrap());
}

#[heist::test]
async fn what_is_something_else() {
    let dir = TempDir::new();
    let path = dir.file("file", "x");
    assert_eq!(fs::create_dir(&path).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(fs::read_dir(&path).await.unwrap_err().kind(), ErrorKind::NotADirectory);
    assert_eq!(fs::read(&*dir).await.unwrap_err().kind(), ErrorKind::IsADirectory);
    assert_eq!(fs::remove_dir(&*dir).await.unwrap_err().kind(), ErrorKind::DirectoryNotEmpty);
    assert!(fs::try_exists(path.join("below a file")).await.is_err());
    // Opening a directory works, reading it does not.
    let mut file = File::open(&*dir).await.unwrap();
    assert_eq!(file.read(&mut [0; 8]).await.unwrap_err().kind(), ErrorKind::IsADirectory);
}

#[heist::test]
async fn links() {
    let dir = TempDir::new();
    let path = dir.file("a", "abc");
    fs::hard_link(&path, dir.join("hard")).await.unwrap();
    assert_eq!(fs::metadata(&path).await.unwrap().nlink(), 2);
    fs::symlink("a", dir.join("soft")).await.unwrap();
    assert_eq!(fs::read_link(dir.join("soft")).await.unwrap().as_os_str(), "a");
    assert!(fs::symlink_metadata(dir.join("soft")).await.unwrap().is_symlink());
    assert!(fs::metadata(dir.join("soft")).await.unwrap().is_file());
    assert_eq!(fs::canonicalize(dir.join("soft")).await.unwrap(), std::fs::canonicalize(&path).unwrap());
    fs::symlink("nowhere", dir.join("dangling")).await.unwrap();
    assert!(!fs::try_exists(dir.join("dangling")).await.unwrap());
    assert_eq!(fs::read_link(&path).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[heist::test]
async fn removing_and_renaming() {
    let dir = TempDir::new();
    let (a, b) = (dir.file("a", "of a"), dir.file("b", "of b"));
    fs::rename(&a, &b).await.unwrap();
    assert_eq!(fs::read(&b).await.unwrap(), b"of a");
    assert!(!fs::try_exists(&a).await.unwrap());
    fs::remove_file(&b).await.unwrap();
    fs::create_dir(dir.join("empty")).await.unwrap();
    fs::remove_dir(dir.join("empty")).await.unwrap();
    fs::create_dir_all(dir.join("x/y/z")).await.unwrap();
    dir.file("x/y/file", "");
    fs::remove_dir_all(dir.join("x")).await.unwrap();
    assert_eq!(std::fs::read_dir(&*dir).unwrap().count(), 0);
}

#[heist::test]
async fn permissions() {
    let dir = TempDir::new();
    let path = dir.file("a", "");
    fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).await.unwrap();
    assert_eq!(fs::metadata(&path).await.unwrap().permissions().mode() & 0o777, 0o640);
    let file = File::open(&path).await.unwrap();
    file.set_permissions(std::fs::Permissions::from_mode(0o000)).await.unwrap();
    assert_eq!(fs::metadata(&path).await.unwrap().permissions().mode() & 0o777, 0o000);
    // Root may open it all the same.
    match File::open(&path).await {
        Ok(_) => assert!(std::fs::File::open(&path).is_ok()),
        Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied),
    }
    // Not even root may write through a descriptor that is for reading.
    let mut file = File::from_std(std::fs::File::open("/dev/null").unwrap());
    file.write_all(b"x").await.unwrap();
    assert!(file.flush().await.is_err());
}

#[heist::test]
async fn directories_are_built() {
    let dir = TempDir::new();
    let mut builder = DirBuilder::new();
    assert_eq!(builder.create(dir.join("a/b")).await.unwrap_err().kind(), ErrorKind::NotFound);
    builder.recursive(true).mode(0o700).create(dir.join("a/b")).await.unwrap();
    builder.create(dir.join("a/b")).await.unwrap();
    assert_eq!(fs::metadata(dir.join("a/b")).await.unwrap().permissions().mode() & 0o777, 0o700);
    builder.recursive(false);
    assert_eq!(builder.create(dir.join("a/b")).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    DirBuilder::default().create(dir.join("c")).await.unwrap();
    assert!(format!("{builder:?}").contains("recursive: false"));
}

#[heist::test]
async fn options_for_opening() {
    let dir = TempDir::new();
    let path = dir.join("a");
    let missing = OpenOptions::new().read(true).open(&path).await;
    assert_eq!(missing.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(OpenOptions::default().open(&path).await.unwrap_err().kind(), ErrorKind::InvalidInput);

    let mut create_new = OpenOptions::new();
    create_new.write(true).create_new(true).mode(0o600);
    let mut file = create_new.clone().open(&path).await.unwrap();
    assert_eq!(file.metadata().await.unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(create_new.open(&path).await.unwrap_err().kind(), ErrorKind::AlreadyExists);
    file.write_all(b"first").await.unwrap();
    file.flush().await.unwrap();

    let mut file = File::options().append(true).open(&path).await.unwrap();
    file.write_all(b" second").await.unwrap();
    file.flush().await.unwrap();
    assert_eq!(fs::read(&path).await.unwrap(), b"first second");

    let options = std::fs::File::options().write(true).truncate(true).clone();
    drop(OpenOptions::from(options).open(&path).await.unwrap());
    assert_eq!(fs::read(&path).await.unwrap(), b"");

    fs::symlink(&path, dir.join("link")).await.unwrap();
    let no_follow = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap();
    assert!(OpenOptions::new().read(true).custom_flags(no_follow).open(dir.join("link")).await.is_err());
    let created = OpenOptions::new().write(true).create(true).truncate(false).open(dir.join("b")).await;
    assert!(created.is_ok());
    assert!(format!("{:?}", OpenOptions::new()).contains("OpenOptions"));
}

#[heist::test]
async fn a_directory_is_listed_completely() {
    for count in [0, 1, 31, 32, 33, 64, 100] {
        let dir = TempDir::new();
        for number in 0..count {
            dir.file(&number.to_string(), "x");
        }
        let mut entries = fs::read_dir(&*dir).await.unwrap();
        let mut names = BTreeSet::new();
        while let Some(entry) = entries.next_entry().await.unwrap() {
            assert_eq!(entry.path(), dir.join(entry.file_name()));
            assert!(names.insert(entry.file_name().into_string().unwrap()));
        }
        assert!(entries.next_entry().await.unwrap().is_none(), "it stays at its end");
        assert_eq!(names, (0..count).map(|number| number.to_string()).collect());
    }
}

#[heist::test]
async fn entries_know_what_they_are() {
    let dir = TempDir::new();
    let path = dir.file("file", "abc");
    let mut entries = fs::read_dir(&*dir).await.unwrap();
    let entry = entries.next_entry().await.unwrap().unwrap();
    assert!(entry.file_type().await.unwrap().is_file());
    assert_eq!(entry.metadata().await.unwrap().len(), 3);
    assert_eq!(entry.ino(), std::fs::metadata(&path).unwrap().ino());
    assert!(format!("{entry:?}").contains("file"));
    assert!(format!("{entries:?}").contains("ReadDir"));
    std::fs::remove_file(&path).unwrap();
    assert_eq!(entry.metadata().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[heist::test]
async fn no_entry_is_lost_to_a_poll_that_is_given_up() {
    let dir = TempDir::new();
    for number in 0..200 {
        dir.file(&number.to_string(), "");
    }
    let mut entries = fs::read_dir(&*dir).await.unwrap();
    let mut count = 0;
    loop {
        let mut got_one = false;
        give_up(async {
            got_one = entries.next_entry().await.unwrap().is_some();
        })
        .await;
        if got_one {
            count += 1;
            continue;
        }
        match entries.next_entry().await.unwrap() {
            Some(_) => count += 1,
            None => break,
        }
    }
    assert_eq!(count, 200);
}

#[test]
fn a_listing_outlives_its_runtime() {
    let dir = TempDir::new();
    for number in 0..40 {
        dir.file(&number.to_string(), "");
    }
    let mut entries = current_thread().block_on(fs::read_dir(&*dir)).unwrap();
    let mut count = 0;
    current_thread().block_on(async {
        while entries.next_entry().await.unwrap().is_some() {
            count += 1;
        }
    });
    assert_eq!(count, 40);
}

#[heist::test]
async fn an_operation_goes_on_without_its_future() {
    let dir = TempDir::new();
    let path = dir.join("made");
    give_up(fs::create_dir(&path)).await;
    while !fs::try_exists(&path).await.unwrap() {
        heist::task::yield_now().await;
    }
}
