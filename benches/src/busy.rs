//! Tasks that keep the workers busy beside what is measured.

use std::time::{Duration, Instant};

use crate::rt::Rt;

const COMPUTATION: Duration = Duration::from_micros(10);

/// Computes and yields, without end.
pub(crate) async fn compute_and_yield<R: Rt>() {
    loop {
        let start = Instant::now();
        while start.elapsed() < COMPUTATION {
            std::hint::spin_loop();
        }
        R::yield_now().await;
    }
}
