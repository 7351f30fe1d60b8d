//! Short strings in short strings, without the preparation that only long ones are worth.

/// Where `needle` begins in `hay`.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let Some((first, rest)) = needle.split_first() else { return Some(0) };
    let mut begins = memchr::memchr_iter(*first, hay);
    begins.find(|&at| hay.get(at + 1..).is_some_and(|left| left.starts_with(rest)))
}

/// Whether `needle` stands in `hay`.
pub(super) fn holds(hay: &[u8], needle: &[u8]) -> bool {
    find(hay, needle).is_some()
}

/// Where `://` begins.
pub(super) fn scheme_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).find(|&at| bytes.get(at + 1..at + 3) == Some(b"//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_finds_what_the_standard_library_finds(hay in "[ab:/]{0,12}", needle in "[ab/]{0,3}") {
            assert_eq!(find(hay.as_bytes(), needle.as_bytes()), hay.find(&needle));
            assert_eq!(scheme_end(&hay), hay.find("://"));
        }
    }
}
