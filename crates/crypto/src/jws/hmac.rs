//! Tokens under a shared secret, as in `client_secret_jwt` (OpenID Connect Core 1.0 §9). They live apart from
//! signatures, so that a public key can never be taken for a secret.

use super::{Algorithm, JwsError, Unverified, Verified, signing_input};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

/// Makes a token under a shared secret. `algorithm` is HS256, HS384 or HS512.
pub fn sign_hmac(
    algorithm: Algorithm,
    secret: &[u8],
    typ: Option<&str>,
    claims: &impl Serialize,
) -> Result<String, JwsError> {
    let key = mac_key(algorithm, secret)?;
    let mut token = signing_input(algorithm, typ, None, claims)?;
    let tag = hmac::sign(&key, token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(tag, &mut token);
    Ok(token)
}

/// Verifies a token under a shared secret, with the HMAC that its header names; any other algorithm is refused.
pub fn verify_hmac(token: &str, secret: &[u8]) -> Result<Verified, JwsError> {
    let unverified = Unverified::parse(token)?;
    let key = mac_key(unverified.header.alg, secret)?;
    hmac::verify(&key, unverified.signing_input.as_bytes(), &unverified.signature)
        .map_err(|_| JwsError::BadSignature)?;
    Ok(unverified.into_verified())
}

fn mac_key(algorithm: Algorithm, secret: &[u8]) -> Result<hmac::Key, JwsError> {
    let mac = match algorithm {
        Algorithm::Hs256 => hmac::HMAC_SHA256,
        Algorithm::Hs384 => hmac::HMAC_SHA384,
        Algorithm::Hs512 => hmac::HMAC_SHA512,
        _ => return Err(JwsError::AlgorithmMismatch),
    };
    Ok(hmac::Key::new(mac, secret))
}
