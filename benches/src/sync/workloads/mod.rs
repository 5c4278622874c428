//! The workloads by file. Everything in this folder is compiled several times: `rt` is heist or tokio, `Runtime` the
//! adapter that starts it.

mod locks;
mod mpsc;
mod notify;
mod oneshot;
mod signals;

use super::{Runtime, rt};
use crate::table::Table;

/// All of them, in the order of the report.
pub(crate) static TABLE: Table =
    Table(&[locks::ENTRIES, mpsc::ENTRIES, oneshot::ENTRIES, notify::ENTRIES, signals::ENTRIES]);
