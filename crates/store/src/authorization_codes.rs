//! Authorization codes, kept as hashes, consumed once.

use crate::db::{FromRow, Json, Row};
use crate::standing::{self, Standing, person_columns, standing_columns, standing_joins};
use crate::{Result, Tx, bind};
use soleira_core::model::User;
use soleira_core::{ApplicationId, GrantId, SessionUid, TenantId, Timestamp, UserId};

/// A stored code: everything that its redemption must fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeRow {
    /// The grant it belongs to.
    pub grant_id: GrantId,
    /// The client it was issued to.
    pub client_id: ApplicationId,
    /// Who signed in.
    pub user_id: UserId,
    /// In which session.
    pub session_uid: SessionUid,
    /// The session's name for the client.
    pub sid: Option<String>,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The PKCE challenge.
    pub code_challenge: Option<String>,
    /// The scope of the request, a space-separated list.
    pub scope: String,
    /// The resources of the request.
    pub resources: Vec<String>,
    /// The nonce of the request.
    pub nonce: Option<String>,
    /// When the person signed in, if ID tokens are to tell.
    pub auth_time: Option<Timestamp>,
    /// Whether what is issued for it ends with the session.
    pub expires_with_session: bool,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

/// A code with what it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct StandingCode {
    /// The code.
    pub code: CodeRow,
    /// What it stands on.
    pub standing: Standing,
    /// Whose it is, without password; absent if they are gone.
    pub user: Option<User>,
}

impl FromRow for StandingCode {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let code = CodeRow {
            grant_id: row.at(0)?,
            client_id: row.at(1)?,
            user_id: row.at(2)?,
            session_uid: row.at(3)?,
            sid: row.at(4)?,
            redirect_uri: row.at(5)?,
            code_challenge: row.at(6)?,
            scope: row.at(7)?,
            resources: row.at::<Json<Vec<String>>>(8)?.0,
            nonce: row.at(9)?,
            auth_time: row.at(10)?,
            expires_with_session: row.at(11)?,
            created_at: row.at(12)?,
            expires_at: row.at(13)?,
            consumed_at: row.at(14)?,
        };
        Ok(Self {
            user: standing::person(row, 15, &code.user_id)?,
            standing: Standing::read(row, 15)?,
            code,
        })
    }
}

/// Stores a code.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32], code: &CodeRow) -> Result<()> {
    let resources = serde_json::to_string(&code.resources)?;
    tx.run(
        "insert into authorization_codes (tenant_id, code_hash, grant_id, client_id, user_id, session_uid, sid,
                redirect_uri, code_challenge, scope, resources, nonce, auth_time, expires_with_session, created_at,
                expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
        bind![
            tenant,
            code_hash,
            &code.grant_id,
            &code.client_id,
            &code.user_id,
            &code.session_uid,
            &code.sid,
            &code.redirect_uri,
            &code.code_challenge,
            &code.scope,
            &resources,
            &code.nonce,
            code.auth_time,
            code.expires_with_session,
            code.created_at,
            code.expires_at
        ],
    )
    .await
    .map(|_| ())
}

/// A code with what it stands on, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32]) -> Result<Option<StandingCode>> {
    tx.one(
        concat!(
            "select t.grant_id, t.client_id, t.user_id, t.session_uid, t.sid, t.redirect_uri, t.code_challenge, t.scope, \
             t.resources, t.nonce, t.auth_time, t.expires_with_session, t.created_at, t.expires_at, t.consumed_at, ",
            standing_columns!(),
            person_columns!(),
            " from authorization_codes t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.code_hash = $2"
        ),
        bind![tenant, code_hash],
    )
    .await
}

/// Redeems a code; of all who try one succeeds.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let consumed: Option<i64> = tx
        .one(
            "update authorization_codes set consumed_at = $3
              where tenant_id = $1 and code_hash = $2 and consumed_at is null and expires_at > $3
             returning consumed_at",
            bind![tenant, code_hash, now],
        )
        .await?;
    Ok(consumed.is_some())
}
