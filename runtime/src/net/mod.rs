//! Sockets.
//!
//! [`TcpListener`] and [`TcpStream`] are what most programs need; [`TcpSocket`] is a socket to be configured before it
//! connects or listens. [`UdpSocket`] sends datagrams. [`UnixListener`], [`UnixStream`], [`UnixDatagram`] and the
//! [pipes](unix::pipe) connect processes of one machine.
//!
//! Internet addresses are whatever implements [`ToSocketAddrs`]; names among them are looked up by threads that are there
//! for nothing else ([`lookup_host`]).
//!
//! A socket belongs to the runtime that it was created in. When that runtime ends, operations that wait fail.

mod addr;
mod from_raw_fd;
mod half;
mod send;
mod sys;
pub mod tcp;
mod udp;
pub mod unix;

pub use addr::{ToSocketAddrs, lookup_host};
pub use tcp::listener::TcpListener;
pub use tcp::socket::TcpSocket;
pub use tcp::stream::TcpStream;
pub use udp::UdpSocket;
pub use unix::datagram::UnixDatagram;
pub use unix::listener::UnixListener;
pub use unix::socket::UnixSocket;
pub use unix::stream::UnixStream;
