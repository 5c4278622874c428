//! Looking up names.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::mpsc;

use heist::net::{TcpListener, TcpStream, UdpSocket, lookup_host};
use heist::runtime::Builder;

#[heist::test]
async fn names_and_addresses() {
    let found: Vec<SocketAddr> = lookup_host("localhost:3000").await.unwrap().collect();
    assert!(!found.is_empty());
    assert!(found.iter().all(|addr| addr.port() == 3000 && addr.ip().is_loopback()));
    let found: Vec<SocketAddr> = lookup_host(("localhost".to_owned(), 3001)).await.unwrap().collect();
    assert!(found.iter().all(|addr| addr.port() == 3001 && addr.ip().is_loopback()));
    let addr: SocketAddr = "192.0.2.1:80".parse().unwrap();
    assert_eq!(lookup_host("192.0.2.1:80").await.unwrap().collect::<Vec<_>>(), [addr]);
    assert_eq!(lookup_host(&[addr, addr][..]).await.unwrap().count(), 2);
    assert_eq!(lookup_host(&[][..]).await.unwrap().count(), 0);
}

#[heist::test]
async fn what_is_no_name() {
    for wrong in ["localhost", "localhost:no port", "localhost:65536", ""] {
        let error = lookup_host(wrong).await.map(Iterator::count).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{wrong:?}");
    }
    // Not from a name server: no name has such parts.
    assert!(lookup_host("a..b:80").await.is_err());
}

#[heist::test]
async fn names_everywhere() {
    // IPv4, as the listeners are: a name may have an IPv6 address too, which nobody listens on.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stream = TcpStream::connect(("localhost", port)).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    let stream = TcpStream::connect_in_order(format!("localhost:{port}")).await.unwrap();
    assert_eq!(stream.peer_addr().unwrap(), listener.local_addr().unwrap());
    assert!(TcpListener::bind("localhost:0").await.unwrap().local_addr().unwrap().ip().is_loopback());
    let socket = UdpSocket::bind("localhost:0").await.unwrap();
    assert_eq!(socket.send_to(b"x", ("localhost", socket.local_addr().unwrap().port())).await.unwrap(), 1);
    socket.connect(("localhost", socket.local_addr().unwrap().port())).await.unwrap();
}

#[test]
fn closures_that_block_delay_no_look_up() {
    for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = builder.max_blocking_threads(1).enable_all().build().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let (started, has_started) = mpsc::channel();
        let blocks = runtime.spawn_blocking(move || {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        has_started.recv().unwrap();
        let waits = runtime.spawn_blocking(|| ());
        runtime.block_on(async {
            assert!(lookup_host("localhost:80").await.unwrap().count() > 0);
            assert!(!waits.is_finished() && !blocks.is_finished());
            drop(release);
            blocks.await.unwrap();
            waits.await.unwrap();
        });
    }
}

#[heist::test]
async fn more_look_ups_than_run_at_once() {
    let lookups: Vec<_> = (0..500_u16)
        .map(|port| heist::spawn(async move { lookup_host(("localhost", port)).await.unwrap().next().unwrap() }))
        .collect();
    for (port, lookup) in lookups.into_iter().enumerate() {
        assert_eq!(usize::from(lookup.await.unwrap().port()), port);
    }
}

#[test]
#[should_panic(expected = "there is no reactor running")]
fn outside_of_a_runtime() {
    let _ = futures::executor::block_on(lookup_host("localhost:80")).map(Iterator::count);
}
