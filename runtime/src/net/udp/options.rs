//! What the system lets be set on a UDP socket.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::UdpSocket;

/// Options.
///
/// # Examples
///
/// ```
/// use heist::net::UdpSocket;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
///     socket.set_broadcast(true)?;
///     socket.set_ttl(5)?;
///     assert!(socket.broadcast()? && socket.ttl()? == 5);
///     Ok(())
/// }
/// ```
impl UdpSocket {
    /// True if datagrams may go to a broadcast address (`SO_BROADCAST`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_broadcast(true)?;
    ///     assert_eq!(socket.broadcast()?, true);
    ///     Ok(())
    /// }
    /// ```
    pub fn broadcast(&self) -> io::Result<bool> {
        self.io.broadcast()
    }

    /// Lets datagrams go to a broadcast address (`SO_BROADCAST`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_broadcast(true)?;
    ///     assert_eq!(socket.broadcast()?, true);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_broadcast(&self, on: bool) -> io::Result<()> {
        self.io.set_broadcast(on)
    }

    /// True if this machine gets the IPv4 multicast datagrams that it sends (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_multicast_loop_v4(false)?;
    ///     assert_eq!(socket.multicast_loop_v4()?, false);
    ///     Ok(())
    /// }
    /// ```
    pub fn multicast_loop_v4(&self) -> io::Result<bool> {
        self.io.multicast_loop_v4()
    }

    /// Lets this machine get the IPv4 multicast datagrams that it sends (`IP_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_multicast_loop_v4(false)?;
    ///     assert_eq!(socket.multicast_loop_v4()?, false);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_multicast_loop_v4(&self, on: bool) -> io::Result<()> {
        self.io.set_multicast_loop_v4(on)
    }

    /// The time to live of IPv4 multicast datagrams (`IP_MULTICAST_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_multicast_ttl_v4(2)?;
    ///     assert_eq!(socket.multicast_ttl_v4()?, 2);
    ///     Ok(())
    /// }
    /// ```
    pub fn multicast_ttl_v4(&self) -> io::Result<u32> {
        self.io.multicast_ttl_v4()
    }

    /// Sets the time to live of IPv4 multicast datagrams (`IP_MULTICAST_TTL`). 1, as it is at first, keeps them in
    /// the local network.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_multicast_ttl_v4(2)?;
    ///     assert_eq!(socket.multicast_ttl_v4()?, 2);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_multicast_ttl_v4(&self, ttl: u32) -> io::Result<()> {
        self.io.set_multicast_ttl_v4(ttl)
    }

    /// True if this machine gets the IPv6 multicast datagrams that it sends (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let Ok(socket) = UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    ///     socket.set_multicast_loop_v6(false)?;
    ///     assert_eq!(socket.multicast_loop_v6()?, false);
    ///     Ok(())
    /// }
    /// ```
    pub fn multicast_loop_v6(&self) -> io::Result<bool> {
        self.io.multicast_loop_v6()
    }

    /// Lets this machine get the IPv6 multicast datagrams that it sends (`IPV6_MULTICAST_LOOP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let Ok(socket) = UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    ///     socket.set_multicast_loop_v6(false)?;
    ///     assert_eq!(socket.multicast_loop_v6()?, false);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_multicast_loop_v6(&self, on: bool) -> io::Result<()> {
        self.io.set_multicast_loop_v6(on)
    }

    /// The time to live of outgoing datagrams (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_ttl(32)?;
    ///     assert_eq!(socket.ttl()?, 32);
    ///     Ok(())
    /// }
    /// ```
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.ttl()
    }

    /// Sets the time to live of outgoing datagrams (`IP_TTL`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     socket.set_ttl(32)?;
    ///     assert_eq!(socket.ttl()?, 32);
    ///     Ok(())
    /// }
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.set_ttl(ttl)
    }

    /// The traffic class of outgoing datagrams of an IPv6 socket (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Not every system has IPv6.
    ///     let Ok(socket) = UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    ///     socket.set_tclass_v6(0x10)?;
    ///     assert_eq!(socket.tclass_v6()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn tclass_v6(&self) -> io::Result<u32> {
        socket2::SockRef::from(&*self.io).tclass_v6()
    }

    /// Sets the traffic class of outgoing datagrams of an IPv6 socket (`IPV6_TCLASS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Not every system has IPv6.
    ///     let Ok(socket) = UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    ///     socket.set_tclass_v6(0x10)?;
    ///     assert_eq!(socket.tclass_v6()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_tclass_v6(&self, tclass: u32) -> io::Result<()> {
        socket2::SockRef::from(&*self.io).set_tclass_v6(tclass)
    }

    /// The type of service of outgoing datagrams of an IPv4 socket (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert_eq!(socket.tos_v4()?, 0);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn tos_v4(&self) -> io::Result<u32> {
        socket2::SockRef::from(&*self.io).tos_v4()
    }

    /// Sets the type of service of outgoing datagrams of an IPv4 socket (`IP_TOS`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     // Low delay, for instance for a call.
    ///     socket.set_tos_v4(0x10)?;
    ///     assert_eq!(socket.tos_v4()?, 0x10);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn set_tos_v4(&self, tos: u32) -> io::Result<()> {
        socket2::SockRef::from(&*self.io).set_tos_v4(tos)
    }

    /// The network interface that the socket is bound to, if any (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     assert_eq!(socket.device()?, None);
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn device(&self) -> io::Result<Option<Vec<u8>>> {
        socket2::SockRef::from(&*self.io).device()
    }

    /// Binds the socket to a network interface by its name, or with `None` to all (`SO_BINDTODEVICE`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     match socket.bind_device(Some(b"lo")) {
    ///         Ok(()) => assert_eq!(socket.device()?.as_deref(), Some(&b"lo"[..])),
    ///         // It may need a privilege.
    ///         Err(error) => println!("{error}"),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    pub fn bind_device(&self, interface: Option<&[u8]>) -> io::Result<()> {
        socket2::SockRef::from(&*self.io).bind_device(interface)
    }

    /// Joins an IPv4 multicast group (`IP_ADD_MEMBERSHIP`) through the interface with an address; the unspecified address
    /// lets the system choose.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::net::Ipv4Addr;
    ///
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Multicast DNS.
    ///     let group = Ipv4Addr::new(224, 0, 0, 251);
    ///     let socket = UdpSocket::bind("0.0.0.0:5353").await?;
    ///     socket.join_multicast_v4(group, Ipv4Addr::UNSPECIFIED)?;
    ///     let mut buf = [0; 9000];
    ///     let (length, sender) = socket.recv_from(&mut buf).await?;
    ///     println!("{length} bytes from {sender}");
    ///     socket.leave_multicast_v4(group, Ipv4Addr::UNSPECIFIED)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn join_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.join_multicast_v4(&multiaddr, &interface)
    }

    /// Joins an IPv6 multicast group (`IPV6_ADD_MEMBERSHIP`) through the interface with a number; 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use std::net::Ipv6Addr;
    ///
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Multicast DNS.
    ///     let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
    ///     let socket = UdpSocket::bind("[::]:5353").await?;
    ///     socket.join_multicast_v6(&group, 0)?;
    ///     let mut buf = [0; 9000];
    ///     let (length, sender) = socket.recv_from(&mut buf).await?;
    ///     println!("{length} bytes from {sender}");
    ///     socket.leave_multicast_v6(&group, 0)?;
    ///     Ok(())
    /// }
    /// ```
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.join_multicast_v6(multiaddr, interface)
    }

    /// Leaves an IPv4 multicast group (`IP_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Ipv4Addr;
    ///
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let socket = UdpSocket::bind("127.0.0.1:0").await?;
    ///     // One can leave only a group that one has joined.
    ///     let group = Ipv4Addr::new(224, 0, 0, 251);
    ///     assert!(socket.leave_multicast_v4(group, Ipv4Addr::UNSPECIFIED).is_err());
    ///     Ok(())
    /// }
    /// ```
    pub fn leave_multicast_v4(&self, multiaddr: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.io.leave_multicast_v4(&multiaddr, &interface)
    }

    /// Leaves an IPv6 multicast group (`IPV6_DROP_MEMBERSHIP`).
    ///
    /// # Errors
    ///
    /// That of the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Ipv6Addr;
    ///
    /// use heist::net::UdpSocket;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     // Not every system has IPv6.
    ///     let Ok(socket) = UdpSocket::bind("[::1]:0").await else { return Ok(()) };
    ///     // One can leave only a group that one has joined.
    ///     let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
    ///     assert!(socket.leave_multicast_v6(&group, 0).is_err());
    ///     Ok(())
    /// }
    /// ```
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.leave_multicast_v6(multiaddr, interface)
    }
}
