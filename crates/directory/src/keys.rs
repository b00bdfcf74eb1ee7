//! The keys of a tenant, and how one follows another.
//!
//! Nodes learn of a change of configuration within a second ([`STALENESS`]). A key that signs before every node knows it
//! would make tokens that some node's key set does not explain, and cookies that some node does not believe. So a new key
//! signs [`SPREAD`] after it was made at the earliest, whatever was asked for, and the key before it signs until then,
//! even if it was deleted in between.
//!
//! Whose turn it is follows from the rows and the clock ([`signing_keys::as_of`]): no node has to write anything at the
//! moment of the change, and so it happens on all of them at once and exactly once.

use crate::{author, vault_failed};
use soleira_core::{Code, EntropyExt, Error, Kind, Result, Secret, TenantId, Timestamp};
use soleira_crypto::SigningKey;
use soleira_runtime::Ctx;
use soleira_runtime::cache::STALENESS;
use soleira_store::signing_keys::{self, SigningKeyRow};
use soleira_store::{Author, Tx, Unit, Verdict};

pub use soleira_store::signing_keys::Purpose;

/// How long a new key waits at least before it signs, in milliseconds: until every node has seen it, with two seconds for
/// clocks that differ.
pub const SPREAD: i64 = 3_000;
const _: () = assert!(SPREAD as u128 >= 2 * STALENESS.as_millis());

/// Longest grace, in seconds: a year.
const GRACE_MAX: i64 = 31_536_000;

/// What a key is, in the words of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// RSA with 4096 bits, which signs with RS256.
    Rsa,
    /// An elliptic curve: P-384 when it is made here, which signs with ES384.
    Ec,
}

/// Where a token key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Published, and yet to sign.
    Next,
    /// Signs, or does so in a moment.
    Current,
    /// Signed before; what it signed still verifies.
    Previous,
}

/// A key, for who administers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its identifier; of a token key its `kid`.
    pub id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// What it is; nothing for a cookie key.
    pub family: Option<Family>,
    /// Where it stands; nothing for a cookie key.
    pub status: Option<Status>,
    /// When its turn comes, of a key that is next.
    pub effective_at: Option<Timestamp>,
}

impl Key {
    fn of(purpose: Purpose, row: &SigningKeyRow) -> Self {
        let (family, status) = match purpose {
            Purpose::Cookie => (None, None),
            Purpose::Oidc => {
                let is_rsa = row.algorithm.starts_with("RS") || row.algorithm.starts_with("PS");
                let status = match row.status.as_str() {
                    "next" => Status::Next,
                    "current" => Status::Current,
                    _ => Status::Previous,
                };
                (Some(if is_rsa { Family::Rsa } else { Family::Ec }), Some(status))
            }
        };
        Self {
            id: row.id.clone(),
            created_at: row.created_at,
            family,
            status,
            effective_at: row.effective_at.filter(|_| status == Some(Status::Next)),
        }
    }
}

/// The keys of a purpose, newest first, as administrators see them.
pub async fn list(ctx: &Ctx, purpose: Purpose) -> Result<Vec<Key>> {
    ctx.require_administrator()?;
    let rows = signing_keys::all(&mut ctx.read().await?.tx(), &ctx.tenant.id, purpose).await?;
    Ok(listed(purpose, &signing_keys::as_of(&rows, ctx.now())))
}

fn listed(purpose: Purpose, standing: &[SigningKeyRow]) -> Vec<Key> {
    let mut rows: Vec<&SigningKeyRow> = standing.iter().filter(|row| row.retires_at.is_none()).collect();
    // A key that is next is the newest; the order is stable for keys of one moment.
    rows.sort_by_key(|row| match row.status.as_str() {
        "next" => 0,
        "current" => 1,
        _ => 2,
    });
    rows.into_iter().map(|row| Key::of(purpose, row)).collect()
}

