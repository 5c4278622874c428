//! The channels of async-channel in the workloads of `mpsc.rs`.

use crate::adapters::Tokio as Runtime;
use crate::table::Table;

#[path = "../workloads/mpsc.rs"]
mod mpsc;

pub(crate) static TABLE: Table = Table(&[mpsc::ENTRIES]);

/// Tokio, with async-channel in place of its channels.
mod rt {
    pub(crate) use tokio::{spawn, task};

    pub(crate) mod sync {
        pub(crate) mod mpsc {
            use async_channel::{SendError, TrySendError};

            pub(crate) struct Sender<T>(async_channel::Sender<T>);
            pub(crate) struct UnboundedSender<T>(async_channel::Sender<T>);
            pub(crate) struct Receiver<T>(async_channel::Receiver<T>);

            pub(crate) fn channel<T>(room: usize) -> (Sender<T>, Receiver<T>) {
                let (sender, receiver) = async_channel::bounded(room);
                (Sender(sender), Receiver(receiver))
            }

            pub(crate) fn unbounded_channel<T>() -> (UnboundedSender<T>, Receiver<T>) {
                let (sender, receiver) = async_channel::unbounded();
                (UnboundedSender(sender), Receiver(receiver))
            }

            impl<T> Sender<T> {
                pub(crate) async fn send(&self, message: T) -> Result<(), SendError<T>> {
                    self.0.send(message).await
                }
            }

            impl<T> UnboundedSender<T> {
                pub(crate) fn send(&self, message: T) -> Result<(), TrySendError<T>> {
                    self.0.try_send(message)
                }
            }

            impl<T> Receiver<T> {
                pub(crate) async fn recv(&mut self) -> Option<T> {
                    self.0.recv().await.ok()
                }
            }

            impl<T> Clone for Sender<T> {
                fn clone(&self) -> Self {
                    Self(self.0.clone())
                }
            }

            impl<T> Clone for UnboundedSender<T> {
                fn clone(&self) -> Self {
                    Self(self.0.clone())
                }
            }
        }
    }
}
