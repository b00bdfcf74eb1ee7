//! The keys of a tenant: those that sign tokens, parsed once, and those that sign cookies.
//!
//! What counts changes with time and not only with configuration (`soleira_directory::keys`): the cache holds the keys of
//! every phase that is known ahead, and the present chooses.

use crate::metadata::Documents;
use soleira_core::{Result, Secret, Timestamp};
use soleira_crypto::digest::sha256;
use soleira_crypto::jws::{JwsError, Unverified};
use soleira_crypto::{Algorithm, JwkSet, SigningKey, VerifyingKeys};
use soleira_runtime::Ctx;
use soleira_store::signing_keys::{self, Purpose, SigningKeyRow};
use soleira_store::{Error, Tx};
use std::sync::Arc;

/// The token keys of a tenant.
#[derive(Debug)]
pub struct TokenKeys {
    /// The key that signs now.
    pub signing: Arc<SigningKey>,
    /// The keys that tokens are verified with, each with the one algorithm that it signs with: the current, the next and
    /// the previous one.
    pub verifying: VerifyingKeys,
    /// The same keys as they are published (RFC 7517), in that order.
    pub published: JwkSet,
    /// What the server publishes as long as these are the keys, written once.
    pub(crate) documents: Documents,
    /// Digests of tokens whose signature was good under one of these keys.
    verified: quick_cache::sync::Cache<[u8; 32], ()>,
}

/// Tokens whose verification is remembered: of those who call an API again and again, each has one.
const REMEMBERED: usize = 1_000;

impl TokenKeys {
    /// Verifies that a token, already taken apart, was signed by one of these keys. The same bytes are verified once: a
    /// caller shows its token again and again, and as long as the keys are the same ones, so is the answer. Everything
    /// else about the token is for the caller to look at each time.
    ///
    /// # Errors
    /// As [`Unverified::verify`].
    pub fn verify(&self, token: &str, unverified: Unverified<'_>) -> Result<(), JwsError> {
        let key = self.verifying.find(unverified.header()).ok_or(JwsError::UnknownKey)?;
        let digest = sha256(token.as_bytes());
        if self.verified.get(&digest).is_none() {
            unverified.verify(key)?;
            self.verified.insert(digest, ());
        }
        Ok(())
    }

