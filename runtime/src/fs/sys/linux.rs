//! Linux: `preadv2` reads into memory that was not written to yet, and with `RWF_NOWAIT` only from the page cache, giving up
//! where it would wait; `madvise` asks for memory in huge pages.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::LazyLock;

use rustix::fs::{OFlags, fcntl_getfl};

use super::CachedRead;
use crate::io::ReadBuf;

/// Stands for the file's own position, which moves with what is read. It is given in two halves.
const AT_POSITION: libc::c_long = -1;

/// The first version without the fault of 5.9 and 5.10, where such a read ends the file after its first page.
const FIRST_SOUND: (u32, u32) = (5, 11);

/// Whether the kernel can be trusted with such reads.
static IS_SOUND: LazyLock<bool> = LazyLock::new(|| {
    let name = rustix::system::uname();
    parse_version(&name.release().to_string_lossy()).is_some_and(|version| version >= FIRST_SOUND)
});

pub(in crate::fs) fn can_read_cached(file: &File) -> bool {
    // A direct read goes to the disk and waits for it, flag or not.
    *IS_SOUND && fcntl_getfl(file).is_ok_and(|flags| !flags.contains(OFlags::DIRECT))
}

pub(in crate::fs) fn read_cached(file: &File, buf: &mut ReadBuf<'_>, most: usize) -> CachedRead {
    let length = buf.remaining().min(most);
    // SAFETY: the slice is only written to, by `preadv2`.
    let spare = unsafe { buf.unfilled_mut() };
    match preadv2(file, [&mut spare[..length]], libc::RWF_NOWAIT) {
        Ok(count) => {
            // SAFETY: `preadv2` returned how many bytes at the start of the slice it has written.
            unsafe { buf.assume_init(count) };
            buf.advance(count);
            CachedRead::Bytes(count)
        }
        Err(error) => match error.raw_os_error() {
            // The kernel is too old for the flag or the system call, the file system or device does not know the flag,
            // or a sandbox forbids the call.
            Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::EPERM) => CachedRead::Unsupported,
            _ => CachedRead::Missed,
        },
    }
}

pub(in crate::fs) fn read_both(file: &File, first: &mut ReadBuf<'_>, second: &mut ReadBuf<'_>) -> io::Result<()> {
    let room = first.remaining();
    // SAFETY: the slice is only written to, by `preadv2`.
    let into_first = unsafe { first.unfilled_mut() };
    // SAFETY: the slice is only written to, by `preadv2`.
    let into_second = unsafe { second.unfilled_mut() };
    let count = preadv2(file, [into_first, into_second], 0)?;
    let (in_first, in_second) = (count.min(room), count.saturating_sub(room));
    // SAFETY: `preadv2` fills one slice after the other, and returned how many bytes it has written in all.
    unsafe { first.assume_init(in_first) };
    first.advance(in_first);
    // SAFETY: as above.
    unsafe { second.assume_init(in_second) };
    second.advance(in_second);
    Ok(())
}

/// The system call. That of rustix wants initialised memory, and to clear it first costs about as much as to read.
fn preadv2<const N: usize>(file: &File, bufs: [&mut [MaybeUninit<u8>]; N], flags: libc::c_int) -> io::Result<usize> {
    let slices = bufs.map(|buf| libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() });
    let (number, count) = (libc::SYS_preadv2, N as libc::c_long);
    let (fd, flags) = (libc::c_long::from(file.as_raw_fd()), libc::c_long::from(flags));
    // SAFETY: the arguments are those of the system call, each as wide as a register; the descriptor is open, and the
    // slices are memory that is ours to write and outlives the call.
    let result = unsafe { libc::syscall(number, fd, slices.as_ptr(), count, AT_POSITION, AT_POSITION, flags) };
    usize::try_from(result).map_err(|_| io::Error::last_os_error())
}

