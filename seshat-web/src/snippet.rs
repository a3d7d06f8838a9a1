//! The lines a template prints to get the chat.

use crate::assets::{SCRIPT, STYLE};
use crate::options::Options;
use seshat_core::{Error, ErrorKind, Result};
use std::fmt::Write;

/// The HTML a page needs: the style sheet, the script and the place they fill. jQuery is the site's own and must
/// come before it. [`Options::check`] has made sure that the base can stand in an attribute.
pub fn snippet(options: &Options) -> String {
    html(options, "")
}

/// The same with settings for the widget: each becomes an attribute `data-…` of the place it fills, such as
/// `("name", "customer")`.
///
/// # Errors
/// `Invalid` for a name that is not like `name` or `some-name`, or is one of Seshat's own.
pub fn snippet_with(options: &Options, settings: &[(&str, &str)]) -> Result<String> {
    let mut attributes = String::new();
    for (name, value) in settings {
        if !is_setting(name) {
            let cause = "a setting is named like `name` or `some-name`, and not `base` or `seshat`";
            let what = format!("print the snippet with setting `{}`", name.escape_debug());
            return Err(Error::new(ErrorKind::Invalid, what, cause).with_field("settings"));
        }
        // Writing to a string cannot fail.
        let _ = write!(attributes, " data-{name}=\"{}\"", escape(value));
    }
    Ok(html(options, &attributes))
}

fn html(options: &Options, attributes: &str) -> String {
    let base = &options.base;
    let (style, script) = (STYLE.name(), SCRIPT.name());
    format!(
        "<link rel=\"stylesheet\" href=\"{base}/assets/{style}\">\n\
         <script src=\"{base}/assets/{script}\" defer></script>\n\
         <div data-seshat data-base=\"{base}\"{attributes}></div>\n"
    )
}

fn is_setting(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !["base", "seshat"].contains(&name)
}

/// What ends an attribute in double quotes, or starts anything else in one.
fn escape(value: &str) -> String {
    value.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
