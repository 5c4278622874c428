//! Copying large amounts between descriptors, where the kernel may move them past the buffer.

use std::io::ErrorKind;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;

use heist::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, copy, copy_bidirectional,
    copy_bidirectional_with_sizes, sink,
};
use heist::net::{TcpListener, TcpStream, UnixStream};
use heist::process::Command;
use heist::runtime::{Builder, Runtime};
use heist::time::timeout;

const MIB: usize = 1024 * 1024;

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (client, server) = futures::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (client.unwrap(), server.unwrap().0)
}

/// Bytes whose period fits no buffer, and which differ between streams.
fn pattern(seed: usize, count: usize) -> Vec<u8> {
    let block: Vec<u8> = (0..4099 + seed).map(|place| (place * 31 + seed) as u8).collect();
    let mut bytes = block.repeat(count / block.len() + 1);
    bytes.truncate(count);
    bytes
}

/// Writes a pattern from a task of its own, and then ends the stream.
fn send(mut to: impl AsyncWrite + Unpin + Send + 'static, seed: usize, count: usize) {
    heist::spawn(async move {
        to.write_all(&pattern(seed, count)).await.unwrap();
        to.shutdown().await.unwrap();
    });
}

async fn expect(mut from: impl AsyncRead + Unpin, seed: usize, count: usize) {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes.len(), count);
    assert!(bytes == pattern(seed, count));
}

/// The pipes that this process has open. Copying keeps some that it has used.
#[cfg(target_os = "linux")]
fn pipes() -> usize {
    let links =
        std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("pipe:")).count()
}

async fn copy_whole(seed: usize, count: usize) {
    let (client, mut from) = pair().await;
    let (mut to, server) = pair().await;
    send(client, seed, count);
    let copying = async {
        assert_eq!(copy(&mut from, &mut to).await.unwrap(), count as u64);
        to.shutdown().await.unwrap();
    };
    futures::join!(copying, expect(server, seed, count));
}

#[test]
fn large_amounts_arrive_whole() {
    runtime().block_on(async {
        copy_whole(1, 16 * MIB).await;
        copy_whole(2, 16 * MIB + 12345).await;
    });
}

#[cfg(target_os = "linux")]
#[test]
fn large_amounts_go_through_a_pipe() {
    runtime().block_on(async {
        // Only while the sender is faster than the copy, which the scheduler may prevent for a while.
        for round in 0.. {
            if pipes() >= 2 {
                break;
            }
            assert!(round < 100, "no copy has used a pipe");
            copy_whole(round, 16 * MIB).await;
        }
    });
}

#[test]
fn halves_and_pointers() {
    runtime().block_on(async {
        let (client, from) = pair().await;
        let (to, server) = pair().await;
        send(client, 3, 4 * MIB);
        let (mut from, _) = from.into_split();
        let (_, to) = to.into_split();
        let mut to: Pin<Box<dyn AsyncWrite + Send>> = Box::pin(to);
        let copying = async {
            assert_eq!(copy(&mut &mut from, &mut to).await.unwrap(), 4 * MIB as u64);
            drop(to);
        };
        futures::join!(copying, expect(server, 3, 4 * MIB));

        let (client, mut from) = pair().await;
        let (mut to, server) = pair().await;
        send(client, 4, 4 * MIB);
        let copying = async {
            let (mut from, _) = from.split();
            let (_, mut half) = to.split();
            let from: &mut (dyn AsyncRead + Unpin + Send) = &mut from;
            assert_eq!(copy(from, &mut half).await.unwrap(), 4 * MIB as u64);
            to.shutdown().await.unwrap();
        };
        futures::join!(copying, expect(server, 4, 4 * MIB));
    });
}