/// Makes a new token key, which follows the current one after `grace` seconds (the process's setting if absent).
///
/// # Errors
/// 422 `oidc.invalid_request` while another key waits for its turn; 400 `guard.invalid_input`.
pub async fn rotate_token_keys(ctx: &Ctx, family: Family, grace: Option<i64>) -> Result<Vec<Key>> {
    ctx.require_administrator()?;
    let grace = grace.unwrap_or(ctx.app.settings.key_rotation_grace);
    let mut checks = crate::checks::Checks::default();
    checks.range("rotationGracePeriod", grace, 0, GRACE_MAX);
    checks.finish()?;
    let key = match family {
        Family::Ec => SigningKey::generate_ec_p384().map_err(Error::internal)?,
        // Seconds of work: not on a thread that serves requests.
        Family::Rsa => tokio::task::spawn_blocking(SigningKey::generate_rsa_4096)
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?,
    };
    follow_with(ctx, &key, grace).await
}

/// Makes a given key follow the current one after `grace` seconds.
///
/// # Errors
/// As [`rotate_token_keys`]; 422 `oidc.invalid_request` for a key that the tenant has already.
pub async fn follow_with(ctx: &Ctx, key: &SigningKey, grace: i64) -> Result<Vec<Key>> {
    ctx.require_administrator()?;
    let pem = key.to_pkcs8_pem().map_err(Error::internal)?;
    let row = sealed(ctx, key.kid().to_owned(), key.alg().as_str(), &pem)?;
    change(ctx, Purpose::Oidc, Step::Follow { row, grace }).await
}

/// Makes a new cookie key, which takes over from the current one.
///
/// # Errors
/// 422 `oidc.invalid_request` for a grace: cookie keys have none.
pub async fn rotate_cookie_keys(ctx: &Ctx, grace: Option<i64>) -> Result<Vec<Key>> {
    ctx.require_administrator()?;
    if grace.is_some_and(|grace| grace != 0) {
        return Err(refused("cookie keys have no grace period"));
    }
    let secret = Secret::new(ctx.entropy().secret());
    let row = sealed(ctx, ctx.entropy().standard_id(), "HS256", &secret)?;
    change(ctx, Purpose::Cookie, Step::Follow { row, grace: 0 }).await
}

/// Gives a key up: what it signed counts no more.
///
/// # Errors
/// 422 `oidc.key_required` for the last one; 404 `oidc.key_not_found`; 422 `oidc.only_previous_key_can_be_deleted`.
pub async fn delete(ctx: &Ctx, purpose: Purpose, id: &str) -> Result<()> {
    ctx.require_administrator()?;
    change(ctx, purpose, Step::GiveUp { id: id.to_owned() }).await?;
    Ok(())
}

fn sealed(ctx: &Ctx, id: String, algorithm: &str, secret: &Secret) -> Result<SigningKeyRow> {
    let context = signing_keys::context(&ctx.tenant.id, &id);
    Ok(SigningKeyRow {
        sealed: ctx
            .app
            .vault
            .seal(&context, secret.expose().as_bytes())
            .map_err(vault_failed)?,
        id,
        status: String::new(),
        algorithm: algorithm.to_owned(),
        created_at: ctx.now(),
        effective_at: None,
        retires_at: None,
    })
}

fn refused(why: &'static str) -> Error {
    Error::new(Code::OidcInvalidRequest)
        .kind_is(Kind::Unprocessable)
        .with_details(why)
}

async fn change(ctx: &Ctx, purpose: Purpose, step: Step) -> Result<Vec<Key>> {
    ctx.write_config(Change {
        author: author(ctx),
        tenant: ctx.tenant.id.clone(),
        purpose,
        step,
    })
    .await
}

/// One change of the keys of a purpose.
enum Step {
    Follow { row: SigningKeyRow, grace: i64 },
    GiveUp { id: String },
}

struct Change {
    author: Author,
    tenant: TenantId,
    purpose: Purpose,
    step: Step,
}

