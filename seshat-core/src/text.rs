//! What may be stored: texts are cleaned of what XML cannot carry and checked against their limits, once, here,
//! for every front. (XML 1.0 §2.2: a stanza with a forbidden character ends the stream it is sent on.)

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{self, Rate};
use crate::visitor::{Leave, Start};
use std::borrow::Cow;

/// What a visitor is called who gave no name.
const NAMELESS: &str = "visitor";

/// A [`Start`] whose texts may be stored as they are.
#[derive(Debug)]
pub(crate) struct CleanStart<'a> {
    pub name: String,
    pub email: Option<String>,
    pub text: Option<String>,
    pub page: Option<String>,
    pub locale: Option<String>,
    pub fields: Option<&'a str>,
    pub key: Option<&'a str>,
    pub limit: Option<(&'a str, Rate)>,
}

/// A [`Leave`] whose texts may be stored as they are.
#[derive(Debug)]
pub(crate) struct CleanLeave<'a> {
    pub name: String,
    pub email: String,
    pub text: String,
    pub page: Option<String>,
    pub key: Option<&'a str>,
    pub limit: Option<(&'a str, Rate)>,
}

const START: &str = "start the chat";
const LEAVE: &str = "leave the message";

pub(crate) fn clean_start<'a>(start: &Start<'a>) -> Result<CleanStart<'a>> {
    check_key(START, start.key)?;
    if let Some(fields) = start.fields {
        check_length(START, "fields", fields, limits::MAX_FIELDS_CHARS)?;
    }
    Ok(CleanStart {
        name: clean_name(START, start.name)?,
        email: start.email.map(|email| clean_email(START, email)).transpose()?,
        text: start.text.map(|text| clean_message(START, text)).transpose()?,
        page: start.page.map(|page| cut(&one_line(page), limits::MAX_PAGE_CHARS)),
        locale: start.locale.map(|locale| cut(&one_line(locale), limits::MAX_LOCALE_CHARS)),
        fields: start.fields,
        key: start.key,
        limit: start.limit,
    })
}

pub(crate) fn clean_leave<'a>(leave: &Leave<'a>) -> Result<CleanLeave<'a>> {
    check_key(LEAVE, leave.key)?;
    Ok(CleanLeave {
        name: clean_name(LEAVE, leave.name)?,
        email: clean_email(LEAVE, leave.email)?,
        text: clean_message(LEAVE, leave.text)?,
        page: leave.page.map(|page| cut(&one_line(page), limits::MAX_PAGE_CHARS)),
        key: leave.key,
        limit: leave.limit,
    })
}

/// A message: lines end in `\n`, no blank lines around it, what XML forbids replaced by U+FFFD so that the
/// change can be seen.
pub(crate) fn clean_message(what: &str, text: &str) -> Result<String> {
    let clean = replace_forbidden(&text.replace("\r\n", "\n").replace('\r', "\n")).into_owned();
    let trimmed = clean.trim_end().trim_start_matches('\n');
    if trimmed.trim_start().is_empty() {
        return Err(invalid(what, "text", "the text is empty"));
    }
    check_length(what, "text", trimmed, limits::MAX_TEXT_CHARS)?;
    Ok(trimmed.to_owned())
}

/// Keys are compared, never shown: visible ASCII keeps them the same on every path they take.
pub(crate) fn check_key(what: &str, key: Option<&str>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    if key.is_empty() || !key.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(invalid(what, "key", "the key must be visible ASCII characters without spaces"));
    }
    check_length(what, "key", key, limits::MAX_KEY_CHARS)
}

pub(crate) fn check_count(what: &str, field: &'static str, count: i64) -> Result<()> {
    if count < 0 {
        return Err(invalid(what, field, &format!("`{field}` must not be negative")));
    }
    Ok(())
}

pub(crate) fn check_rating(rating: i8) -> Result<()> {
    if !(-1..=1).contains(&rating) {
        return Err(invalid("rate the chat", "rating", "a rating is 1, -1 or 0"));
    }
    Ok(())
}

fn clean_name(what: &str, name: &str) -> Result<String> {
    let name = one_line(name);
    if name.is_empty() {
        return Ok(NAMELESS.to_owned());
    }
    check_length(what, "name", &name, limits::MAX_NAME_CHARS)?;
    Ok(name)
}

