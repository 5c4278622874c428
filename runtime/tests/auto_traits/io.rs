//! The table for `io`, without what stands for descriptors.

use heist::io;

use super::{OnlySend, OnlySync, Pinned, v};

types! {
    io::BufReader<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufReader<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::BufReader<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufReader<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::BufReader<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::BufStream<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufStream<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::BufStream<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufStream<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::BufStream<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::BufWriter<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufWriter<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::BufWriter<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::BufWriter<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::BufWriter<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::Chain<u8, u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Chain<OnlySend, u8>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Chain<OnlySync, u8>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Chain<Pinned, u8>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Chain<&'static mut u8, u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::Chain<u8, OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Chain<u8, OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Chain<u8, Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Chain<u8, &'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::DuplexStream: [Send Sync Unpin !UnwindSafe !RefUnwindSafe];
    io::Empty: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Interest: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Join<u8, u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Join<OnlySend, u8>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Join<OnlySync, u8>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Join<Pinned, u8>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Join<&'static mut u8, u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::Join<u8, OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Join<u8, OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Join<u8, Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Join<u8, &'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::Lines<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Lines<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Lines<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Lines<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Lines<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::ReadBuf<'static>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::ReadHalf<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::ReadHalf<OnlySend>: [Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send !Sync Unpin UnwindSafe RefUnwindSafe]
    io::ReadHalf<OnlySync>: [!Send !Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [!Send Sync Unpin UnwindSafe RefUnwindSafe]
    io::Ready: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Repeat: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::SimplexStream: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Sink: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Split<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Split<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Split<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Split<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Split<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::Take<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Take<OnlySend>: [Send !Sync Unpin UnwindSafe !RefUnwindSafe];
    io::Take<OnlySync>: [!Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::Take<Pinned>: [Send Sync !Unpin UnwindSafe RefUnwindSafe];
    io::Take<&'static mut u8>: [Send Sync Unpin !UnwindSafe RefUnwindSafe];
    io::WriteHalf<u8>: [Send Sync Unpin UnwindSafe RefUnwindSafe];
    io::WriteHalf<OnlySend>: [Send Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [Send !Sync Unpin UnwindSafe RefUnwindSafe]
    io::WriteHalf<OnlySync>: [!Send !Sync Unpin UnwindSafe RefUnwindSafe]; // Tokio: [!Send Sync Unpin UnwindSafe RefUnwindSafe]
}

futures! {
    v::<&'static mut io::Lines<&'static [u8]>>().next_line() => [Send Sync !Unpin RefUnwindSafe];
    v::<&'static mut io::Split<&'static [u8]>>().next_segment() => [Send Sync !Unpin RefUnwindSafe];
    io::copy(v::<&'static mut &'static [u8]>(), v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin RefUnwindSafe];
    io::copy_bidirectional(v::<&'static mut io::DuplexStream>(), v::<&'static mut io::DuplexStream>()) => [Send Sync !Unpin];
    io::copy_bidirectional_with_sizes(v::<&'static mut io::DuplexStream>(), v::<&'static mut io::DuplexStream>(), v(), v()) => [Send Sync !Unpin];
    io::copy_buf(v::<&'static mut &'static [u8]>(), v::<&'static mut Vec<u8>>()) => [Send Sync !Unpin RefUnwindSafe];
}
