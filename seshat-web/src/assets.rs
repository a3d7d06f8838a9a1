//! The widget's files, built into the library. Their names carry a hash of their content, so a page that was
//! cached before an upgrade never mixes with new files, and browsers never ask twice. (`assets/` links to the files
//! in `snippets/`, so that the crate can be packed by itself.)

use crate::http::Response;
use crate::problem::{Answer, Problem};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// One file of the widget.
pub(crate) struct Asset {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    hash: LazyLock<String>,
}

/// The look.
pub(crate) static STYLE: Asset = Asset {
    stem: "seshat",
    extension: "css",
    content_type: "text/css; charset=utf-8",
    content: include_bytes!("../assets/seshat.css"),
    hash: LazyLock::new(|| hash(STYLE.content)),
};

/// The jQuery plugin.
pub(crate) static SCRIPT: Asset = Asset {
    stem: "seshat.jquery",
    extension: "js",
    content_type: "text/javascript; charset=utf-8",
    content: include_bytes!("../assets/seshat.jquery.js"),
    hash: LazyLock::new(|| hash(SCRIPT.content)),
};

impl Asset {
    /// The name that holds for this content only: `seshat.0123456789abcdef.css`.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}.{}", self.stem, *self.hash, self.extension)
    }

    /// Is it this file that is asked for, and may the answer be kept for ever? A hash this build does not know
    /// (a page from before an upgrade) and the plain name get the file as it is now, kept briefly.
    fn lifetime(&self, name: &str) -> Option<&'static str> {
        let middle = name.strip_prefix(self.stem)?.strip_suffix(self.extension)?.strip_suffix('.')?;
        match middle.strip_prefix('.') {
            Some(hash) if hash == *self.hash => Some("public, max-age=31536000, immutable"),
            Some(hash) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Some("public, max-age=300")
            }
            None if middle.is_empty() => Some("public, max-age=300"),
            _ => None,
        }
    }
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `GET {base}/assets/{name}`.
pub(crate) fn answer(name: &str) -> Answer {
    for asset in [&STYLE, &SCRIPT] {
        if let Some(lifetime) = asset.lifetime(name) {
            return Ok(Response {
                status: 200,
                headers: vec![
                    ("Content-Type", asset.content_type.into()),
                    ("Cache-Control", lifetime.into()),
                ],
                body: asset.content.into(),
                fault: None,
            });
        }
    }
    Err(Problem::not_found())
}