    /// The algorithms of the published keys, each once.
    pub fn algorithms(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        for key in &self.published.keys {
            let name = key.alg.as_deref().and_then(Algorithm::parse).map(Algorithm::as_str);
            let usable: &[&'static str] = match &name {
                Some(name) => std::slice::from_ref(name),
                // An RSA key is published without `alg`: either padding verifies.
                None => &["RS256", "PS256"],
            };
            names.extend(
                usable
                    .iter()
                    .filter(|name| !names.contains(name))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        names
    }
}

/// What holds from a time on, until the next one.
struct Phases<T>(Vec<(Timestamp, T)>);

impl<T> Phases<T> {
    /// What holds at a time.
    fn at(&self, now: Timestamp) -> Option<&T> {
        let started = self.0.partition_point(|(from, _)| *from <= now);
        self.0.get(started.saturating_sub(1)).map(|(_, held)| held)
    }

    /// Something made of the rows for every time at which they begin to mean something else.
    fn of(
        rows: &[SigningKeyRow],
        make: impl Fn(&[SigningKeyRow], Timestamp) -> soleira_store::Result<T>,
    ) -> soleira_store::Result<Self> {
        let mut times = vec![Timestamp(i64::MIN)];
        times.extend(rows.iter().flat_map(|row| [row.effective_at, row.retires_at]).flatten());
        times.sort();
        times.dedup();
        times
            .into_iter()
            .map(|from| Ok((from, make(&signing_keys::as_of(rows, from), from)?)))
            .collect::<soleira_store::Result<_>>()
            .map(Self)
    }
}

/// The token keys of the context's tenant, as they stand now.
///
/// # Errors
/// When the tenant has no current key, or one that this key-encryption key does not open.
pub async fn of(ctx: &Ctx) -> Result<Arc<TokenKeys>> {
    let phases = ctx.cached("token keys", ctx, |ctx, tx| Box::pin(load(ctx, tx))).await?;
    phases
        .at(ctx.now())
        .cloned()
        .ok_or_else(|| soleira_core::Error::internal("a tenant has keys in every phase"))
}

async fn load(ctx: &Ctx, tx: &mut Tx<'_>) -> soleira_store::Result<Phases<Arc<TokenKeys>>> {
    let rows = signing_keys::all(tx, &ctx.tenant.id, Purpose::Oidc).await?;
    let mut parsed: Vec<(&str, Arc<SigningKey>)> = Vec::new();
    for row in &rows {
        let key =
            SigningKey::from_pem(open(ctx, row)?.expose()).map_err(|e| Error::Other(format!("key {}: {e}", row.id)))?;
        parsed.push((&row.id, Arc::new(key)));
    }
    let key_of = |row: &SigningKeyRow| {
        let found = parsed.iter().find(|(id, _)| *id == row.id);
        found.map(|(_, key)| Arc::clone(key))
    };
    Phases::of(&rows, |standing, from| {
        let signing = signing_keys::signing(standing, from).and_then(key_of);
        let signing =
            signing.ok_or_else(|| Error::Other(format!("tenant {} has no current signing key", ctx.tenant.id)))?;
        let keys: Vec<Arc<SigningKey>> = standing.iter().filter_map(key_of).collect();
        let verifying = keys
            .iter()
            .map(|key| key.verifying_key())
            .collect::<Result<VerifyingKeys, _>>()
            .map_err(|error| Error::Other(format!("tenant {}: {error}", ctx.tenant.id)))?;
        Ok(Arc::new(TokenKeys {
            signing,
            verifying,
            published: JwkSet {
                keys: keys.iter().map(|key| key.public_jwk().clone()).collect(),
            },
            documents: Documents::default(),
            verified: quick_cache::sync::Cache::new(REMEMBERED),
        }))
    })
}

/// The keys of the tenant's cookies: the first signs, all verify.
///
/// # Errors
/// When one is sealed with another key-encryption key.
pub async fn cookie_keys(ctx: &Ctx) -> Result<Arc<[Secret]>> {
    let phases = ctx
        .cached("cookie keys", ctx, |ctx, tx| Box::pin(load_cookie_keys(ctx, tx)))
        .await?;
    Ok(phases.at(ctx.now()).map(|keys| keys.0.clone()).unwrap_or_default())
}

struct CookieKeys(Arc<[Secret]>);

async fn load_cookie_keys(ctx: &Ctx, tx: &mut Tx<'_>) -> soleira_store::Result<Phases<CookieKeys>> {
    let rows = signing_keys::all(tx, &ctx.tenant.id, Purpose::Cookie).await?;
    Phases::of(&rows, |standing, from| {
        let signing = signing_keys::signing(standing, from).map(|row| row.id.clone());
        let (first, rest): (Vec<_>, Vec<_>) = standing.iter().partition(|row| Some(&row.id) == signing.as_ref());
        let keys = first.into_iter().chain(rest).map(|row| open(ctx, row));
        Ok(CookieKeys(keys.collect::<soleira_store::Result<Vec<_>>>()?.into()))
    })
}

fn open(ctx: &Ctx, row: &SigningKeyRow) -> soleira_store::Result<Secret> {
    ctx.app
        .vault
        .open_text(&signing_keys::context(&ctx.tenant.id, &row.id), &row.sealed)
        .map_err(|error| Error::Other(format!("key {}: {error}", row.id)))
}

#[cfg(test)]
mod tests {
    use super::{Phases, REMEMBERED, TokenKeys};
    use soleira_core::Timestamp;
    use soleira_crypto::jws::{self, JwsError, Unverified};
    use soleira_crypto::{JwkSet, SigningKey, VerifyingKeys};
    use std::sync::Arc;

    #[test]
    fn only_what_was_verified_is_remembered() {
        let signing = Arc::new(SigningKey::generate_ec_p384().unwrap());
        let keys = TokenKeys {
            verifying: VerifyingKeys::from_iter([signing.verifying_key().unwrap()]),
            published: JwkSet { keys: Vec::new() },
            documents: super::Documents::default(),
            verified: quick_cache::sync::Cache::new(REMEMBERED),
            signing,
        };
        let verify = |token: &str| keys.verify(token, Unverified::parse(token).unwrap());
        let token = jws::sign(&keys.signing, None, &serde_json::json!({"sub": "ada"})).unwrap();
        let (content, signature) = token.rsplit_once('.').unwrap();
        let (header, _) = content.split_once('.').unwrap();
        let forged = [
            format!("{header}.eyJzdWIiOiJldmUifQ.{signature}"),
            format!("{content}.{}", "A".repeat(signature.len())),
        ];
        for _ in 0..2 {
            assert_eq!(verify(&token), Ok(()));
            for forged in &forged {
                assert_eq!(verify(forged), Err(JwsError::BadSignature));
            }
        }
        assert_eq!(keys.verified.len(), 1);
        let stranger = SigningKey::generate_ec_p384().unwrap();
        let foreign = jws::sign(&stranger, None, &serde_json::json!({"sub": "ada"})).unwrap();
        assert_eq!(verify(&foreign), Err(JwsError::UnknownKey));
    }

    #[test]
    fn a_phase_holds_until_the_next_one() {
        let phases = Phases(vec![
            (Timestamp(i64::MIN), "a"),
            (Timestamp(10), "b"),
            (Timestamp(20), "c"),
        ]);
        let at = |now| phases.at(Timestamp(now)).copied();
        assert_eq!(
            [at(-1), at(9), at(10), at(19), at(20), at(99)],
            [Some("a"), Some("a"), Some("b"), Some("b"), Some("c"), Some("c")]
        );
    }
}
