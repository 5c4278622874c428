//! [`ReadBuf`], the buffer that readers fill, and the helpers that lend other buffers to a reader.
//!
//! All code of this module that touches bytes which may be uninitialised is in this file. The rules it relies on:
//!
//! - R1: `filled <= initialized <= buf.len()`.
//! - R2: the first `initialized` bytes of `buf` are initialised, and nobody makes them uninitialised again.
//! - R3: a `ReadBuf` that was lent to foreign code is believed only if it still covers the same memory, since that code
//!   may have replaced it with another one ([`ReadBuf::region`]).
#![allow(unsafe_code)]

use std::fmt;
use std::io;
use std::mem::MaybeUninit;
use std::task::{Poll, ready};

use bytes::BufMut;
use bytes::buf::UninitSlice;

/// A buffer that is filled from its start, and may be uninitialised behind what is filled.
///
/// It keeps two positions: how much was filled, and how much is known to be initialised. So memory is not initialised
/// twice when a buffer is read into several times.
///
/// ```text
/// [             capacity              ]
/// [ filled |         unfilled         ]
/// [    initialized    | uninitialized ]
/// ```
///
/// # Examples
///
/// ```
/// use heist::io::ReadBuf;
///
/// let mut memory = [0; 8];
/// let mut buf = ReadBuf::new(&mut memory);
/// buf.put_slice(b"abc");
/// assert_eq!(buf.filled(), b"abc");
/// assert_eq!(buf.remaining(), 5);
/// ```
pub struct ReadBuf<'a> {
    buf: &'a mut [MaybeUninit<u8>],
    filled: usize,
    initialized: usize,
}

impl<'a> ReadBuf<'a> {
    /// An empty buffer over initialised memory.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// assert_eq!((buf.filled(), buf.remaining()), (&b"abc"[..], 5));
    /// ```
    #[inline]
    pub fn new(buf: &'a mut [u8]) -> ReadBuf<'a> {
        let initialized = buf.len();
        let buf: *mut [u8] = buf;
        // SAFETY: the pointer comes from a unique reference that is not used again, and `MaybeUninit<u8>` has the
        // layout of `u8`. By rule R2 no byte is made uninitialised while the owner of the memory cannot look.
        let buf = unsafe { &mut *(buf as *mut [MaybeUninit<u8>]) };
        ReadBuf { buf, filled: 0, initialized }
    }

    /// An empty buffer over memory that may be uninitialised.
    ///
    /// If part of it is initialised after all, [`assume_init`](Self::assume_init) says so.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// assert!(buf.initialized().is_empty());
    /// buf.put_slice(b"abc");
    /// assert_eq!(buf.initialized(), b"abc");
    /// ```
    #[inline]
    pub fn uninit(buf: &'a mut [MaybeUninit<u8>]) -> ReadBuf<'a> {
        ReadBuf { buf, filled: 0, initialized: 0 }
    }

    /// The size of the whole buffer in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// assert_eq!(ReadBuf::new(&mut memory).capacity(), 8);
    /// ```
    #[inline]
    pub fn capacity(&self) -> usize {
        self.buf.len()
    }

    /// The filled part.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// assert_eq!(buf.filled(), b"abc");
    /// ```
    #[inline]
    pub fn filled(&self) -> &[u8] {
        initialized_slice(&self.buf[..self.filled])
    }

    /// The filled part, mutable.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// buf.filled_mut().reverse();
    /// assert_eq!(buf.filled(), b"cba");
    /// ```
    #[inline]
    pub fn filled_mut(&mut self) -> &mut [u8] {
        initialized_slice_mut(&mut self.buf[..self.filled])
    }

    /// A buffer over the first `n` bytes of the unfilled part, or over all of it if it is shorter.
    ///
    /// What is written to it does not count as filled here: that takes a call of [`advance`](Self::advance), after
    /// [`assume_init`](Self::assume_init) where needed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// let mut part = buf.take(2);
    /// part.put_slice(b"ab");
    /// // It counts as filled once it is said to be.
    /// buf.advance(2);
    /// assert_eq!(buf.filled(), b"ab");
    /// ```
    #[inline]
    pub fn take(&mut self, n: usize) -> ReadBuf<'_> {
        let length = self.remaining().min(n);
        let initialized = (self.initialized - self.filled).min(length);
        let buf = &mut self.buf[self.filled..][..length];
        ReadBuf { buf, filled: 0, initialized }
    }

    /// The part known to be initialised, which includes the filled part.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.initialize_unfilled_to(2);
    /// assert_eq!(buf.initialized(), [0, 0]);
    /// ```
    #[inline]
    pub fn initialized(&self) -> &[u8] {
        initialized_slice(&self.buf[..self.initialized])
    }

    /// The part known to be initialised, mutable.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.initialized_mut()[0] = b'a';
    /// buf.advance(1);
    /// assert_eq!(buf.filled(), b"a");
    /// ```
    #[inline]
    pub fn initialized_mut(&mut self) -> &mut [u8] {
        initialized_slice_mut(&mut self.buf[..self.initialized])
    }

    /// The whole buffer, whatever its state.
    ///
    /// # Safety
    ///
    /// The caller must not make bytes uninitialised that were initialised.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// // SAFETY: writing a byte makes none uninitialised.
    /// let bytes = unsafe { buf.inner_mut() };
    /// bytes[0].write(b'a');
    /// buf.set_filled(1);
    /// assert_eq!(buf.filled(), b"a");
    /// ```
    #[inline]
    pub unsafe fn inner_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        self.buf
    }

