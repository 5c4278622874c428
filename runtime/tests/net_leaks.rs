//! That nothing keeps descriptors. Alone in its file: what other tests open would be counted.

#[cfg(target_os = "linux")]
mod net_common;

#[cfg(target_os = "linux")]
#[heist::test]
async fn no_descriptors_are_kept() {
    use std::pin::pin;

    use heist::io::AsyncReadExt;
    use heist::net::unix::pipe;
    use heist::net::{TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixListener, UnixStream};
    use net_common::{TempPath, open_descriptors, poll_once, refusing};

    async fn round() {
        let path = TempPath::new();
        let (_refuses, refusing) = refusing();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();

        // A race with losers, one that is given up, and one that nobody wins.
        TcpStream::connect(&[refusing, addr, addr, addr][..]).await.unwrap();
        assert!(poll_once(pin!(TcpStream::connect(&[addr, addr][..]))).is_pending());
        TcpStream::connect(&[refusing, refusing][..]).await.unwrap_err();

        // Halves, together and apart; a read that is given up.
        let (mut reader, writer) = listener.accept().await.unwrap().0.into_split();
        let _ = poll_once(pin!(reader.read(&mut [0])));
        drop(reader);
        drop(writer);
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (reader, writer) = ours.into_split();
        drop(reader.reunite(writer).unwrap().into_std().unwrap());
        theirs.into_split().1.forget();

        let unix = UnixListener::bind(&path).unwrap();
        let _client = UnixStream::connect(&path).await.unwrap();
        unix.accept().await.unwrap();
        assert!(poll_once(pin!(unix.accept())).is_pending());
        UnixStream::connect("/no such path").await.unwrap_err();
        UnixListener::bind(&path).unwrap_err();

        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        UdpSocket::bind(udp.local_addr().unwrap()).await.unwrap_err();
        assert!(poll_once(pin!(udp.recv(&mut [0]))).is_pending());
        drop(UnixDatagram::pair().unwrap().0.into_std().unwrap());
        let (sender, receiver) = pipe::pipe().unwrap();
        pipe::Receiver::from_owned_fd(sender.into_blocking_fd().unwrap()).unwrap_err();
        drop(receiver.into_nonblocking_fd().unwrap());
        heist::net::lookup_host("localhost:80").await.unwrap().count();
    }

    // The first round opens what stays, such as the tables of the resolver.
    round().await;
    let before = open_descriptors();
    for _ in 0..50 {
        round().await;
    }
    assert_eq!(open_descriptors(), before);
}
