//! Accepts connections, finds out which HTTP they speak, and ends them in an orderly way.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use heist::hyper::{HeistExecutor, HeistIo, HeistTimer};
use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use heist::net::{TcpListener, TcpStream};
use heist::sync::watch;
use heist::task::JoinSet;
use heist::time;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;

use crate::routes::{self, Site};
use crate::stats::Stats;

/// How long a client may take to say what it wants.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// What a client that speaks HTTP/2 without being asked sends first.
const HTTP2_PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The server, before it runs.
#[derive(Debug)]
pub(crate) struct Server {
    site: Arc<Site>,
}

impl Server {
    /// `root` is the folder that `/files/` serves, canonical.
    pub(crate) fn new(root: PathBuf) -> Server {
        Server { site: Arc::new(Site { root, stats: Stats::new() }) }
    }

    /// The server's counters.
    pub(crate) fn stats(&self) -> Arc<Stats> {
        self.site.stats.clone()
    }

    /// Serves until `stop` completes, then lets the requests in flight finish. Returns how many these were.
    pub(crate) async fn serve(self, listener: TcpListener, stop: impl Future<Output = ()>) -> u64 {
        let (stopping, is_stopping) = watch::channel(false);
        let mut connections = JoinSet::new();
        let mut complaints = Complaints::default();
        let mut stop = pin!(stop);
        loop {
            heist::select! {
                () = &mut stop => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, self.site.clone(), is_stopping.clone()));
                    }
                    Err(error) => after_accept_error(&error, &mut complaints).await,
                },
                // Tasks that have ended are let go of.
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let served_before = self.site.stats.served();
        // A connection that ended meanwhile has nobody left to tell.
        let _ = stopping.send(true);
        while connections.join_next().await.is_some() {}
        self.site.stats.served() - served_before
    }
}

/// An error of `accept` is about one connection, or about the limits of this process; neither is a reason to stop.
async fn after_accept_error(error: &io::Error, complaints: &mut Complaints) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        return;
    }
    complaints.complain(error);
    // Most likely there are no file descriptors left, and trying again at once would only burn time.
    time::sleep(Duration::from_millis(50)).await;
}

/// Prints one error a second at most.
#[derive(Debug, Default)]
struct Complaints {
    last: Option<Instant>,
}

impl Complaints {
    fn complain(&mut self, error: &io::Error) {
        if self.last.is_none_or(|last| last.elapsed() >= Duration::from_secs(1)) {
            eprintln!("cannot accept a connection: {error}");
            self.last = Some(Instant::now());
        }
    }
}

/// Serves one connection to its end.
async fn connection(mut stream: TcpStream, site: Arc<Site>, mut is_stopping: watch::Receiver<bool>) {
    let _guard = site.stats.connection();
    // Answers are written whole, so there is nothing to collect.
    let _ = stream.set_nodelay(true);
    let prefix = heist::select! {
        prefix = time::timeout(HEADER_TIMEOUT, read_prefix(&mut stream)) => prefix,
        _ = is_stopping.wait_for(|stopping| *stopping) => return,
    };
    let Ok(Ok(prefix)) = prefix else { return };
    let service = service_fn(move |request| {
        let site = site.clone();
        async move { Ok::<_, Infallible>(routes::answer(&site, request).await) }
    });
    let is_http2 = prefix == HTTP2_PREFACE;
    let io = HeistIo::new(Prefixed { prefix, stream });
    // An error here is a client that went away or talked nonsense; hyper has told it what can be told.
    if is_http2 {
        let mut builder = http2::Builder::new(HeistExecutor::new());
        let connection = builder.timer(HeistTimer::new()).serve_connection(io, service);
        let _ = until_stopping(connection, is_stopping, |connection| connection.graceful_shutdown()).await;
    } else {
        let mut builder = http1::Builder::new();
        let builder = builder.timer(HeistTimer::new()).header_read_timeout(HEADER_TIMEOUT);
        let connection = builder.serve_connection(io, service);
        let _ = until_stopping(connection, is_stopping, |connection| connection.graceful_shutdown()).await;
    }
}

/// Drives `connection`, and tells it with `shut_down` when the server is stopping.
async fn until_stopping<C: Future>(
    connection: C,
    mut is_stopping: watch::Receiver<bool>,
    shut_down: impl FnOnce(Pin<&mut C>),
) -> C::Output {
    let mut connection = pin!(connection);
    heist::select! {
        result = connection.as_mut() => return result,
        _ = is_stopping.wait_for(|stopping| *stopping) => {}
    }
    shut_down(connection.as_mut());
    connection.await
}

/// Reads until it is certain whether the client speaks HTTP/2, and returns what was read.
async fn read_prefix(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut prefix = vec![0; HTTP2_PREFACE.len()];
    let mut length = 0;
    while length < prefix.len() && HTTP2_PREFACE.starts_with(&prefix[..length]) {
        match stream.read(&mut prefix[length..]).await? {
            0 => break,
            more => length += more,
        }
    }
    prefix.truncate(length);
    Ok(prefix)
}

/// A stream whose first bytes have been read already.
#[derive(Debug)]
struct Prefixed {
    prefix: Vec<u8>,
    stream: TcpStream,
}

impl AsyncRead for Prefixed {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.prefix.is_empty() {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let length = self.prefix.len().min(buf.remaining());
        buf.put_slice(&self.prefix[..length]);
        self.prefix.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Prefixed {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }
}