    /// The unfilled part, whatever its state.
    ///
    /// # Safety
    ///
    /// The caller must not make bytes uninitialised that were initialised.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// // SAFETY: writing a byte makes none uninitialised.
    /// let bytes = unsafe { buf.unfilled_mut() };
    /// bytes[0].write(b'a');
    /// // SAFETY: the first byte has just been initialised.
    /// unsafe { buf.assume_init(1) };
    /// buf.advance(1);
    /// assert_eq!(buf.filled(), b"a");
    /// ```
    #[inline]
    pub unsafe fn unfilled_mut(&mut self) -> &mut [MaybeUninit<u8>] {
        &mut self.buf[self.filled..]
    }

    /// The unfilled part, after initialising what was not initialised yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.initialize_unfilled()[..3].copy_from_slice(b"abc");
    /// buf.advance(3);
    /// assert_eq!(buf.filled(), b"abc");
    /// ```
    #[inline]
    pub fn initialize_unfilled(&mut self) -> &mut [u8] {
        self.initialize_unfilled_to(self.remaining())
    }

    /// The first `n` bytes of the unfilled part, after initialising those that were not initialised yet.
    ///
    /// # Panics
    ///
    /// If `n` is greater than [`remaining`](Self::remaining).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// buf.initialize_unfilled_to(3).copy_from_slice(b"abc");
    /// buf.advance(3);
    /// assert_eq!(buf.filled(), b"abc");
    /// ```
    #[inline]
    #[track_caller]
    pub fn initialize_unfilled_to(&mut self, n: usize) -> &mut [u8] {
        assert!(self.remaining() >= n, "n overflows remaining; ask for at most `remaining()` bytes");
        let end = self.filled + n;
        if self.initialized < end {
            self.buf[self.initialized..end].fill(MaybeUninit::new(0));
            self.initialized = end;
        }
        initialized_slice_mut(&mut self.buf[self.filled..end])
    }

    /// The number of unfilled bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// assert_eq!(buf.remaining(), 5);
    /// ```
    #[inline]
    pub fn remaining(&self) -> usize {
        self.buf.len() - self.filled
    }

    /// Makes the filled part empty; what is initialised stays so.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// buf.clear();
    /// assert_eq!((buf.filled(), buf.initialized().len()), (&b""[..], 8));
    /// ```
    #[inline]
    pub fn clear(&mut self) {
        self.filled = 0;
    }