impl Unit for Change {
    type Out = Vec<Key>;

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<Vec<Key>>> {
        tx.lock(&signing_keys::lock_name(&self.tenant)).await?;
        let before = signing_keys::all(tx, &self.tenant, self.purpose).await?;
        let now = self.author.now;
        let standing = signing_keys::as_of(&before, now);
        let after = match &self.step {
            Step::Follow { row, grace } => follow(standing, row.clone(), *grace, now)?,
            Step::GiveUp { id } => give_up(standing, self.purpose, id, now)?,
        };
        signing_keys::replace(tx, &self.author, &self.tenant, self.purpose, &before, &after).await?;
        Ok(Verdict::Accept(listed(self.purpose, &after)))
    }
}

/// Whether a key may sign by now.
fn signs(row: &SigningKeyRow, now: Timestamp) -> bool {
    row.effective_at.is_none_or(|at| at <= now)
}

fn follow(
    mut standing: Vec<SigningKeyRow>,
    mut row: SigningKeyRow,
    grace: i64,
    now: Timestamp,
) -> Result<Vec<SigningKeyRow>> {
    if standing.iter().any(|key| key.status == "next") {
        return Err(refused("a key is waiting for its turn"));
    }
    if standing.iter().any(|key| key.id == row.id) {
        return Err(refused("the tenant has this key already"));
    }
    let known_everywhere = now.plus_millis(SPREAD);
    if grace > 0 {
        "next".clone_into(&mut row.status);
        row.effective_at = Some(now.plus_seconds(grace).max(known_everywhere));
        standing.push(row);
        return Ok(standing);
    }
    let current_signs = standing.iter().any(|key| key.status == "current" && signs(key, now));
    // Of the former keys at most one is kept; while the current one may not sign yet, one of the others still has to.
    if current_signs {
        standing.retain(|key| key.status == "current");
    }
    for key in &mut standing {
        if key.status == "current" {
            "previous".clone_into(&mut key.status);
        } else {
            key.retires_at = key.retires_at.or(Some(known_everywhere));
        }
    }
    "current".clone_into(&mut row.status);
    row.effective_at = Some(known_everywhere);
    standing.insert(0, row);
    Ok(standing)
}

