//! What bounded and unbounded channels have in common: the list of messages, the counts of senders, and how receiver
//! and senders wake each other. What differs is the [`Flow`].

use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use heist_primitives::{MODEL, hint, mutation};

use super::error::TryRecvError;
use super::handles::Handles;
use super::list::{self, Rx, Tx};
use super::rx_waker::RxWaker;
use crate::runtime::context;
use crate::sync::notify::Notify;
use crate::sync::unwind::{both, drop_all};
use crate::task::coop;

/// Looks at an unfinished message before the receiver's thread goes to sleep.
const SPINS: usize = if MODEL { 1 } else { 64 };

/// How a channel limits its senders.
pub(crate) trait Flow {
    /// True if the list itself refuses messages once closed; otherwise the flow refuses to let them be sent.
    const LIST_CLOSES: bool;

    /// The receiver wants no more.
    fn close(&self);

    /// The receiver took `n` messages.
    fn received(&self, n: usize);

    /// True if nobody holds a permission to send that was given before the channel was closed.
    fn is_idle(&self) -> bool;
}

/// What lies beside the list.
pub(crate) struct Chan<F> {
    pub(crate) flow: F,
    handles: Handles,
    rx_waker: RxWaker,
    /// Notified when the receiver closes the channel.
    closed: Notify,
}

/// A channel.
pub(crate) fn channel<T, F: Flow>(flow: F) -> (TxHalf<T, F>, RxHalf<T, F>) {
    let chan = Chan { flow, handles: Handles::new(), rx_waker: RxWaker::new(), closed: Notify::new() };
    let (tx, rx) = list::list(chan);
    (TxHalf(tx), RxHalf { list: rx, end: None })
}

impl<F: Flow> Chan<F> {
    /// Somebody gave up a permission to send. If that was the last thing a closed channel waited for, its receiver
    /// learns that nothing comes any more.
    pub(crate) fn permission_returned(&self) {
        if self.flow.is_idle() && !mutation::on("mpsc_permission_returns_silently") {
            self.rx_waker.wake();
        }
    }
}

/// A strong sender.
pub(crate) struct TxHalf<T, F: Flow>(Tx<T, Chan<F>>);

impl<T, F: Flow> TxHalf<T, F> {
    pub(crate) fn chan(&self) -> &Chan<F> {
        self.0.extra()
    }

    /// Sends a message that the flow permits.
    #[inline]
    pub(crate) fn push(&self, value: T) {
        self.0.push(value);
        self.message_sent();
    }

    /// Sends a message, or returns it if the list is closed.
    #[inline]
    pub(crate) fn push_unless_closed(&self, value: T) -> Result<(), T> {
        self.0.push_unless_closed(value)?;
        self.message_sent();
        Ok(())
    }

    #[inline]
    fn message_sent(&self) {
        if !self.chan().rx_waker.wake() {
            // The receiver went away without having seen this message, perhaps, and those behind it.
            drop_all(|| self.pop_rest());
        }
    }

    fn pop_rest(&self) -> Option<T> {
        let value = self.0.pop_rest()?;
        self.chan().flow.received(1);
        Some(value)
    }

    pub(crate) fn list_is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// Waits until `is_closed` is true, which the receiver's close makes it.
    pub(crate) async fn closed(&self, is_closed: impl Fn() -> bool) {
        // Created before the look, so that it cannot miss a close after it.
        let notified = self.chan().closed.notified();
        if !is_closed() {
            notified.await;
        }
    }

    pub(crate) fn same_channel(&self, other: &Self) -> bool {
        self.0.same_list(&other.0)
    }

    pub(crate) fn strong_count(&self) -> usize {
        self.chan().handles.strong()
    }

    pub(crate) fn weak_count(&self) -> usize {
        self.chan().handles.weak()
    }

    pub(crate) fn downgrade(&self) -> WeakHalf<T, F> {
        self.chan().handles.add_weak();
        WeakHalf(self.0.clone())
    }
}

impl<T, F: Flow> Clone for TxHalf<T, F> {
    fn clone(&self) -> Self {
        self.chan().handles.add_strong();
        Self(self.0.clone())
    }
}

impl<T, F: Flow> Drop for TxHalf<T, F> {
    fn drop(&mut self) {
        if self.chan().handles.remove_strong() {
            self.chan().rx_waker.wake();
        }
    }
}

/// A sender that does not keep the channel open.
pub(crate) struct WeakHalf<T, F: Flow>(Tx<T, Chan<F>>);

