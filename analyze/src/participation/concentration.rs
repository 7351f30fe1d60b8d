//! How evenly a room speaks.

/// Gini coefficient of `counts`, 0 (all equal) to (n − 1)/n; `None` where nobody said anything.
/// With values sorted ascending, `G = Σ (2i − n − 1)·x(i) / (n · Σ x(i))`, i from 1 (Sen 1973).
pub fn gini(counts: &[u64]) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let n = sorted.len() as f64;
    let weighted: f64 = (1u32..)
        .zip(&sorted)
        .map(|(rank, &count)| (2.0 * f64::from(rank) - n - 1.0) * count as f64)
        .sum();
    Some(weighted / (n * total as f64))
}

/// Share of all by the most active ⌈n/10⌉, 0 to 1; `None` where nobody said anything.
pub fn top_tenth_share(counts: &[u64]) -> Option<f64> {
    let total: u64 = counts.iter().sum();
    if total == 0 {
        return None;
    }
    let mut sorted = counts.to_vec();
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    let top: u64 = sorted.iter().take(counts.len().div_ceil(10)).sum();
    Some(top as f64 / total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(gini(&[]), None);
        assert_eq!(gini(&[0, 0]), None);
        assert_eq!(gini(&[3, 3, 3]), Some(0.0));
        assert_eq!(gini(&[0, 0, 0, 4]), Some(0.75));
        assert_eq!(gini(&[1, 2, 3, 4]), Some(0.25));
        assert_eq!(top_tenth_share(&[1, 2, 3, 4]), Some(0.4));
        assert_eq!(top_tenth_share(&[1; 11]), Some(2.0 / 11.0));
        assert_eq!(top_tenth_share(&[0]), None);
    }

    #[test]
    fn a_tenth_of_up_to_ten_is_one_person_and_of_eleven_two() {
        for people in 1..=21_u32 {
            let counts: Vec<u64> = (1..=u64::from(people)).collect();
            let most = people.div_ceil(10);
            let top: u32 = (0..most).map(|place| people - place).sum();
            let all = people * (people + 1) / 2;
            assert_eq!(top_tenth_share(&counts), Some(f64::from(top) / f64::from(all)), "{people}");
        }
        assert_eq!(gini(&[7]), Some(0.0), "one person alone is as even as can be");
    }

    proptest::proptest! {
        #[test]
        fn both_stay_within_bounds(counts in proptest::collection::vec(0u64..1_000, 1..60)) {
            for share in [gini(&counts), top_tenth_share(&counts)].into_iter().flatten() {
                proptest::prop_assert!((0.0..=1.0).contains(&share), "{share}");
            }
        }
    }
}
