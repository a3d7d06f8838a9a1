// SPDX-License-Identifier: GPL-3.0-or-later
//! From a host name to a stream that is logged in: TCP, TLS, SASL. Each step within one deadline.
//!
//! The library's own connectors trust the system's authorities only, have no deadline, and give the channel
//! binding to servers that cannot use it; its login would then send the password itself (PLAIN).

use super::guard::Guard;
use super::trouble::{self, Trouble};
use super::{Account, Server, Tls};
use futures::{SinkExt, StreamExt};
use sasl::common::{ChannelBinding, Credentials};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ProtocolVersion, RootCertStore};
use tokio_xmpp::connect::DnsConfig;
use tokio_xmpp::error::ProtocolError;
use tokio_xmpp::stanzastream::Connection;
use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, XmppStream, XmppStreamElement, initiate_stream};
use tokio_xmpp::{Error, client_login};
use xmpp_parsers::jid::Jid;
use xmpp_parsers::sasl_cb::Type as BindingType;
use xmpp_parsers::stream_features::StreamFeatures;
use xmpp_parsers::{ns, starttls};

/// From the first packet to the last word of the login. A server that takes longer is not there.
const LOGIN_DEADLINE: Duration = Duration::from_secs(20);
/// After this silence we ask the server for a sign of life …
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// … and after this much more the connection is dead.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(15);
/// The logins we do, none of which shows the password to whoever listens or answers.
const MECHANISMS: [&str; 4] = ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1"];

type Stream = XmppStream<Guard<TlsStream<TcpStream>>>;

/// Makes logged-in streams for one account.
#[derive(Clone)]
pub struct Connector {
    account: Arc<Account>,
    jid: Jid,
    tls: TlsConnector,
}

impl Connector {
    /// Prepares everything that does not need the network.
    pub fn new(account: Account) -> Result<Connector, Trouble> {
        let full = format!("{}/{}", account.jid, account.resource);
        let jid = Jid::new(&full)
            .map_err(|cause| Trouble::change(format!("could not log in as {full}: {cause}")))?;
        let mut config = ClientConfig::builder()
            .with_root_certificates(authorities(account.ca_file.as_deref())?)
            .with_no_client_auth();
        if account.tls == Tls::Direct {
            // XEP-0368 §4: a port may be shared with other protocols.
            config.alpn_protocols = vec![b"xmpp-client".to_vec()];
        }
        Ok(Connector { account: Arc::new(account), jid, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Logs in.
    pub async fn connect(&self) -> Result<Connection, Trouble> {
        match timeout(LOGIN_DEADLINE, self.try_connect()).await {
            Ok(result) => result,
            Err(_) => Err(Trouble::wait(format!(
                "could not log in at {}: no answer within {} s",
                self.domain(),
                LOGIN_DEADLINE.as_secs()
            ))),
        }
    }

    fn domain(&self) -> &str {
        self.jid.domain().as_str()
    }

    async fn try_connect(&self) -> Result<Connection, Trouble> {
        let tcp = self.reach().await?;
        // Lines are short and wait for nobody.
        let _ = tcp.set_nodelay(true);
        let tcp = match self.account.tls {
            Tls::Direct => tcp,
            Tls::Start => self.ask_for_tls(tcp).await.map_err(|e| trouble::of_stream(self.domain(), e))?,
        };
        let name = ServerName::try_from(self.domain().to_owned()).map_err(|_| {
            Trouble::change(format!("could not start TLS with {}: not a host name", self.domain()))
        })?;
        let tls = self.tls.connect(name, tcp).await.map_err(|e| trouble::of_tls(self.domain(), &e))?;
        self.log_in(tls).await.map_err(|e| trouble::of_login(&self.account.jid, self.domain(), e))
    }

    async fn reach(&self) -> Result<TcpStream, Trouble> {
        match &self.account.server {
            Server::Lookup => {
                let dns = match self.account.tls {
                    Tls::Start => DnsConfig::srv_default_client(self.domain()),
                    Tls::Direct => DnsConfig::srv_xmpps(self.domain()),
                };
                dns.resolve().await.map_err(|e| trouble::of_lookup(self.domain(), e))
            }
            Server::At { host, port } => {
                let found = tokio::net::lookup_host((host.as_str(), *port)).await;
                let addresses: Vec<_> =
                    found.map_err(|e| trouble::of_host(host, *port, false, &e))?.collect();
                TcpStream::connect(addresses.as_slice())
                    .await
                    .map_err(|e| trouble::of_host(host, *port, true, &e))
            }
        }
    }

    /// RFC 6120 §5.4: an open stream, until the server is ready for TLS. Nothing of ours is told on it.
    async fn ask_for_tls(&self, tcp: TcpStream) -> Result<TcpStream, Error> {
        let stream = initiate_stream(Guard::new(tcp), ns::JABBER_CLIENT, self.header(), timeouts()).await?;
        let (features, mut stream): (StreamFeatures, XmppStream<_>) = stream.recv_features().await?;
        if !features.can_starttls() {
            return Err(Error::Protocol(ProtocolError::NoTls));
        }
        stream.send(&XmppStreamElement::Starttls(starttls::Nonza::Request(starttls::Request))).await?;
        loop {
            let element = stream.next().await.ok_or(Error::Disconnected)?;
            match element.and_then(|element| element.into_read_error()) {
                Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_))) => break,
                Ok(_) => {}
                Err(cause) => return Err(io::Error::new(io::ErrorKind::InvalidData, cause).into()),
            }
        }
        Ok(stream.into_inner().into_inner())
    }

