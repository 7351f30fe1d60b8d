//! Weights as a text that people can read and compare.
//!
//! The first line says the form. Then, in this order, lines of words and numbers; what follows `#` at the
//! start of a line is a comment. Grams stand as `place:weight`, those with weight 0 are left out.
//!
//! ```text
//! colloquy hijack weights 1
//! # trained on …
//! version linear-1
//! bias -1.25
//! flag-from 0.9
//! watch-from 0.4
//! feature NAME MEAN SCALE WEIGHT
//! grams 17:0.031 204:-0.12
//! ```

use std::fmt::Write as _;

use super::{GRAMS, Model, Weight};

/// The first line: another number is another form.
const HEAD: &str = "colloquy hijack weights 1";
/// Grams on a line.
const ROW: usize = 8;
/// Decimals of a gram's weight.
const DECIMALS: usize = 3;

/// A text that is no model, or one that does not fit the evidence.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ModelError {
    /// A line that cannot be read.
    #[error("line {line} of the weights: {problem}; train them again with colloquy train")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// A weight of evidence that does not exist.
    #[error(
        "the weights know the evidence {name}, which this version does not gather; train them \
         again with colloquy train"
    )]
    Unknown {
        /// Its name.
        name: String,
    },
}

/// What was read so far.
#[derive(Default)]
struct Parts {
    version: Option<String>,
    bias: Option<f64>,
    flag_from: Option<f64>,
    watch_from: Option<f64>,
    features: Vec<Weight>,
    grams: Vec<f32>,
}

impl Model {
    /// Reads the text of a model.
    pub fn parse(text: &str) -> Result<Self, ModelError> {
        let wrong = |line: usize, problem: String| ModelError::Line { line, problem };
        let mut lines = (1..).zip(text.lines());
        if lines.next().is_none_or(|(_, first)| first.trim_end() != HEAD) {
            return Err(wrong(1, format!("it has to read {HEAD:?}")));
        }
        let mut parts = Parts { grams: vec![0.0; GRAMS], ..Parts::default() };
        let mut last = 1;
        for (at, line) in lines {
            last = at;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            parts.take(word, rest.trim()).map_err(|problem| wrong(at, problem))?;
        }
        parts.model().map_err(|problem| wrong(last, problem))
    }

    /// The text of the model; `comments` say what it was trained on, line by line.
    pub fn to_text(&self, comments: &[String]) -> String {
        let mut out = format!("{HEAD}\n");
        for line in comments.iter().flat_map(|it| it.lines()) {
            out.push_str(format!("# {line}").trim_end());
            out.push('\n');
        }
        let Self { version, bias, features, grams, flag_from, watch_from } = self;
        // Writing to a String does not fail.
        let _ = write!(
            out,
            "version {version}\nbias {bias}\nflag-from {flag_from}\nwatch-from {watch_from}\n"
        );
        out.push_str("# feature: name, mean, scale, weight of one scale above the mean\n");
        for Weight { name, mean, scale, weight } in features {
            let _ = writeln!(out, "feature {name} {mean} {scale} {weight}");
        }
        out.push_str("# grams: place:weight\n");
        let rounded = |weight: &f32| format!("{weight:.DECIMALS$}");
        let heavy = grams.iter().enumerate().map(|(place, weight)| (place, rounded(weight)));
        let heavy: Vec<(usize, String)> =
            heavy.filter(|(_, it)| it.parse() != Ok(0.0_f32)).collect();
        for row in heavy.chunks(ROW) {
            out.push_str("grams");
            for (place, weight) in row {
                let weight = weight.trim_end_matches('0');
                let _ = write!(out, " {place}:{weight}");
            }
            out.push('\n');
        }
        out
    }

    /// The model with the digits that its text has.
    pub(in crate::hijack) fn rounded(mut self) -> Self {
        let six = |value: f64| format!("{value:.5e}").parse().unwrap_or(value);
        for feature in &mut self.features {
            feature.mean = six(feature.mean);
            feature.scale = six(feature.scale);
            feature.weight = six(feature.weight);
        }
        for weight in &mut self.grams {
            let told: f32 = format!("{weight:.DECIMALS$}").parse().unwrap_or_default();
            // Not −0, which the text leaves out.
            *weight = told + 0.0;
        }
        Self { bias: six(self.bias), ..self }
    }
}

impl Parts {
    /// Takes one line in, or says why not.
    fn take(&mut self, word: &str, rest: &str) -> Result<(), String> {
        match word {
            "version" => once(&mut self.version, word, version(rest)?),
            "bias" => once(&mut self.bias, word, number(rest)?),
            "flag-from" => once(&mut self.flag_from, word, share(word, rest)?),
            "watch-from" => once(&mut self.watch_from, word, share(word, rest)?),
            "feature" => self.feature(rest),
            "grams" => self.row(rest),
            _ => Err(format!("{word:?} is no word of it")),
        }
    }

    fn feature(&mut self, rest: &str) -> Result<(), String> {
        let mut words = rest.split_whitespace();
        let parts: [Option<&str>; 5] = std::array::from_fn(|_| words.next());
        let [Some(name), Some(mean), Some(scale), Some(weight), None] = parts else {
            return Err("a feature is a name, mean, scale and weight".to_owned());
        };
        let scale = number(scale)?;
        if scale <= 0.0 {
            return Err(format!("the scale of {name} has to be above zero"));
        }
        if self.features.iter().any(|it| it.name == name) {
            return Err(format!("the feature {name} stands twice"));
        }
        let (mean, weight) = (number(mean)?, number(weight)?);
        self.features.push(Weight { name: name.to_owned(), mean, scale, weight });
        Ok(())
    }

