//! The example server, run inside the test.

#[path = "../examples/server/files.rs"]
mod files;
#[path = "../examples/server/options.rs"]
mod options;
#[path = "../examples/server/page.rs"]
mod page;
#[path = "../examples/server/routes.rs"]
mod routes;
#[path = "../examples/server/serve.rs"]
mod serve;
#[path = "../examples/server/stats.rs"]
mod stats;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use heist::hyper::{HeistExecutor, HeistIo};
use heist::io::{AsyncReadExt, AsyncWriteExt};
use heist::net::{TcpListener, TcpStream};
use heist::sync::oneshot;
use heist::task::JoinHandle;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Request, StatusCode};

use crate::options::{Options, Parsed, USAGE};
use crate::serve::Server;
use crate::stats::Stats;

/// A server on a free port.
struct Running {
    address: SocketAddr,
    stats: Arc<Stats>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<u64>,
}

impl Running {
    /// Serves this crate's folder.
    async fn start() -> Running {
        Running::serving(Path::new(env!("CARGO_MANIFEST_DIR"))).await
    }

    async fn serving(root: &Path) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::new(root.canonicalize().unwrap());
        let (stats, (stop, stopped)) = (server.stats(), oneshot::channel::<()>());
        let server = heist::spawn(server.serve(listener, async {
            let _ = stopped.await;
        }));
        Running { address, stats, stop, server }
    }

    /// The head and the body of the answer to one request over HTTP/1.1.
    async fn ask(&self, request_line: &str, rest: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("{request_line} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{rest}");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("the answer has a head");
        let body = answer.split_off(end + 4);
        (String::from_utf8(answer).unwrap(), body)
    }

    async fn status(&self, request_line: &str) -> u16 {
        let (head, _) = self.ask(request_line, "\r\n").await;
        head["HTTP/1.1 ".len()..][..3].parse().unwrap()
    }
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_route_answers() {
    let server = Running::start().await;
    let (head, page) = server.ask("GET /", "\r\n").await;
    let page = String::from_utf8(page).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(page.contains("<tr><th>workers</th><td>2</td></tr>"), "{page}");
    assert!(page.contains("<tr><th>connections open</th><td>1</td></tr>"), "{page}");
    assert_eq!(server.ask("GET /sleep?ms=1", "\r\n").await.1, b"slept 1 ms\n");
    assert_eq!(server.ask("POST /echo", "content-length: 5\r\n\r\nhello").await.1, b"hello");
    assert!(server.ask("GET /hash?rounds=10", "\r\n").await.1.ends_with(b" after 10 round(s)\n"));
    let (head, manifest) = server.ask("GET /files/Cargo.toml", "\r\n").await;
    assert!(manifest == include_bytes!("../Cargo.toml"), "{} bytes", manifest.len());
    assert!(head.contains(&format!("content-length: {}\r\n", manifest.len())), "{head}");
    while server.stats.served() < 5 {
        heist::task::yield_now().await;
    }
    assert_eq!(server.stats.served(), 5);
}

#[heist::test]
async fn what_is_wrong_is_said() {
    let server = Running::start().await;
    for (request, status) in [
        ("GET /nope", 404),
        ("POST /", 405),
        ("GET /echo", 405),
        ("GET /sleep", 400),
        ("GET /sleep?ms=soon", 400),
        ("GET /sleep?ms=60001", 400),
        ("GET /hash?rounds=99999999", 400),
        ("GET /files/no/such", 404),
        ("GET /files/Cargo.toml/x", 404),
        ("GET /files/a%00b", 404),
        ("GET /files/%zz", 400),
        ("GET /files/src", 403),
        ("GET /files/", 403),
        ("GET /files/../Cargo.toml", 403),
        ("GET /files/%2e%2e/Cargo.toml", 403),
        ("GET /files/src/../../Cargo.toml", 403),
        ("GET /files/../no/such", 403),
        ("GET /files/%2fetc/passwd", 403),
        ("GET /files//etc/passwd", 403),
        ("GET /files/src/../Cargo.toml", 200),
        ("GET /files/Cargo%2etoml", 200),
        ("HEAD /files/Cargo.toml", 200),
        ("POST /files/Cargo.toml", 405),
        ("DELETE /files/no/such", 405),
    ] {
        assert_eq!(server.status(request).await, status, "{request}");
    }
    let (head, _) = server.ask("PUT /echo", "\r\n").await;
    assert!(head.contains("allow: POST\r\n"), "{head}");
}

