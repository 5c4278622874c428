//! Searching for a byte.

/// How many bytes are compared at once.
const BLOCK: usize = 32;

/// The position of the first `needle` in `haystack`.
///
/// Whole blocks are tested without looking where the byte is, which compiles to vector instructions; only the block
/// that has it is searched byte by byte.
pub(super) fn find_byte(needle: u8, haystack: &[u8]) -> Option<usize> {
    let (blocks, _) = haystack.split_at(haystack.len() / BLOCK * BLOCK);
    let skipped = blocks
        .chunks_exact(BLOCK)
        .take_while(|block| !block.iter().fold(false, |found, &byte| found | (byte == needle)))
        .count()
        * BLOCK;
    haystack[skipped..].iter().position(|&byte| byte == needle).map(|position| skipped + position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn finds_what_a_plain_search_finds(haystack in prop::collection::vec(0_u8..40, 0..150), needle in 0_u8..40) {
            prop_assert_eq!(find_byte(needle, &haystack), haystack.iter().position(|&byte| byte == needle));
        }
    }
}