impl<T, F: Flow> WeakHalf<T, F> {
    pub(crate) fn upgrade(&self) -> Option<TxHalf<T, F>> {
        self.0.extra().handles.upgrade().then(|| TxHalf(self.0.clone()))
    }

    pub(crate) fn strong_count(&self) -> usize {
        self.0.extra().handles.strong()
    }

    pub(crate) fn weak_count(&self) -> usize {
        self.0.extra().handles.weak()
    }
}

impl<T, F: Flow> Clone for WeakHalf<T, F> {
    fn clone(&self) -> Self {
        self.0.extra().handles.add_weak();
        Self(self.0.clone())
    }
}

impl<T, F: Flow> Drop for WeakHalf<T, F> {
    fn drop(&mut self) {
        self.0.extra().handles.remove_weak();
    }
}

/// The receiver.
pub(crate) struct RxHalf<T, F: Flow> {
    list: Rx<T, Chan<F>>,
    /// Where the list ends, once closed; `u64::MAX` if the flow decides.
    end: Option<u64>,
}

impl<T, F: Flow> RxHalf<T, F> {
    pub(crate) fn chan(&self) -> &Chan<F> {
        self.list.extra()
    }

    #[inline]
    pub(crate) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let coop = ready!(coop::poll_proceed(cx));
        let mut next = self.next();
        if next.is_pending() {
            self.chan().rx_waker.register(cx.waker());
            next = self.next();
        }
        if next.is_ready() {
            coop.made_progress();
        }
        next
    }

    pub(crate) fn poll_recv_many(&mut self, cx: &mut Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
        if limit == 0 {
            return Poll::Ready(0);
        }
        let coop = ready!(coop::poll_proceed(cx));
        let mut received = self.pop_many(buffer, limit);
        if received == 0 {
            self.chan().rx_waker.register(cx.waker());
            received = self.pop_many(buffer, limit);
        }
        if received == 0 {
            match self.next() {
                Poll::Ready(Some(value)) => {
                    buffer.push(value);
                    received = 1;
                }
                Poll::Ready(None) => {}
                Poll::Pending => return Poll::Pending,
            }
        }
        coop.made_progress();
        Poll::Ready(received)
    }

    /// Takes what is there, and gives the room back in one step.
    fn pop_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        let before = buffer.len();
        while buffer.len() - before < limit {
            let Some(value) = self.list.pop() else { break };
            buffer.push(value);
        }
        let received = buffer.len() - before;
        if received != 0 {
            self.chan().flow.received(received);
        }
        received
    }

    pub(crate) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        loop {
            match self.next() {
                Poll::Ready(Some(value)) => return Ok(value),
                Poll::Ready(None) => return Err(TryRecvError::Disconnected),
                // A message whose sender has its position but is not done yet hides those behind it, which may be
                // complete. Its sender runs or is about to; nothing of ours can hold it up.
                Poll::Pending if self.message_is_coming() => self.wait_for_message(),
                Poll::Pending => return Err(TryRecvError::Empty),
            }
        }
    }

    /// A look at the head of the list: a message, `None` if none will come, or pending if some may. A large message is copied
    /// once more for each type that it is wrapped in on its way, so this has the type of `poll_recv`.
    #[inline]
    fn next(&mut self) -> Poll<Option<T>> {
        let message = Poll::Ready(self.pop());
        if let Poll::Ready(Some(_)) = message {
            return message;
        }
        if self.chan().handles.strong() == 0 {
            if mutation::on("mpsc_looks_once") {
                return Poll::Ready(None);
            }
            // The last sender left after the look above, perhaps: what it sent is visible now.
            return Poll::Ready(self.pop());
        }
        match self.end {
            Some(end) if self.is_drained(end) => Poll::Ready(None),
            _ => Poll::Pending,
        }
    }

    /// True if a closed channel, in which no message was seen, gets none any more.
    fn is_drained(&self, end: u64) -> bool {
        let reached = end == u64::MAX || self.list.received() >= end;
        reached && self.chan().flow.is_idle() || mutation::on("mpsc_ends_early")
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        let message = self.list.pop();
        if message.is_some() {
            self.chan().flow.received(1);
        }
        message
    }

    fn message_is_coming(&self) -> bool {
        self.len() != 0
    }

    /// Waits for the next message, which is coming: its sender has a position for it and is between two instructions.
    fn wait_for_message(&mut self) {
        for _ in 0..SPINS {
            if self.list.is_ready() {
                return;
            }
            hint::spin_loop();
        }
        self.sleep_until_message();
    }

    /// The sender's thread was preempted. This thread sleeps, since spinning on could keep the other from running.
    #[cold]
    fn sleep_until_message(&mut self) {
        let displaced = self.chan().rx_waker.take();
        context::park_until_ready(poll_fn(|cx| {
            self.chan().rx_waker.register(cx.waker());
            if self.list.is_ready() { Poll::Ready(()) } else { Poll::Pending }
        }));
        drop(self.chan().rx_waker.take());
        // What came meanwhile may be what the task waits for that had left this waker.
        if let Some(waker) = displaced {
            waker.wake();
        }
    }

    /// Lets nobody begin to send any more.
    pub(crate) fn close(&mut self) {
        if self.end.is_some() {
            return;
        }
        self.end = Some(if F::LIST_CLOSES { self.list.close() } else { u64::MAX });
        both(
            self,
            |this| this.chan().flow.close(),
            |this| {
                if !mutation::on("mpsc_closes_silently") {
                    this.chan().closed.notify_waiters();
                }
            },
        );
    }

    /// True if the channel is closed by either side.
    pub(crate) fn is_closed(&self) -> bool {
        self.end.is_some() || self.chan().handles.strong() == 0
    }

    /// The messages sent and not received.
    pub(crate) fn len(&self) -> usize {
        let end = self.end.unwrap_or(u64::MAX);
        (self.list.handed_out().min(end) - self.list.received()) as usize
    }

    pub(crate) fn strong_count(&self) -> usize {
        self.chan().handles.strong()
    }

    pub(crate) fn weak_count(&self) -> usize {
        self.chan().handles.weak()
    }

    /// Messages are dropped now, not when the last sender goes: they may hold what a sender waits for.
    fn drop_messages(&mut self) {
        drop_all(|| self.pop());
    }

    fn leave(&mut self) {
        if self.end.is_some_and(|end| self.is_drained(end)) {
            drop(self.chan().rx_waker.take());
            return;
        }
        // Those that are not written yet, and those behind them, are dropped by their senders: this does not wait.
        self.list.retire();
        both(
            self,
            |this| this.chan().rx_waker.receiver_gone(),
            |this| {
                drop_all(|| {
                    let value = this.list.pop_rest()?;
                    this.chan().flow.received(1);
                    Some(value)
                });
            },
        );
    }
}

