//! Whether a process is healthy, and whether it is ready. Pure.

use std::time::Duration;

use colloquy_journal::watch::Standing;

/// A member that does not poll for so long hangs; Kafka gives its partitions to another.
const SILENT_MAX: Duration = Duration::from_mins(5);

/// Positions that a member may have left to read and still count as caught up.
const READY_LAG_MAX: u64 = 1_000;

/// Healthy: whatever is under way goes on.
pub(super) fn healthy(standings: &[Standing]) -> Result<(), String> {
    match standings.iter().find(|member| member.silent > SILENT_MAX) {
        None => Ok(()),
        Some(Standing { group, silent, .. }) => {
            Err(format!("{group} has not asked for anything for {} s", silent.as_secs()))
        }
    }
}

/// Ready: joined, given its partitions, and caught up, in each of `groups`.
pub(super) fn ready(groups: &[&str], standings: &[Standing]) -> Result<(), String> {
    healthy(standings)?;
    for group in groups {
        let member = standings.iter().find(|member| member.group == *group);
        let member = member.ok_or_else(|| format!("{group} has not joined its group yet"))?;
        if !member.is_assigned {
            return Err(format!("{group} has no partitions yet"));
        }
        match member.lag {
            None => return Err(format!("what {group} has left to read is not counted yet")),
            Some(lag) if lag > READY_LAG_MAX => {
                return Err(format!(
                    "{group} has {lag} positions left to read, ready are {READY_LAG_MAX}"
                ));
            }
            Some(_) => (),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn standing(is_assigned: bool, lag: Option<u64>, silent_seconds: u64) -> Standing {
        Standing {
            group: "analyze".to_owned(),
            is_assigned,
            partitions: 6,
            lag,
            silent: Duration::from_secs(silent_seconds),
            commit_age: Duration::ZERO,
        }
    }

    #[test]
    fn ready_is_joined_assigned_and_caught_up() {
        let cases = [
            (None, Some("has not joined")),
            (Some(standing(false, None, 0)), Some("no partitions")),
            (Some(standing(true, None, 0)), Some("not counted yet")),
            (Some(standing(true, Some(1_001), 0)), Some("1001 positions left")),
            (Some(standing(true, Some(0), 301)), Some("for 301 s")),
            (Some(standing(true, Some(1_000), 300)), None),
        ];
        for (member, expected) in cases {
            let told = ready(&["analyze"], member.as_slice());
            match expected {
                None => told.unwrap(),
                Some(why) => assert!(told.as_ref().unwrap_err().contains(why), "{told:?}"),
            }
        }
        ready(&[], &[]).unwrap();
    }
}
