//! The echo server that runs on the runtime under test.

use std::net::SocketAddr;

use super::shape::Shape;
use super::target::Target;
use super::{buffer, supervisor};
use crate::job::Job;
use crate::rt::Rt;
use crate::sample::Sample;

/// Serves from the workers while a load process sends requests. An operation is one request.
pub(crate) fn run<R: Rt>(rt: &R, shape: Shape, job: &Job) -> Sample {
    supervisor::measure(&Target::Tcp(rt.block_on(start::<R>(shape.message))), shape, job)
}

/// Starts the server of requests of that many bytes and returns its address. Called inside the runtime.
pub(crate) async fn start<R: Rt>(message: usize) -> SocketAddr {
    let (listener, address) = R::listen().await.expect("the loopback interface has a free port");
    R::detach(accept_all::<R>(listener, message));
    address
}

async fn accept_all<R: Rt>(listener: R::Listener, message: usize) {
    loop {
        let stream = R::accept(&listener).await.expect("the load connects");
        R::detach(echo::<R>(stream, message));
    }
}

/// Answers until the client leaves.
async fn echo<R: Rt>(mut stream: R::Stream, message: usize) {
    let mut buffer = vec![0; buffer(message)];
    while let Ok(length @ 1..) = R::read(&mut stream, &mut buffer).await {
        if R::write_all(&mut stream, &buffer[..length]).await.is_err() {
            return;
        }
    }
}
