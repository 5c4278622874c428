//! Systems that cannot say whether a read would wait, are not asked to fill two buffers at once, and are told nothing about
//! memory.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;

use super::CachedRead;
use crate::io::ReadBuf;

pub(in crate::fs) fn can_read_cached(_file: &File) -> bool {
    false
}

pub(in crate::fs) fn read_cached(_file: &File, _buf: &mut ReadBuf<'_>, _most: usize) -> CachedRead {
    CachedRead::Unsupported
}

pub(in crate::fs) fn read_both(_file: &File, _first: &mut ReadBuf<'_>, _second: &mut ReadBuf<'_>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(in crate::fs) fn will_be_filled(_memory: &mut [MaybeUninit<u8>]) {}
