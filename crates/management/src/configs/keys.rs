//! `/api/configs/oidc/{private-keys|cookie-keys}`: the keys that sign tokens and cookies.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::Error;
use soleira_directory::keys::{self, Family, Key, Purpose, Status};
use soleira_web::{Access, Context, Issues, Result, Routes, Valid, Validate};

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/configs/oidc/{keyType}", Access::Management, list_oidc_keys)
        .post(
            "/api/configs/oidc/{keyType}/rotate",
            Access::Management,
            rotate_oidc_keys,
        )
        .delete(
            "/api/configs/oidc/{keyType}/{keyId}",
            Access::Management,
            delete_oidc_key,
        )
}

/// Which keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OidcKeyType {
    /// They sign tokens.
    PrivateKeys,
    /// They sign cookies.
    CookieKeys,
}

impl OidcKeyType {
    fn read(segment: &str) -> Result<Self> {
        match segment {
            "private-keys" => Ok(Self::PrivateKeys),
            "cookie-keys" => Ok(Self::CookieKeys),
            _ => {
                let mut issues = Issues::default();
                issues.add(
                    "keyType",
                    "invalid_enum_value",
                    "Invalid enum value. Expected 'private-keys' | 'cookie-keys'",
                );
                let error = issues.into_error("params");
                Err(error.unwrap_or_else(|| Error::internal("an issue is an error")).into())
            }
        }
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::PrivateKeys => Purpose::Oidc,
            Self::CookieKeys => Purpose::Cookie,
        }
    }
}

/// The kind of a signing key.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) enum SigningKeyAlgorithm {
    /// 4096 bits; signs with RS256.
    #[serde(rename = "RSA")]
    Rsa,
    /// P-384; signs with ES384.
    #[serde(rename = "EC")]
    Ec,
}

/// Where a signing key stands.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub(crate) enum SigningKeyStatus {
    /// Published, and yet to sign.
    Next,
    /// Signs.
    Current,
    /// Signed before; what it signed still verifies.
    Previous,
}

/// A key. The key itself is never told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OidcKey {
    id: String,
    /// Seconds since the epoch.
    created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_key_algorithm: Option<SigningKeyAlgorithm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<SigningKeyStatus>,
    /// Milliseconds since the epoch: when the turn of a key that is next comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective_at: Option<i64>,
}

impl From<Key> for OidcKey {
    fn from(key: Key) -> Self {
        Self {
            id: key.id,
            created_at: key.created_at.seconds(),
            signing_key_algorithm: key.family.map(|family| match family {
                Family::Rsa => SigningKeyAlgorithm::Rsa,
                Family::Ec => SigningKeyAlgorithm::Ec,
            }),
            status: key.status.map(|status| match status {
                Status::Next => SigningKeyStatus::Next,
                Status::Current => SigningKeyStatus::Current,
                Status::Previous => SigningKeyStatus::Previous,
            }),
            effective_at: key.effective_at.map(|at| at.0),
        }
    }
}

fn shown(keys: Vec<Key>) -> Json<Vec<OidcKey>> {
    Json(keys.into_iter().map(OidcKey::from).collect())
}

/// How a new key follows.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotateKeys {
    /// EC if absent; ignored for cookie keys.
    #[serde(default)]
    signing_key_algorithm: Option<SigningKeyAlgorithm>,
    /// Seconds that the new key is published before it signs.
    #[serde(default)]
    rotation_grace_period: Option<i64>,
}

impl Validate for RotateKeys {
    fn validate(&self, issues: &mut Issues) {
        if let Some(grace) = self.rotation_grace_period {
            issues.range("rotationGracePeriod", grace, 0, i64::from(u32::MAX));
        }
    }
}

/// The keys, newest first.
#[utoipa::path(get, path = "/api/configs/oidc/{keyType}", operation_id = "GetOidcKeys", tag = "Configs",
    params(("keyType" = OidcKeyType, Path)), responses((status = 200, body = [OidcKey])))]
pub(crate) async fn list_oidc_keys(ctx: Context, Path(key_type): Path<String>) -> Result<Json<Vec<OidcKey>>> {
    let purpose = OidcKeyType::read(&key_type)?.purpose();
    Ok(shown(keys::list(&ctx, purpose).await?))
}

/// Makes a new key that follows the current one.
#[utoipa::path(post, path = "/api/configs/oidc/{keyType}/rotate", operation_id = "RotateOidcKeys", tag = "Configs",
    params(("keyType" = OidcKeyType, Path)), request_body = RotateKeys,
    responses((status = 200, body = [OidcKey]), (status = 422)))]
pub(crate) async fn rotate_oidc_keys(
    ctx: Context,
    Path(key_type): Path<String>,
    Valid(input): Valid<RotateKeys>,
) -> Result<Json<Vec<OidcKey>>> {
    let grace = input.rotation_grace_period;
    let keys = match OidcKeyType::read(&key_type)? {
        OidcKeyType::CookieKeys => keys::rotate_cookie_keys(&ctx, grace).await?,
        OidcKeyType::PrivateKeys => {
            let family = match input.signing_key_algorithm {
                Some(SigningKeyAlgorithm::Rsa) => Family::Rsa,
                Some(SigningKeyAlgorithm::Ec) | None => Family::Ec,
            };
            keys::rotate_token_keys(&ctx, family, grace).await?
        }
    };
    Ok(shown(keys))
}

/// Gives a key up.
#[utoipa::path(delete, path = "/api/configs/oidc/{keyType}/{keyId}", operation_id = "DeleteOidcKey", tag = "Configs",
    params(("keyType" = OidcKeyType, Path), ("keyId" = String, Path)),
    responses((status = 204), (status = 404), (status = 422)))]
pub(crate) async fn delete_oidc_key(
    ctx: Context,
    Path((key_type, key_id)): Path<(String, String)>,
) -> Result<StatusCode> {
    keys::delete(&ctx, OidcKeyType::read(&key_type)?.purpose(), &key_id).await?;
    Ok(StatusCode::NO_CONTENT)
}
