//! Finisher of embedding answers.

use crate::error::{Error, Kind, Result};
use crate::join::Element;
use crate::output::{Values, Vector};

/// The numbers of each vector, in the order of the inputs they stand for.
///
/// # Errors
/// `BadReply` if there are not as many vectors as inputs, or if two claim the same input.
pub fn ordered_vectors<T>(mut vectors: Vec<Vector>, inputs: &[T]) -> Result<Vec<Values>> {
    Vector::number(&mut vectors, 0);
    if vectors.len() != inputs.len() {
        let message = format!("the reply holds {} vectors for {} inputs", vectors.len(), inputs.len());
        return Err(Error::new(Kind::BadReply, message));
    }
    let mut ordered: Vec<Option<Values>> = inputs.iter().map(|_| None).collect();
    for vector in vectors {
        let index = vector.index.unwrap_or_default();
        let place = usize::try_from(index).ok().and_then(|index| ordered.get_mut(index));
        match place {
            Some(place @ None) => *place = Some(vector.values),
            Some(Some(_)) => {
                return Err(Error::new(Kind::BadReply, format!("the reply holds two vectors of input {index}")));
            }
            None => {
                let message = format!("the reply holds a vector of input {index}, but {} were sent", inputs.len());
                return Err(Error::new(Kind::BadReply, message));
            }
        }
    }
    Ok(ordered.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::join::Join;

    fn vector(index: Option<i64>, values: &str) -> Vector {
        Vector { index, values: Values::of(values.to_owned().into()) }
    }

    fn ordered(vectors: Vec<Vector>, inputs: usize) -> std::result::Result<Vec<String>, String> {
        let ordered = ordered_vectors(vectors, &vec![(); inputs]);
        ordered
            .map(|values| values.iter().map(|values| String::from_utf8(values.json().to_vec()).unwrap()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn vectors_stand_where_their_index_says() {
        let vectors = vec![vector(Some(1), "[1]"), vector(Some(2), "[2]"), vector(Some(0), "[0]")];
        assert_eq!(ordered(vectors, 3).unwrap(), ["[0]", "[1]", "[2]"]);
        assert!(ordered(vec![], 0).unwrap().is_empty());
    }

    #[test]
    fn vectors_that_nobody_numbered_are_in_order() {
        for index in [None, Some(0)] {
            assert_eq!(ordered(vec![vector(index, "[1]"), vector(index, "[2]")], 2).unwrap(), ["[1]", "[2]"]);
        }
    }

    #[test]
    fn slices_are_numbered_through() {
        let mut all = Vec::new();
        all.join(vec![vector(Some(1), "[1]"), vector(Some(0), "[0]")], 0);
        all.join(vec![vector(None, "[2]"), vector(None, "[3]")], 2);
        assert_eq!(ordered(all, 4).unwrap(), ["[0]", "[1]", "[2]", "[3]"]);
    }

    #[test]
    fn a_missing_a_double_and_a_foreign_vector_are_bad_replies() {
        for (vectors, inputs, says) in [
            (vec![vector(Some(0), "[1]")], 2, "1 vectors for 2 inputs"),
            (vec![vector(Some(0), "[1]"), vector(Some(1), "[1]")], 1, "2 vectors for 1 inputs"),
            (vec![vector(Some(1), "[1]"), vector(Some(1), "[1]")], 2, "two vectors of input 1"),
            (vec![vector(Some(0), "[1]"), vector(Some(2), "[1]")], 2, "input 2, but 2 were sent"),
            (vec![vector(Some(-1), "[1]")], 1, "input -1"),
        ] {
            let problem = ordered(vectors, inputs).unwrap_err();
            assert!(problem.contains(says), "{problem}");
        }
        // One slice gives too many and another too few: the total is right, the numbers are not.
        let mut all = Vec::new();
        all.join(vec![vector(None, "[0]"), vector(None, "[1]"), vector(None, "[2]")], 0);
        all.join(vec![vector(None, "[3]")], 2);
        assert!(ordered(all, 4).unwrap_err().contains("two vectors of input 2"));
    }
}
