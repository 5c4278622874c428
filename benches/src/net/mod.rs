//! The workloads of the group `net`: servers under the load of another process, each written once, for any `Rt`.
//!
//! The echo server and its clients are in `echo/`, since the group `os` and the fairness table use them too.

mod echo;
mod http;
mod idle;

use std::marker::PhantomData;

use crate::figure::Figure;
use crate::rt::{HttpRt, Rt};
use crate::table::{Entry, Table, contended};

use echo::Server;

/// What a server is judged by: what a request costs, then how many there are, then how long they take.
const REQUESTS: &[Figure] = &[Figure::Cpu, Figure::Wall, Figure::P50, Figure::P99, Figure::P999, Figure::Switches];

/// The workloads on one runtime, or on a bare server.
pub(crate) struct On<S>(PhantomData<S>);

impl<S: Server> On<S> {
    /// What a server without a runtime takes part in.
    pub(crate) const BARE: Table = Table(&[Self::ECHO]);

    const ECHO: &'static [Entry] = &[
        contended("tcp_echo", echo::talk::<S, 64, 64>).judged_by(REQUESTS),
        contended("tcp_echo_1", echo::talk::<S, 1, 64>).judged_by(REQUESTS),
        contended("tcp_echo_1_apart", echo::apart::<S>).judged_by(REQUESTS),
        contended("tcp_echo_1024", echo::talk::<S, 1024, 64>).judged_by(REQUESTS),
        contended("tcp_echo_16k", echo::talk::<S, 64, 16384>).judged_by(REQUESTS),
        contended("tcp_echo_1_16k", echo::talk::<S, 1, 16384>).judged_by(REQUESTS),
        contended("tcp_echo_1024_16k", echo::talk::<S, 1024, 16384>).judged_by(REQUESTS),
        contended("tcp_churn", echo::churn::<S>).judged_by(REQUESTS),
    ];
}

impl<R: Rt> On<R> {
    /// What a runtime takes part in that has no adapter for HTTP.
    pub(crate) const SOCKETS: Table = Table(&[Self::ECHO, Self::IDLE]);

    const IDLE: &'static [Entry] = &[
        contended("idle_connection", idle::memory::<R>).judged_by(&[Figure::Bytes]),
        contended("idle", idle::wake_ups::<R>).judged_by(&[Figure::Switches, Figure::Cpu]).lasts(idle::WINDOW),
    ];
}

impl<R: HttpRt> On<R> {
    /// All of them, in the order of the report.
    pub(crate) const ALL: Table = Table(&[Self::ECHO, Self::HTTP, Self::IDLE]);

    const HTTP: &'static [Entry] =
        &[contended("http1", http::serve::<R>).judged_by(REQUESTS).lasts(http::WINDOW).needs(http::WRK)];
}
