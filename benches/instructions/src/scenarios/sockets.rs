//! Bytes through a socket.

use heist_instructions::clock;

use super::{Scenario, on_worker};
use crate::rt;
use crate::rt::io::{AsyncReadExt, AsyncWriteExt};
use crate::rt::net::UnixStream;

pub(super) const SCENARIOS: [Scenario; 1] = [on_worker("socket_hop", |n| Box::pin(hops(n)))];

/// Two tasks send one byte to and fro through a pair of Unix sockets, so that the reader always waits for an event. An
/// operation is one byte: a write, a read that would block, an event, a read.
async fn hops(n: u64) {
    let (mut here, mut there) = UnixStream::pair().expect("cannot make a pair of sockets");
    let other = rt::spawn(async move {
        for _ in 0..n / 2 {
            let byte = there.read_u8().await.expect("cannot read");
            there.write_u8(byte).await.expect("cannot write");
        }
    });
    for _ in 0..n / 2 {
        here.write_u8(1).await.expect("cannot write");
        assert_eq!(here.read_u8().await.expect("cannot read"), 1);
        clock::advance(2 * clock::OPERATION_NS);
    }
    other.await.expect("the other task panicked");
}
