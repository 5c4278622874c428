//! Signals of the operating system.
//!
//! A handler may do next to nothing, so what it does is mark its signal and write a byte to a pipe; `registry.rs` owns
//! that. One thread per process, started when a program first asks for a signal, reads the pipe and wakes who listens.
//! It was chosen over a registration in every runtime's driver: it works with any executor and for all
//! runtimes at once, cannot be starved by busy workers, and costs nothing in programs that use no signals.
//!
//! A handler stays for the life of the process: after the first use of a signal here its default action is gone.

#[cfg(unix)]
mod ctrl_c;
#[cfg(unix)]
mod registry;
#[cfg(unix)]
pub mod unix;

#[cfg(unix)]
pub use ctrl_c::ctrl_c;
