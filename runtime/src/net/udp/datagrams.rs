//! Sending, receiving and peeking.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist_io_driver::Direction;
use socket2::SockRef;

use super::UdpSocket;
use crate::io::evented::{fill_buf, peek_from_into, peek_into, recv_from_into, recv_into};
use crate::io::{Interest, ReadBuf};
use crate::net::ToSocketAddrs;
use crate::net::addr::{internet_addr, resolve};

/// Sending.
///
/// A datagram is sent whole or not at all. That it was sent does not mean that it arrives.
impl UdpSocket {
    /// Sends a datagram to the address that the socket is connected to.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has sent nothing.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if the answer to an earlier one was that nobody listens there; otherwise that of the system, or
    /// the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     assert_eq!(socket.send(b"ping").await?, 4);
    ///     let mut buf = [0; 16];
    ///     assert_eq!(peer.recv(&mut buf).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.async_io(Interest::WRITABLE, || self.io.send(buf)).await
    }

    /// Sends a datagram to the address that the socket is connected to, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     assert_eq!(socket.try_send(b"ping")?, 4);
    ///     let mut buf = [0; 16];
    ///     assert_eq!(peer.recv(&mut buf).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, || self.io.send(buf))
    }

    /// Polls to send a datagram to the address that the socket is connected to. Only the waker of the last call that polls
    /// for sending is woken.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     assert_eq!(poll_fn(|cx| socket.poll_send(cx, b"ping")).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Write, || self.io.send(buf))
    }

    /// Sends a datagram to an address. If `target` is several addresses it goes to the first.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has sent nothing.
    ///
    /// # Errors
    ///
    /// The name cannot be resolved or has no address; otherwise that of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let server = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let client = UdpSocket::bind("127.0.0.1:0").await?;
    ///     client.send_to(b"hello", server.local_addr()?).await?;
    ///     let mut buffer = [0; 16];
    ///     let (count, sender) = server.recv_from(&mut buffer).await?;
    ///     assert_eq!(&buffer[..count], b"hello");
    ///     assert_eq!(sender, client.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], target: A) -> io::Result<usize> {
        match resolve(target).await?.next() {
            Some(target) => self.io.async_io(Interest::WRITABLE, || self.io.send_to(buf, target)).await,
            None => Err(io::Error::new(io::ErrorKind::InvalidInput, "no addresses to send data to")),
        }
    }

    /// Sends a datagram to an address, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if there is no room; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert_eq!(socket.try_send_to(b"ping", peer.local_addr()?)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io.try_io(Interest::WRITABLE, || self.io.send_to(buf, target))
    }

    /// Polls to send a datagram to an address. Only the waker of the last call that polls for sending is woken.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let target = peer.local_addr()?;
    ///     assert_eq!(poll_fn(|cx| socket.poll_send_to(cx, b"ping", target)).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_send_to(&self, cx: &mut Context<'_>, buf: &[u8], target: SocketAddr) -> Poll<io::Result<usize>> {
        self.io.poll_io(cx, Direction::Write, || self.io.send_to(buf, target))
    }
}

/// Receiving.
///
/// A datagram that is longer than the buffer loses its end. An empty one is received as 0 bytes.
impl UdpSocket {
    /// Receives a datagram. Returns its length, or that of the buffer if that is less.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// `ConnectionRefused` if the socket is connected and the answer to a datagram was that nobody listens there; otherwise
    /// that of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     let length = socket.recv(&mut buf).await?;
    ///     assert_eq!(&buf[..length], b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.io.recv(buf)).await
    }

    /// Receives a datagram, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if nothing is there; otherwise that of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv(&mut buf)?, 4);
    ///     assert_eq!(socket.try_recv(&mut buf).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || self.io.recv(buf))
    }

    /// Polls to receive a datagram into the unfilled part of `buf`. Only the waker of the last call that polls for
    /// receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     poll_fn(|cx| socket.poll_recv(cx, &mut buf)).await?;
    ///     assert_eq!(buf.filled(), b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_io(cx, Direction::Read, || recv_into(SockRef::from(&*self.io), buf))
    }

    /// Receives a datagram into a buffer that grows by it. The buffer needs spare room for the longest one.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     assert_eq!(socket.recv_buf(&mut buf).await?, 4);
    ///     assert_eq!(buf, b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.recv_buf_now(buf)).await
    }

    /// Receives a datagram into a buffer that grows by it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv_buf(&mut buf)?, 4);
    ///     assert_eq!(buf, b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_buf<B: BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || self.recv_buf_now(buf))
    }

    fn recv_buf_now(&self, buf: &mut impl BufMut) -> io::Result<usize> {
        fill_buf(buf, |buf| recv_into(SockRef::from(&*self.io), buf)).map(|(count, ())| count)
    }

    /// Receives a datagram, and the address of who sent it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// That of the system, or the runtime has been shut down.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut buf = [0; 16];
    ///     let (length, sender) = socket.recv_from(&mut buf).await?;
    ///     assert_eq!((&buf[..length], sender), (&b"ping"[..], peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(Interest::READABLE, || self.io.recv_from(buf)).await
    }

    /// Receives a datagram and the address of who sent it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut buf = [0; 16];
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv_from(&mut buf)?, (4, peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, || self.io.recv_from(buf))
    }

    /// Polls to receive a datagram into the unfilled part of `buf`, and the address of who sent it. Only the waker of the
    /// last call that polls for receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     let sender = poll_fn(|cx| socket.poll_recv_from(cx, &mut buf)).await?;
    ///     assert_eq!((buf.filled(), sender), (&b"ping"[..], peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_recv_from(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>> {
        let sender = self.io.poll_io(cx, Direction::Read, || recv_from_into(SockRef::from(&*self.io), buf))?;
        sender.map(|sender| internet_addr(&sender))
    }

    /// Receives a datagram into a buffer that grows by it, and the address of who sent it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: dropped, it has received nothing.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.send_to(b"to myself", socket.local_addr()?).await?;
    ///     let mut received = Vec::with_capacity(1500);
    ///     socket.recv_buf_from(&mut received).await?;
    ///     assert_eq!(received, b"to myself");
    ///     Ok(())
    /// }
    /// ```
    pub async fn recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(Interest::READABLE, || self.recv_buf_from_now(buf)).await
    }

    /// Receives a datagram into a buffer that grows by it and the address of who sent it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut buf = Vec::with_capacity(16);
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_recv_buf_from(&mut buf)?, (4, peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, || self.recv_buf_from_now(buf))
    }

    fn recv_buf_from_now(&self, buf: &mut impl BufMut) -> io::Result<(usize, SocketAddr)> {
        let (count, sender) = fill_buf(buf, |buf| recv_from_into(SockRef::from(&*self.io), buf))?;
        Ok((count, internet_addr(&sender)?))
    }
}