#[test]
fn unix_sockets() {
    runtime().block_on(async {
        let (client, mut from) = UnixStream::pair().unwrap();
        let (to, mut server) = pair().await;
        let (_, mut to) = to.into_split();
        send(client, 8, 4 * MIB);
        let copying = async {
            assert_eq!(copy(&mut from, &mut to).await.unwrap(), 4 * MIB as u64);
            drop(to);
        };
        let (mut back, target) = UnixStream::pair().unwrap();
        // And on, from TCP to Unix.
        let copying_on = async {
            assert_eq!(copy(&mut server, &mut back).await.unwrap(), 4 * MIB as u64);
            drop(back);
        };
        futures::join!(copying, copying_on, expect(target, 8, 4 * MIB));
    });
}

/// Neither a read nor `splice` passes the mark of urgent data at once, and `splice` alone never does.
#[cfg(target_os = "linux")]
#[test]
fn urgent_data_stops_no_copy() {
    runtime().block_on(async {
        for is_ended in [false, true] {
            let (mut client, mut from) = pair().await;
            let (mut to, server) = pair().await;
            let sending = heist::spawn(async move {
                client.write_all(&pattern(9, 8 * MIB)).await.unwrap();
                rustix::net::send(&client, b"!", rustix::net::SendFlags::OOB).unwrap();
                client.write_all(&pattern(9, 8 * MIB)).await.unwrap();
                if is_ended {
                    client.shutdown().await.unwrap();
                }
                client
            });
            let copying = heist::spawn(async move { copy(&mut from, &mut to).await });
            let mut bytes = vec![0; 16 * MIB];
            let mut server = server;
            timeout(Duration::from_secs(120), server.read_exact(&mut bytes)).await.expect("it hangs").unwrap();
            assert!(bytes[..8 * MIB] == pattern(9, 8 * MIB) && bytes[8 * MIB..] == pattern(9, 8 * MIB));
            drop(sending.await.unwrap());
            assert_eq!(copying.await.unwrap().unwrap(), 16 * MIB as u64);
        }
    });
}

#[test]
fn both_directions_at_once() {
    runtime().block_on(async {
        let (client, mut a) = pair().await;
        let (mut b, server) = pair().await;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        send(to_client, 5, 8 * MIB);
        send(to_server, 6, 6 * MIB + 7);
        let (copied, (), ()) = futures::join!(
            copy_bidirectional(&mut a, &mut b),
            expect(from_client, 6, 6 * MIB + 7),
            expect(from_server, 5, 8 * MIB)
        );
        assert_eq!(copied.unwrap(), (8 * MIB as u64, 6 * MIB as u64 + 7));
    });
}

#[test]
fn more_copies_than_there_are_pipes() {
    runtime().block_on(async {
        let copies = (0..40).map(|seed| {
            heist::spawn(async move {
                let (client, mut from) = pair().await;
                let (mut to, server) = pair().await;
                send(client, seed, 2 * MIB);
                let copying = async {
                    copy(&mut from, &mut to).await.unwrap();
                    drop(to);
                };
                futures::join!(copying, expect(server, seed, 2 * MIB));
            })
        });
        for copy in copies.collect::<Vec<_>>() {
            copy.await.unwrap();
        }
    });
}

#[test]
fn small_amounts_after_large_ones_are_passed_on_at_once() {
    runtime().block_on(async {
        let (mut client, mut from) = pair().await;
        let (mut to, mut server) = pair().await;
        heist::spawn(async move {
            copy(&mut from, &mut to).await.unwrap();
        });
        for _ in 0..3 {
            let mut bytes = vec![0; 4 * MIB];
            let data = pattern(7, 4 * MIB);
            let (sent, received) = futures::join!(client.write_all(&data), server.read_exact(&mut bytes));
            sent.unwrap();
            received.unwrap();
            assert!(bytes == data);
            for _ in 0..10 {
                client.write_all(b"ping").await.unwrap();
                let mut word = [0; 4];
                server.read_exact(&mut word).await.unwrap();
                assert_eq!(&word, b"ping");
            }
        }
    });
}

