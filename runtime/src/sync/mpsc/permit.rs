//! Room reserved in a bounded channel.

use std::fmt;
use std::iter::FusedIterator;

use super::bounded::Sender;

/// Room for one message; made by [`Sender::reserve`]. Dropped, it gives the room back.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, _rx) = mpsc::channel::<u8>(1);
///     let permit = tx.reserve().await.unwrap();
///     assert_eq!(tx.capacity(), 0);
///     drop(permit);
///     assert_eq!(tx.capacity(), 1);
/// }
/// ```
pub struct Permit<'a, T> {
    /// Absent once the permit was used up.
    sender: Option<&'a Sender<T>>,
}

impl<'a, T> Permit<'a, T> {
    /// The caller has just acquired the room.
    pub(super) fn new(sender: &'a Sender<T>) -> Self {
        Self { sender: Some(sender) }
    }
}

impl<T> Permit<'_, T> {
    /// Sends a message, without waiting. It is sent even if the receiver was closed meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(1);
    ///     let permit = tx.reserve().await.unwrap();
    ///     rx.close();
    ///     permit.send("all the same");
    ///     assert_eq!(rx.recv().await, Some("all the same"));
    /// }
    /// ```
    pub fn send(mut self, value: T) {
        if let Some(sender) = self.sender.take() {
            sender.half.push(value);
        }
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.give_back(1);
        }
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("channel", &self.sender).finish()
    }
}

/// Room for several messages; made by [`Sender::reserve_many`]. Dropped, it gives back what is left.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, mut rx) = mpsc::channel(3);
///     let mut permits = tx.reserve_many(3).await.unwrap();
///     permits.next().unwrap().send(1);
///     assert_eq!(permits.len(), 2);
///     drop(permits);
///     assert_eq!(tx.capacity(), 2);
///     assert_eq!(rx.recv().await, Some(1));
/// }
/// ```
pub struct PermitIterator<'a, T> {
    sender: &'a Sender<T>,
    n: usize,
}

impl<'a, T> PermitIterator<'a, T> {
    /// The caller has just acquired the room.
    pub(super) fn new(sender: &'a Sender<T>, n: usize) -> Self {
        Self { sender, n }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.n = self.n.checked_sub(1)?;
        Some(Permit::new(self.sender))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.n, Some(self.n))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.n != 0 {
            self.sender.give_back(self.n);
        }
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator").field("channel", self.sender).field("capacity", &self.n).finish()
    }
}

/// Room for one message, together with the sender; made by [`Sender::reserve_owned`]. Dropped, it gives the room back.
///
/// # Examples
///
/// ```
/// use heist::sync::mpsc;
///
/// #[heist::main]
/// async fn main() {
///     let (tx, _rx) = mpsc::channel::<u8>(1);
///     let permit = tx.clone().reserve_owned().await.unwrap();
///     assert_eq!(tx.capacity(), 0);
///     drop(permit);
///     assert_eq!(tx.capacity(), 1);
/// }
/// ```
pub struct OwnedPermit<T> {
    /// Absent once the permit was used up.
    sender: Option<Sender<T>>,
}

impl<T> OwnedPermit<T> {
    /// The caller has just acquired the room.
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self { sender: Some(sender) }
    }

    /// Sends a message, without waiting, and returns the sender. It is sent even if the receiver was closed meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, mut rx) = mpsc::channel(2);
    ///     let tx = tx.reserve_owned().await.unwrap().send(1);
    ///     tx.send(2).await.unwrap();
    ///     assert_eq!(rx.recv().await, Some(1));
    /// }
    /// ```
    pub fn send(mut self, value: T) -> Sender<T> {
        let sender = self.take();
        sender.half.push(value);
        sender
    }

    /// Gives the room back and returns the sender.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// #[heist::main]
    /// async fn main() {
    ///     let (tx, _rx) = mpsc::channel::<u8>(1);
    ///     let tx = tx.reserve_owned().await.unwrap().release();
    ///     assert_eq!(tx.capacity(), 1);
    /// }
    /// ```
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.give_back(1);
        sender
    }

    /// True if both send to the same receiver.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(2);
    /// let first = tx.clone().try_reserve_owned().unwrap();
    /// let second = tx.try_reserve_owned().unwrap();
    /// assert!(first.same_channel(&second));
    /// ```
    pub fn same_channel(&self, other: &Self) -> bool {
        match (&self.sender, &other.sender) {
            (Some(this), Some(other)) => this.same_channel(other),
            _ => false,
        }
    }

    /// True if the permit is one of the sender's channel.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// let (tx, _rx) = mpsc::channel::<u8>(1);
    /// let permit = tx.clone().try_reserve_owned().unwrap();
    /// assert!(permit.same_channel_as_sender(&tx));
    /// ```
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender.as_ref().is_some_and(|this| this.same_channel(sender))
    }

    fn take(&mut self) -> Sender<T> {
        self.sender.take().expect("a permit has its sender until it is used up, which consumes it")
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.give_back(1);
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit").field("channel", &self.sender).finish()
    }
}
