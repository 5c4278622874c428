//! The bytes that a read on the pool has brought and that nobody has fetched yet.

use std::fmt;
use std::fs;
use std::io::{self, Read};

use crate::io::ReadBuf;

/// Bytes read from the file, which is positioned behind them.
#[derive(Default)]
pub(super) struct Ahead {
    /// All of it is initialised, and used again for the next read.
    memory: Vec<u8>,
    /// Where what is left begins and ends.
    start: usize,
    end: usize,
}

impl Ahead {
    pub(super) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(super) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Forgets what is left.
    pub(super) fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }

    /// Reads up to `most` bytes in place of what is left. Blocks.
    pub(super) fn read_from(&mut self, mut file: &fs::File, most: usize) -> io::Result<()> {
        self.clear();
        if self.memory.len() < most {
            self.memory.resize(most, 0);
        }
        self.end = loop {
            match file.read(&mut self.memory[..most]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        Ok(())
    }

    /// Moves as much as fits to `buf`.
    pub(super) fn move_to(&mut self, buf: &mut ReadBuf<'_>) {
        let count = self.len().min(buf.remaining());
        buf.put_slice(&self.memory[self.start..][..count]);
        self.start += count;
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ahead").field("len", &self.len()).finish_non_exhaustive()
    }
}