    /// Counts the next `n` initialised bytes as filled.
    ///
    /// # Panics
    ///
    /// If fewer than `n` bytes behind the filled part are initialised.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.initialize_unfilled()[0] = b'a';
    /// buf.advance(1);
    /// assert_eq!(buf.filled(), b"a");
    /// ```
    #[inline]
    #[track_caller]
    pub fn advance(&mut self, n: usize) {
        let filled = self.filled.checked_add(n).expect("filled overflow");
        self.set_filled(filled);
    }

    /// Sets the length of the filled part, which may also shrink.
    ///
    /// # Panics
    ///
    /// If fewer than `n` bytes are initialised.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// buf.set_filled(1);
    /// assert_eq!(buf.filled(), b"a");
    /// ```
    #[inline]
    #[track_caller]
    pub fn set_filled(&mut self, n: usize) {
        assert!(n <= self.initialized, "filled must not become larger than initialized; call `assume_init` first");
        self.filled = n;
    }

    /// Says that the first `n` bytes of the unfilled part are initialised.
    ///
    /// # Safety
    ///
    /// They must be.
    ///
    /// # Panics
    ///
    /// If `n` is greater than [`remaining`](Self::remaining).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    /// use std::mem::MaybeUninit;
    ///
    /// let mut memory = [MaybeUninit::uninit(); 8];
    /// let mut buf = ReadBuf::uninit(&mut memory);
    /// // SAFETY: the call initialises as many bytes as it returns, and makes none uninitialised.
    /// let (filled, _) = rustix::io::read(std::fs::File::open("/dev/zero").unwrap(), unsafe { buf.unfilled_mut() }).unwrap();
    /// let length = filled.len();
    /// // SAFETY: they were initialised by the call.
    /// unsafe { buf.assume_init(length) };
    /// buf.advance(length);
    /// assert_eq!(buf.filled(), [0; 8]);
    /// ```
    #[inline]
    #[track_caller]
    pub unsafe fn assume_init(&mut self, n: usize) {
        assert!(self.remaining() >= n, "n overflows remaining; at most `remaining()` bytes can be initialized");
        self.initialized = self.initialized.max(self.filled + n);
    }

    /// Appends `buf` to the filled part.
    ///
    /// # Panics
    ///
    /// If `buf` is longer than [`remaining`](Self::remaining).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::ReadBuf;
    ///
    /// let mut memory = [0; 8];
    /// let mut buf = ReadBuf::new(&mut memory);
    /// buf.put_slice(b"abc");
    /// buf.put_slice(b"de");
    /// assert_eq!(buf.filled(), b"abcde");
    /// ```
    #[inline]
    #[track_caller]
    pub fn put_slice(&mut self, buf: &[u8]) {
        assert!(
            self.remaining() >= buf.len(),
            "buf.len() must fit in remaining(); buf.len() = {}, remaining() = {}",
            buf.len(),
            self.remaining()
        );
        let end = self.filled + buf.len();
        UninitSlice::uninit(&mut self.buf[self.filled..end]).copy_from_slice(buf);
        self.initialized = self.initialized.max(end);
        self.filled = end;
    }

    /// Lets `read` fill up to `limit` bytes, and returns its result and how many it filled.
    ///
    /// # Panics
    ///
    /// If `read` replaced the buffer it was given.
    pub(crate) fn fill_limited<T>(&mut self, limit: usize, read: impl FnOnce(&mut ReadBuf<'_>) -> T) -> (T, usize) {
        let start = self.filled;
        let mut part = self.take(limit);
        let region = part.region();
        let result = read(&mut part);
        assert_eq!(part.region(), region, "{REPLACED}");
        let (filled, initialized) = (part.filled, part.initialized);
        // The part begins at `start`, and by rule R3 it is still the one that covers our memory.
        self.initialized = self.initialized.max(start + initialized);
        self.filled = start + filled;
        (result, filled)
    }

    /// Where the buffer lies and how long it is: what foreign code must not have changed (rule R3).
    pub(crate) fn region(&self) -> (*const MaybeUninit<u8>, usize) {
        (self.buf.as_ptr(), self.buf.len())
    }
}

impl fmt::Debug for ReadBuf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReadBuf")
            .field("filled", &self.filled)
            .field("initialized", &self.initialized)
            .field("capacity", &self.capacity())
            .finish()
    }
}

