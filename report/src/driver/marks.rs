//! Whether the run is over: the marks of the sources and of the analysis.

use std::collections::BTreeMap;

use colloquy_journal::Position;
use colloquy_transcript::{CompactString, Mark, Standing};

/// The latest mark of every source of one partition.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    latest: BTreeMap<CompactString, (Position, Mark)>,
}

impl Marks {
    /// Takes the mark at `position` of `coverage`.
    pub(crate) fn take(&mut self, position: Position, mark: Mark) {
        self.latest.insert(mark.source.clone(), (position, mark));
    }

    /// Whether every source has ended and the analysis has honoured their last word.
    pub(crate) fn is_over(&self) -> bool {
        let Some((_, analysis)) = self.latest.get(Mark::ANALYSIS) else {
            return false;
        };
        let mut honoured_until = 0;
        for (source, (position, mark)) in &self.latest {
            if source.as_str() == Mark::ANALYSIS {
                continue;
            }
            if mark.standing != Standing::Ended {
                return false;
            }
            honoured_until = honoured_until.max(position.saturating_add(1));
        }
        analysis.standing == Standing::Ended && analysis.through >= honoured_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(all: &[(Position, &str, Standing, u64)]) -> bool {
        let mut marks = Marks::default();
        for (position, source, standing, through) in all {
            let mark = Mark {
                partition: 0,
                source: (*source).into(),
                standing: *standing,
                through: *through,
            };
            marks.take(*position, mark);
        }
        marks.is_over()
    }

    #[test]
    fn the_run_is_over_when_the_analysis_honoured_the_last_end() {
        use Standing::{Begun, Ended};
        assert!(!marks(&[]));
        assert!(!marks(&[(0, "a", Ended, 9)]), "nothing was analysed yet");
        assert!(!marks(&[(0, "a", Ended, 9), (1, "analysis", Ended, 0)]), "an older run's mark");
        assert!(marks(&[(0, "a", Ended, 9), (1, "analysis", Ended, 1)]));
        assert!(!marks(&[(0, "a", Ended, 9), (1, "b", Begun, 0), (2, "analysis", Ended, 2)]));
        assert!(!marks(&[(0, "a", Ended, 9), (1, "analysis", Ended, 1), (2, "a", Begun, 0)]));
        assert!(marks(&[(0, "a", Begun, 0), (4, "a", Ended, 9), (7, "analysis", Ended, 5)]));
        assert!(marks(&[(0, "analysis", Ended, 0)]), "a partition without any source");
    }
}
