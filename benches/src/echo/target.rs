//! Where an echo server listens.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use rustix::fd::OwnedFd;

/// The address, or addresses, of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Tcp(SocketAddr),
    /// One for each client.
    Udp(Vec<SocketAddr>),
    Unix(PathBuf),
}

impl Target {
    /// A client's socket, connected. Reading and writing is the same for all kinds.
    pub(super) fn connect(&self, client: usize) -> io::Result<OwnedFd> {
        match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                Ok(stream.into())
            }
            Self::Udp(addresses) => {
                let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
                socket.connect(addresses[client])?;
                Ok(socket.into())
            }
            Self::Unix(path) => Ok(UnixStream::connect(path)?.into()),
        }
    }

    pub(super) fn to_argument(&self) -> String {
        match self {
            Self::Tcp(address) => format!("tcp:{address}"),
            Self::Udp(addresses) => {
                format!("udp:{}", addresses.iter().map(SocketAddr::to_string).collect::<Vec<_>>().join(","))
            }
            Self::Unix(path) => format!("unix:{}", path.display()),
        }
    }

    /// Reads what `to_argument` wrote.
    pub(super) fn from_argument(argument: &str) -> Option<Self> {
        match argument.split_once(':')? {
            ("tcp", address) => Some(Self::Tcp(address.parse().ok()?)),
            ("udp", list) => Some(Self::Udp(list.split(',').map(|one| one.parse().ok()).collect::<Option<_>>()?)),
            ("unix", path) => Some(Self::Unix(path.into())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_survives_the_command_line() {
        let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for target in
            [Target::Tcp(address(1)), Target::Udp(vec![address(2), address(3)]), Target::Unix("/tmp/a:b".into())]
        {
            assert_eq!(Target::from_argument(&target.to_argument()), Some(target));
        }
        for wrong in ["127.0.0.1:1", "tcp:", "udp:", "udp:127.0.0.1:1,", "mail:a"] {
            assert_eq!(Target::from_argument(wrong), None, "{wrong}");
        }
    }
}