// SAFETY: `chunk_mut` is the memory that `advance_mut` then counts as filled, and `remaining_mut` is its length.
unsafe impl<'a> BufMut for ReadBuf<'a> {
    #[inline]
    fn remaining_mut(&self) -> usize {
        self.remaining()
    }

    #[inline]
    unsafe fn advance_mut(&mut self, cnt: usize) {
        // SAFETY: the caller promises that it initialised the first `cnt` bytes of `chunk_mut`.
        unsafe { self.assume_init(cnt) };
        self.advance(cnt);
    }

    #[inline]
    fn chunk_mut(&mut self) -> &mut UninitSlice {
        UninitSlice::uninit(&mut self.buf[self.filled..])
    }
}

/// What to say when a reader breaks rule R3.
pub(crate) const REPLACED: &str = "`poll_read` replaced the `ReadBuf` it was given; a reader may only append to it";

/// Lets `read` fill the next chunk of `dst`; advances `dst` and returns how much that was.
///
/// # Panics
///
/// If `read` replaced the buffer it was given.
pub(crate) fn fill_buf_mut<B: BufMut + ?Sized>(
    dst: &mut B,
    read: impl FnOnce(&mut ReadBuf<'_>) -> Poll<io::Result<()>>,
) -> Poll<io::Result<usize>> {
    // SAFETY: only a `ReadBuf` sees the chunk, and it makes nothing uninitialised (rule R2).
    let chunk = unsafe { dst.chunk_mut().as_uninit_slice_mut() };
    let mut buf = ReadBuf::uninit(chunk);
    let region = buf.region();
    ready!(read(&mut buf))?;
    assert_eq!(buf.region(), region, "{REPLACED}");
    let filled = buf.filled;
    // SAFETY: by rules R1 to R3 the first `filled` bytes of the chunk are initialised.
    unsafe { dst.advance_mut(filled) };
    Poll::Ready(Ok(filled))
}

/// A vector that readers append to, which knows how much of its spare capacity is initialised.
///
/// So a reader that wants initialised memory does not clear a large spare capacity again for each small read.
#[derive(Debug)]
pub(crate) struct ReadVec<V> {
    /// A vector or a unique reference to one; the constructors allow nothing else, so `as_mut` is always the same one.
    vec: V,
    /// How many bytes of the vector's spare capacity are initialised.
    initialized: usize,
}

impl ReadVec<Vec<u8>> {
    /// Appends to `vec`, which it owns.
    pub(crate) fn owned(vec: Vec<u8>) -> Self {
        Self { vec, initialized: 0 }
    }

    /// Takes the vector out.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.initialized = 0;
        std::mem::take(&mut self.vec)
    }
}

impl<'a> ReadVec<&'a mut Vec<u8>> {
    /// Appends to `vec`, which it borrows.
    pub(crate) fn borrowed(vec: &'a mut Vec<u8>) -> Self {
        Self { vec, initialized: 0 }
    }
}

impl<V: AsMut<Vec<u8>>> ReadVec<V> {
    /// The length of the vector.
    pub(crate) fn len(&mut self) -> usize {
        self.vec.as_mut().len()
    }

    /// The capacity of the vector.
    pub(crate) fn capacity(&mut self) -> usize {
        self.vec.as_mut().capacity()
    }

    /// Makes room for `additional` bytes.
    pub(crate) fn reserve(&mut self, additional: usize) {
        let vec = self.vec.as_mut();
        if vec.capacity() - vec.len() < additional {
            vec.reserve(additional);
            // The memory may be another now, and only the content was carried over.
            self.initialized = 0;
        }
    }

