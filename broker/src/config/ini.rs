// SPDX-License-Identifier: GPL-3.0-or-later
//! One section of an ini file, with the line number of every key.
//!
//! The dialect is that of Python's ConfigParser, which the spec's config was written for: `key = value` or
//! `key: value`, keys in any letter case, `#` and `;` begin comment lines, deeper indented lines continue a
//! value. No interpolation: a `%` in a password is a `%`. The library crates for ini files report neither
//! duplicates nor line numbers. Only the wanted section is judged: the file may belong to another program.

use std::fmt;

/// One key of the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, in lower case.
    pub key: String,
    /// The value, without white space around it.
    pub value: String,
    /// The line the key stands on, from 1.
    pub line: usize,
}

/// Why a section could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IniError {
    /// There is no such section; these are there.
    NoSection {
        /// The section that was asked for.
        wanted: String,
        /// The sections of the file.
        found: Vec<String>,
    },
    /// The section begins a second time on this line.
    SectionTwice {
        /// The section.
        section: String,
        /// Where it begins again.
        line: usize,
    },
    /// The same key twice.
    KeyTwice {
        /// The key.
        key: String,
        /// Where it stood first.
        first: usize,
        /// Where it stands again.
        line: usize,
    },
    /// A line that is neither a key with a value, a section nor a comment.
    Nonsense {
        /// The line.
        line: usize,
    },
}

impl fmt::Display for IniError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IniError::NoSection { wanted, found } if found.is_empty() => {
                write!(f, "it has no section [{wanted}], nor any other")
            }
            IniError::NoSection { wanted, found } => {
                let found: Vec<String> = found.iter().map(|name| format!("[{name}]")).collect();
                write!(f, "it has no section [{wanted}]; it has {}", found.join(", "))
            }
            IniError::SectionTwice { section, line } => {
                write!(f, "line {line}: section [{section}] begins a second time")
            }
            IniError::KeyTwice { key, first, line } => {
                write!(f, "line {line}: key `{key}` was set on line {first} already")
            }
            IniError::Nonsense { line } => {
                write!(f, "line {line}: expected `key = value`, [section] or a comment")
            }
        }
    }
}

/// The entries of one section, in file order.
pub fn section(text: &str, wanted: &str) -> Result<Vec<Entry>, IniError> {
    let mut found: Vec<String> = Vec::new();
    let mut entries: Vec<Entry> = Vec::new();
    let mut inside = false;
    let mut key_indent: Option<usize> = None;
    for (number, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = number + 1;
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let indent = raw.len() - raw.trim_start().len();
        if let Some(depth) = key_indent
            && indent > depth
        {
            if let Some(entry) = entries.last_mut().filter(|_| inside) {
                entry.value.push('\n');
                entry.value.push_str(trimmed);
            }
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = name == wanted;
            if inside && found.iter().any(|seen| seen == name) {
                return Err(IniError::SectionTwice { section: name.to_owned(), line });
            }
            if !found.iter().any(|seen| seen == name) {
                found.push(name.to_owned());
            }
            key_indent = None;
            continue;
        }
        key_indent = Some(indent);
        if !inside {
            continue;
        }
        let (key, value) = trimmed.split_once(['=', ':']).ok_or(IniError::Nonsense { line })?;
        let key = key.trim().to_lowercase();
        if key.is_empty() {
            return Err(IniError::Nonsense { line });
        }
        if let Some(first) = entries.iter().find(|entry| entry.key == key) {
            return Err(IniError::KeyTwice { key, first: first.line, line });
        }
        entries.push(Entry { key, value: value.trim().to_owned(), line });
    }
    if !found.iter().any(|name| name == wanted) {
        return Err(IniError::NoSection { wanted: wanted.to_owned(), found });
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        section(text, "Seshat").unwrap().into_iter().map(|e| (e.key, e.value)).collect()
    }

    #[test]
    fn values_keep_everything_but_the_white_space_around_them() {
        let read = pairs("[Seshat]\nPassword =  50% off; #1 = best \r\nserver: host:5222\n");
        assert_eq!(read[0], ("password".into(), "50% off; #1 = best".into()));
        assert_eq!(read[1], ("server".into(), "host:5222".into()));
    }

    #[test]
    fn deeper_indented_lines_continue_a_value_and_evenly_indented_ones_do_not() {
        let read = pairs("  [Seshat]\n  localusers = a@x,\n     b@x\n  # a comment\n  username = w@x\n");
        assert_eq!(read[0].1, "a@x,\nb@x");
        assert_eq!(read[1], ("username".into(), "w@x".into()));
    }

    #[test]
    fn other_sections_are_not_judged() {
        assert_eq!(pairs("[app]\nnonsense\na=1\na=2\n[Seshat]\nb = 1\n[more]\nnonsense\n").len(), 1);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let said = |text| section(text, "Seshat").unwrap_err().to_string();
        assert_eq!(said("[app]\n[b]\n"), "it has no section [Seshat]; it has [app], [b]");
        assert_eq!(said("a = 1"), "it has no section [Seshat], nor any other");
        assert_eq!(said("[Seshat]\na = 1\nA = 2\n"), "line 3: key `a` was set on line 2 already");
        assert_eq!(said("[Seshat]\n[x]\n[Seshat]\n"), "line 3: section [Seshat] begins a second time");
        assert_eq!(
            said("[Seshat]\nwhat is this\n"),
            "line 2: expected `key = value`, [section] or a comment"
        );
    }
}
