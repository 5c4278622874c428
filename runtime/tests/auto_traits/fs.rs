//! The table for `fs`.

use heist::fs;

use super::v;

types! {
    fs::DirBuilder: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    fs::DirEntry: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    fs::File: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    fs::FileTimes: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    fs::OpenOptions: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    fs::ReadDir: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
}

futures! {
    v::<&'static fs::DirBuilder>().create(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static fs::DirEntry>().file_type() => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static fs::DirEntry>().metadata() => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::File::create(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::File::create_new(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<fs::File>().into_std() => [Send Sync !Unpin];
    v::<&'static fs::File>().metadata() => [Send Sync !Unpin];
    fs::File::open(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static fs::File>().set_len(v()) => [Send Sync !Unpin];
    v::<&'static fs::File>().set_modified(v()) => [Send Sync !Unpin];
    v::<&'static fs::File>().set_permissions(v()) => [Send Sync !Unpin];
    v::<&'static fs::File>().set_times(v()) => [Send Sync !Unpin];
    v::<&'static fs::File>().sync_all() => [Send Sync !Unpin];
    v::<&'static fs::File>().sync_data() => [Send Sync !Unpin];
    v::<&'static fs::File>().try_clone() => [Send Sync !Unpin];
    v::<&'static fs::OpenOptions>().open(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    v::<&'static mut fs::ReadDir>().next_entry() => [Send Sync !Unpin];
    fs::canonicalize(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::copy(v::<&'static str>(), v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::create_dir(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::create_dir_all(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::hard_link(v::<&'static str>(), v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::metadata(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::read(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::read_dir(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::read_link(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::read_to_string(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::remove_dir(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::remove_dir_all(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::remove_file(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::rename(v::<&'static str>(), v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::set_permissions(v::<&'static str>(), v()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::symlink(v::<&'static str>(), v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::symlink_metadata(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::try_exists(v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    fs::write(v::<&'static str>(), v::<&'static str>()) => [Send Sync !Unpin UnwindSafe RefUnwindSafe];
}
