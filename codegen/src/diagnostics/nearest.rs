//! "Did you mean": the nearest of a list of words by edit distance.

/// The word of `legal` that `written` was probably meant to be, if one is near enough.
pub fn nearest<'a>(written: &str, legal: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (written.chars().count() / 3).clamp(1, 4);
    let mut all: Vec<(usize, &str)> = legal.into_iter().filter(|word| *word != written).map(|word| (0, word)).collect();
    all.iter_mut().for_each(|(far, word)| *far = distance(written, word));
    let near = all.iter().filter(|(distance, _)| *distance <= limit).min();
    let near = near.or_else(|| all.iter().filter(|(_, word)| is_form_of(written, word)).min()).map(|(_, word)| *word);
    let meant = |same: &[&str]| same.contains(&written).then(|| all.iter().find(|(_, word)| same.contains(word)));
    near.or_else(|| SAME.iter().find_map(|same| meant(same).flatten()).map(|(_, word)| *word))
}

/// Words of other languages and tools, each list with the word that is used here.
const SAME: [&[&str]; 8] = [
    &["float", "double", "number"],
    &["int", "integer"],
    &["str", "text", "string"],
    &["bool", "boolean", "flag"],
    &["select", "enum", "choices", "options"],
    &["en", "en_US"],
    &["zh", "cn", "zh_CN", "zh_Hans"],
    &["method", "path", "url", "endpoint", "post"],
];

/// Whether two words differ at their ends only: `replies` and `reply`.
fn is_form_of(a: &str, b: &str) -> bool {
    let (long, short) = (a.len().max(b.len()), a.len().min(b.len()));
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    same >= 4 && same + 1 >= short && long - short <= 3
}

/// The most words of a list that help a reader.
const MOST: usize = 16;

/// A long list cut down to what is most like a word, in its order.
pub fn most<'a>(written: &str, legal: &[&'a str]) -> Vec<&'a str> {
    if legal.len() <= MOST {
        return legal.to_vec();
    }
    let mut near: Vec<usize> = (0..legal.len()).collect();
    near.sort_by_key(|index| distance(written, legal[*index]));
    near.truncate(MOST);
    near.sort_unstable();
    near.into_iter().map(|index| legal[index]).collect()
}

/// A list of words for a message, each in backticks.
pub fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Edits (insert, delete, replace, swap of neighbours) between two words, without regard to case, `-` and `_`.
fn distance(a: &str, b: &str) -> usize {
    let plain = |text: &str| -> Vec<char> {
        // A word may be as long as a file; what is like it is not.
        text.chars().take(100).flat_map(char::to_lowercase).map(|c| if c == '-' { '_' } else { c }).collect()
    };
    let (a, b) = (plain(a), plain(b));
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{MOST, most, nearest};

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let legal = ["temperature", "top_p", "max_tokens"];
        assert_eq!(nearest("temprature", legal), Some("temperature"));
        assert_eq!(nearest("top-p", legal), Some("top_p"));
        assert_eq!(nearest("otp_p", legal), Some("top_p"));
        assert_eq!(nearest("seed", legal), None);
        assert_eq!(nearest("replies", ["request", "reply"]), Some("reply"));
        assert_eq!(nearest("float", ["integer", "number"]), Some("number"));
    }

    #[test]
    fn a_long_list_is_cut_to_what_is_near() {
        let words: Vec<String> = (0..40).map(|number| format!("word_{number:02}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["seed"]).collect();
        let cut = most("sed", &words);
        assert!(cut.len() == MOST && cut.contains(&"seed"), "{cut:?}");
        assert_eq!(most("x", &words[..MOST]), &words[..MOST]);
    }
}