/// Complete enough to answer to: something on both sides of one `@`. Whether it exists only a mail can show.
fn clean_email(what: &str, email: &str) -> Result<String> {
    let email = email.trim();
    check_length(what, "email", email, limits::MAX_EMAIL_CHARS)?;
    let complete = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if !complete || email.chars().any(|c| c.is_whitespace() || c.is_control() || is_forbidden(c)) {
        return Err(invalid(what, "email", "please enter a complete email address"));
    }
    Ok(email.to_owned())
}

fn one_line(text: &str) -> String {
    let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let spaced: String = text.chars().map(|c| if ends_line(c) { ' ' } else { c }).collect();
    replace_forbidden(spaced.trim()).into_owned()
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn replace_forbidden(text: &str) -> Cow<'_, str> {
    if !text.contains(is_forbidden) {
        return Cow::Borrowed(text);
    }
    text.replace(is_forbidden, "\u{FFFD}").into()
}

/// Not a `Char` of XML 1.0 §2.2. (Surrogates cannot be in a `char`.)
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}

fn check_length(what: &str, field: &'static str, text: &str, limit: usize) -> Result<()> {
    // Bytes bound characters from above, so most texts need no counting.
    if text.len() <= limit {
        return Ok(());
    }
    let chars = text.chars().count();
    if chars > limit {
        let cause = format!("the {field} has {chars} characters, the limit is {limit}");
        return Err(Error::new(ErrorKind::TooLong, what, cause).with_field(field));
    }
    Ok(())
}

fn invalid(what: &str, field: &'static str, cause: &str) -> Error {
    Error::new(ErrorKind::Invalid, what, cause).with_field(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Result<String> {
        clean_message("send the message", text)
    }

    #[test]
    fn line_ends_become_newlines_and_blank_lines_around_go() {
        assert_eq!(message("\r\n\none\r\n  two\rthree \n\n").unwrap(), "one\n  two\nthree");
    }

    #[test]
    fn what_xml_forbids_leaves_a_visible_mark() {
        assert_eq!(message("a\0b\u{1b}[31m\u{FFFF}").unwrap(), "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}");
        assert_eq!(message("tab\tand 🏕 \u{202e}rtl").unwrap(), "tab\tand 🏕 \u{202e}rtl");
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(message(&"🏕".repeat(limits::MAX_TEXT_CHARS)).is_ok());
        let error = message(&"🏕".repeat(limits::MAX_TEXT_CHARS + 1)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::TooLong, Some("text")));
        assert_eq!(
            error.to_string(),
            "could not send the message: the text has 4001 characters, the limit is 4000"
        );
    }

    #[test]
    fn blank_texts_are_refused() {
        for blank in ["", " ", "\r\n\t ", "\u{a0}"] {
            assert_eq!(message(blank).unwrap_err().kind(), ErrorKind::Invalid, "{blank:?}");
        }
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(clean_name(START, " Ann\n!ACCEPT\u{2028}1\t").unwrap(), "Ann !ACCEPT 1");
        assert_eq!(clean_name(START, " \n").unwrap(), "visitor");
        assert!(clean_name(START, &"n".repeat(limits::MAX_NAME_CHARS + 1)).is_err());
    }

    #[test]
    fn email_addresses_have_two_sides() {
        for good in ["ann@example.com", " ann+x@example.com ", "ännä@bücher.example", "root@localhost"] {
            assert!(clean_email(LEAVE, good).is_ok(), "{good}");
        }
        for bad in ["", "ann", "ann@", "@example.com", "a@b@c", "a b@c.d", "a@.d", "a@d.", "a@b\u{0}.c"] {
            assert_eq!(clean_email(LEAVE, bad).unwrap_err().field(), Some("email"), "{bad}");
        }
    }

    #[test]
    fn keys_are_visible_ascii() {
        for bad in ["", "with space", "ключ", "a\0", &"k".repeat(65)] {
            assert_eq!(check_key(START, Some(bad)).unwrap_err().field(), Some("key"), "{bad:?}");
        }
        assert!(check_key(START, Some("6f1c0a52-4d3c-4a25-9d55-0f5d6f2a8e11")).is_ok());
    }
}
