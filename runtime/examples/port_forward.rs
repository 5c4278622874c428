//! Forwards TCP connections: `cargo run --release --example port_forward -- 127.0.0.1:8000 example.org:80`.
//!
//! What a small network service needs, in one file: a command line with clear errors, a limit of connections, timeouts,
//! and an end in which those who are connected may finish.

use std::io;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use heist::io::{AsyncRead, AsyncWrite, ReadBuf, copy_bidirectional};
use heist::net::{TcpListener, TcpStream};
use heist::runtime::Builder;
use heist::signal::unix::{Signal, SignalKind, signal};
use heist::sync::{OwnedSemaphorePermit, Semaphore};
use heist::task::JoinSet;
use heist::time;

const USAGE: &str = "\
Usage: cargo run --release --example port_forward -- [OPTIONS] LISTEN TARGET

Accepts TCP connections at LISTEN and forwards each to TARGET. Both are HOST:PORT; port 0 listens at any free one.

Options:
  --connections N          forward N at the same time; others wait until one ends [1024]
  --connect-timeout TIME   seconds that reaching TARGET may take [5]
  --idle-timeout TIME      seconds without a byte after which a connection is closed, or `none` [300]
  --grace TIME             seconds that connections have to end after Ctrl-C or SIGTERM [10]
  -h, --help               this text
";

fn main() -> ExitCode {
    ExitCode::from(program(std::env::args().skip(1)))
}

/// The whole program, with these arguments. Returns its exit status.
pub(crate) fn program(arguments: impl Iterator<Item = String>) -> u8 {
    let options = match Options::parse(arguments) {
        Ok(Some(options)) => options,
        Ok(None) => {
            print!("{USAGE}");
            return 0;
        }
        Err(message) => {
            eprint!("error: {message}\n\n{USAGE}");
            return 2;
        }
    };
    let result = Builder::new_multi_thread().enable_all().build().and_then(|runtime| {
        let result = runtime.block_on(run(options));
        // Does not wait for a look-up of a name that nobody needs any more.
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: {error}");
            1
        }
    }
}

/// What the program was started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    listen: String,
    target: String,
    connections: usize,
    connect_timeout: Duration,
    idle_timeout: Option<Duration>,
    grace: Duration,
}

impl Options {
    /// Reads the arguments behind the program's name; `None` if the user asks for help. The error is a sentence for the
    /// user.
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
        let mut addresses = Vec::new();
        let (mut connections, mut connect_timeout) = (1024, Duration::from_secs(5));
        let (mut idle_timeout, mut grace) = (Some(Duration::from_secs(300)), Duration::from_secs(10));
        while let Some(argument) = arguments.next() {
            // Both `--grace 1` and `--grace=1`.
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with('-') => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value =
                || value.clone().or_else(|| arguments.next()).ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "-h" | "--help" => return Ok(None),
                "--connections" => connections = number(&name, &value()?)?,
                "--connect-timeout" => connect_timeout = seconds(&name, &value()?)?,
                "--idle-timeout" => {
                    let value = value()?;
                    idle_timeout = if value == "none" { None } else { Some(seconds(&name, &value)?) };
                }
                "--grace" => grace = seconds(&name, &value()?)?,
                _ if name.starts_with('-') => return Err(format!("unknown option `{name}`")),
                _ => addresses.push(address(name)?),
            }
        }
        match <[String; 2]>::try_from(addresses) {
            Ok([listen, target]) => {
                Ok(Some(Options { listen, target, connections, connect_timeout, idle_timeout, grace }))
            }
            Err(addresses) => Err(format!("needs two addresses, LISTEN and TARGET, not {}", addresses.len())),
        }
    }
}

/// Only looks whether it has a port: what the host's name means may change while the program runs.
fn address(text: String) -> Result<String, String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text),
        _ => Err(format!("`{text}` is not an address such as localhost:80 or [::1]:80")),
    }
}

fn number(name: &str, text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=Semaphore::MAX_PERMITS).contains(number));
    number.ok_or_else(|| format!("{name}: `{text}` is not a number above 0"))
}

fn seconds(name: &str, text: &str) -> Result<Duration, String> {
    let duration = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| format!("{name}: `{text}` is not a number of seconds"))
}