    async fn log_in(&self, tls: TlsStream<TcpStream>) -> Result<Connection, Error> {
        let binding = exporter(&tls);
        let stream = initiate_stream(Guard::new(tls), ns::JABBER_CLIENT, self.header(), timeouts()).await?;
        let (features, stream): (StreamFeatures, Stream) = stream.recv_features().await?;
        let offered: BTreeSet<String> = features
            .sasl_mechanisms
            .iter()
            .filter(|mechanism| MECHANISMS.contains(&mechanism.as_str()))
            .cloned()
            .collect();
        let credentials = Credentials::default()
            .with_username(self.jid.node().map(|node| node.as_str()).unwrap_or_default())
            .with_password(self.account.password.reveal())
            .with_channel_binding(usable_binding(&features, &offered, binding));
        let stream = client_login(stream, offered, credentials).await?;
        let stream = stream.send_header(self.header()).await?;
        let (features, stream): (StreamFeatures, Stream) = stream.recv_features().await?;
        // The stanza stream would panic without it.
        if !features.can_bind() {
            return Err(Error::Protocol(ProtocolError::InvalidBindResponse));
        }
        Ok(Connection { stream: stream.box_stream(), features, identity: self.jid.clone() })
    }

    fn header(&self) -> StreamHeader<'_> {
        StreamHeader { to: Some(Cow::Borrowed(self.domain())), from: None, id: None }
    }
}

pub(super) fn timeouts() -> Timeouts {
    Timeouts { read_timeout: READ_TIMEOUT, response_timeout: RESPONSE_TIMEOUT }
}

/// RFC 9266: what ties the login to this very TLS connection. Only TLS 1.3 has it without conditions.
fn exporter(tls: &TlsStream<TcpStream>) -> ChannelBinding {
    let (_, connection) = tls.get_ref();
    if connection.protocol_version() != Some(ProtocolVersion::TLSv1_3) {
        return ChannelBinding::None;
    }
    match connection.export_keying_material(vec![0_u8; 32], b"EXPORTER-Channel-Binding", None) {
        Ok(data) => ChannelBinding::TlsExporter(data),
        Err(_) => ChannelBinding::None,
    }
}

/// With binding data the library renames its SCRAM to SCRAM-…-PLUS and finds nothing left but PLAIN where the
/// server has no such thing; so it gets the data only if the server names both.
fn usable_binding(
    features: &StreamFeatures,
    offered: &BTreeSet<String>,
    binding: ChannelBinding,
) -> ChannelBinding {
    let listed = features.sasl_cb.as_ref().is_some_and(|cb| cb.types.contains(&BindingType::TlsExporter));
    if listed && offered.iter().any(|mechanism| mechanism.ends_with("-PLUS")) {
        binding
    } else {
        ChannelBinding::None
    }
}

/// Whose signatures we trust: the system's authorities, or those of `ca_file` instead.
fn authorities(ca_file: Option<&Path>) -> Result<RootCertStore, Trouble> {
    let mut store = RootCertStore::empty();
    let Some(path) = ca_file else {
        store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if store.is_empty() {
            return Err(Trouble::change(
                "could not find any certificate authority on this machine: install `ca-certificates`, or set `ca_file`"
                    .to_owned(),
            ));
        }
        return Ok(store);
    };
    let wrong =
        |cause: String| Trouble::change(format!("could not use ca_file `{}`: {cause}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|e| wrong(e.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|e| wrong(e.to_string()))?;
        store.add(certificate).map_err(|e| wrong(e.to_string()))?;
    }
    if store.is_empty() {
        return Err(wrong("there is no certificate in it".to_owned()));
    }
    Ok(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(binding: &[BindingType]) -> StreamFeatures {
        use xmpp_parsers::sasl_cb::SaslChannelBinding;
        StreamFeatures { sasl_cb: Some(SaslChannelBinding { types: binding.to_vec() }), ..Default::default() }
    }

    #[test]
    fn the_binding_is_used_only_where_the_server_names_it_and_a_login_with_it() {
        let data = || ChannelBinding::TlsExporter(vec![1]);
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let plus = set(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]);
        let exporter = features(&[BindingType::TlsExporter]);
        assert_eq!(usable_binding(&exporter, &plus, data()), data());
        assert_eq!(usable_binding(&exporter, &set(&["SCRAM-SHA-1"]), data()), ChannelBinding::None);
        assert_eq!(usable_binding(&features(&[BindingType::TlsUnique]), &plus, data()), ChannelBinding::None);
        assert_eq!(usable_binding(&StreamFeatures::default(), &plus, data()), ChannelBinding::None);
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let trouble = authorities(Some(file.path())).unwrap_err();
        assert!(trouble.text.contains("there is no certificate in it"), "{trouble}");
    }
}
