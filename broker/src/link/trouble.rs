// SPDX-License-Identifier: GPL-3.0-or-later
//! Why a login did not work, sorted by what helps: somebody has to change something, or time.

use crate::words;
use std::fmt;
use std::io;
use tokio_rustls::rustls::{CertificateError, Error as TlsError};
use tokio_xmpp::Error;
use tokio_xmpp::error::{AuthError, ProtocolError};
use xmpp_parsers::sasl::DefinedCondition as SaslCondition;
use xmpp_parsers::stream_error::DefinedCondition as StreamCondition;

/// What helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Somebody has to change the config, the account or the server.
    Change,
    /// It may work the next time.
    Wait,
}

/// A login or a connection that failed, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What helps.
    pub remedy: Remedy,
    /// `could not <verb> <object>: <cause>`.
    pub text: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    pub(super) fn change(text: String) -> Self {
        Trouble { remedy: Remedy::Change, text }
    }

    pub(super) fn wait(text: String) -> Self {
        Trouble { remedy: Remedy::Wait, text }
    }
}

/// A failed look-up of the server of `domain`.
pub(super) fn of_lookup(domain: &str, error: Error) -> Trouble {
    match error {
        Error::DnsNet(cause) if cause.is_no_records_found() => {
            Trouble::change(format!("could not find the server of {domain}: there is no host of this name"))
        }
        Error::DnsNet(cause) => {
            Trouble::wait(format!("could not find the server of {domain}: the look-up failed: {cause}"))
        }
        Error::Idna => Trouble::change(format!("could not find the server of {domain}: not a host name")),
        Error::Io(cause) => Trouble::wait(format!("could not connect to {domain}: {}", words::of_io(&cause))),
        _ => Trouble::wait(format!("could not connect to {domain}: no server answered")),
    }
}

/// A host named in the config that the system could not look up or reach.
pub(super) fn of_host(host: &str, port: u16, looked_up: bool, error: &io::Error) -> Trouble {
    let cause = words::of_io(error);
    if looked_up {
        return Trouble::wait(format!("could not connect to {host}:{port}: {cause}"));
    }
    // getaddrinfo's code for "try again" (EAI_AGAIN) reaches us as a text only.
    if cause.contains("emporary failure") {
        Trouble::wait(format!("could not find host {host}: {cause}"))
    } else {
        Trouble::change(format!("could not find host {host}: there is no host of this name"))
    }
}

/// A TLS handshake that failed.
pub(super) fn of_tls(domain: &str, error: &io::Error) -> Trouble {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        return Trouble::wait(format!("could not start TLS with {domain}: {}", words::of_io(error)));
    };
    let TlsError::InvalidCertificate(flaw) = tls else {
        return Trouble::change(format!("could not start TLS with {domain}: {tls}"));
    };
    let why = match flaw {
        CertificateError::UnknownIssuer => {
            "nobody this machine trusts has signed it; if it is signed by an authority of your own, name that \
             authority's certificate in `ca_file`"
                .to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("it is not for {domain}")
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".to_owned(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "it is not valid yet; is this machine's clock right?".to_owned()
        }
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "it is an authority's own certificate; the server needs one that is signed by it".to_owned()
        }
        other => other.to_string(),
    };
    Trouble::change(format!("could not trust the certificate of {domain}: {why}"))
}

/// A login that failed after the connection was secure.
pub(super) fn of_login(jid: &str, domain: &str, error: Error) -> Trouble {
    match error {
        Error::Auth(AuthError::Fail(condition)) => of_sasl(jid, condition),
        Error::Auth(AuthError::NoMechanism) => Trouble::change(format!(
            "could not log in as {jid}: the server offers no login that keeps the password to us (SCRAM)"
        )),
        Error::Auth(_) => {
            Trouble::change(format!("could not log in as {jid}: the server's answers make no sense"))
        }
        other => of_stream(domain, other),
    }
}

fn of_sasl(jid: &str, condition: SaslCondition) -> Trouble {
    match condition {
        SaslCondition::NotAuthorized => {
            Trouble::change(format!("could not log in as {jid}: wrong password, or there is no such account"))
        }
        SaslCondition::AccountDisabled => {
            Trouble::change(format!("could not log in as {jid}: the account is disabled"))
        }
        SaslCondition::CredentialsExpired => {
            Trouble::change(format!("could not log in as {jid}: the password has expired"))
        }
        SaslCondition::TemporaryAuthFailure => {
            Trouble::wait(format!("could not log in as {jid}: the server cannot check passwords right now"))
        }
        other => Trouble::change(format!("could not log in as {jid}: the server refused ({other:?})")),
    }
}

/// A stream that could not be set up.
pub(super) fn of_stream(domain: &str, error: Error) -> Trouble {
    match error {
        Error::StreamError(received) => match received.0.condition {
            StreamCondition::HostUnknown | StreamCondition::HostGone => {
                Trouble::change(format!("could not log in: the server does not serve {domain}"))
            }
            other => Trouble::wait(format!("could not log in at {domain}: the server said {other:?}")),
        },
        Error::Protocol(ProtocolError::NoTls) => Trouble::change(format!(
            "could not log in at {domain}: the server offers no encryption (STARTTLS), and without it nothing is sent"
        )),
        Error::Io(cause) => Trouble::wait(format!("could not log in at {domain}: {}", words::of_io(&cause))),
        Error::Disconnected => Trouble::wait(format!("could not log in at {domain}: the server hung up")),
        other => Trouble::wait(format!("could not log in at {domain}: {other}")),
    }
}
