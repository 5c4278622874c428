//! Accepting when the process has no file descriptors left. Alone in its file: the limit is the whole process's.

#[cfg(target_os = "linux")]
#[heist::test]
async fn accepting_goes_on_when_descriptors_are_free_again() {
    use rustix::io::Errno;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let listener = heist::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let client = std::net::TcpStream::connect(addr).unwrap();

    let before = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), maximum: before.maximum }).unwrap();
    for _ in 0..2 {
        let error = listener.accept().await.unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()));
    }
    setrlimit(Resource::Nofile, before).unwrap();

    // No new event comes for this connection: the listener must have remembered that it was readable.
    let (_, peer) = listener.accept().await.unwrap();
    assert_eq!(peer, client.local_addr().unwrap());
}