impl<T, F: Flow> Drop for RxHalf<T, F> {
    fn drop(&mut self) {
        both(self, Self::close, |this| both(this, Self::drop_messages, Self::leave));
    }
}

impl<F: Flow + fmt::Debug> fmt::Debug for Chan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("flow", &self.flow).field("senders", &self.handles).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use heist_primitives::{model, thread};

    use super::super::flow::Unlimited;
    use super::*;

    /// Runs a model, which must fail with each of the steps left out.
    fn check(body: fn(), broken: &[&'static str]) {
        model(2, 500, body);
        for step in broken {
            assert!(mutation::rejected(step, || model(2, 500, body)), "{step}");
        }
    }

    /// The receiver sleeps until the sender of the first message goes on, since the second send was complete.
    #[test]
    fn try_recv_behind_a_slow_sender() {
        fn body() {
            let (tx, mut rx) = channel(Unlimited);
            let slow = tx.0.push_slowly(1);
            tx.push(2);
            let sender = thread::spawn(move || {
                slow();
                tx.message_sent();
            });
            assert_eq!(rx.try_recv(), Ok(1));
            assert_eq!(rx.try_recv(), Ok(2));
            sender.join().unwrap();
            assert_eq!(rx.try_recv(), Err(TryRecvError::Disconnected));
        }
        check(body, &["mpsc_sender_without_fence", "mpsc_receiver_without_fence"]);
    }

    /// The receiver goes without waiting; the slow sender drops its message and the one behind it.
    #[test]
    fn a_receiver_goes_behind_a_slow_sender() {
        fn body() {
            let message = Arc::new(());
            let (tx, rx) = channel(Unlimited);
            let slow = tx.0.push_slowly(message.clone());
            tx.push(message.clone());
            let sender = thread::spawn(move || {
                slow();
                tx.message_sent();
                tx
            });
            drop(rx);
            let tx = sender.join().unwrap();
            assert_eq!(Arc::strong_count(&message), 1);
            drop(tx);
        }
        check(body, &["mpsc_sender_without_fence", "mpsc_receiver_goes_without_fence"]);
    }
}
