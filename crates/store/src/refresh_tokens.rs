//! Refresh tokens, kept as hashes that begin alike within a family. A replaced one stays for its grace; after that any
//! other row of its family tells that it was used again.

use crate::db::{FromRow, Json, Row};
use crate::standing::{self, Standing, person_columns, standing_columns, standing_joins};
use crate::{Result, Tx, bind};
use soleira_core::model::User;
use soleira_core::{ApplicationId, GrantId, SessionUid, TenantId, Timestamp, UserId};

/// A stored refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshTokenRow {
    /// The grant it belongs to.
    pub grant_id: GrantId,
    /// The client it was issued to.
    pub client_id: ApplicationId,
    /// Whose it is.
    pub user_id: UserId,
    /// In which session it began.
    pub session_uid: SessionUid,
    /// The session's name for the client.
    pub sid: Option<String>,
    /// Its scope, a space-separated list.
    pub scope: String,
    /// The resources that it may be used for.
    pub resources: Vec<String>,
    /// The nonce that ID tokens repeat.
    pub nonce: Option<String>,
    /// When the person signed in, if ID tokens are to tell.
    pub auth_time: Option<Timestamp>,
    /// When the first token of its chain was issued.
    pub chain_started_at: Timestamp,
    /// How many came before it in the chain.
    pub rotations: i64,
    /// Whether it ends with the session.
    pub expires_with_session: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was first replaced.
    pub consumed_at: Option<Timestamp>,
}

/// A refresh token with what it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingRefreshToken {
    /// The token.
    pub token: RefreshTokenRow,
    /// What it stands on.
    pub standing: Standing,
    /// Whose it is, without password; absent if they are gone.
    pub user: Option<User>,
}

impl FromRow for StandingRefreshToken {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let token = RefreshTokenRow {
            grant_id: row.at(0)?,
            client_id: row.at(1)?,
            user_id: row.at(2)?,
            session_uid: row.at(3)?,
            sid: row.at(4)?,
            scope: row.at(5)?,
            resources: row.at::<Json<Vec<String>>>(6)?.0,
            nonce: row.at(7)?,
            auth_time: row.at(8)?,
            chain_started_at: row.at(9)?,
            rotations: row.at(10)?,
            expires_with_session: row.at(11)?,
            created_at: row.at(12)?,
            expires_at: row.at(13)?,
            consumed_at: row.at(14)?,
        };
        Ok(Self {
            user: standing::person(row, 15, &token.user_id)?,
            standing: Standing::read(row, 15)?,
            token,
        })
    }
}

/// Stores a refresh token.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32], token: &RefreshTokenRow) -> Result<()> {
    let resources = serde_json::to_string(&token.resources)?;
    tx.run(
        "insert into refresh_tokens (tenant_id, token_hash, grant_id, client_id, user_id, session_uid, sid, scope,
                resources, nonce, auth_time, chain_started_at, rotations, expires_with_session, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        bind![
            tenant,
            token_hash,
            &token.grant_id,
            &token.client_id,
            &token.user_id,
            &token.session_uid,
            &token.sid,
            &token.scope,
            &resources,
            &token.nonce,
            token.auth_time,
            token.chain_started_at,
            token.rotations,
            token.expires_with_session,
            token.created_at,
            token.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A refresh token with what it stands on, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32]) -> Result<Option<StandingRefreshToken>> {
    tx.one(
        concat!(
            "select t.grant_id, t.client_id, t.user_id, t.session_uid, t.sid, t.scope, t.resources, t.nonce, \
             t.auth_time, t.chain_started_at, t.rotations, t.expires_with_session, t.created_at, t.expires_at, \
             t.consumed_at, ",
            standing_columns!(),
            person_columns!(),
            " from refresh_tokens t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.token_hash = $2"
        ),
        bind![tenant, token_hash],
    )
    .await
}

/// Notes that a token was replaced; the first time counts.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32], now: Timestamp) -> Result<Timestamp> {
    let consumed_at: Option<i64> = tx
        .one(
            "update refresh_tokens set consumed_at = coalesce(consumed_at, $3)
              where tenant_id = $1 and token_hash = $2
             returning consumed_at",
            bind![tenant, token_hash, now],
        )
        .await?;
    Ok(consumed_at.map_or(now, Timestamp))
}

/// Some token of a family, by how its hashes begin; the family is gone if there is none.
pub async fn of_family(tx: &mut Tx<'_>, tenant: &TenantId, family: &[u8; 16]) -> Result<Option<StandingRefreshToken>> {
    let (first, last) = bounds(family);
    tx.one(
        concat!(
            "select t.grant_id, t.client_id, t.user_id, t.session_uid, t.sid, t.scope, t.resources, t.nonce, \
             t.auth_time, t.chain_started_at, t.rotations, t.expires_with_session, t.created_at, t.expires_at, \
             t.consumed_at, ",
            standing_columns!(),
            person_columns!(),
            " from refresh_tokens t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.token_hash between $2 and $3 limit 1"
        ),
        bind![tenant, &first, &last],
    )
    .await
}

/// Removes the tokens of a family that were replaced before `before`.
pub async fn forget_replaced(tx: &mut Tx<'_>, tenant: &TenantId, family: &[u8; 16], before: Timestamp) -> Result<()> {
    let (first, last) = bounds(family);
    tx.run(
        "delete from refresh_tokens where tenant_id = $1 and token_hash between $2 and $3 and consumed_at < $4",
        bind![tenant, &first, &last, before],
    )
    .await
    .map(|_| ())
}

/// The first and the last hash that a family can have.
fn bounds(family: &[u8; 16]) -> ([u8; 32], [u8; 32]) {
    let (mut first, mut last) = ([0; 32], [0xff; 32]);
    first[..16].copy_from_slice(family);
    last[..16].copy_from_slice(family);
    (first, last)
}
