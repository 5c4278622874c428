//! Turning bytes that were read into a string.

use std::io;

/// Puts `bytes`, whose first `kept` bytes were in `output` before, into `output` if they are UTF-8.
///
/// If not, `output` gets back what it had before, and the error is [`InvalidData`](io::ErrorKind::InvalidData).
pub(super) fn finish_string(bytes: Vec<u8>, kept: usize, output: &mut String) -> io::Result<()> {
    match String::from_utf8(bytes) {
        Ok(text) => {
            *output = text;
            Ok(())
        }
        Err(error) => {
            let mut bytes = error.into_bytes();
            bytes.truncate(kept);
            *output = String::from_utf8(bytes).expect("it was a string before the read");
            Err(invalid_utf8())
        }
    }
}

/// The error for text that is not UTF-8.
pub(crate) fn invalid_utf8() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "stream did not contain valid UTF-8")
}
