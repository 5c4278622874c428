//! The table for the standard streams.

use heist::io;

types! {
    io::Stderr: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Stdin: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Stdout: [Send Sync Unpin UnwindSafe RefUnwindSafe];
}
