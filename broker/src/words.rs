// SPDX-License-Identifier: GPL-3.0-or-later
//! The operating system's errors in words for people.

use std::io::{Error, ErrorKind};

/// The cause without its number.
pub fn of_io(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}
