//! The lines a template prints to get the chat.

use crate::assets::{SCRIPT, STYLE};
use crate::options::Options;

/// The HTML a page needs: the style sheet, the script and the place they fill. jQuery is the site's own and must
/// come before it. [`Options::check`] has made sure that the base can stand in an attribute.
pub fn snippet(options: &Options) -> String {
    let base = &options.base;
    let (style, script) = (STYLE.name(), SCRIPT.name());
    format!(
        "<link rel=\"stylesheet\" href=\"{base}/assets/{style}\">\n\
         <script src=\"{base}/assets/{script}\" defer></script>\n\
         <div data-seshat data-base=\"{base}\"></div>\n"
    )
}
