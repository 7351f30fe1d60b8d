//! When a room met before.

use colloquy_transcript::Timestamp;
use jiff::SignedDuration;

use super::QUARTER_S;

const WEEK_S: i64 = 7 * 86_400;
/// A meeting this many weeks ago still shows an hour: a monthly one skips four or five.
const WEEKS_MAX: i64 = 5;
/// Clocks change by an hour.
const CLOCK_S: i64 = 3600;

/// The starts of a chat's last meetings, in order.
#[derive(Debug, Clone, Copy)]
pub struct Habit<'a>(pub &'a [Timestamp]);

impl Habit<'_> {
    /// Whether the room met at this hour of this day of the week within the last five weeks.
    pub(super) fn meets_at(&self, at: Timestamp) -> bool {
        let at = at.as_second();
        self.0.iter().rev().map(|before| at - before.as_second()).any(|gap| {
            let weeks = (gap + WEEK_S / 2).div_euclid(WEEK_S);
            let off = gap - weeks * WEEK_S;
            (1..=WEEKS_MAX).contains(&weeks) && (off == 0 || off.abs() == CLOCK_S)
        })
    }

    /// Whether such an hour begins at one of the quarters before a question at `asked`.
    pub(super) fn meets_before(&self, asked: Timestamp) -> bool {
        let quarter = asked.as_second().div_euclid(QUARTER_S) * QUARTER_S;
        (-2..=1).any(|nth| {
            let at = Timestamp::from_second(quarter + nth * QUARTER_S);
            at.is_ok_and(|at| self.meets_at(at))
        })
    }

    /// Whether such an hour begins at `at` or within `by` quarters of it.
    pub(super) fn meets_near(&self, at: Timestamp, by: SignedDuration) -> bool {
        [SignedDuration::ZERO, by, by * 2, by * 3]
            .into_iter()
            .any(|by| self.meets_at(super::later(at, by)))
    }
}
