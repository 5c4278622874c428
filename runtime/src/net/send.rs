//! How streams' sockets are written to, through a shared reference.
//!
//! By `send`, which does not go through the file system's layer as `write` does. Of several small buffers one is made
//! first: the system takes longer to look at a list of buffers than it takes to copy them.

use std::io::{self, IoSlice};
use std::net::TcpStream;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use rustix::net::{SendAncillaryBuffer, send, sendmsg};

use super::sys::NO_SIGNAL;
use crate::io::evented::{MOST_BUFFERS, WriteShared};

/// The most bytes of several buffers that are copied into one.
const GATHERED: usize = 1024;

impl WriteShared for TcpStream {
    fn write_shared(&self, buf: &[u8]) -> io::Result<usize> {
        Ok(send(self, buf, NO_SIGNAL)?)
    }

    fn write_vectored_shared(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        send_vectored(self, bufs)
    }
}

impl WriteShared for UnixStream {
    fn write_shared(&self, buf: &[u8]) -> io::Result<usize> {
        Ok(send(self, buf, NO_SIGNAL)?)
    }

    fn write_vectored_shared(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        send_vectored(self, bufs)
    }
}

/// Sends from several buffers on a stream. As with `writev`, buffers without content leave the socket alone.
fn send_vectored(socket: &impl AsFd, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
    let bufs = &bufs[..bufs.len().min(MOST_BUFFERS)];
    match bufs.iter().map(|buf| buf.len()).sum() {
        0 => Ok(0),
        length @ 1..=GATHERED => {
            let mut memory = [0; GATHERED];
            let mut rest = &mut memory[..];
            for buf in bufs {
                let (part, behind) = rest.split_at_mut(buf.len());
                part.copy_from_slice(buf);
                rest = behind;
            }
            Ok(send(socket, &memory[..length], NO_SIGNAL)?)
        }
        _ => Ok(sendmsg(socket, bufs, &mut SendAncillaryBuffer::default(), NO_SIGNAL)?),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    /// Sends these parts and returns what arrives.
    fn sent(parts: &[&[u8]]) -> Vec<u8> {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let bufs: Vec<_> = parts.iter().map(|part| IoSlice::new(part)).collect();
        let count = ours.write_vectored_shared(&bufs).unwrap();
        drop(ours);
        let mut received = Vec::new();
        theirs.read_to_end(&mut received).unwrap();
        assert_eq!(count, received.len());
        received
    }

    #[test]
    fn parts_arrive_in_order_whether_copied_or_not() {
        for length in [0, 1, GATHERED / 2, GATHERED - 1, GATHERED, 4 * GATHERED] {
            let long: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let parts: [&[u8]; 5] = [b"", b"a", &long, b"", b"bc"];
            assert_eq!(sent(&parts), parts.concat(), "{length} bytes");
        }
    }

    #[test]
    fn more_buffers_than_the_system_takes_are_sent_in_part() {
        for part in [&[b'x'; 1][..], &[b'x'; 2]] {
            assert_eq!(sent(&vec![part; MOST_BUFFERS + 1]).len(), MOST_BUFFERS * part.len());
        }
    }

    #[test]
    fn a_full_socket_takes_a_part_or_would_block() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let parts = [IoSlice::new(b"hello, "), IoSlice::new(b"world")];
        let error = loop {
            match ours.write_vectored_shared(&parts) {
                Ok(count) => assert!((1..=12).contains(&count)),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn nothing_is_sent_without_content_even_where_nobody_listens() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        assert_eq!(ours.write_vectored_shared(&[]).unwrap(), 0);
        assert_eq!(ours.write_vectored_shared(&[IoSlice::new(b"")]).unwrap(), 0);
        for length in [1, GATHERED] {
            let parts = [IoSlice::new(b"a"), IoSlice::new(&[b'b'; GATHERED][..length])];
            let error = ours.write_vectored_shared(&parts).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    }
}
