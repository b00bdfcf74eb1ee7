//! What an application may be.

use super::{ApplicationPatch, NewApplication};
use crate::checks::Checks;
use serde_json::Value;
use soleira_core::model::{
    Application, ApplicationType, CustomClientMetadata, OidcClientMetadata, TokenEndpointAuthMethod,
};
use soleira_core::rules::redirect_uri::{Refusal, check_registration};
use soleira_core::{Code, Error, Result};
use soleira_crypto::{Jwk, VerifyingKey};
use soleira_oauth::client_assertion::KEY_ALGORITHMS;

/// Longest name of an application, and of a secret, in characters.
pub(super) const NAME_MAX: usize = 256;
/// Longest lifetime of a refresh token, in days.
const REFRESH_TOKEN_DAYS_MAX: i64 = 180;
/// How many URIs of a kind an application may register.
const URIS_MAX: usize = 500;

pub(super) fn check_new(new: &NewApplication) -> Result<()> {
    let mut checks = Checks::default();
    checks.length("name", &new.name, 1, NAME_MAX);
    check_metadata(
        &mut checks,
        new.oidc_client_metadata.as_ref(),
        new.custom_client_metadata.as_ref(),
    );
    if let Some(metadata) = &new.oidc_client_metadata {
        check_authentication(&mut checks, new.kind, metadata);
    }
    checks.finish()?;

    match new.kind {
        ApplicationType::Saml => return Err(Code::ApplicationSamlUseSamlAppApi.into()),
        ApplicationType::Protected if new.has_protected_app_metadata => {
            return Err(Code::ApplicationProtectedAppNotConfigured.into());
        }
        ApplicationType::Protected => return Err(Code::ApplicationProtectedAppMetadataIsRequired.into()),
        _ => {}
    }
    let settings = new.custom_client_metadata.as_ref();
    if uses_device_flow(settings) && new.kind != ApplicationType::Native {
        return Err(Code::ApplicationDeviceFlowNativeOnly.into());
    }
    let person_facing = matches!(
        new.kind,
        ApplicationType::Traditional | ApplicationType::Spa | ApplicationType::Native
    );
    if new.is_third_party && !person_facing {
        return Err(Code::ApplicationInvalidThirdPartyApplicationType.into());
    }
    if new.is_third_party && exchanges_tokens(settings) {
        return Err(Code::ApplicationThirdPartyApplicationCannotEnableTokenExchange.into());
    }
    Ok(())
}

pub(super) fn check_patch(before: &Application, patch: &ApplicationPatch) -> Result<()> {
    let mut checks = Checks::default();
    if let Some(name) = &patch.name {
        checks.length("name", name, 1, NAME_MAX);
    }
    check_metadata(
        &mut checks,
        patch.oidc_client_metadata.as_ref(),
        patch.custom_client_metadata.as_ref(),
    );
    if let Some(metadata) = &patch.oidc_client_metadata {
        check_authentication(&mut checks, before.kind, metadata);
    }
    checks.finish()?;

    if before.kind == ApplicationType::Saml {
        return Err(Code::ApplicationSamlUseSamlAppApi.into());
    }
    if patch.has_protected_app_metadata && before.kind == ApplicationType::Protected {
        // What would go on with it is a proxy at a hosting service, which there is none of here.
        return Err(Code::ApplicationProtectedAppNotConfigured.into());
    }
    if patch.has_protected_app_metadata {
        return Err(Error::new(Code::ApplicationProtectedApplicationOnly).kind_is(soleira_core::Kind::Invalid));
    }
    if let Some(settings) = &patch.custom_client_metadata {
        let was = uses_device_flow(Some(&before.custom_client_metadata));
        if uses_device_flow(Some(settings)) != was {
            return Err(Code::ApplicationDeviceFlowNotChangeable.into());
        }
        if before.is_third_party && exchanges_tokens(Some(settings)) {
            return Err(Code::ApplicationThirdPartyApplicationCannotEnableTokenExchange.into());
        }
    }
    Ok(())
}

fn uses_device_flow(settings: Option<&CustomClientMetadata>) -> bool {
    settings
        .and_then(|settings| settings.is_device_flow)
        .unwrap_or_default()
}

fn exchanges_tokens(settings: Option<&CustomClientMetadata>) -> bool {
    settings
        .and_then(|settings| settings.allow_token_exchange)
        .unwrap_or_default()
}

fn check_metadata(checks: &mut Checks, metadata: Option<&OidcClientMetadata>, settings: Option<&CustomClientMetadata>) {
    if let Some(metadata) = metadata {
        check_uris(checks, "oidcClientMetadata.redirectUris", &metadata.redirect_uris);
        check_uris(
            checks,
            "oidcClientMetadata.postLogoutRedirectUris",
            &metadata.post_logout_redirect_uris,
        );
        if let Some(uri) = &metadata.backchannel_logout_uri {
            checks.web_url("oidcClientMetadata.backchannelLogoutUri", uri);
        }
        if let Some(uri) = &metadata.logo_uri {
            checks.web_url("oidcClientMetadata.logoUri", uri);
        }
    }
    if let Some(settings) = settings {
        let path = |name: &str| format!("customClientMetadata.{name}");
        for (index, origin) in settings.cors_allowed_origins.iter().flatten().enumerate() {
            checks.length(
                &format!("customClientMetadata.corsAllowedOrigins.{index}"),
                origin,
                1,
                2048,
            );
        }
        for (name, lifetime) in [
            ("idTokenTtl", settings.id_token_ttl),
            ("refreshTokenTtl", settings.refresh_token_ttl),
        ] {
            if let Some(seconds) = lifetime {
                checks.range(&path(name), seconds, 1, i64::from(u32::MAX));
            }
        }
        if let Some(days) = settings.refresh_token_ttl_in_days {
            checks.range(&path("refreshTokenTtlInDays"), days, 1, REFRESH_TOKEN_DAYS_MAX);
        }
        if let Some(grants) = settings.max_allowed_grants {
            checks.range(&path("maxAllowedGrants"), grants, 1, i64::from(u32::MAX));
        }
    }
}

