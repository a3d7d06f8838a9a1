//! The visitor's secret. Whoever holds a chat's token is its visitor; the store keeps only the hash.

use crate::error::{Error, ErrorKind, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

/// 256 bits, spelled in 43 URL-safe characters. Its `Debug` form hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    secret: [u8; 32],
    /// Kept beside it: a page polls with one token many times.
    hash: [u8; 32],
}

/// Length of a token's text in characters.
pub const TOKEN_CHARS: usize = 43;

impl Token {
    /// A new token from the operating system's random source.
    pub(crate) fn random() -> Result<Self> {
        random_bytes().map(Token::of)
    }

    /// The token that belongs to a client key: the same key gives the same token, so that a repeated `start`
    /// gives its first result although only the hash is stored. Without the store's secret it looks random.
    pub(crate) fn for_key(secret: &[u8; 32], key: &str) -> Self {
        Token::of(keyed_hash(secret, "token", key))
    }

    /// Reads a token's text. Anything that is no token is "nobody's": [`ErrorKind::NotFound`].
    pub fn parse(text: &str) -> Result<Self> {
        let nobodys = || Error::new(ErrorKind::NotFound, "find the chat", "the token is nobody's");
        if text.len() != TOKEN_CHARS {
            return Err(nobodys());
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| nobodys())?;
        bytes.try_into().map(Token::of).map_err(|_| nobodys())
    }

    /// The text to hand to the visitor: 43 characters of `A-Z a-z 0-9 - _`.
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.secret)
    }

    /// What the store keeps and looks up. Finding a row by the hash of a secret needs no constant-time
    /// comparison: what a timing could tell is about the hash, from which the token cannot be had.
    pub(crate) fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    fn of(secret: [u8; 32]) -> Self {
        Token { secret, hash: Sha256::digest(secret).into() }
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// 32 bytes from the operating system's random source.
pub(crate) fn random_bytes() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| {
        Error::new(ErrorKind::Io, "make a token", format!("the system's random source failed: {e}"))
    })?;
    Ok(bytes)
}

/// HMAC-SHA256 of `text` under the store's secret; `purpose` keeps the uses apart.
pub(crate) fn keyed_hash(secret: &[u8; 32], purpose: &str, text: &str) -> [u8; 32] {
    // A key shorter than the hash's block is filled with zeros (RFC 2104 §2).
    let mut block = [0; 64];
    block[..secret.len()].copy_from_slice(secret);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(purpose.as_bytes());
    mac.update(&[0]);
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}
