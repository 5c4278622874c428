//! The workloads by file. Everything in this folder is compiled twice: `rt` is heist or tokio, `Runtime` the adapter
//! that starts it.

mod copying;
mod echo;
mod files;
mod processes;

use super::{Runtime, rt};
use crate::table::Table;

/// All of them, in the order of the report.
pub(crate) static TABLE: Table = Table(&[files::ENTRIES, copying::ENTRIES, echo::ENTRIES, processes::ENTRIES]);