/// How the client authenticates, and the keys that it does so with (docs/openid.md, "Client authentication").
fn check_authentication(checks: &mut Checks, kind: ApplicationType, metadata: &OidcClientMetadata) {
    use TokenEndpointAuthMethod as Method;
    let method = metadata.token_endpoint_auth_method;
    let keeps_secrets = !matches!(kind, ApplicationType::Native | ApplicationType::Spa);
    if method.is_some_and(|method| (method != Method::None) != keeps_secrets) {
        let message = if keeps_secrets {
            "An application of this type has to authenticate"
        } else {
            "An application of this type cannot keep a secret: only none"
        };
        checks.add(METHOD, "custom", message);
    }
    if metadata.jwks.is_some() && metadata.jwks_uri.is_some() {
        checks.add(JWKS_URI, "custom", "Either jwks or jwksUri, not both");
    }
    if method == Some(Method::PrivateKeyJwt) && metadata.jwks.is_none() && metadata.jwks_uri.is_none() {
        checks.add(METHOD, "custom", "private_key_jwt needs jwks or jwksUri");
    }
    if let Some(uri) = &metadata.jwks_uri {
        checks.web_url(JWKS_URI, uri);
        checks.length(JWKS_URI, uri, 1, 2048);
    }
    if let Some(set) = &metadata.jwks {
        check_keys(checks, set);
    }
}

const METHOD: &str = "oidcClientMetadata.tokenEndpointAuthMethod";
const JWKS: &str = "oidcClientMetadata.jwks";
const JWKS_URI: &str = "oidcClientMetadata.jwksUri";
/// How many public keys an application may register.
const KEYS_MAX: usize = 20;
/// Members of a private or secret key (RFC 7518 §6).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A key set of public keys that verify with an algorithm that clients may use. Anything else in it is most likely a
/// mistake, and a private key in it is a leak.
fn check_keys(checks: &mut Checks, set: &Value) {
    let Some(keys) = set.get("keys").and_then(Value::as_array) else {
        checks.add(JWKS, "custom", "Not a JSON Web Key Set: {\"keys\": [...]}");
        return;
    };
    if keys.is_empty() || keys.len() > KEYS_MAX {
        let message = format!("A key set has 1 to {KEYS_MAX} keys");
        checks.add(&format!("{JWKS}.keys"), "custom", &message);
        return;
    }
    for (index, key) in keys.iter().enumerate() {
        let path = format!("{JWKS}.keys.{index}");
        if PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some()) {
            checks.add(&path, "custom", "A private or secret key: only public keys belong here");
            continue;
        }
        let jwk: Result<Jwk, _> = serde_json::from_value(key.clone());
        match jwk.map(|jwk| VerifyingKey::from_jwk(&jwk)) {
            Ok(Ok(key)) if KEY_ALGORITHMS.iter().any(|algorithm| key.permits(*algorithm)) => {}
            Ok(Ok(_)) => checks.add(
                &path,
                "custom",
                "A key for RS256, PS256, ES256, Ed25519 or EdDSA is needed",
            ),
            Ok(Err(error)) => checks.add(&path, "custom", &error.to_string()),
            Err(_) => checks.add(&path, "custom", "Not a JSON Web Key"),
        }
    }
}

fn check_uris(checks: &mut Checks, path: &str, uris: &[String]) {
    if uris.len() > URIS_MAX {
        checks.add(
            path,
            "too_big",
            &format!("Array must contain at most {URIS_MAX} element(s)"),
        );
        return;
    }
    for (index, uri) in uris.iter().enumerate() {
        if let Err(refusal) = check_registration(uri) {
            checks.add(&format!("{path}.{index}"), "invalid_string", explain(refusal));
        }
    }
}

/// What is wrong with a redirect URI, for the developer who reads the answer.
fn explain(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooLong => "Invalid url: too long",
        Refusal::Characters => {
            "Invalid url: blanks, control characters, backslashes and non-ASCII letters are not allowed"
        }
        Refusal::NotAbsolute => "Invalid url: it must be absolute",
        Refusal::ForbiddenScheme => "Invalid url: this scheme is not allowed",
        Refusal::UserInfo => "Invalid url: no user name before the host",
        Refusal::Fragment => "Invalid url: no fragment",
        Refusal::DotSegment => "Invalid url: no `.` or `..` in the path",
        Refusal::Wildcard => "Invalid url: `*` may stand only in the host or path of an http or https address",
        Refusal::NotRegistered => "Invalid url",
    }
}