#[test]
fn a_reset_ends_the_copy() {
    runtime().block_on(async {
        let (mut client, mut from) = pair().await;
        let (mut to, mut server) = pair().await;
        heist::spawn(async move {
            let _ = client.write_all(&vec![0; 4 * MIB]).await;
            client.set_zero_linger().unwrap();
        });
        heist::spawn(async move { copy(&mut server, &mut sink()).await });
        assert_eq!(copy(&mut from, &mut to).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn a_writer_that_is_gone_ends_the_copy() {
    runtime().block_on(async {
        let (mut client, mut from) = pair().await;
        let (mut to, mut server) = pair().await;
        heist::spawn(async move { while client.write_all(&[0; 65536]).await.is_ok() {} });
        heist::spawn(async move {
            server.read_exact(&mut vec![0; 4 * MIB]).await.unwrap();
        });
        let kind = copy(&mut from, &mut to).await.unwrap_err().kind();
        assert!([ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&kind), "{kind:?}");
    });
}

#[cfg(target_os = "linux")]
#[test]
fn a_copy_that_is_given_up_leaves_no_pipe_behind() {
    const ROUNDS: usize = 40;
    runtime().block_on(async {
        for _ in 0..ROUNDS {
            let (mut client, mut from) = pair().await;
            let (mut to, mut server) = pair().await;
            heist::spawn(async move { while client.write_all(&[0; 65536]).await.is_ok() {} });
            let copying = heist::spawn(async move { copy(&mut from, &mut to).await });
            server.read_exact(&mut vec![0; 4 * MIB]).await.unwrap();
            // Now the writer has no room, so the pipe is full.
            copying.abort();
            assert!(copying.await.unwrap_err().is_cancelled());
        }
    });
    // Other tests of this process use some at the same time.
    assert!(pipes() < 2 * ROUNDS, "{} pipes", pipes());
}

#[test]
fn the_output_of_a_child_to_a_socket() {
    runtime().block_on(async {
        let (mut to, server) = pair().await;
        let mut command = Command::new("head");
        let mut child = command.args(["-c", "5000000", "/dev/zero"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let copying = async {
            assert_eq!(copy(&mut stdout, &mut to).await.unwrap(), 5_000_000);
            to.shutdown().await.unwrap();
        };
        let receiving = async {
            let mut server = server;
            let mut bytes = Vec::new();
            server.read_to_end(&mut bytes).await.unwrap();
            assert!(bytes == vec![0; 5_000_000]);
        };
        futures::join!(copying, receiving);
        assert!(child.wait().await.unwrap().success());
    });
}

/// Notes how much room it is given. The first reads fill it.
struct Rooms {
    full: usize,
    seen: Vec<usize>,
}

impl AsyncRead for Rooms {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        self.seen.push(buf.remaining());
        if self.seen.len() <= self.full {
            let room = buf.remaining();
            buf.initialize_unfilled();
            buf.advance(room);
        } else if self.seen.len() <= self.full + 3 {
            buf.put_slice(b"some");
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Rooms {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[test]
fn the_buffer_grows_while_reads_fill_it() {
    let rooms = |full| Rooms { full, seen: Vec::new() };
    futures::executor::block_on(async {
        let mut reader = rooms(6);
        let copied = copy(&mut reader, &mut sink()).await.unwrap();
        assert_eq!(copied as usize, (8 + 16 + 32 + 64 + 64 + 64) * 1024 + 12);
        assert_eq!(
            reader.seen.iter().map(|room| room / 1024).collect::<Vec<_>>(),
            [8, 16, 32, 64, 64, 64, 64, 64, 64, 64]
        );
        let mut reader = rooms(1);
        copy(&mut reader, &mut sink()).await.unwrap();
        assert_eq!(reader.seen.iter().map(|room| room / 1024).collect::<Vec<_>>(), [8, 16, 16, 16, 16]);

        // Sizes that were chosen stay as they are.
        let (mut a, mut b) = (rooms(5), rooms(5));
        copy_bidirectional_with_sizes(&mut a, &mut b, 1000, 2000).await.unwrap();
        assert!(a.seen.iter().all(|room| *room == 1000) && b.seen.iter().all(|room| *room == 2000));
    });
}
