//! The example `port_forward`, as a process of its own: this test's program, started again.

mod net_common;
#[allow(dead_code, reason = "its `main` is not called here")]
#[path = "../examples/port_forward.rs"]
mod port_forward;

use std::env;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio, exit};

use heist::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use heist::net::{TcpListener, TcpStream};
use heist::process::{Child, ChildStderr, ChildStdout, Command};
use net_common::refusing;
use rustix::process::{Pid, Signal, kill_process};

use crate::port_forward::Options;

/// Holds the arguments of the example, a line each, in a process that is to be the example.
const ARGUMENTS: &str = "HEIST_TEST_PORT_FORWARD";

/// Is the example, if it runs as the child of one of the tests below.
#[test]
fn child() {
    if let Ok(arguments) = env::var(ARGUMENTS) {
        exit(port_forward::program(arguments.lines().map(str::to_owned)).into());
    }
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture"])
        .env(ARGUMENTS, arguments.join("\n"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The running example.
struct Forwarder {
    address: SocketAddr,
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    stderr: Lines<BufReader<ChildStderr>>,
}

impl Forwarder {
    async fn start(target: SocketAddr, options: &[&str]) -> Forwarder {
        let target = target.to_string();
        let mut child = start(&[options, &["127.0.0.1:0", &target]].concat());
        let mut stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        let stderr = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = line_with(&mut stdout, "forwarding ").await;
        let address = line.split("forwarding ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        Forwarder { address, child, stdout, stderr }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    fn send(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// The last line before the end, and the exit status.
    async fn end(mut self) -> (String, ExitStatus) {
        let mut last = String::new();
        while let Some(line) = self.stdout.next_line().await.unwrap() {
            last = line;
        }
        (last, self.child.wait().await.unwrap())
    }
}

/// The next line in which `text` is.
async fn line_with<R: heist::io::AsyncRead + Unpin>(lines: &mut Lines<BufReader<R>>, text: &str) -> String {
    loop {
        let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("no line with {text:?}"));
        if line.contains(text) {
            return line;
        }
    }
}

async fn target() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends back what comes in, until the client has ended, for every client.
async fn echo(listener: TcpListener) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        heist::spawn(async move {
            let (mut reader, mut writer) = stream.split();
            let _ = heist::io::copy(&mut reader, &mut writer).await;
        });
    }
}

async fn round_trip(stream: &mut TcpStream) {
    stream.write_all(b"hello").await.unwrap();
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"hello");
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_go_both_ways_and_each_way_ends_by_itself() {
    for idle_timeout in ["none", "300"] {
        let (listener, address) = target().await;
        heist::spawn(echo(listener));
        let forwarder = Forwarder::start(address, &["--idle-timeout", idle_timeout]).await;
        let (mut reader, mut writer) = forwarder.connect().await.into_split();
        let sent: Vec<u8> = (0..3_000_000_u32).map(|index| (index % 251) as u8).collect();
        let expected = sent.clone();
        heist::spawn(async move {
            writer.write_all(&sent).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        assert!(received == expected, "{} bytes", received.len());
    }
}

#[heist::test]
async fn more_clients_than_allowed_wait() {
    let (listener, address) = target().await;
    let forwarder = Forwarder::start(address, &["--connections", "1"]).await;
    let mut first = forwarder.connect().await;
    let (mut first_at_target, _) = listener.accept().await.unwrap();
    let mut second = forwarder.connect().await;
    // Sent now, so that only the limit keeps it from the target.
    second.write_all(b"second").await.unwrap();
    for _ in 0..20 {
        first.write_all(b"x").await.unwrap();
        first_at_target.read_exact(&mut [0]).await.unwrap();
    }
    heist::select! {
        biased;
        _ = listener.accept() => panic!("two connections at a time"),
        () = heist::time::sleep(std::time::Duration::from_millis(20)) => {}
    }
    drop((first, first_at_target));
    let (mut second_at_target, _) = listener.accept().await.unwrap();
    let mut bytes = [0; 6];
    second_at_target.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"second");
}

#[heist::test]
async fn who_sends_nothing_is_closed() {
    let (listener, address) = target().await;
    heist::spawn(echo(listener));
    let mut forwarder = Forwarder::start(address, &["--idle-timeout", "0.2"]).await;
    let mut stream = forwarder.connect().await;
    // What is sent comes back, unless this process was stopped for so long that it is too late.
    let _ = stream.write_all(b"hello").await;
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).await;
    assert!(end.is_err() || b"hello".starts_with(&answer), "{answer:?}");
    line_with(&mut forwarder.stderr, "nothing was sent for 200ms").await;
}

#[heist::test]
async fn a_target_that_cannot_be_reached_is_reported() {
    let (_refuses, address) = refusing();
    let mut forwarder = Forwarder::start(address, &[]).await;
    let mut stream = forwarder.connect().await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    line_with(&mut forwarder.stderr, &format!("cannot reach {address}: ")).await;
}

#[heist::test]
async fn a_target_that_does_not_answer_is_given_up() {
    // Its queue has room for one, or for few, and nobody takes them out.
    let socket = heist::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    let short = std::time::Duration::from_millis(300);
    while let Ok(stream) = heist::time::timeout(short, TcpStream::connect(address)).await {
        waiting.push(stream.unwrap());
    }
    let mut forwarder = Forwarder::start(address, &["--connect-timeout=0.1"]).await;
    let mut stream = forwarder.connect().await;
    assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    line_with(&mut forwarder.stderr, "timed out").await;
}

#[heist::test]
async fn who_is_connected_may_finish() {
    for signal in [Signal::INT, Signal::TERM] {
        let (listener, address) = target().await;
        heist::spawn(echo(listener));
        let mut forwarder = Forwarder::start(address, &["--grace", "600"]).await;
        let mut stream = forwarder.connect().await;
        round_trip(&mut stream).await;
        forwarder.send(signal);
        line_with(&mut forwarder.stdout, "stopping; 1 connection(s)").await;
        assert!(TcpStream::connect(forwarder.address).await.is_err());
        round_trip(&mut stream).await;
        drop(stream);
        let (last, status) = forwarder.end().await;
        assert_eq!((last.as_str(), status.code()), ("all connections have ended", Some(0)));
    }
}

#[heist::test]
async fn who_does_not_finish_is_cut_off() {
    for (grace, signals) in [("0.1", 1), ("600", 2)] {
        let (listener, address) = target().await;
        heist::spawn(echo(listener));
        let mut forwarder = Forwarder::start(address, &["--grace", grace]).await;
        let mut stream = forwarder.connect().await;
        round_trip(&mut stream).await;
        forwarder.send(Signal::TERM);
        line_with(&mut forwarder.stdout, "stopping; 1 connection(s)").await;
        if signals == 2 {
            forwarder.send(Signal::INT);
        }
        let (last, status) = forwarder.end().await;
        assert_eq!((last.as_str(), status.code()), ("cut off 1 connection(s)", Some(0)));
        assert!(matches!(stream.read(&mut [0]).await, Ok(0) | Err(_)));
    }
}

#[heist::test]
async fn exit_status_and_messages() {
    let (_listener, address) = target().await;
    let taken = address.to_string();
    for (arguments, status, message) in [
        (vec!["--help"], 0, ""),
        (vec!["--speed", "1"], 2, "unknown option `--speed`"),
        (vec![&*taken, "localhost:1"], 1, &*format!("cannot listen at {taken}: ")),
    ] {
        let output = start(&arguments).wait_with_output().await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {stderr}");
        assert!(stderr.contains(message), "{stderr}");
        let help = String::from_utf8(output.stdout).unwrap();
        assert_eq!(help.contains("Usage: "), status == 0, "{help}");
    }
}

#[test]
fn the_command_line() {
    let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
    let all = parse("[::1]:0 host:80 --connections 3 --connect-timeout=1.5 --idle-timeout none --grace 0").unwrap();
    assert!(all.is_some_and(|options| {
        format!("{options:?}").contains("connections: 3, connect_timeout: 1.5s, idle_timeout: None, grace: 0ns")
    }));
    assert_eq!(parse("a:1 b:2"), parse("a:1 --connections 1024 b:2 --idle-timeout=300"));
    assert_eq!(parse("a:1 -h"), Ok(None));
    for wrong in [
        "",
        "a:1",
        "a:1 b:2 c:3",
        "a:1 b",
        "a:1 :2",
        "a:1 b:70000",
        "a:1 b:2 --connections 0",
        "a:1 b:2 --connections many",
        "a:1 b:2 --grace -1",
        "a:1 b:2 --grace",
        "a:1 b:2 --idle-timeout soon",
        "a:1 b:2 --fast",
    ] {
        let message = parse(wrong).expect_err(wrong);
        assert!(!message.is_empty(), "{wrong}");
    }
}
