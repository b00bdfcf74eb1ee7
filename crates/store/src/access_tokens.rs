//! Opaque access tokens, kept as hashes, and the statements that answer for them: userinfo and introspection.

use crate::db::{FromRow, Json, Row};
use crate::standing::{self, Standing, standing_columns, standing_joins};
use crate::{Result, Tx, bind};
use soleira_core::model::{User, UserProfile};
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
    /// In which session it began.
    pub session_uid: SessionUid,
    /// The session's name for the client.
    pub sid: Option<String>,
    /// Its scope, a space-separated list.
    pub scope: String,
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

const TOKEN_WIDTH: usize = 9;

/// The columns of [`AccessTokenRow`], whose alias is `t`.
macro_rules! token_columns {
    () => {
        "t.grant_id, t.client_id, t.user_id, t.session_uid, t.sid, t.scope, t.expires_with_session, t.created_at, \
         t.expires_at, "
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
        expires_with_session: row.at(first + 6)?,
        created_at: row.at(first + 7)?,
        expires_at: row.at(first + 8)?,
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
        let first = TOKEN_WIDTH + standing::WIDTH;
        let token = token(row, 0)?;
        let user = match row.at::<Option<Timestamp>>(first + 8)? {
            None => None,
            Some(created_at) => Some(User {
                tenant_id: row.at(first)?,
                id: token.user_id.clone(),
                username: row.at(first + 1)?,
                primary_email: row.at(first + 2)?,
                primary_phone: row.at(first + 3)?,
                name: row.at(first + 4)?,
                avatar: row.at(first + 5)?,
                profile: row.at::<Json<UserProfile>>(first + 6)?.0,
                custom_data: row.at::<Json<_>>(first + 7)?.0,
                password: None,
                password_updated_at: None,
                is_password_expired: false,
                is_suspended: row.at(TOKEN_WIDTH + 7)?,
                application_id: None,
                last_sign_in_at: None,
                created_at,
                updated_at: row.at(first + 9)?,
            }),
        };
        Ok(Self {
            token,
            standing: Standing::read(row, TOKEN_WIDTH)?,
            user,
        })
    }
}

/// Stores an access token.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32], token: &AccessTokenRow) -> Result<()> {
    tx.run(
        "insert into access_tokens (tenant_id, token_hash, grant_id, client_id, user_id, session_uid, sid, scope,
                expires_with_session, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        bind![
            tenant,
            token_hash,
            &token.grant_id,
            &token.client_id,
            &token.user_id,
            &token.session_uid,
            &token.sid,
            &token.scope,
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
            ", u.tenant_id, u.username, u.primary_email, u.primary_phone, u.name, u.avatar, u.profile, u.custom_data, \
             u.created_at, u.updated_at from access_tokens t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.token_hash = $2"
        ),
        bind![tenant, token_hash],
    )
    .await
}

/// A token of either kind, whatever became of it, in one statement.
pub async fn find_any(tx: &mut Tx<'_>, tenant: &TenantId, token_hash: &[u8; 32]) -> Result<Option<StandingToken>> {
    tx.one(
        concat!(
            "select t.is_refresh, t.consumed_at, ",
            token_columns!(),
            standing_columns!(),
            " from (select tenant_id, grant_id, client_id, user_id, session_uid, sid, scope, expires_with_session, \
                    created_at, expires_at, (1 = 0) as is_refresh, null as consumed_at \
                      from access_tokens where tenant_id = $1 and token_hash = $2 \
                    union all \
                    select tenant_id, grant_id, client_id, user_id, session_uid, sid, scope, expires_with_session, \
                    created_at, expires_at, (1 = 1), consumed_at \
                      from refresh_tokens where tenant_id = $1 and token_hash = $2) t",
            standing_joins!()
        ),
        bind![tenant, token_hash],
    )
    .await
}
