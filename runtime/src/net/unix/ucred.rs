//! `UCred`: who is at the other end.

#![allow(non_camel_case_types, reason = "types of the system, under the names that they have there")]

/// A user's number.
pub type uid_t = u32;

/// A group's number.
pub type gid_t = u32;

/// A process's number.
pub type pid_t = i32;

/// The user, the group and the process at the other end of a Unix socket, from
/// [`UnixStream::peer_cred`](crate::net::UnixStream::peer_cred).
///
/// They are those of the moment when the connection was made.
///
/// # Examples
///
/// ```
/// use heist::net::UnixStream;
///
/// #[heist::main]
/// async fn main() -> std::io::Result<()> {
///     let (stream, _peer) = UnixStream::pair()?;
///     let peer = stream.peer_cred()?;
///     // This process is at both ends.
///     assert_eq!(peer.uid(), rustix::process::getuid().as_raw());
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UCred {
    uid: uid_t,
    gid: gid_t,
    pid: Option<pid_t>,
}

impl UCred {
    pub(crate) fn new(uid: uid_t, gid: gid_t, pid: Option<pid_t>) -> Self {
        Self { uid, gid, pid }
    }

    /// The user.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     let ours = rustix::process::getuid().as_raw();
    ///     if ![0, ours].contains(&stream.peer_cred()?.uid()) {
    ///         println!("only for root and for the user of this service");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// The group.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     assert_eq!(stream.peer_cred()?.gid(), rustix::process::getgid().as_raw());
    ///     Ok(())
    /// }
    /// ```
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// The process; `None` where the system does not tell. Linux says 0 of a process that this one cannot see.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixStream;
    ///
    /// #[heist::main]
    /// async fn main() -> std::io::Result<()> {
    ///     let (stream, _peer) = UnixStream::pair()?;
    ///     match stream.peer_cred()?.pid() {
    ///         Some(pid) => assert_eq!(u32::try_from(pid), Ok(std::process::id())),
    ///         None => println!("this system does not tell"),
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