fn give_up(mut standing: Vec<SigningKeyRow>, purpose: Purpose, id: &str, now: Timestamp) -> Result<Vec<SigningKeyRow>> {
    let visible = || standing.iter().filter(|key| key.retires_at.is_none());
    if visible().count() <= 1 {
        return Err(Code::OidcKeyRequired.into());
    }
    let Some(key) = visible().find(|key| key.id == id).cloned() else {
        return Err(Code::OidcKeyNotFound.into());
    };
    if key.status != "previous" {
        if purpose == Purpose::Oidc {
            return Err(Code::OidcOnlyPreviousKeyCanBeDeleted.into());
        }
        // Of cookie keys each may go; the one before it signs again.
        standing.retain(|other| other.id != id);
        if let Some(heir) = standing.iter_mut().find(|other| other.retires_at.is_none()) {
            "current".clone_into(&mut heir.status);
        }
        return Ok(standing);
    }
    let successor = standing.iter().find(|other| other.status == "current").cloned();
    match successor.filter(|successor| !signs(successor, now)) {
        // It has to sign a moment longer.
        Some(successor) => {
            for other in standing.iter_mut().filter(|other| other.id == id) {
                other.retires_at = successor.effective_at;
            }
        }
        None => standing.retain(|other| other.id != id),
    }
    Ok(standing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> SigningKeyRow {
        SigningKeyRow {
            id: id.to_owned(),
            status: "current".to_owned(),
            algorithm: "ES384".to_owned(),
            sealed: Vec::new(),
            created_at: Timestamp(0),
            effective_at: None,
            retires_at: None,
        }
    }

    /// What administrators see, and what signs.
    fn seen(rows: &[SigningKeyRow], now: i64) -> (String, String) {
        let standing = signing_keys::as_of(rows, Timestamp(now));
        let seen: Vec<String> = listed(Purpose::Oidc, &standing)
            .into_iter()
            .map(|key| format!("{} {:?}", key.id, key.status.unwrap()))
            .collect();
        let signing = signing_keys::signing(&standing, Timestamp(now)).unwrap();
        (seen.join(", "), signing.id.clone())
    }

    fn after(rows: Vec<SigningKeyRow>, id: &str, grace: i64, now: i64) -> Vec<SigningKeyRow> {
        let mut new = key(id);
        new.created_at = Timestamp(now);
        follow(signing_keys::as_of(&rows, Timestamp(now)), new, grace, Timestamp(now)).unwrap()
    }

    fn expect(seen_and_signing: (String, String), seen: &str, signing: &str) {
        assert_eq!(seen_and_signing, (seen.to_owned(), signing.to_owned()));
    }

    #[test]
    fn without_grace_the_old_key_signs_until_every_node_knows_the_new_one() {
        let rows = after(vec![key("a")], "b", 0, 1_000);
        expect(seen(&rows, 1_000), "b Current, a Previous", "a");
        expect(seen(&rows, 3_999), "b Current, a Previous", "a");
        expect(seen(&rows, 4_000), "b Current, a Previous", "b");
        let rows = after(rows, "c", 0, 10_000);
        expect(seen(&rows, 10_000), "c Current, b Previous", "b");
    }

    #[test]
    fn rotating_twice_in_a_moment_never_signs_with_an_unknown_key() {
        let rows = after(after(vec![key("a")], "b", 0, 1_000), "c", 0, 2_000);
        expect(seen(&rows, 2_000), "c Current, b Previous", "a");
        expect(seen(&rows, 4_000), "c Current, b Previous", "b");
        expect(seen(&rows, 5_000), "c Current, b Previous", "c");
        assert_eq!(
            signing_keys::as_of(&rows, Timestamp(5_000)).len(),
            2,
            "nothing of the first is left"
        );
        let thrice = after(rows, "d", 0, 2_500);
        expect(seen(&thrice, 2_500), "d Current, c Previous", "a");
        expect(seen(&thrice, 4_999), "d Current, c Previous", "b");
        expect(seen(&thrice, 5_000), "d Current, c Previous", "c");
        expect(seen(&thrice, 5_500), "d Current, c Previous", "d");
    }

    #[test]
    fn a_grace_stages_the_new_key() {
        let rows = after(after(vec![key("a")], "b", 0, 0), "c", 60, 10_000);
        expect(seen(&rows, 69_999), "c Next, b Current, a Previous", "b");
        expect(seen(&rows, 70_000), "c Current, b Previous", "c");
        assert!(
            follow(rows, key("d"), 0, Timestamp(20_000)).is_err(),
            "one waits already"
        );
        let short = after(vec![key("a")], "b", 1, 0);
        expect(seen(&short, 2_999), "b Next, a Current", "a");
    }

    #[test]
    fn only_the_previous_token_key_can_be_given_up() {
        let now = Timestamp(10_000);
        let give = |rows: &[SigningKeyRow], purpose, id| give_up(signing_keys::as_of(rows, now), purpose, id, now);
        let code = |rows: &[SigningKeyRow], id| give(rows, Purpose::Oidc, id).unwrap_err().code();
        assert_eq!(code(&[key("a")], "a"), Code::OidcKeyRequired);
        let rows = after(vec![key("a")], "b", 0, 1_000);
        assert_eq!(code(&rows, "x"), Code::OidcKeyNotFound);
        assert_eq!(code(&rows, "b"), Code::OidcOnlyPreviousKeyCanBeDeleted);
        expect(
            seen(&give(&rows, Purpose::Oidc, "a").unwrap(), 10_000),
            "b Current",
            "b",
        );
        expect(
            seen(&give(&rows, Purpose::Cookie, "b").unwrap(), 10_000),
            "a Current",
            "a",
        );
    }

    #[test]
    fn a_key_that_is_given_up_at_once_signs_for_a_moment_longer() {
        let rows = after(vec![key("a")], "b", 0, 1_000);
        let rows = give_up(rows, Purpose::Oidc, "a", Timestamp(1_500)).unwrap();
        expect(seen(&rows, 1_500), "b Current", "a");
        expect(seen(&rows, 4_000), "b Current", "b");
        assert_eq!(signing_keys::as_of(&rows, Timestamp(4_000)).len(), 1);
    }
}