/// Asks for huge pages, where the administrator leaves that to programs. The system provides new memory when it is first
/// written to, and a page of four kilobytes at a time that costs several times what filling it does.
///
/// The range is extended to whole small pages, so that it is all of what an allocator got from the system for a vector that
/// begins in its first page: then it stays one mapping, which can be moved and grown. Huge pages lie within it.
pub(in crate::fs) fn will_be_filled(memory: &mut [MaybeUninit<u8>]) {
    if memory.is_empty() {
        return;
    }
    let page = rustix::param::page_size();
    let address = memory.as_mut_ptr();
    let before = address.addr() % page;
    let length = (before + memory.len()).next_multiple_of(page);
    // SAFETY: the pages are mapped, since each has a byte of ours. The request changes how memory is provided, and neither
    // what it contains nor who may use it; a refusal changes nothing.
    unsafe { libc::madvise(address.wrapping_sub(before).cast(), length, libc::MADV_HUGEPAGE) };
}

/// The first two numbers of a release such as `6.1.0-13-amd64`.
fn parse_version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_can_be_filled_afterwards() {
        let mut memory: Vec<u8> = Vec::with_capacity(5 << 20);
        memory.extend_from_slice(b"before");
        will_be_filled(memory.spare_capacity_mut());
        memory.resize(5 << 20, 7);
        assert_eq!(memory[..6], *b"before");
        assert!(memory[6..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn two_buffers_are_filled_one_after_the_other() {
        let path = std::env::temp_dir().join(format!("heist-both-{}", std::process::id()));
        std::fs::write(&path, b"abcdef").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (mut first, mut second) = ([MaybeUninit::uninit(); 4], [MaybeUninit::uninit(); 4]);
        let (mut first, mut second) = (ReadBuf::uninit(&mut first), ReadBuf::uninit(&mut second));
        first.put_slice(b"-");
        read_both(&file, &mut first, &mut second).unwrap();
        assert_eq!((first.filled(), second.filled()), (&b"-abc"[..], &b"def"[..]));
        assert_eq!((first.initialized().len(), second.initialized().len()), (4, 3));
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert_eq!(parse_version("6.1.0-13-amd64"), Some((6, 1)));
        assert_eq!(parse_version("5.10.226"), Some((5, 10)));
        assert_eq!(parse_version("5.4-rc1"), Some((5, 4)));
        assert!(parse_version("5.9.1").unwrap() < FIRST_SOUND);
        assert!(parse_version("5.11.0").unwrap() >= FIRST_SOUND);
        assert_eq!(parse_version("unknown"), None);
        assert_eq!(parse_version("6"), None);
    }

    #[test]
    fn the_position_moves_and_the_end_is_seen() {
        let path = std::env::temp_dir().join(format!("heist-cached-{}", std::process::id()));
        std::fs::write(&path, b"abcdef").unwrap();
        let file = File::open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        if !can_read_cached(&file) {
            return;
        }
        let mut memory = [MaybeUninit::uninit(); 8];
        let mut buf = ReadBuf::uninit(&mut memory);
        match read_cached(&file, &mut buf, 4) {
            CachedRead::Unsupported => return,
            result => assert_eq!((result, buf.filled()), (CachedRead::Bytes(4), &b"abcd"[..])),
        }
        assert_eq!(read_cached(&file, &mut buf, 100), CachedRead::Bytes(2));
        assert_eq!(read_cached(&file, &mut buf, 100), CachedRead::Bytes(0));
        assert_eq!((buf.filled(), buf.initialized().len()), (&b"abcdef"[..], 6));
    }

    #[test]
    fn what_cannot_be_read_is_left_to_others() {
        let mut memory = [0; 4];
        let mut buf = ReadBuf::new(&mut memory);
        let directory = File::open(std::env::temp_dir()).unwrap();
        assert!(!matches!(read_cached(&directory, &mut buf, 4), CachedRead::Bytes(_)));
        let status = File::open("/proc/self/status").unwrap();
        assert_eq!(read_cached(&status, &mut buf, 4), CachedRead::Unsupported);
        assert_eq!(buf.filled(), b"");
    }
}
