//! What rows without a tag refer to, kept outside memory, and a cheap answer to the question which
//! of them can belong to a conversation with a tag at all.
//!
//! In most archives nearly all rows without a tag are somebody else's: they must not cost memory.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Seek, Write},
};

use crate::{IngestError, order::Scratch};

/// Words kept in memory before all go to disk.
const WORDS_IN_MEMORY_MAX: usize = 1024 * 1024;

/// A row without a tag: its post, the post it quotes (0 for none), and all that it refers to.
pub(crate) struct Link<'l> {
    pub(crate) own: u64,
    pub(crate) quote: u64,
    pub(crate) targets: &'l [u64],
}

/// The references of rows without a tag, in the order of the rows.
pub(crate) struct Links {
    words: Words,
    rows: usize,
}

/// For each row its post, what it quotes, the number of targets, and these.
enum Words {
    Memory(Vec<u64>),
    Disk(BufWriter<File>),
}

impl Links {
    pub(crate) fn new() -> Self {
        Self { words: Words::Memory(Vec::new()), rows: 0 }
    }

    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn push(&mut self, link: &Link<'_>, scratch: &Scratch) -> Result<(), IngestError> {
        self.rows += 1;
        let head = [link.own, link.quote, link.targets.len() as u64];
        match &mut self.words {
            Words::Disk(out) => write(out, &head)
                .and_then(|()| write(out, link.targets))
                .map_err(|cause| scratch.failed(cause)),
            Words::Memory(words) => {
                words.extend(head);
                words.extend(link.targets);
                if words.len() >= WORDS_IN_MEMORY_MAX {
                    let mut out = BufWriter::new(scratch.file()?);
                    write(&mut out, words).map_err(|cause| scratch.failed(cause))?;
                    self.words = Words::Disk(out);
                }
                Ok(())
            }
        }
    }

    /// Tells every row; as often as it is asked for.
    pub(crate) fn each(
        &mut self,
        scratch: &Scratch,
        each: &mut dyn FnMut(Link<'_>),
    ) -> Result<(), IngestError> {
        match &mut self.words {
            Words::Memory(words) => tell(self.rows, &words[..], each),
            Words::Disk(out) => rewound(out).and_then(|input| tell(self.rows, input, each)),
        }
        .map_err(|cause| scratch.failed(cause))
    }
}

/// Something that words come from.
trait Source {
    fn word(&mut self) -> io::Result<u64>;
}

impl Source for &[u64] {
    fn word(&mut self) -> io::Result<u64> {
        let (&word, left) = self.split_first().ok_or(io::ErrorKind::UnexpectedEof)?;
        *self = left;
        Ok(word)
    }
}

impl Source for BufReader<&mut File> {
    fn word(&mut self) -> io::Result<u64> {
        let mut word = [0; 8];
        self.read_exact(&mut word)?;
        Ok(u64::from_le_bytes(word))
    }
}

fn tell(rows: usize, mut from: impl Source, each: &mut dyn FnMut(Link<'_>)) -> io::Result<()> {
    let mut targets = Vec::new();
    for _ in 0..rows {
        let (own, quote, count) = (from.word()?, from.word()?, from.word()?);
        targets.clear();
        for _ in 0..count {
            targets.push(from.word()?);
        }
        each(Link { own, quote, targets: &targets });
    }
    Ok(())
}

fn write(out: &mut BufWriter<File>, words: &[u64]) -> io::Result<()> {
    words.iter().try_for_each(|word| out.write_all(&word.to_le_bytes()))
}

/// What was written, from its beginning. Nothing may be written behind it any more.
fn rewound(out: &mut BufWriter<File>) -> io::Result<BufReader<&mut File>> {
    out.flush()?;
    let file = out.get_mut();
    file.rewind()?;
    Ok(BufReader::new(file))
}

/// A set of hashes that may take a few for members that are none, and never misses one.
pub(crate) struct Sieve {
    words: Vec<u64>,
}

impl Sieve {
    /// 2^26 bits, 8 MiB: of ten million hashes it takes one in thirty for a member wrongly.
    const BITS_LOG: u32 = 26;
    const PROBES: u64 = 3;

    pub(crate) fn new() -> Self {
        Self { words: vec![0; 1 << (Self::BITS_LOG - 6)] }
    }

    /// The hashes are even over all their bits already.
    fn places(hash: u64) -> impl Iterator<Item = (usize, u64)> {
        let step = hash.rotate_left(32) | 1;
        (0..Self::PROBES).map(move |nth| {
            let bit = hash.wrapping_add(step.wrapping_mul(nth)) >> (u64::BITS - Self::BITS_LOG);
            (usize::try_from(bit >> 6).unwrap_or(0), 1 << (bit & 63))
        })
    }

    /// Takes a hash; whether it was not there.
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        let mut new = false;
        for (word, bit) in Self::places(hash) {
            new |= self.words[word] & bit == 0;
            self.words[word] |= bit;
        }
        new
    }

    /// Whether a hash may be there.
    pub(crate) fn has(&self, hash: u64) -> bool {
        Self::places(hash).all(|(word, bit)| self.words[word] & bit != 0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn hash(at: u64) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&at.to_le_bytes())
    }

    #[test]
    fn links_come_back_from_disk_as_they_went_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let scratch = Scratch::new(folder.path());
        let mut links = Links::new();
        let count = WORDS_IN_MEMORY_MAX as u64 / 3;
        for at in 0..count {
            let targets = [hash(at), at];
            let targets = &targets[..(at % 3) as usize];
            links.push(&Link { own: at, quote: at % 7, targets }, &scratch).unwrap();
        }
        assert!(matches!(links.words, Words::Disk(_)));
        for _ in 0..2 {
            let mut next = 0;
            links
                .each(&scratch, &mut |Link { own, quote, targets }| {
                    assert_eq!((own, quote, targets.len() as u64), (next, next % 7, next % 3));
                    assert!(targets.first().is_none_or(|first| *first == hash(next)));
                    next += 1;
                })
                .unwrap();
            assert_eq!(next, count);
        }
    }

    #[test]
    fn a_sieve_misses_no_member_and_few_others_pass() {
        let mut sieve = Sieve::new();
        for at in 0..1_000_000 {
            sieve.insert(hash(at));
        }
        assert!((0..1_000_000).all(|at| sieve.has(hash(at)) && !sieve.insert(hash(at))));
        let wrong = (1_000_000..2_000_000).filter(|at| sieve.has(hash(*at))).count();
        assert!(wrong < 1_000, "{wrong} of a million");
    }
}
