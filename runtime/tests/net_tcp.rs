//! TCP streams and listeners: connecting, reading, writing, the ways a connection ends.

mod net_common;

use std::future::poll_fn;
use std::io::{ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::task::Poll;

use futures::future::{join, join_all};
use heist::io::{AsyncReadExt, AsyncWriteExt, ReadBuf};
use heist::net::{TcpListener, TcpStream, lookup_host};
use net_common::refusing;

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = join(TcpStream::connect(listener.local_addr().unwrap()), listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

#[heist::test]
async fn both_ends_know_each_other() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (client, accepted) = join(TcpStream::connect(addr), listener.accept()).await;
    let client = client.unwrap();
    let (server, peer) = accepted.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
    assert_eq!(server.peer_addr().unwrap(), client.local_addr().unwrap());
    assert_eq!(client.peer_addr().unwrap(), addr);
    assert!(client.take_error().unwrap().is_none());
}

#[heist::test]
async fn every_form_of_address_is_bound() {
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    TcpListener::bind(any).await.unwrap();
    TcpListener::bind(&[any, any][..]).await.unwrap();
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    TcpListener::bind("127.0.0.1:0".to_string()).await.unwrap();
    TcpListener::bind("localhost:0").await.unwrap();
    let none: &[SocketAddr] = &[];
    assert_eq!(TcpListener::bind(none).await.unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(TcpStream::connect(none).await.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[heist::test]
async fn the_next_address_is_tried() {
    let (_refuses, unused) = refusing();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let used = listener.local_addr().unwrap();
    let stream = TcpStream::connect(&[unused, used][..]).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), used);
}

#[heist::test]
async fn nobody_listens() {
    let (_refuses, unused) = refusing();
    assert_eq!(TcpStream::connect(unused).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[heist::test]
async fn a_name_is_looked_up() {
    let found: Vec<SocketAddr> = lookup_host("localhost:81").await.unwrap().collect();
    assert!(!found.is_empty());
    assert!(found.iter().all(|addr| addr.ip().is_loopback() && addr.port() == 81));
    assert!(lookup_host("no port in it").await.is_err());
}

#[heist::test]
async fn echo() {
    let (client, mut server) = pair().await;
    let (mut reader, mut writer) = client.into_split();
    let data: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 251) as u8).collect();
    let serve = async {
        let mut buffer = vec![0; 4096];
        loop {
            let count = server.read(&mut buffer).await.unwrap();
            if count == 0 {
                break;
            }
            server.write_all(&buffer[..count]).await.unwrap();
        }
        server.shutdown().await.unwrap();
    };
    let send = async {
        writer.write_all(&data).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let receive = async {
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        received
    };
    let (((), ()), received) = join(join(serve, send), receive).await;
    assert!(received == data);
}

#[heist::test]
async fn many_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let serve = async {
        let mut tasks = Vec::new();
        for _ in 0..50 {
            let (mut stream, _) = listener.accept().await.unwrap();
            tasks.push(heist::spawn(async move {
                let mut buffer = [0; 8];
                stream.read_exact(&mut buffer).await.unwrap();
                stream.write_all(&buffer).await.unwrap();
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    };
    let clients = join_all((0..50_u64).map(|n| async move {
        let mut stream = TcpStream::connect(addr).await.unwrap();
        stream.write_all(&n.to_be_bytes()).await.unwrap();
        let mut buffer = [0; 8];
        stream.read_exact(&mut buffer).await.unwrap();
        assert_eq!(u64::from_be_bytes(buffer), n);
    }));
    join(serve, clients).await;
}

#[heist::test]
async fn the_end_that_comes_with_the_data_is_read() {
    let (mut ours, mut theirs) = pair().await;
    theirs.write_all(b"last words").await.unwrap();
    drop(theirs);
    let mut received = Vec::new();
    // A buffer larger than the data, so that the first read is short.
    let mut buffer = [0; 64];
    loop {
        let count = ours.read(&mut buffer).await.unwrap();
        if count == 0 {
            break;
        }
        received.extend_from_slice(&buffer[..count]);
    }
    assert_eq!(received, b"last words");
}

#[heist::test]
async fn a_closed_direction_leaves_the_other_open() {
    let (mut ours, mut theirs) = pair().await;
    ours.shutdown().await.unwrap();
    assert_eq!(theirs.read(&mut [0; 8]).await.unwrap(), 0);
    theirs.write_all(b"still here").await.unwrap();
    theirs.shutdown().await.unwrap();
    let mut received = String::new();
    ours.read_to_string(&mut received).await.unwrap();
    assert_eq!(received, "still here");
    assert!(ours.write_all(b"x").await.is_err());
}

#[heist::test]
async fn a_shutdown_after_the_peer_is_gone_succeeds() {
    let (mut ours, theirs) = pair().await;
    theirs.set_zero_linger().unwrap();
    drop(theirs);
    assert_eq!(ours.read(&mut [0; 1]).await.unwrap_err().kind(), ErrorKind::ConnectionReset);
    ours.shutdown().await.unwrap();
}

#[heist::test]
async fn a_reset_interrupts_a_read() {
    let (mut ours, theirs) = pair().await;
    let reset = async {
        // Let the reader wait first.
        let mut first = true;
        poll_fn(|cx| {
            cx.waker().wake_by_ref();
            if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        theirs.set_zero_linger().unwrap();
        drop(theirs);
    };
    let mut buffer = [0; 8];
    let (read, ()) = join(ours.read(&mut buffer), reset).await;
    assert_eq!(read.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[heist::test]
async fn writing_waits_for_the_reader() {
    let (mut ours, mut theirs) = pair().await;
    let total = 8 << 20;
    let write = async {
        let chunk = vec![7; 1 << 16];
        for _ in 0..total / chunk.len() {
            ours.write_all(&chunk).await.unwrap();
        }
        ours.shutdown().await.unwrap();
    };
    let read = async {
        let mut count = 0;
        let mut buffer = vec![0; 1 << 15];
        loop {
            match theirs.read(&mut buffer).await.unwrap() {
                0 => break count,
                more => count += more,
            }
        }
    };
    let ((), count) = join(write, read).await;
    assert_eq!(count, total);
}

#[heist::test]
async fn several_buffers_in_one_write() {
    let (mut ours, mut theirs) = pair().await;
    let bufs = [IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(b"two")];
    assert!(heist::io::AsyncWrite::is_write_vectored(&ours));
    assert_eq!(ours.write_vectored(&bufs).await.unwrap(), 7);
    let mut buffer = [0; 7];
    theirs.read_exact(&mut buffer).await.unwrap();
    assert_eq!(&buffer, b"one two");
}

#[heist::test]
async fn more_buffers_than_the_system_takes() {
    let (mut ours, mut theirs) = pair().await;
    let write = async {
        let bufs = vec![IoSlice::new(b"ab"); 3000];
        let mut written = 0_usize;
        while written < 6000 {
            // A short write here is no sign of a full socket, so the next one must not wait for an event.
            written += ours.write_vectored(&bufs[written.div_ceil(2)..]).await.unwrap();
            assert_eq!(written % 2, 0);
        }
        ours.shutdown().await.unwrap();
    };
    let read = async {
        let mut received = Vec::new();
        theirs.read_to_end(&mut received).await.unwrap();
        received.len()
    };
    let ((), received) = join(write, read).await;
    assert_eq!(received, 6000);
}

#[heist::test]
async fn peeking_takes_nothing() {
    let (mut ours, mut theirs) = pair().await;
    theirs.write_all(b"hello").await.unwrap();
    let mut buffer = [0; 3];
    assert_eq!(ours.peek(&mut buffer).await.unwrap(), 3);
    assert_eq!(&buffer, b"hel");
    let mut space = [0; 16];
    let mut read_buf = ReadBuf::new(&mut space);
    read_buf.put_slice(b"> ");
    assert_eq!(poll_fn(|cx| ours.poll_peek(cx, &mut read_buf)).await.unwrap(), 5);
    assert_eq!(read_buf.filled(), b"> hello");
    let mut whole = [0; 5];
    ours.read_exact(&mut whole).await.unwrap();
    assert_eq!(&whole, b"hello");
}

#[heist::test]
async fn an_accepted_connection_is_used_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (server, _) = listener.accept().await.unwrap();
    // No turn of the driver is needed to find out that it can be written to.
    assert_eq!(server.try_write(b"hi").unwrap(), 2);
    assert_eq!(server.try_read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(client);
}

#[heist::test]
async fn a_connection_is_polled_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (_, peer) = poll_fn(|cx| listener.poll_accept(cx)).await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
}

#[heist::test]
async fn to_and_from_std() {
    let (ours, mut theirs) = pair().await;
    let std_stream = ours.into_std().unwrap();
    assert_eq!(std_stream.peek(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock, "it still does not block");
    let mut ours = TcpStream::from_std(std_stream).unwrap();
    theirs.write_all(b"x").await.unwrap();
    assert_eq!(ours.read_u8().await.unwrap(), b'x');

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap().into_std().unwrap();
    let addr = listener.local_addr().unwrap();
    let listener = TcpListener::try_from(listener).unwrap();
    let (connected, accepted) = join(TcpStream::connect(addr), listener.accept()).await;
    connected.unwrap();
    accepted.unwrap();
}

#[cfg(debug_assertions)]
#[heist::test]
#[should_panic(expected = "Registering a blocking socket with the tokio runtime is unsupported")]
async fn a_blocking_socket_is_refused() {
    let _ = TcpListener::from_std(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
}

#[test]
#[should_panic(expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime")]
fn outside_of_a_runtime() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let _ = TcpListener::from_std(listener);
}

#[heist::test]
async fn options_are_kept() {
    let (stream, _theirs) = pair().await;
    stream.set_nodelay(true).unwrap();
    assert!(stream.nodelay().unwrap());
    stream.set_ttl(42).unwrap();
    assert_eq!(stream.ttl().unwrap(), 42);
    assert_eq!(stream.linger().unwrap(), None);
    stream.set_zero_linger().unwrap();
    assert_eq!(stream.linger().unwrap(), Some(std::time::Duration::ZERO));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.set_ttl(43).unwrap();
    assert_eq!(listener.ttl().unwrap(), 43);
}

#[cfg(target_os = "linux")]
#[heist::test]
async fn quickack_is_kept() {
    let (stream, _theirs) = pair().await;
    stream.set_quickack(false).unwrap();
    assert!(!stream.quickack().unwrap());
    stream.set_quickack(true).unwrap();
    assert!(stream.quickack().unwrap());
}
