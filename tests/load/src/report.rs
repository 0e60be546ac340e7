//! Figures side by side, and the goals they are held against.

use std::time::Duration;

use crate::candidate::Kind;
use crate::streams::Outcome;

/// All that one run found out.
#[derive(Debug, Default)]
pub struct Report {
    /// Rows of the table, in the order in which they were measured.
    pub rows: Vec<Row>,
    /// What the plot shows.
    pub points: Vec<Point>,
    /// What could not be measured, and why.
    pub notes: Vec<String>,
    /// About the machine and the versions.
    pub facts: Vec<String>,
    /// Whether a candidate that must not lost, doubled or altered something, or broke.
    pub failed: bool,
}

/// Paced streams of one candidate.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    /// Streams at once.
    pub streams: u64,
    /// Whose.
    pub kind: Kind,
    /// Medians of all rounds.
    pub outcome: Outcome,
}

/// One row: what it is, its unit, and a value for each candidate.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub name: String,
    /// In what.
    pub unit: &'static str,
    /// One for each of [`Kind::ALL`]; none where it cannot be measured.
    pub values: [Option<f64>; 3],
    /// What it should be.
    pub goal: Option<Goal>,
}

/// What the value of this plugin should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    /// No more than this.
    AtMost(f64),
    /// No more than so many times the floor.
    FloorTimes(f64),
    /// No more than this above the floor.
    FloorPlus(f64),
    /// No less than this part of the floor.
    FloorShare(f64),
    /// No less than so many times the Python plugin.
    PythonTimes(f64),
}

impl Goal {
    /// As it stands in the table.
    pub fn text(self) -> String {
        match self {
            Goal::AtMost(most) => format!("≤ {most}"),
            Goal::FloorTimes(times) => format!("≤ {times} × floor"),
            Goal::FloorPlus(more) => format!("≤ floor + {more}"),
            Goal::FloorShare(share) => format!("≥ {share} × floor"),
            Goal::PythonTimes(times) => format!("≥ {times} × Python"),
        }
    }
}

impl Row {
    /// A finite value of a candidate.
    pub fn value(&self, kind: Kind) -> Option<f64> {
        self.values[kind as usize].filter(|value| value.is_finite())
    }

    /// One value in parts of another.
    pub fn ratio(&self, of: Kind, to: Kind) -> Option<f64> {
        self.value(of).zip(self.value(to)).map(|(of, to)| of / to).filter(|ratio| ratio.is_finite())
    }

    /// Whether the goal is met; none without a goal, or without what it is about.
    pub fn met(&self) -> Option<bool> {
        let plugin = self.value(Kind::Plugin)?;
        Some(match self.goal? {
            Goal::AtMost(most) => plugin <= most,
            Goal::FloorTimes(times) => plugin <= times * self.value(Kind::Floor)?,
            Goal::FloorPlus(more) => plugin <= more + self.value(Kind::Floor)?,
            Goal::FloorShare(share) => plugin >= share * self.value(Kind::Floor)?,
            Goal::PythonTimes(times) => plugin >= times * self.value(Kind::Python)?,
        })
    }
}

/// Median and 99th percentile, by nearest rank; not a number if there are no values.
pub fn percentiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [50, 99].map(|part| {
        let rank = (values.len() * part).div_ceil(100);
        values.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
    })
}

/// The median.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    percentiles(values.into_iter().collect())[0]
}

/// A time in ms.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_ranks() {
        assert_eq!(percentiles((1..=100).map(f64::from).rev().collect()), [50.0, 99.0]);
        assert_eq!(percentiles((1..=200).map(f64::from).collect()), [100.0, 198.0]);
        assert_eq!(percentiles(vec![7.0]), [7.0, 7.0]);
        assert_eq!(percentiles(vec![3.0, 1.0, 2.0]), [2.0, 3.0]);
        assert!(percentiles(Vec::new()).iter().all(|value| value.is_nan()));
    }

    #[test]
    fn a_goal_is_met_missed_or_not_known() {
        let row = |goal, values| Row { name: String::new(), unit: "", values, goal: Some(goal) };
        let all = [Some(10.0), Some(8.0), Some(0.5)];
        for (goal, met) in [
            (Goal::AtMost(10.0), true),
            (Goal::AtMost(9.9), false),
            (Goal::FloorTimes(1.25), true),
            (Goal::FloorTimes(1.2), false),
            (Goal::FloorPlus(2.0), true),
            (Goal::FloorPlus(1.0), false),
            (Goal::FloorShare(1.2), true),
            (Goal::FloorShare(1.3), false),
            (Goal::PythonTimes(20.0), true),
            (Goal::PythonTimes(21.0), false),
        ] {
            assert_eq!(row(goal, all).met(), Some(met), "{goal:?}");
        }
        assert_eq!(row(Goal::PythonTimes(1.0), [Some(1.0), None, None]).met(), None);
        assert_eq!(row(Goal::AtMost(1.0), [Some(f64::NAN), None, None]).met(), None);
        assert_eq!(Row { goal: None, ..row(Goal::AtMost(1.0), all) }.met(), None);
    }
}
