//! Whom we trust: one TLS configuration for webhooks and for the mail relay. Loading the
//! system's root certificates takes milliseconds, so it is done once and shared.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::outcome::sha256_hex;

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A root certificate that was added by hand cannot be used.
    #[error("the extra root certificate cannot be used: {0}")]
    ExtraRoot(rustls::Error),
    /// The cryptography does not offer what TLS 1.2 and 1.3 need.
    #[error("TLS 1.2 and 1.3 are not available: {0}")]
    Versions(rustls::Error),
}

/// TLS 1.2 and 1.3, trusting the system's roots and `extra_roots` (DER). A machine without root
/// certificates gets a configuration that trusts nobody, so every connection fails and says so.
pub fn client_config(
    extra_roots: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Result<Arc<ClientConfig>, TlsError> {
    let mut roots = RootCertStore::empty();
    // Systems ship certificates that the verifier rejects; the others are enough.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for root in extra_roots {
        roots.add(root).map_err(TlsError::ExtraRoot)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Versions)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What the attempt log says of a secured connection.
pub fn describe(version: &str, certificate: Option<&[u8]>) -> String {
    let certificate = certificate.map_or_else(|| "none".to_owned(), sha256_hex);
    format!("{version}; certificate sha256:{certificate}")
}