    /// Appends `bytes`.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.reserve(bytes.len());
        self.vec.as_mut().extend_from_slice(bytes);
        self.initialized = self.initialized.saturating_sub(bytes.len());
    }

    /// Lets `read` fill the spare capacity; returns how much it filled.
    ///
    /// # Panics
    ///
    /// If `read` replaced the buffer it was given.
    pub(crate) fn fill(
        &mut self,
        read: impl FnOnce(&mut ReadBuf<'_>) -> Poll<io::Result<()>>,
    ) -> Poll<io::Result<usize>> {
        let vec = self.vec.as_mut();
        let length = vec.len();
        let mut buf = ReadBuf::uninit(vec.spare_capacity_mut());
        buf.initialized = self.initialized;
        let region = buf.region();
        let result = read(&mut buf);
        assert_eq!(buf.region(), region, "{REPLACED}");
        let (filled, initialized) = (buf.filled, buf.initialized);
        self.initialized = initialized;
        ready!(result)?;
        // SAFETY: by rules R1 to R3 the first `filled` bytes of the spare capacity are initialised.
        unsafe { vec.set_len(length + filled) };
        self.initialized = initialized - filled;
        Poll::Ready(Ok(filled))
    }
}

/// `slice` as bytes. Callers pass only memory that rule R2 covers.
#[inline]
fn initialized_slice(slice: &[MaybeUninit<u8>]) -> &[u8] {
    let slice: *const [MaybeUninit<u8>] = slice;
    // SAFETY: the bytes are initialised (rule R2), and the layouts are the same.
    unsafe { &*(slice as *const [u8]) }
}

/// `slice` as mutable bytes. Callers pass only memory that rule R2 covers.
#[inline]
fn initialized_slice_mut(slice: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    let slice: *mut [MaybeUninit<u8>] = slice;
    // SAFETY: the bytes are initialised (rule R2), the reference is unique, and the layouts are the same.
    unsafe { &mut *(slice as *mut [u8]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_keeps_what_is_initialised() {
        let mut memory = [MaybeUninit::uninit(); 8];
        let mut buf = ReadBuf::uninit(&mut memory);
        buf.initialize_unfilled_to(6);
        buf.advance(2);
        assert_eq!(buf.take(3).initialized().len(), 3);
        assert_eq!(buf.take(100).initialized().len(), 4);
        let ((), filled) = buf.fill_limited(5, |part| part.put_slice(b"abcde"));
        assert_eq!((filled, buf.filled(), buf.initialized().len()), (5, &b"\0\0abcde"[..], 7));
    }

    #[test]
    #[should_panic(expected = "replaced the `ReadBuf`")]
    fn a_replaced_part_is_noticed() {
        let mut memory = [0; 8];
        ReadBuf::new(&mut memory).fill_limited(4, |part| *part = ReadBuf::new(Box::leak(Box::new([1; 4]))));
    }

    #[test]
    #[should_panic(expected = "replaced the `ReadBuf`")]
    fn a_replaced_chunk_is_noticed() {
        let mut vec = Vec::new();
        let _ = fill_buf_mut(&mut vec, |part| {
            *part = ReadBuf::new(Box::leak(Box::new([1; 4])));
            part.set_filled(4);
            Poll::Ready(Ok(()))
        });
    }

    #[test]
    fn a_vector_remembers_what_is_initialised() {
        let mut vec = ReadVec::owned(Vec::with_capacity(16));
        let filled = vec.fill(|buf| {
            buf.initialize_unfilled();
            buf.advance(4);
            Poll::Ready(Ok(()))
        });
        assert!(matches!(filled, Poll::Ready(Ok(4))));
        let known = vec.capacity() - 4;
        assert_eq!(vec.initialized, known);
        vec.extend(b"ab");
        assert_eq!(vec.initialized, known - 2);
        vec.reserve(100);
        assert_eq!(vec.initialized, 0);
        assert_eq!(vec.take(), b"\0\0\0\0ab");
    }
}
