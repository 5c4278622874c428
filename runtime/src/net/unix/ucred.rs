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
    pub fn uid(&self) -> uid_t {
        self.uid
    }

    /// The group.
    pub fn gid(&self) -> gid_t {
        self.gid
    }

    /// The process; `None` where the system does not tell. Linux says 0 of a process that this one cannot see.
    pub fn pid(&self) -> Option<pid_t> {
        self.pid
    }
}
