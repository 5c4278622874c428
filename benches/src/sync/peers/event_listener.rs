//! An `Event` of event-listener in the workloads of `notify.rs`. It keeps nothing for who comes later, so the permit is a
//! flag beside it, looked at before and after listening, as the crate's documentation does it.

use crate::adapters::Tokio as Runtime;
use crate::table::Table;

#[path = "../workloads/notify.rs"]
mod notify;

pub(crate) static TABLE: Table = Table(&[notify::ENTRIES]);

/// Tokio, with an `Event` in place of its `Notify`.
mod rt {
    pub(crate) use tokio::spawn;

    pub(crate) mod sync {
        use std::pin::Pin;
        use std::sync::atomic::{AtomicBool, Ordering};
        use std::task::{Context, Poll, ready};

        use event_listener::{Event, EventListener};

        /// What the workloads need of a `Notify`: one task at most waits for a permit.
        pub(crate) struct Notify {
            permit: AtomicBool,
            event: Event,
        }

        /// Listens from its creation on, unless there was a permit then.
        pub(crate) struct Notified<'a> {
            notify: &'a Notify,
            listener: Option<EventListener>,
        }

        impl Notify {
            pub(crate) fn new() -> Self {
                Self { permit: AtomicBool::new(false), event: Event::new() }
            }

            pub(crate) fn notify_one(&self) {
                self.permit.store(true, Ordering::Release);
                self.event.notify(1);
            }

            pub(crate) fn notify_waiters(&self) {
                self.event.notify(usize::MAX);
            }

            pub(crate) fn notified(&self) -> Notified<'_> {
                let listener = if self.take_permit() { None } else { Some(self.event.listen()) };
                // The notifier may have come before the listener.
                let listener = listener.filter(|_| !self.take_permit());
                Notified { notify: self, listener }
            }

            fn take_permit(&self) -> bool {
                // Nobody else takes it, so that no read-modify-write is needed where there is none.
                self.permit.load(Ordering::Acquire) && self.permit.swap(false, Ordering::Acquire)
            }
        }

        impl Future for Notified<'_> {
            type Output = ();

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                if let Some(listener) = &mut self.listener {
                    ready!(Pin::new(listener).poll(cx));
                    // The one that came with this notification, if it was for one.
                    self.notify.take_permit();
                }
                Poll::Ready(())
            }
        }
    }
}
