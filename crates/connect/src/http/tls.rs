//! TLS of outbound connections: rustls over aws-lc-rs, trusting the roots of Mozilla, which are built in so that a
//! machine without a certificate package works, and those that the operator installed, such as a company's own.

use super::HttpError;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use std::sync::Arc;

pub(super) fn client_config(trusted: &[Vec<u8>]) -> Result<ClientConfig, HttpError> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let installed = rustls_native_certs::load_native_certs();
    for error in &installed.errors {
        tracing::warn!(%error, "an installed root certificate could not be read");
    }
    roots.add_parsable_certificates(installed.certs);
    roots.add_parsable_certificates(trusted.iter().cloned().map(CertificateDer::from));
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Setup(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
