//! Systems that cannot say whether a read would wait, and are told nothing about memory.

use std::fs::File;
use std::mem::MaybeUninit;

use super::CachedRead;
use crate::io::ReadBuf;

pub(in crate::fs) fn can_read_cached(_file: &File) -> bool {
    false
}

pub(in crate::fs) fn read_cached(_file: &File, _buf: &mut ReadBuf<'_>, _most: usize) -> CachedRead {
    CachedRead::Unsupported
}

pub(in crate::fs) fn will_be_filled(_memory: &mut [MaybeUninit<u8>]) {}
