//! The TCP echo servers: as many connections as there are, messages small and large, connections that come and go.

use crate::affinity;
use crate::echo::epoll::{self, Epoll};
use crate::echo::shape::{Habit, Shape};
use crate::echo::{USUAL, server};
use crate::job::Job;
use crate::rt::Rt;
use crate::sample::Sample;

/// What can answer.
pub(crate) trait Server: 'static {
    /// Serves that load in this process.
    fn serve(shape: Shape, job: &Job) -> Sample;
}

impl<R: Rt> Server for R {
    fn serve(shape: Shape, job: &Job) -> Sample {
        server::run(&R::start(job.workers), shape, job)
    }
}

impl Server for Epoll {
    fn serve(shape: Shape, job: &Job) -> Sample {
        epoll::run(shape, job)
    }
}

/// So many connections, each with one request of so many bytes in flight. An operation is one request.
pub(super) fn talk<S: Server, const CLIENTS: usize, const MESSAGE: usize>(job: &Job) -> Sample {
    S::serve(Shape::talk(CLIENTS, MESSAGE), job)
}

/// One connection, whose client has a processor for itself: the server waits for it, and it for the server, so that
/// the latency is all there is.
pub(super) fn apart<S: Server>(job: &Job) -> Sample {
    let mut allowed = [job.cpus.as_slice(), &job.load_cpus].concat();
    allowed.sort_unstable();
    allowed.dedup();
    let (cpus, load_cpus) = affinity::apart(&allowed).expect("server and client need a processor each");
    affinity::confine(&cpus);
    S::serve(Shape::talk(1, USUAL.message), &Job { cpus, load_cpus, ..job.clone() })
}

/// Clients that connect, have one request answered and close. An operation is one connection.
pub(super) fn churn<S: Server>(job: &Job) -> Sample {
    S::serve(Shape { habit: Habit::Reconnect, ..USUAL }, job)
}
