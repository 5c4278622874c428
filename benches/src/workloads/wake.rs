//! Tasks that wake each other.

use crate::meter::{Meter, Phases};
use crate::rt::Rt;
use crate::sample::Sample;

const PAIRS: usize = 1000;
const ROUND_TRIPS: usize = 10;

/// Pairs of tasks that send each other a message and wait for the answer. Every message has a channel of its own, made
/// before the pair starts. An operation is one round trip.
pub(super) async fn ping_pong<R: Rt>(phases: Phases) -> Sample {
    let mut meter = Meter::new(phases);
    let mut tasks = Vec::with_capacity(2 * PAIRS);
    while meter.goes_on() {
        for _ in 0..PAIRS {
            let (pings, pongs) = channels::<R>();
            tasks.push(R::spawn(asker::<R>(pings.0, pongs.1)));
            tasks.push(R::spawn(answerer::<R>(pings.1, pongs.0)));
        }
        for task in tasks.drain(..) {
            task.await;
        }
        meter.count((PAIRS * ROUND_TRIPS) as u64);
    }
    meter.finish()
}

type Channels<R> = (Vec<<R as Rt>::Sender>, Vec<<R as Rt>::Receiver>);

/// One channel for each message in either direction.
fn channels<R: Rt>() -> (Channels<R>, Channels<R>) {
    let one_way = || (0..ROUND_TRIPS).map(|_| R::oneshot()).unzip();
    (one_way(), one_way())
}

async fn asker<R: Rt>(pings: Vec<R::Sender>, pongs: Vec<R::Receiver>) {
    for (ping, pong) in pings.into_iter().zip(pongs) {
        R::send(ping);
        R::receive(pong).await;
    }
}

async fn answerer<R: Rt>(pings: Vec<R::Receiver>, pongs: Vec<R::Sender>) {
    for (ping, pong) in pings.into_iter().zip(pongs) {
        R::receive(ping).await;
        R::send(pong);
    }
}
