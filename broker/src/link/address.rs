// SPDX-License-Identifier: GPL-3.0-or-later
//! Addresses (JIDs) in their one canonical spelling, so that they can be compared byte by byte.

use crate::event::Address;
use xmpp_parsers::jid::{Jid, ResourcePart};

/// The bare address of an account: `name@host`.
pub fn bare_account(text: &str) -> Result<String, String> {
    let jid = Jid::new(text).map_err(|cause| match cause {
        // The library's words are about its own parts of an address; ours are about what to write.
        xmpp_parsers::jid::Error::NodeEmpty => "there is nothing before the @".to_owned(),
        xmpp_parsers::jid::Error::TooManyAts => "there is more than one @".to_owned(),
        _ => format!("not an address like `name@example.com` ({cause})"),
    })?;
    if jid.node().is_none() {
        return Err("not an address like `name@example.com`: the name before the @ is missing".into());
    }
    if jid.resource().is_some() {
        return Err(format!("write it without the part after the slash: `{}`", jid.to_bare()));
    }
    Ok(jid.to_string())
}

/// A resource, canonical.
pub fn resource(text: &str) -> Result<String, String> {
    match ResourcePart::new(text) {
        Ok(resource) => Ok(resource.as_str().to_owned()),
        Err(_) => Err("not a name a client can have".into()),
    }
}

/// As the rest of the broker knows it.
pub(super) fn plain(jid: &Jid) -> Address {
    Address {
        bare: jid.to_bare().to_string(),
        resource: jid.resource().map(|resource| resource.as_str().to_owned()),
    }
}

/// As the library knows it. `None` if it is no address at all.
pub(super) fn parse(address: &Address) -> Option<Jid> {
    let text = match &address.resource {
        Some(resource) => format!("{}/{resource}", address.bare),
        None => address.bare.clone(),
    };
    Jid::new(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_spelling() {
        assert_eq!(bare_account("Joe@Example.COM").unwrap(), "joe@example.com");
    }

    #[test]
    fn what_is_no_account_is_refused_with_a_reason() {
        for (wrong, says) in [
            ("joe", "the name before the @ is missing"),
            ("@example.com", "nothing before the @"),
            ("a@b@example.com", "more than one @"),
            ("joe@example.com/desk", "without the part after the slash"),
            ("joe smith@example.com", "not an address"),
        ] {
            let said = bare_account(wrong).unwrap_err();
            assert!(said.contains(says), "{wrong}: {said}");
        }
    }
}