/// Peeking: looking at the next datagram without taking it.
impl UdpSocket {
    /// Copies the next datagram, which the next call that receives gets again.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(socket.peek(&mut buf).await?, 4);
    ///     // It is still there.
    ///     assert_eq!(socket.recv(&mut buf).await?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(Interest::READABLE, || self.io.peek(buf)).await
    }

    /// Copies the next datagram, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut buf = [0; 16];
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_peek(&mut buf)?, 4);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, || self.io.peek(buf))
    }

    /// Polls to copy the next datagram into the unfilled part of `buf`. Only the waker of the last call that polls for
    /// receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.connect(peer.local_addr()?).await?;
    ///     peer.connect(socket.local_addr()?).await?;
    ///     peer.send(b"ping").await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     poll_fn(|cx| socket.poll_peek(cx, &mut buf)).await?;
    ///     assert_eq!(buf.filled(), b"ping");
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.io.poll_io(cx, Direction::Read, || peek_into(SockRef::from(&*self.io), buf)).map_ok(drop)
    }

    /// Copies the next datagram, and tells the address of who sent it.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut buf = [0; 16];
    ///     assert_eq!(socket.peek_from(&mut buf).await?, (4, peer.local_addr()?));
    ///     // It is still there.
    ///     assert_eq!(socket.recv_from(&mut buf).await?, (4, peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(Interest::READABLE, || self.io.peek_from(buf)).await
    }

    /// Copies the next datagram and tells the address of who sent it, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut buf = [0; 16];
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_peek_from(&mut buf)?, (4, peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, || self.io.peek_from(buf))
    }

    /// Polls to copy the next datagram into the unfilled part of `buf`, and tells the address of who sent it. Only the
    /// waker of the last call that polls for receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     let mut memory = [0; 16];
    ///     let mut buf = ReadBuf::new(&mut memory);
    ///     let sender = poll_fn(|cx| socket.poll_peek_from(cx, &mut buf)).await?;
    ///     assert_eq!((buf.filled(), sender), (&b"ping"[..], peer.local_addr()?));
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_peek_from(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<SocketAddr>> {
        let sender = self.io.poll_io(cx, Direction::Read, || peek_from_into(SockRef::from(&*self.io), buf))?;
        sender.map(|sender| internet_addr(&sender))
    }

    /// Tells who sent the next datagram.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     assert_eq!(socket.peek_sender().await?, peer.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(Interest::READABLE, || self.peek_sender_now()).await
    }

    /// Tells who sent the next datagram, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     socket.readable().await?;
    ///     assert_eq!(socket.try_peek_sender()?, peer.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(Interest::READABLE, || self.peek_sender_now())
    }

    /// Polls for who sent the next datagram. Only the waker of the last call that polls for receiving is woken.
    ///
    /// # Errors
    ///
    /// As [`recv_from`](Self::recv_from).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    /// use std::future::poll_fn;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     let peer = UdpSocket::bind("127.0.0.1:0").await?;
    ///     peer.send_to(b"ping", socket.local_addr()?).await?;
    ///     assert_eq!(poll_fn(|cx| socket.poll_peek_sender(cx)).await?, peer.local_addr()?);
    ///     Ok(())
    /// }
    /// ```
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io.poll_io(cx, Direction::Read, || self.peek_sender_now())
    }

    fn peek_sender_now(&self) -> io::Result<SocketAddr> {
        internet_addr(&SockRef::from(&*self.io).peek_sender()?)
    }
}
