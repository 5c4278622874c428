//! `heist::hyper`: real HTTP over the adapters, and each adapter by itself.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use heist::hyper::{HeistExecutor, HeistIo, HeistTimer};
use heist::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex};
use heist::time::Instant;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::rt::Timer;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};

/// Sends the body back.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, hyper::Error> {
    Ok(Response::new(Full::new(request.into_body().collect().await?.to_bytes())))
}

fn post(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    Request::post("http://test/").body(Full::new(body.into())).unwrap()
}

#[heist::test]
async fn http1_there_and_back() {
    let (client, server) = duplex(100);
    let server = heist::spawn(
        hyper::server::conn::http1::Builder::new()
            .timer(HeistTimer::new())
            .serve_connection(HeistIo::new(server), service_fn(echo)),
    );
    let (mut sender, connection) = hyper::client::conn::http1::handshake(HeistIo::new(client)).await.unwrap();
    let connection = heist::spawn(connection);
    for length in [0, 1, 1000, 100_000] {
        let body: Vec<u8> = (0..length).map(|i| i as u8).collect();
        let response = sender.send_request(post(body.clone())).await.unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), body);
    }
    drop(sender);
    connection.await.unwrap().unwrap();
    server.await.unwrap().unwrap();
}

#[heist::test(flavor = "multi_thread", worker_threads = 2)]
async fn http2_streams_are_tasks() {
    let (client, server) = duplex(1000);
    heist::spawn(
        hyper::server::conn::http2::Builder::new(HeistExecutor::new())
            .timer(HeistTimer::new())
            .serve_connection(HeistIo::new(server), service_fn(echo)),
    );
    let builder = hyper::client::conn::http2::Builder::new(HeistExecutor::new());
    let (sender, connection) = builder.handshake(HeistIo::new(client)).await.unwrap();
    heist::spawn(connection);
    let requests: Vec<_> = (0..20)
        .map(|number| {
            let mut sender = sender.clone();
            heist::spawn(async move {
                let response = sender.send_request(post(format!("number {number}"))).await.unwrap();
                let body = response.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(body, format!("number {number}"));
            })
        })
        .collect();
    for request in requests {
        request.await.unwrap();
    }
}

#[heist::test]
async fn an_upgraded_connection_is_heist_io() {
    let (mut client, server) = duplex(1000);
    let upgrade = |mut request: Request<Incoming>| async move {
        heist::spawn(async move {
            let mut stream = HeistIo::new(hyper::upgrade::on(&mut request).await.unwrap());
            let mut five = [0; 5];
            stream.read_exact(&mut five).await.unwrap();
            stream.write_all(&five).await.unwrap();
            stream.shutdown().await.unwrap();
        });
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        response.headers_mut().insert("upgrade", "five".parse().unwrap());
        Ok::<_, Infallible>(response)
    };
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(HeistIo::new(server), service_fn(upgrade));
    heist::spawn(connection.with_upgrades());
    client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: five\r\n\r\nhello").await.unwrap();
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    let text = String::from_utf8(answer).unwrap();
    assert!(text.starts_with("HTTP/1.1 101"), "{text}");
    assert!(text.ends_with("\r\n\r\nhello"), "{text}");
}

#[heist::test(start_paused = true)]
async fn sleeps_can_be_reset() {
    let timer = HeistTimer::new();
    let start = Instant::now();
    let mut sleep = timer.sleep(Duration::from_secs(1));
    timer.reset(&mut sleep, timer.now() + Duration::from_secs(5));
    sleep.await;
    assert_eq!(start.elapsed().as_secs(), 5);
    timer.sleep_until(timer.now() + Duration::from_secs(2)).await;
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[heist::test(start_paused = true)]
async fn a_silent_client_is_cut_off() {
    let (client, server) = duplex(100);
    let served = hyper::server::conn::http1::Builder::new()
        .timer(HeistTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .serve_connection(HeistIo::new(server), service_fn(echo))
        .await;
    assert!(served.unwrap_err().is_timeout());
    drop(client);
}

/// Puts another buffer in the place of the one it is to fill.
struct Swapper;

impl AsyncRead for Swapper {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut other = ReadBuf::new(Box::leak(Box::new([0; 8])));
        other.advance(8);
        *buf = other;
        Poll::Ready(Ok(()))
    }
}

#[heist::test]
#[should_panic(expected = "a reader must fill the buffer it was given")]
async fn an_exchanged_buffer_is_noticed() {
    let mut io = HeistIo::new(HeistIo::new(Swapper));
    let _ = io.read(&mut [0; 8]).await;
}

#[heist::test]
async fn wrapped_twice_it_is_itself_again() {
    let (one, mut other) = duplex(64);
    let mut one: HeistIo<HeistIo<DuplexStream>> = HeistIo::new(HeistIo::new(one));
    other.write_all(b"in").await.unwrap();
    let mut buf = [b'.'; 4];
    assert_eq!(one.read(&mut buf).await.unwrap(), 2);
    assert_eq!(&buf, b"in..");
    one.write_all(b"out").await.unwrap();
    one.flush().await.unwrap();
    assert_eq!(one.inner().inner().is_write_vectored(), one.is_write_vectored());
    one.shutdown().await.unwrap();
    let mut all = String::new();
    other.read_to_string(&mut all).await.unwrap();
    assert_eq!(all, "out");
    let _duplex: DuplexStream = one.into_inner().into_inner();
}
