//! The words of a post as numbers: hashed character 4-grams.
//!
//! As scikit-learn's `HashingVectorizer(analyzer="char_wb", ngram_range=(4, 4))` counts them: every
//! word is padded with a space on both sides, and a gram never spans two words. The hashing trick
//! (Weinberger et al. 2009, "Feature hashing for large scale multitask learning") keeps the size of
//! the model fixed, without a dictionary.

/// Number of places that grams are hashed to; a power of two.
pub const GRAMS: usize = 4096;
/// Characters of a gram.
pub(super) const LENGTH: usize = 4;

/// The 4-grams of a text: place and value, by place, each place once; the values have the length 1.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grams(Vec<(u16, f32)>);

impl Grams {
    /// Counts the grams of a text, in lower case, with `url` for every link and `@user` for every
    /// handle: which shop and whose name says nothing about the next post.
    pub fn of(text: &str) -> Self {
        let mut places = Vec::with_capacity(text.len());
        for token in text.split_whitespace() {
            words(token, link(token), &mut |it| word(it, &mut |place| places.push(place)));
        }
        places.sort_unstable();
        let mut grams: Vec<(u16, f32)> = Vec::with_capacity(places.len());
        for place in places {
            match grams.last_mut() {
                Some((last, count)) if *last == place => *count += 1.0,
                _ => grams.push((place, 1.0)),
            }
        }
        let norm = grams.iter().map(|(_, count)| count * count).sum::<f32>().sqrt();
        for (_, count) in &mut grams {
            *count /= norm;
        }
        Self(grams)
    }

    /// The sum of `weights[place] * value`.
    pub fn dot(&self, weights: &[f32]) -> f64 {
        self.iter().map(|(at, value)| value * weights.get(at).copied().map_or(0.0, f64::from)).sum()
    }

    /// Places, and the values at them.
    pub fn iter(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.0.iter().map(|&(place, value)| (usize::from(place), f64::from(value)))
    }
}

/// Where a link begins in a token.
pub(super) fn link(token: &str) -> Option<usize> {
    let bytes = token.as_bytes();
    memchr::memchr_iter(b':', bytes).find_map(|colon| scheme_begin(bytes, colon))
}

/// Where the link begins whose `://` may stand at `colon`.
pub(super) fn scheme_begin(text: &[u8], colon: usize) -> Option<usize> {
    let begins = |scheme: &str| {
        let at = colon.checked_sub(scheme.len())?;
        text[at..colon].eq_ignore_ascii_case(scheme.as_bytes()).then_some(at)
    };
    text[colon..].starts_with(b"://").then(|| begins("https").or_else(|| begins("http")))?
}

/// Calls `take` with the words of a token, in which a link begins at `link`; it ends with the token, and
/// stands alone like handles.
pub(super) fn words(token: &str, link: Option<usize>, take: &mut impl FnMut(&str)) {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let mut left = &token[..link.unwrap_or(token.len())];
    let mut from = 0;
    while let Some(at) = left[from..].find('@').map(|at| at + from) {
        let rest = &left[at + 1..];
        if rest.starts_with(is_name) {
            take(&left[..at]);
            take("@user");
            left = rest.trim_start_matches(is_name);
            from = 0;
        } else {
            from = at + 1;
        }
    }
    take(left);
    if link.is_some() {
        take("url");
    }
}

/// The grams of one word between its spaces; one that is shorter than a gram is one gram.
pub(super) fn word(word: &str, take: &mut impl FnMut(u16)) {
    if word.is_empty() {
        return;
    }
    let letters = word.chars().flat_map(char::to_lowercase);
    let mut window = [' '; LENGTH];
    let mut filled = 1;
    for letter in letters.chain([' ']) {
        if filled == LENGTH {
            window.rotate_left(1);
            filled -= 1;
        }
        window[filled] = letter;
        filled += 1;
        if filled == LENGTH {
            take(place(&window));
        }
    }
    if filled < LENGTH {
        take(place(&window[..filled]));
    }
}

fn place(gram: &[char]) -> u16 {
    let mut bytes = [0; 4 * LENGTH];
    let mut end = 0;
    for letter in gram {
        end += letter.encode_utf8(&mut bytes[end..]).len();
    }
    folded(bytes[..end].iter().copied().fold(EMPTY, hashed))
}

/// Where a hash begins.
pub(super) const EMPTY: u32 = 0x811c_9dc5;

/// The prime of FNV-1a in 32 bits.
pub(super) const PRIME: u32 = 0x0100_0193;

/// FNV-1a over the letters' bytes (<http://www.isthe.com/chongo/tech/comp/fnv/>).
fn hashed(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(PRIME)
}

/// The place of a hash, folded as its authors advise for sizes below 2^16.
fn folded(hash: u32) -> u16 {
    let folded = (hash >> 12) ^ hash;
    #[expect(clippy::cast_possible_truncation, reason = "only the bits below GRAMS are kept")]
    let place = folded as u16 & (GRAMS as u16 - 1);
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<usize> {
        Grams::of(text).iter().map(|(place, _)| place).collect()
    }

    fn hashed(grams: &[&str]) -> Vec<usize> {
        let gram = |it: &&str| usize::from(place(&it.chars().collect::<Vec<_>>()));
        let mut places: Vec<usize> = grams.iter().map(gram).collect();
        places.sort_unstable();
        places
    }

    #[test]
    fn grams_stay_within_words() {
        assert_eq!(places("Beans"), hashed(&[" bea", "bean", "eans", "ans "]));
        assert_eq!(places("a ab abc"), hashed(&[" a ", " ab ", " abc", "abc "]));
        assert_eq!(places("ÄÖ ß"), hashed(&[" äö ", " ß "]));
        assert_eq!(places(" \n"), hashed(&[]));
    }

    #[test]
    fn links_and_handles_are_one_word_each() {
        let url = [" url", "url "];
        let user = [" @us", "@use", "user", "ser "];
        assert_eq!(places("HTTPS://shop.example/a?b"), hashed(&url));
        assert_eq!(places("(http://shop.example)"), hashed(&[" ( ", url[0], url[1]]));
        assert_eq!(places("@bean_counter"), hashed(&user));
        assert_eq!(places("a@b!"), hashed(&[&[" a ", " ! "], user.as_slice()].concat()));
        assert_eq!(places("@ @@x"), {
            let mut all = hashed(&[&[" @ "], user.as_slice()].concat());
            all.dedup();
            all
        });
    }

    #[test]
    fn values_have_the_length_one_and_count_repetitions() {
        let grams = Grams::of("ab ab c");
        let values: Vec<f64> = grams.iter().map(|(_, value)| value).collect();
        assert!((values.iter().map(|it| it * it).sum::<f64>() - 1.0).abs() < 1e-6);
        assert!((values.iter().fold(0.0, |most: f64, it| most.max(*it)) - 0.894_43).abs() < 1e-4);
        let mut weights = vec![0.0; GRAMS];
        weights[hashed(&[" c "])[0]] = 2.0;
        assert!((grams.dot(&weights) - 2.0 * 0.447_21).abs() < 1e-4);
    }

    proptest::proptest! {
        #[test]
        fn any_text_has_sorted_places_below_the_bound(text in ".*") {
            let found = places(&text);
            assert!(found.is_sorted_by(|one, other| one < other));
            assert!(found.iter().all(|place| *place < GRAMS));
        }
    }
}
