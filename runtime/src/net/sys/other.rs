//! Every other system.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// Accepts a connection, as a socket that does not block.
pub(crate) fn accept(listener: &TcpListener) -> io::Result<(TcpStream, SocketAddr)> {
    let (socket, peer) = listener.accept()?;
    socket.set_nonblocking(true)?;
    Ok((socket, peer))
}
