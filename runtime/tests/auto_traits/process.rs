//! The table for `process`.

use heist::process;

use super::v;

types! {
    process::Child: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    process::ChildStderr: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    process::ChildStdin: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    process::ChildStdout: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    process::Command: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
}

futures! {
    v::<&'static mut process::Child>().kill() => [Send Sync !Unpin];
    v::<&'static mut process::Child>().wait() => [Send Sync !Unpin];
    v::<process::Child>().wait_with_output() => [Send Sync !Unpin];
}
