//! Peers that misbehave: connections reset in the middle of an operation, on the thread of `block_on` and on workers.

mod rt_support;

use std::io::{ErrorKind, Read, Write};
use std::net;
use std::time::Duration;

use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::time::timeout;

use rt_support::every_flavour;

/// A connection: the runtime's end, and a blocking one.
async fn connected() -> (TcpStream, net::TcpStream) {
    let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (ours, listener.accept().unwrap().0)
}

fn reset(stream: net::TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
}

#[test]
fn a_reset_in_the_middle_of_a_read() {
    every_flavour(|build| {
        build().block_on(async {
            for _ in 0..20 {
                let (mut ours, mut theirs) = connected().await;
                let (half, was_half) = heist::sync::oneshot::channel();
                let reader = heist::spawn(async move {
                    let mut message = [0; 8];
                    ours.read_exact(&mut message[..4]).await.unwrap();
                    half.send(message[..4].to_vec()).unwrap();
                    let error = ours.read_exact(&mut message[4..]).await.unwrap_err();
                    (error.kind(), ours.read(&mut message).await, ours.write_all(b"more").await)
                });
                theirs.write_all(b"half").unwrap();
                assert_eq!(was_half.await.unwrap(), b"half");
                reset(theirs);
                let (first, read, write) = timeout(Duration::from_secs(15), reader).await.unwrap().unwrap();
                assert_eq!(first, ErrorKind::ConnectionReset);
                // The system tells of a reset once.
                assert_eq!(read.unwrap(), 0);
                assert_eq!(write.unwrap_err().kind(), ErrorKind::BrokenPipe);
            }
        });
    });
}

#[test]
fn a_reset_in_the_middle_of_a_write() {
    every_flavour(|build| {
        build().block_on(async {
            let (mut ours, mut theirs) = connected().await;
            let writer = heist::spawn(async move { ours.write_all(&vec![7; 64 << 20]).await });
            // More than nothing, less than all.
            let peer = heist::task::spawn_blocking(move || {
                theirs.read_exact(&mut [0; 1000]).unwrap();
                reset(theirs);
            });
            peer.await.unwrap();
            let error = timeout(Duration::from_secs(15), writer).await.unwrap().unwrap().unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{error}");
        });
    });
}

#[test]
fn a_reset_before_it_is_accepted() {
    every_flavour(|build| {
        build().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            reset(net::TcpStream::connect(address).unwrap());
            let good = net::TcpStream::connect(address).unwrap();
            let accept = async {
                loop {
                    // The one that is gone comes as a stream that fails, or as an error.
                    if let Ok((stream, peer)) = listener.accept().await {
                        if peer == good.local_addr().unwrap() {
                            return stream;
                        }
                    }
                }
            };
            let mut stream = timeout(Duration::from_secs(15), accept).await.unwrap();
            stream.write_all(b"x").await.unwrap();
            (&good).read_exact(&mut [0]).unwrap();
        });
    });
}
