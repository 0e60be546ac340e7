//! Outputs of several requests that make one (spec key `batch`): lists append, token counts add up, booleans are *or*.

use crate::output::{Hit, Usage, Vector};

/// An output that further ones can be added to.
pub trait Join: Default {
    /// Adds the output of the slice of the input that begins at element `start`.
    fn join(&mut self, next: Self, start: usize);
}

/// An element of a list output.
pub trait Element: Sized {
    /// Numbers the elements of one reply as elements of the whole input; `start` is where the slice of the reply
    /// begins.
    fn number(elements: &mut [Self], start: usize) {
        let _ = (elements, start);
    }
}

impl<T: Element> Join for Vec<T> {
    fn join(&mut self, mut next: Self, start: usize) {
        T::number(&mut next, start);
        self.append(&mut next);
    }
}

impl Join for bool {
    fn join(&mut self, next: Self, _: usize) {
        *self |= next;
    }
}

impl Join for Usage {
    fn join(&mut self, next: Self, _: usize) {
        let add = |sum: Option<u64>, next: Option<u64>| match (sum, next) {
            (Some(sum), Some(next)) => Some(sum.saturating_add(next)),
            (sum, next) => sum.or(next),
        };
        self.input = add(self.input, next.input);
        self.output = add(self.output, next.output);
        self.total = add(self.total, next.total);
    }
}

impl Element for Vector {
    /// Endpoints that do not number their vectors, or give every one the number 0, send them in order.
    fn number(vectors: &mut [Self], start: usize) {
        let are_numbered = vectors.iter().any(|vector| vector.index.is_some_and(|index| index != 0));
        for (position, vector) in vectors.iter_mut().enumerate() {
            let index = vector.index.filter(|_| are_numbered).unwrap_or(whole(position));
            vector.index = Some(index.saturating_add(whole(start)));
        }
    }
}

impl Element for Hit {
    fn number(hits: &mut [Self], start: usize) {
        for hit in hits {
            hit.index = hit.index.saturating_add(whole(start));
        }
    }
}

impl Element for String {}
impl Element for i64 {}
impl Element for f64 {}
impl Element for bool {}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(index: i64) -> Hit {
        Hit { index, score: 0.5 }
    }

    #[test]
    fn hits_are_numbered_through_the_whole_input() {
        let mut hits = Vec::new();
        hits.join(vec![hit(1), hit(0)], 0);
        hits.join(vec![hit(0), hit(2)], 10);
        assert_eq!(hits.iter().map(|hit| hit.index).collect::<Vec<_>>(), [1, 0, 10, 12]);
    }

    #[test]
    fn one_true_is_enough_and_counts_add_up() {
        let mut flagged = false;
        [false, true, false].into_iter().for_each(|next| flagged.join(next, 0));
        assert!(flagged);
        let mut usage = Usage::default();
        usage.join(Usage { total: Some(3), ..Usage::default() }, 0);
        usage.join(Usage::default(), 1);
        usage.join(Usage { input: Some(2), total: Some(u64::MAX), output: None }, 2);
        assert_eq!(usage, Usage { input: Some(2), output: None, total: Some(u64::MAX) });
    }
}
