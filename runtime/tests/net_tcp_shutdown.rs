//! Sockets that outlive their runtime.

use std::io::ErrorKind;

use futures::executor::block_on;
use futures::future::join;
use heist::io::AsyncReadExt;
use heist::net::{TcpListener, TcpStream};
use heist::runtime::{Runtime, is_rt_shutdown_err};

#[test]
fn waiting_fails_once_the_runtime_is_gone() {
    let runtime = Runtime::new().unwrap();
    let (mut ours, theirs) = runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (ours, theirs) = join(TcpStream::connect(listener.local_addr().unwrap()), listener.accept()).await;
        (ours.unwrap(), theirs.unwrap().0)
    });
    drop(runtime);
    for error in [block_on(ours.read(&mut [0])).unwrap_err(), block_on(theirs.readable()).unwrap_err()] {
        assert!(is_rt_shutdown_err(&error));
        assert_eq!(error.kind(), ErrorKind::Other);
        assert_eq!(error.to_string(), "A Tokio 1.x context was found, but it is being shutdown.");
    }
}
