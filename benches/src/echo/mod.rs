//! The echo workloads: a server in the child process and a load of clients in a process of its own, the same one for
//! every server. The servers for TCP are here, those for other sockets in `os/`.

pub(crate) mod datagrams;
pub(crate) mod epoll;
pub(crate) mod load;
pub(crate) mod server;
pub(crate) mod shape;
pub(crate) mod supervisor;
pub(crate) mod target;

use shape::Shape;

/// Clients, where a workload does not say otherwise; each has one request in flight.
pub(crate) const CONNECTIONS: usize = 64;

/// Bytes of a request and of its answer, where a workload does not say otherwise.
pub(crate) const MESSAGE: usize = 64;

/// Bytes of a server's buffer for requests of that many bytes: more, as servers have it. A read that does not fill the
/// buffer says that nothing is left; after one that does, the server would have to ask again.
pub(crate) const fn buffer(message: usize) -> usize {
    2 * message
}

/// The load where a workload does not say otherwise.
pub(crate) const USUAL: Shape = Shape::talk(CONNECTIONS, MESSAGE);
