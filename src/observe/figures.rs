//! The figures out of the text that Prometheus is told, so that both say the same. Pure.

/// What a text in Prometheus' format says.
pub(super) struct Figures<'t> {
    text: &'t str,
}

impl<'t> Figures<'t> {
    /// Of this text.
    pub(super) fn of(text: &'t str) -> Self {
        Self { text }
    }

    /// Labels and value of every sample of that name.
    fn samples(&self, name: &str) -> impl Iterator<Item = (&'t str, f64)> {
        self.text.lines().filter_map(move |line| {
            let rest = line.strip_prefix(name)?;
            let (labels, value) = match rest.strip_prefix('{') {
                Some(rest) => rest.rsplit_once("} ")?,
                None => ("", rest.strip_prefix(' ')?),
            };
            Some((labels, value.trim().parse().ok()?))
        })
    }

    /// The sum over all labels; `None` if nobody counts it.
    pub(super) fn sum(&self, name: &str) -> Option<u64> {
        let sum = self.samples(name).map(|(_, value)| value).reduce(|sum, value| sum + value)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts of records: whole, never negative, far below 2^53"
        )]
        Some(sum as u64)
    }

    /// The greatest over all labels.
    pub(super) fn most(&self, name: &str) -> Option<f64> {
        self.samples(name).map(|(_, value)| value).reduce(f64::max)
    }

    /// The upper bound of the bucket of a histogram in which the quantile lies; infinite beyond the
    /// last, `None` without any observation.
    pub(super) fn quantile(&self, name: &str, quantile: f64) -> Option<f64> {
        let all = self.samples(&format!("{name}_count")).next()?.1;
        if all == 0.0 {
            return None;
        }
        let bound = |labels: &str| {
            let bound = labels.split("le=\"").nth(1)?.split('"').next()?;
            if bound == "+Inf" { Some(f64::INFINITY) } else { bound.parse().ok() }
        };
        self.samples(&format!("{name}_bucket"))
            .find(|(_, count)| *count >= quantile * all)
            .and_then(|(labels, _)| bound(labels))
    }
}

#[cfg(test)]
mod tests {
    use super::Figures;

    const TEXT: &str = "\
# TYPE rows_total counter
rows_total{kind=\"no tag\"} 7
rows_total{kind=\"a } b\"} 5

rows_total_too 9
# TYPE age gauge
age{group=\"a\"} 0.5
age{group=\"b\"} 1.25
plain 3
latency_bucket{le=\"0.5\"} 6
latency_bucket{le=\"2\"} 9
latency_bucket{le=\"+Inf\"} 10
latency_sum 30
latency_count 10
";

    #[test]
    fn figures_are_read_back() {
        let figures = Figures::of(TEXT);
        assert_eq!(figures.sum("rows_total"), Some(12));
        assert_eq!(figures.sum("plain"), Some(3));
        assert_eq!(figures.sum("rows"), None);
        assert_eq!(figures.most("age"), Some(1.25));
        let quantiles = [0.5, 0.9, 0.99].map(|at| figures.quantile("latency", at));
        assert_eq!(quantiles, [Some(0.5), Some(2.0), Some(f64::INFINITY)]);
        assert_eq!(figures.quantile("nothing", 0.5), None);
    }
}
