//! An echo server, and clients that close and reset their connections at all times.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use heist::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, ReadBuf};
use heist::net::{TcpListener, TcpStream};
use heist::time::timeout;

use crate::ledger::Ledger;
use crate::random::Random;

pub(crate) async fn serve(listener: TcpListener, ledger: Ledger) {
    let _ticket = ledger.ticket("server");
    while let Ok((mut stream, _)) = listener.accept().await {
        let ticket = ledger.ticket("connection");
        drop(heist::spawn(async move {
            let _ticket = ticket;
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..count]).await.is_err() {
                    break;
                }
            }
        }));
    }
}

/// One client.
pub(crate) async fn talk(server: SocketAddr, random: &mut Random) {
    // Without a limit a reset that is lost while the system closes the socket would look like a hang.
    let _ = timeout(Duration::from_millis(200), try_to_talk(server, random)).await;
}

/// Writes, and reads the echo or closes before.
async fn try_to_talk(server: SocketAddr, random: &mut Random) -> io::Result<()> {
    let mut stream = TcpStream::connect(server).await?;
    if !random.one_in(4) {
        // Closing resets the connection, so no port stays in TIME_WAIT.
        stream.set_zero_linger()?;
    }
    if random.one_in(8) {
        give_up_reading(&mut stream).await;
    }
    let bytes = vec![7; random.below(20_000) as usize + 1];
    stream.write_all(&bytes).await?;
    match random.below(4) {
        0 | 1 => {
            let mut echo = vec![0; bytes.len()];
            stream.read_exact(&mut echo).await?;
            assert_eq!(echo, bytes);
        }
        2 => {
            // Two tasks with one half each; the reader is stopped in the middle.
            let (mut reader, mut writer) = stream.into_split();
            let reading = heist::spawn(async move { reader.read_to_end(&mut Vec::new()).await });
            writer.shutdown().await?;
            if random.one_in(2) {
                reading.abort();
            }
            let _ = reading.await;
        }
        _ => {}
    }
    Ok(())
}

/// Leaves a waker with the socket, and does not come back for it.
async fn give_up_reading(stream: &mut TcpStream) {
    poll_fn(|cx| {
        let _ = std::pin::Pin::new(&mut *stream).poll_read(cx, &mut ReadBuf::new(&mut [0; 8]));
        Poll::Ready(())
    })
    .await;
}
