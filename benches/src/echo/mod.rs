//! The echo workloads: a server in the child process and a load of `CONNECTIONS` clients in a process of its own, the
//! same one for every server. The servers for TCP are here, those for other sockets in `os/`.

pub(crate) mod epoll;
pub(crate) mod load;
pub(crate) mod server;
pub(crate) mod supervisor;
pub(crate) mod target;

/// Clients; each has one request in flight.
pub(crate) const CONNECTIONS: usize = 64;

/// Bytes of a request and of its answer.
pub(crate) const MESSAGE: usize = 64;
