//! Sockets.
//!
//! [`TcpListener`] and [`TcpStream`] are what most programs need; [`TcpSocket`] is a socket to be configured before it
//! connects or listens. Addresses are whatever implements [`ToSocketAddrs`]; names among them are resolved on the
//! blocking pool.
//!
//! A socket belongs to the runtime that it was created in. When that runtime ends, operations that wait fail.

mod addr;
mod sys;
pub mod tcp;

pub use addr::{ToSocketAddrs, lookup_host};
pub use tcp::listener::TcpListener;
pub use tcp::socket::TcpSocket;
pub use tcp::stream::TcpStream;
