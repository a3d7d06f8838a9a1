// SPDX-License-Identifier: GPL-3.0-or-later
//! The word somebody probably meant.

/// The candidate with the smallest edit distance to `word`; the first of equals.
pub fn nearest<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    candidates.iter().copied().min_by_key(|candidate| distance(word, candidate))
}

/// Levenshtein's distance: insertions, deletions and replacements of characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        let keys = ["sqlitedb", "localusers", "username", "password"];
        assert_eq!(nearest("pasword", &keys), Some("password"));
        assert_eq!(nearest("local_users", &keys), Some("localusers"));
        assert_eq!(nearest("user", &keys), Some("username"));
    }
}
