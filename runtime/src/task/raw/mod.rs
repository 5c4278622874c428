//! The task itself: one allocation, its state word, and everything that may touch it.
//!
//! `README.md` beside this file's parent has the vocabulary, the transitions (#1 to #14), the safety rules (T1 to T10)
//! and the proof. The files:
//!
//! * `state`: the word and its transitions; the only file that sees bits;
//! * `cell`: the allocation, type-erased behind [`Header`]; the only file that knows the future's type;
//! * `run`: [`Runnable`], the right to run a task once, and what follows a poll;
//! * `waker`: wakers, handles ([`TaskRef`]) and abort: everything that makes a task runnable;
//! * `join`: [`Join`], the receiving end of the output;
//! * `place`: [`Place`], the list of tasks a thread owns, and [`Returns`], the way back to it;
//! * `list`, `stack`: queues of runnables through the link in the header.
//!
//! A scheduler implements [`Schedule`]; nothing here knows which one it is.

mod cell;
mod join;
mod list;
mod place;
mod run;
mod schedule;
mod stack;
mod state;
mod waker;

pub(crate) use cell::{Header, new_task};
pub(crate) use join::Join;
pub(crate) use list::RunnableList;
pub(crate) use place::{Lent, Place, Returned, Returns};
pub(crate) use run::Runnable;
pub(crate) use schedule::Schedule;
pub(crate) use waker::TaskRef;