/// Forwards until a signal asks to stop, then lets connections end.
async fn run(options: Options) -> io::Result<()> {
    let listener =
        TcpListener::bind(&options.listen).await.map_err(|error| explain("listen at", &options.listen, error))?;
    let mut stop = StopSignals::new()?;
    println!("forwarding {} to {} (Ctrl-C stops)", listener.local_addr()?, options.target);

    let options = Arc::new(options);
    let limit = Arc::new(Semaphore::new(options.connections));
    let mut connections = JoinSet::new();
    loop {
        heist::select! {
            () = stop.next() => break,
            (client, permit) = accept(&listener, &limit) => {
                connections.spawn(connection(client, permit, options.clone()));
            }
            // Tasks that have ended are let go of.
            Some(_) = connections.join_next() => {}
        }
    }

    // Who connects from now on is refused at once.
    drop(listener);
    println!("stopping; {} connection(s) may end within {:?}, Ctrl-C ends them now", connections.len(), options.grace);
    heist::select! {
        () = async { while connections.join_next().await.is_some() {} } => println!("all connections have ended"),
        () = time::sleep(options.grace) => println!("cut off {} connection(s)", connections.len()),
        () = stop.next() => println!("cut off {} connection(s)", connections.len()),
    }
    connections.shutdown().await;
    Ok(())
}

fn explain(what: &str, address: &str, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot {what} {address}: {error}"))
}

/// Waits until there may be one more connection, and then for the connection. May be dropped at any time: no connection
/// is lost.
async fn accept(listener: &TcpListener, limit: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    // In this order: who has to wait does so in the queue of the listener.
    let permit = limit.clone().acquire_owned().await.expect("nobody closes the semaphore");
    loop {
        match listener.accept().await {
            Ok((client, _)) => return (client, permit),
            // It is about that one connection, or there are no descriptors left, which will change.
            Err(error) => {
                eprintln!("cannot accept a connection: {error}");
                time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

/// One connection, from its beginning to its end.
async fn connection(client: TcpStream, _permit: OwnedSemaphorePermit, options: Arc<Options>) {
    let name = client.peer_addr().map_or_else(|_| "a client".to_owned(), |address| address.to_string());
    if let Err(error) = forward(client, &options).await {
        eprintln!("{name}: {error}");
    }
}

async fn forward(mut client: TcpStream, options: &Options) -> io::Result<()> {
    let connecting = time::timeout(options.connect_timeout, TcpStream::connect(&options.target));
    let connected = connecting.await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let mut target = connected.map_err(|error| explain("reach", &options.target, error))?;
    // Small messages go on at once, as they came.
    client.set_nodelay(true)?;
    target.set_nodelay(true)?;

    let Some(limit) = options.idle_timeout else {
        // Between two sockets themselves, the system moves large amounts without a buffer of ours.
        copy_bidirectional(&mut client, &mut target).await?;
        return Ok(());
    };
    let activity = Activity::new();
    let mut client = Watched { stream: client, activity: &activity };
    heist::select! {
        result = copy_bidirectional(&mut client, &mut target) => result.map(drop),
        () = activity.has_ceased(limit) => {
            Err(io::Error::new(io::ErrorKind::TimedOut, format!("nothing was sent for {limit:?}")))
        }
    }
}

/// When something happened last.
struct Activity(Mutex<Instant>);

impl Activity {
    fn new() -> Activity {
        Activity(Mutex::new(Instant::now()))
    }

    fn note(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Completes when nothing has happened for that long. Sets one timer each time, not one for each byte.
    async fn has_ceased(&self, limit: Duration) {
        loop {
            let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed();
            match limit.checked_sub(idle) {
                Some(rest) if !rest.is_zero() => time::sleep(rest).await,
                _ => return,
            }
        }
    }
}

/// A stream, and who is told when bytes come from it or go to it.
struct Watched<'a> {
    stream: TcpStream,
    activity: &'a Activity,
}

impl AsyncRead for Watched<'_> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.stream).poll_read(cx, buf));
        self.activity.note();
        Poll::Ready(result)
    }
}

impl AsyncWrite for Watched<'_> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = ready!(Pin::new(&mut self.stream).poll_write(cx, buf));
        self.activity.note();
        Poll::Ready(result)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// What asks the program to stop: Ctrl-C, and the signal that service managers send.
struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    fn new() -> io::Result<StopSignals> {
        Ok(StopSignals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    async fn next(&mut self) {
        heist::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
