//! The TCP echo workload: a server in the child process and a load of `CONNECTIONS` clients in a process of its own,
//! the same one for every server.

pub(crate) mod epoll;
pub(crate) mod load;
pub(crate) mod server;
mod supervisor;

/// Clients; each has one request in flight.
const CONNECTIONS: usize = 64;

/// Bytes of a request and of its answer.
const MESSAGE: usize = 64;
