//! Opaque access tokens, kept as hashes, and the statements that answer for them: userinfo and introspection.

use crate::db::{FromRow, Json, Row};
use crate::standing::{self, Standing, person_columns, standing_columns, standing_joins};
use crate::{Result, Tx, bind};
use serde_json::{Map, Value};
use soleira_core::model::User;
use soleira_core::{ApplicationId, GrantId, SessionUid, TenantId, Timestamp, UserId};

/// A stored access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessTokenRow {
    /// The grant it belongs to.
    pub grant_id: GrantId,
    /// The client it was issued to.
    pub client_id: ApplicationId,
    /// Whose it is.
    pub user_id: UserId,
    /// In which session it began; empty for one that was exchanged.
    pub session_uid: SessionUid,
    /// The session's name for the client.
    pub sid: Option<String>,
    /// Its scope, a space-separated list.
    pub scope: String,
    /// Claims beside the standard ones: what introspection tells of it.
    pub extra: Map<String, Value>,
    /// Whether it ends with the session.
    pub expires_with_session: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Which kind of token was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An opaque access token.
    Access,
    /// A refresh token.
    Refresh,
}

/// A token of either kind with what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingToken {
    /// Which kind.
    pub kind: TokenKind,
    /// When it was replaced; refresh tokens only.
    pub consumed_at: Option<Timestamp>,
    /// The token.
    pub token: AccessTokenRow,
    /// What it stands on.
    pub standing: Standing,
}

/// A token that asks for claims, and the person it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct UserinfoToken {
    /// The token.
    pub token: AccessTokenRow,
    /// What it stands on.
    pub standing: Standing,
    /// The person, without password; absent if they are gone.
    pub user: Option<User>,
}

const TOKEN_WIDTH: usize = 10;

/// The columns of [`AccessTokenRow`], whose alias is `t`.
macro_rules! token_columns {
    () => {
        "t.grant_id, t.client_id, t.user_id, t.session_uid, t.sid, t.scope, t.extra, t.expires_with_session, \
         t.created_at, t.expires_at, "
    };
}

fn token(row: &Row<'_>, first: usize) -> Result<AccessTokenRow> {
    Ok(AccessTokenRow {
        grant_id: row.at(first)?,
        client_id: row.at(first + 1)?,
        user_id: row.at(first + 2)?,
        session_uid: row.at(first + 3)?,
        sid: row.at(first + 4)?,
        scope: row.at(first + 5)?,
        extra: row
            .at::<Option<Json<_>>>(first + 6)?
            .map(|json| json.0)
            .unwrap_or_default(),
        expires_with_session: row.at(first + 7)?,
        created_at: row.at(first + 8)?,
        expires_at: row.at(first + 9)?,
    })
}

impl FromRow for StandingToken {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let is_refresh: bool = row.at(0)?;
        Ok(Self {
            kind: if is_refresh {
                TokenKind::Refresh
            } else {
                TokenKind::Access
            },
            consumed_at: row.at(1)?,
            token: token(row, 2)?,
            standing: Standing::read(row, 2 + TOKEN_WIDTH)?,
        })
    }
}

impl FromRow for UserinfoToken {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let token = token(row, 0)?;
        Ok(Self {
            standing: Standing::read(row, TOKEN_WIDTH)?,
            user: standing::person(row, TOKEN_WIDTH, &token.user_id)?,
            token,
        })
    }
}

/// Stores an access token.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32], token: &AccessTokenRow) -> Result<()> {
    let extra = (!token.extra.is_empty())
        .then(|| serde_json::to_string(&token.extra))
        .transpose()?;
    tx.run(
        "insert into access_tokens (tenant_id, token_hash, grant_id, client_id, user_id, session_uid, sid, scope,
                extra, expires_with_session, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        bind![
            tenant,
            token_hash,
            &token.grant_id,
            &token.client_id,
            &token.user_id,
            &token.session_uid,
            &token.sid,
            &token.scope,
            &extra,
            token.expires_with_session,
            token.created_at,
            token.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A token for the userinfo endpoint with the person it is about, whatever became of it, in one statement.
pub async fn userinfo(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32]) -> Result<Option<UserinfoToken>> {
    tx.one(
        concat!(
            "select ",
            token_columns!(),
            standing_columns!(),
            person_columns!(),
            " from access_tokens t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.token_hash = $2"
        ),
        bind![tenant, token_hash],
    )
    .await
}

/// An access token with what it stands on, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32]) -> Result<Option<StandingToken>> {
    tx.one(
        concat!(
            "select (1 = 0), cast(null as bigint), ",
            token_columns!(),
            standing_columns!(),
            " from access_tokens t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.token_hash = $2"
        ),
        bind![tenant, token_hash],
    )
    .await
}

/// A token of either kind, whatever became of it, in one statement: by its hash as an access token and as a refresh token.
pub async fn find_any(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    access_hash: &[u8; 32],
    refresh_hash: &[u8; 32],
) -> Result<Option<StandingToken>> {
    tx.one(
        concat!(
            "select t.is_refresh, t.consumed_at, ",
            token_columns!(),
            standing_columns!(),
            " from (select tenant_id, grant_id, client_id, user_id, session_uid, sid, scope, extra, \
                    expires_with_session, created_at, expires_at, (1 = 0) as is_refresh, null as consumed_at \
                      from access_tokens where tenant_id = $1 and token_hash = $2 \
                    union all \
                    select tenant_id, grant_id, client_id, user_id, session_uid, sid, scope, null, \
                    expires_with_session, created_at, expires_at, (1 = 1), consumed_at \
                      from refresh_tokens where tenant_id = $1 and token_hash = $3) t",
            standing_joins!()
        ),
        bind![tenant, access_hash, refresh_hash],
    )
    .await
}
