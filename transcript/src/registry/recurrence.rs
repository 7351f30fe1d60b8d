//! The form of a recurrence rule; what it means decides who expands it.

/// The parts that a recurrence rule can have (RFC 5545, 3.3.10).
const PARTS: [&str; 14] = [
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "WKST",
];

/// How often a rule can recur.
const FREQUENCIES: [&str; 7] =
    ["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

/// Says what is wrong with the form of a recurrence rule.
pub(super) fn form(rule: &str) -> Result<(), String> {
    let mut seen = Vec::new();
    for part in rule.split(';') {
        let Some((key, value)) = part.split_once('=') else {
            return Err(format!("{part:?} is no part of a recurrence rule"));
        };
        if !PARTS.contains(&key) {
            return Err(format!("{key:?} is no part of a recurrence rule"));
        }
        if seen.contains(&key) {
            return Err(format!("{key} stands twice"));
        }
        let fine = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || ",+-".contains(c);
        let unknown = key == "FREQ" && !FREQUENCIES.contains(&value);
        if value.is_empty() || !value.chars().all(fine) || unknown {
            return Err(format!("{value:?} is no value of {key}"));
        }
        seen.push(key);
    }
    if seen.contains(&"FREQ") { Ok(()) } else { Err("a recurrence rule needs FREQ=".to_owned()) }
}
