//! What happens when the process has no file descriptors left. Alone in its file: the limit is the whole process's.

mod net_common;

#[cfg(target_os = "linux")]
#[heist::test]
async fn everything_goes_on_when_descriptors_are_free_again() {
    use heist::net::unix::pipe;
    use heist::net::{UdpSocket, UnixDatagram, UnixListener, UnixStream};
    use rustix::io::Errno;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let path = net_common::TempPath::new();
    let listener = UnixListener::bind(&path).unwrap();
    let _client = std::os::unix::net::UnixStream::connect(&path).unwrap();

    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum: before.maximum }).unwrap();
    for _ in 0..2 {
        for error in [
            listener.accept().await.unwrap_err(),
            UnixStream::connect(&path).await.unwrap_err(),
            UnixStream::pair().unwrap_err(),
            UnixDatagram::pair().unwrap_err(),
            UdpSocket::bind("127.0.0.1:0").await.unwrap_err(),
            pipe::pipe().unwrap_err(),
        ] {
            assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()));
        }
    }
    setrlimit(Resource::Nofile, before).unwrap();

    // No new event comes for this connection: the listener must have remembered that it was readable.
    listener.accept().await.unwrap();
    pipe::pipe().unwrap();
}