#[heist::test]
async fn links_lead_out_of_the_folder_for_nobody() {
    let folder = Folder::new("links");
    std::fs::create_dir(folder.0.join("served")).unwrap();
    std::fs::write(folder.0.join("secret.txt"), "secret").unwrap();
    std::fs::write(folder.0.join("served/page.html"), "<p>").unwrap();
    for (target, link) in [("../secret.txt", "file"), ("..", "folder"), ("page.html", "inside")] {
        std::os::unix::fs::symlink(target, folder.0.join("served").join(link)).unwrap();
    }
    let server = Running::serving(&folder.0.join("served")).await;
    for (request, status) in [
        ("GET /files/file", 403),
        ("GET /files/folder/secret.txt", 403),
        ("GET /files/folder/served/page.html", 200),
        ("GET /files/inside", 200),
    ] {
        assert_eq!(server.status(request).await, status, "{request}");
    }
    let (head, body) = server.ask("GET /files/page.html", "\r\n").await;
    assert!(head.contains("content-type: text/html; charset=utf-8\r\n") && body == b"<p>", "{head}");
    let (head, body) = server.ask("HEAD /files/page.html", "\r\n").await;
    assert!(head.contains("content-length: 3\r\n") && body.is_empty(), "{head}");
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_file_comes_whole_and_an_empty_one_too() {
    let folder = Folder::new("large");
    let content: Vec<u8> = (0..5_000_001_u32).map(|index| (index % 253) as u8).collect();
    std::fs::write(folder.0.join("large"), &content).unwrap();
    std::fs::write(folder.0.join("empty"), "").unwrap();
    let server = Running::serving(&folder.0).await;
    let (head, body) = server.ask("GET /files/large", "\r\n").await;
    assert!(head.contains("content-type: application/octet-stream\r\n"), "{head}");
    assert!(body == content, "{} bytes", body.len());
    let (head, body) = server.ask("GET /files/empty", "\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-length: 0\r\n") && body.is_empty(), "{head}");
}

#[heist::test]
async fn a_file_that_becomes_shorter_breaks_off() {
    let folder = Folder::new("shorter");
    let path = folder.0.join("file");
    // More than the sockets between server and client hold.
    let length = 64_u64 << 20;
    std::fs::File::create(&path).unwrap().set_len(length).unwrap();
    let server = Running::serving(&folder.0).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /files/file HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    stream.read_exact(&mut [0; 1000]).await.unwrap();
    std::fs::File::create(&path).unwrap();
    let rest = heist::io::copy(&mut stream, &mut heist::io::sink()).await;
    assert!(rest.is_err() || rest.is_ok_and(|rest| rest < length - 1000));
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("heist-server-{name}-{}", std::process::id()));
        // A process that had the same number may have been killed.
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[heist::test]
async fn echo_has_a_limit() {
    let server = Running::start().await;
    let (head, _) = server.ask("POST /echo", "content-length: 1048577\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    let (head, body) = server.ask("POST /echo", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(body, b"abc");
}

#[heist::test]
async fn http2_on_the_same_port() {
    let server = Running::start().await;
    let stream = HeistIo::new(TcpStream::connect(server.address).await.unwrap());
    let builder = hyper::client::conn::http2::Builder::new(HeistExecutor::new());
    let (mut sender, connection) = builder.handshake(stream).await.unwrap();
    heist::spawn(connection);
    for length in [0, 1, 200_000] {
        let body = vec![b'x'; length];
        let request = Request::post("http://test/echo").body(Full::new(Bytes::from(body.clone()))).unwrap();
        let response = sender.send_request(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), body);
    }
}

#[heist::test]
async fn stopping_lets_requests_finish() {
    let server = Running::start().await;
    // An idle connection must not hold it up.
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let mut busy = TcpStream::connect(server.address).await.unwrap();
    busy.write_all(b"GET /sleep?ms=100 HTTP/1.1\r\nhost: test\r\n\r\n").await.unwrap();
    while server.stats.in_flight() == 0 || server.stats.connections() < 2 {
        heist::task::yield_now().await;
    }
    server.stop.send(()).unwrap();
    let mut answer = String::new();
    busy.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("slept 100 ms\n"), "{answer}");
    assert_eq!(server.server.await.unwrap(), 1);
    assert_eq!(idle.read(&mut [0]).await.unwrap(), 0);
    assert_eq!((server.stats.connections(), server.stats.in_flight()), (0, 0));
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[test]
fn the_command_line() {
    let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
    let root = PathBuf::from(".").canonicalize().unwrap();
    let options = |port, workers| Ok(Parsed::Run(Options { port, workers, root: root.clone() }));
    assert_eq!(parse(""), options(8080, None));
    assert_eq!(parse("--port 0 --workers=3 --root ."), options(0, Some(3)));
    assert_eq!(parse("--port x --help"), Err("--port: `x` is not a port number".to_owned()));
    assert_eq!(parse("--help"), Ok(Parsed::Help));
    for wrong in
        ["--port", "--port 65536", "--workers 0", "--workers two", "--root no-such-folder", "--root Cargo.toml", "x"]
    {
        let message = parse(wrong).expect_err(wrong);
        assert!(!message.is_empty() && !USAGE.contains(&message), "{message}");
    }
}