    fn row(&mut self, rest: &str) -> Result<(), String> {
        for pair in rest.split_whitespace() {
            let gram = pair.split_once(':').and_then(|(place, weight)| {
                let (place, weight) = (place.parse::<usize>().ok()?, weight.parse::<f32>().ok()?);
                weight.is_finite().then_some((place, weight))
            });
            let place = gram.and_then(|(place, weight)| Some((self.grams.get_mut(place)?, weight)));
            let Some((place, weight)) = place else {
                return Err(format!("{pair:?} is no place below {GRAMS}, colon, weight"));
            };
            *place = weight;
        }
        Ok(())
    }

    fn model(self) -> Result<Model, String> {
        let lacks = |word: &str| format!("the file ends without a line {word}");
        let model = Model {
            version: self.version.ok_or_else(|| lacks("version"))?,
            bias: self.bias.ok_or_else(|| lacks("bias"))?,
            features: self.features,
            grams: self.grams,
            flag_from: self.flag_from.ok_or_else(|| lacks("flag-from"))?,
            watch_from: self.watch_from.ok_or_else(|| lacks("watch-from"))?,
        };
        if model.watch_from > model.flag_from {
            return Err("watch-from lies above flag-from".to_owned());
        }
        Ok(model)
    }
}

fn once<T>(place: &mut Option<T>, word: &str, value: T) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("{word} stands twice")),
    }
}

fn version(text: &str) -> Result<String, String> {
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("a version is one word".to_owned());
    }
    Ok(text.to_owned())
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|it: &f64| it.is_finite());
    number.ok_or_else(|| format!("{text:?} is no number"))
}

fn share(word: &str, text: &str) -> Result<f64, String> {
    let share = number(text)?;
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("{word} is a probability, from 0 to 1, not {text}"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "colloquy hijack weights 1
# trained on two gardens
version linear-1
bias -1.25
flag-from 0.9
watch-from 0.4
# feature: name, mean, scale, weight of one scale above the mean
feature links 0.5 0.25 1.5
feature replies 3 1.75 -0.2
# grams: place:weight
grams 0:0.031 17:-0.2 18:1. 204:-0.12 205:0.1 206:0.1 207:0.1 208:0.1
grams 4095:2.
";

    #[test]
    fn what_is_written_is_what_was_read() {
        let model = Model::parse(TEXT).unwrap();
        assert_eq!(model.features[1].name, "replies");
        assert_eq!((model.grams[17], model.grams[1], model.grams[4095]), (-0.2, 0.0, 2.0));
        assert_eq!(model.to_text(&["trained on two gardens".to_owned()]), TEXT);
    }

    #[test]
    fn a_text_that_is_none_says_where_and_why() {
        let refused = |from: &str, to: &str| {
            let told = Model::parse(&TEXT.replacen(from, to, 1)).unwrap_err().to_string();
            told.replace("; train them again with colloquy train", "")
        };
        let told = [
            refused("weights 1", "weights 2"),
            refused("bias -1.25", "bias"),
            refused("bias -1.25", "bias NaN"),
            refused("bias -1.25", "bias 1\nbias 1"),
            refused("bias -1.25\n", ""),
            refused("version linear-1", "version"),
            refused("flag-from 0.9", "flag-from 90"),
            refused("flag-from 0.9", "flag-from 0.3"),
            refused("0.25 1.5", "0 1.5"),
            refused("0.25 1.5", "0.25"),
            refused("replies", "links"),
            refused("grams 0:", "grams 4096:"),
            refused("grams 0:", "grams "),
            refused("grams 0:", "gram 0:"),
        ];
        insta::assert_snapshot!(told.join("\n"), @r#"
        line 1 of the weights: it has to read "colloquy hijack weights 1"
        line 4 of the weights: "" is no number
        line 4 of the weights: "NaN" is no number
        line 5 of the weights: bias stands twice
        line 11 of the weights: the file ends without a line bias
        line 3 of the weights: a version is one word
        line 5 of the weights: flag-from is a probability, from 0 to 1, not 90
        line 12 of the weights: watch-from lies above flag-from
        line 8 of the weights: the scale of links has to be above zero
        line 8 of the weights: a feature is a name, mean, scale and weight
        line 9 of the weights: the feature links stands twice
        line 11 of the weights: "4096:0.031" is no place below 4096, colon, weight
        line 11 of the weights: "0.031" is no place below 4096, colon, weight
        line 11 of the weights: "gram" is no word of it
        "#);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", words in "((version|bias|feature|grams|flag-from) [-0-9a-z.: ]*\n)*") {
            let _ = Model::parse(&text);
            let _ = Model::parse(&format!("{HEAD}\n{words}{text}"));
        }

        #[test]
        fn a_rounded_model_survives_its_text(
            numbers in prop::collection::vec((-1e6..1e6_f64, 1e-6..1e6_f64, -9.0..9.0_f64), 0..5),
            bias in -50.0..50.0_f64,
            grams in prop::collection::vec(-9.0..9.0_f32, GRAMS),
            from in (0.0..0.5_f64, 0.5..=1.0_f64),
        ) {
            let features = numbers.into_iter().enumerate().map(|(nth, (mean, scale, weight))| {
                Weight { name: format!("f{nth}"), mean, scale, weight }
            });
            let model = Model {
                version: "v".to_owned(),
                bias,
                features: features.collect(),
                grams,
                flag_from: from.1,
                watch_from: from.0,
            };
            let model = model.rounded();
            prop_assert_eq!(Model::parse(&model.to_text(&[])).unwrap(), model);
        }
    }
}
