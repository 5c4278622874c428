//! The halves of TCP streams.

use std::future::Future;
use std::io::ErrorKind;
use std::pin::pin;
use std::task::{Context, Waker};

use futures::future::join;
use heist::io::{AsyncReadExt, AsyncWriteExt, Interest};
use heist::net::tcp::ReuniteError;
use heist::net::{TcpListener, TcpStream};

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (ours, theirs) = join(TcpStream::connect(listener.local_addr().unwrap()), listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

#[heist::test]
async fn borrowed_halves() {
    let (mut ours, mut theirs) = pair().await;
    let peer = ours.peer_addr().unwrap();
    {
        let (mut reader, mut writer) = ours.split();
        assert_eq!(reader.peer_addr().unwrap(), peer);
        assert_eq!(writer.local_addr().unwrap(), reader.local_addr().unwrap());
        let (written, read) = join(writer.write_all(b"ping"), theirs.read_u32()).await;
        written.unwrap();
        assert_eq!(&read.unwrap().to_be_bytes(), b"ping");
        theirs.write_all(b"pong").await.unwrap();
        assert_eq!(reader.peek(&mut [0; 2]).await.unwrap(), 2);
        assert_eq!(&reader.read_u32().await.unwrap().to_be_bytes(), b"pong");
        assert_eq!(reader.try_read(&mut [0; 4]).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert!(writer.ready(Interest::WRITABLE).await.unwrap().is_writable());
        writer.writable().await.unwrap();
        assert_eq!(writer.try_write(b"!").unwrap(), 1);
        assert_eq!(writer.as_ref().peer_addr().unwrap(), peer);
    }
    // The halves are gone, and the stream is as it was.
    ours.write_all(b"?").await.unwrap();
    assert_eq!(theirs.read_u16().await.unwrap(), u16::from_be_bytes(*b"!?"));
}

#[heist::test]
async fn shutting_a_half_down_ends_the_stream() {
    let (mut ours, mut theirs) = pair().await;
    ours.split().1.shutdown().await.unwrap();
    assert_eq!(theirs.read(&mut [0]).await.unwrap(), 0);
    theirs.into_split().1.shutdown().await.unwrap();
    assert_eq!(ours.read(&mut [0]).await.unwrap(), 0);
}

#[heist::test]
async fn dropping_the_owned_writer_ends_the_stream() {
    let (ours, mut theirs) = pair().await;
    let (mut reader, mut writer) = ours.into_split();
    writer.write_all(b"bye").await.unwrap();
    drop(writer);
    let mut received = Vec::new();
    theirs.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, b"bye");
    theirs.write_all(b"x").await.unwrap();
    assert_eq!(reader.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn forgetting_the_owned_writer_does_not() {
    let (ours, mut theirs) = pair().await;
    let (reader, writer) = ours.into_split();
    writer.forget();
    let mut byte = [0];
    let mut end = pin!(theirs.read(&mut byte));
    // The system call is made in the first poll, since the stream was accepted and is taken for readable.
    assert!(end.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(reader);
    assert_eq!(end.await.unwrap(), 0);
}

#[heist::test]
async fn dropping_the_owned_reader_changes_nothing() {
    let (ours, mut theirs) = pair().await;
    let (reader, mut writer) = ours.into_split();
    drop(reader);
    writer.write_all(b"x").await.unwrap();
    assert_eq!(theirs.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn halves_in_two_tasks() {
    let (ours, theirs) = pair().await;
    let (mut our_reader, mut our_writer) = ours.into_split();
    let (mut their_reader, mut their_writer) = theirs.into_split();
    let echo = heist::spawn(async move {
        let mut buffer = [0; 100];
        loop {
            let count = their_reader.read(&mut buffer).await.unwrap();
            if count == 0 {
                break;
            }
            their_writer.write_all(&buffer[..count]).await.unwrap();
        }
    });
    let send = heist::spawn(async move {
        for n in 0..1000_u32 {
            our_writer.write_u32(n).await.unwrap();
        }
    });
    for n in 0..1000_u32 {
        assert_eq!(our_reader.read_u32().await.unwrap(), n);
    }
    assert_eq!(our_reader.read(&mut [0]).await.unwrap(), 0);
    send.await.unwrap();
    echo.await.unwrap();
}

#[heist::test]
async fn reunited() {
    let (ours, mut theirs) = pair().await;
    let (reader, writer) = ours.into_split();
    let ours = reader.reunite(writer).unwrap();
    let (reader, writer) = ours.into_split();
    let mut ours = writer.reunite(reader).unwrap();
    // Reuniting has not shut anything down.
    ours.write_all(b"x").await.unwrap();
    assert_eq!(theirs.read_u8().await.unwrap(), b'x');
}

#[heist::test]
async fn strangers_are_not_reunited() {
    let (ours, mut theirs) = pair().await;
    let (other, _its_peer) = pair().await;
    let (reader, mut writer) = ours.into_split();
    let (other_reader, other_writer) = other.into_split();
    let error = reader.reunite(other_writer).unwrap_err();
    assert_eq!(error.to_string(), "tried to reunite halves that are not from the same socket");
    let ReuniteError(reader, other_writer) = error;
    assert!(other_writer.reunite(other_reader).is_ok());
    writer.write_all(b"x").await.unwrap();
    assert_eq!(theirs.read_u8().await.unwrap(), b'x');
    assert!(writer.reunite(reader).is_ok());
}
