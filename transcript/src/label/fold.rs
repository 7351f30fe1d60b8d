//! Letters and digits in fancy dress: `𝗤𝟭`, `Ｑ１`, `Q①`, `🅰2`, `3️⃣`.

/// A text with plain letters and digits in the place of fancy ones, and where each byte stood.
pub(super) struct Folded {
    pub(super) text: String,
    /// For each byte of `text` and its end the byte of the original.
    from: Vec<usize>,
}

impl Folded {
    /// The byte of the original text behind `at`.
    pub(super) fn original(&self, at: usize) -> usize {
        self.from.get(at).or(self.from.last()).copied().unwrap_or(0)
    }
}

/// The folded text; `None` if nothing in it is fancy, as in most.
pub(super) fn fold(text: &str) -> Option<Folded> {
    // All of them are three or four bytes long and begin with one of these.
    if !text.bytes().any(|byte| matches!(byte, 0xe2 | 0xef | 0xf0)) || !text.chars().any(fancy) {
        return None;
    }
    let mut folded = Folded { text: String::with_capacity(text.len()), from: Vec::new() };
    for (at, c) in text.char_indices() {
        let before = folded.text.len();
        match plain(c) {
            Plain::Letter(letter) => folded.text.push(letter),
            Plain::Number(number) => folded.text.push_str(&number.to_string()),
            // The mark that asks for a picture instead of a letter stands between letter and number.
            Plain::Same if c == '\u{fe0f}' => {}
            // A key with a number on it stands for the number and the mark behind it.
            Plain::Same if c == KEYCAP => folded.text.push(')'),
            Plain::Same => folded.text.push(c),
        }
        let bytes = folded.text.len() - before;
        // What stays is as long as it was; of what is replaced every byte is the first.
        let step = usize::from(!fancy(c));
        folded.from.extend((0..bytes).map(|nth| at + nth * step));
    }
    folded.from.push(text.len());
    Some(folded)
}

/// What makes a key of the digit before it.
const KEYCAP: char = '\u{20e3}';

fn fancy(c: char) -> bool {
    c == KEYCAP || !matches!(plain(c), Plain::Same)
}

enum Plain {
    Letter(char),
    Number(u32),
    Same,
}

/// What a fancy character stands for.
fn plain(c: char) -> Plain {
    let code = u32::from(c);
    let letter = |nth: u32, first: u8| {
        let byte = u8::try_from(nth).ok().map(|nth| first + nth);
        byte.map_or(Plain::Same, |byte| Plain::Letter(char::from(byte)))
    };
    match code {
        // Mathematical letters: alphabets of 26 capitals and 26 small letters.
        0x1d400..=0x1d6a3 => match (code - 0x1d400) % 52 {
            nth @ 0..=25 => letter(nth, b'A'),
            nth => letter(nth - 26, b'a'),
        },
        // Mathematical digits, five times ten.
        0x1d7ce..=0x1d7ff => letter((code - 0x1d7ce) % 10, b'0'),
        // Full width.
        0xff10..=0xff19 => letter(code - 0xff10, b'0'),
        0xff21..=0xff3a => letter(code - 0xff21, b'A'),
        0xff41..=0xff5a => letter(code - 0xff41, b'a'),
        // Circled and squared capitals, black and white.
        0x24b6..=0x24cf => letter(code - 0x24b6, b'A'),
        0x1f130..=0x1f149 => letter(code - 0x1f130, b'A'),
        0x1f150..=0x1f169 => letter(code - 0x1f150, b'A'),
        0x1f170..=0x1f189 => letter(code - 0x1f170, b'A'),
        // Circled numbers, white, black, and of two kinds of type.
        0x2460..=0x2473 => Plain::Number(code - 0x2460 + 1),
        0x2776..=0x277f => Plain::Number(code - 0x2776 + 1),
        0x2780..=0x2789 => Plain::Number(code - 0x2780 + 1),
        0x278a..=0x2793 => Plain::Number(code - 0x278a + 1),
        _ => Plain::Same,
    }
}
