//! Device codes (RFC 8628), kept as hashes: the device's own by SHA-256, the short one that a person types by a keyed
//! hash. A browser takes one up once, a person decides once, the device redeems it once.

use crate::db::{FromRow, Json, Row};
use crate::standing::{Standing, standing_columns, standing_joins};
use crate::{Result, Tx, bind};
use soleira_core::{ApplicationId, GrantId, InteractionId, SessionUid, TenantId, Timestamp, UserId};

/// What became of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A person allowed it.
    Allowed,
    /// A person refused it, or it was refused to them.
    Aborted,
}

/// A device code as its person and its device see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCodeRow {
    /// The client that the device belongs to.
    pub client_id: ApplicationId,
    /// The parameters of the request, as JSON.
    pub params: String,
    /// What was decided; absent while nobody did.
    pub outcome: Option<Outcome>,
    /// The interaction that a browser has under way for it, or had.
    pub interaction_id: Option<InteractionId>,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
}

impl FromRow for DeviceCodeRow {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            client_id: row.at(0)?,
            params: row.at(1)?,
            outcome: match row.at::<Option<String>>(2)?.as_deref() {
                None => None,
                Some("allowed") => Some(Outcome::Allowed),
                Some(_) => Some(Outcome::Aborted),
            },
            interaction_id: row.at(3)?,
            created_at: row.at(4)?,
            expires_at: row.at(5)?,
            consumed_at: row.at(6)?,
        })
    }
}

/// What a person allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    /// The grant.
    pub grant_id: GrantId,
    /// Who allowed it.
    pub user_id: UserId,
    /// In which session.
    pub session_uid: SessionUid,
    /// The session's name for the client.
    pub sid: Option<String>,
    /// The scope, a space-separated list.
    pub scope: String,
    /// The resources.
    pub resources: Vec<String>,
    /// When the person signed in, if ID tokens are to tell.
    pub auth_time: Option<Timestamp>,
    /// Whether what is issued for it ends with the session.
    pub expires_with_session: bool,
}

/// A code that a person allowed, with what it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedCode {
    /// The client that the device belongs to.
    pub client_id: ApplicationId,
    /// The parameters of the request, as JSON.
    pub params: String,
    /// What was allowed.
    pub allowance: Allowance,
    /// When the code expires.
    pub expires_at: Timestamp,
    /// When it was redeemed.
    pub consumed_at: Option<Timestamp>,
    /// What it stands on.
    pub standing: Standing,
}

impl FromRow for AllowedCode {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            client_id: row.at(0)?,
            params: row.at(1)?,
            allowance: Allowance {
                grant_id: row.at(2)?,
                user_id: row.at(3)?,
                session_uid: row.at(4)?,
                sid: row.at(5)?,
                scope: row.at(6)?,
                resources: row.at::<Json<Vec<String>>>(7)?.0,
                auth_time: row.at(8)?,
                expires_with_session: row.at(9)?,
            },
            expires_at: row.at(10)?,
            consumed_at: row.at(11)?,
            standing: Standing::read(row, 12)?,
        })
    }
}

/// The hashes by which a code is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashes {
    /// Of the code that the device keeps.
    pub device: [u8; 32],
    /// Of the code that the person types, keyed.
    pub user: [u8; 32],
}

/// Stores a code; `false` when another one has the same user code.
pub async fn insert(tx: &mut Tx<'_>, tenant: &TenantId, hashes: &Hashes, code: &DeviceCodeRow) -> Result<bool> {
    let rows = tx
        .run(
            "insert into device_codes (tenant_id, code_hash, user_code_hash, client_id, params, expires_with_session,
                    created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (tenant_id, user_code_hash) do nothing",
            bind![
                tenant,
                &hashes.device,
                &hashes.user,
                &code.client_id,
                &code.params,
                true,
                code.created_at,
                code.expires_at
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// A code by the hash of what the person typed, whatever became of it.
pub async fn by_user_code(tx: &mut Tx<'_>, tenant: &TenantId, user_hash: &[u8; 32]) -> Result<Option<DeviceCodeRow>> {
    tx.one(
        "select client_id, params, outcome, interaction_id, created_at, expires_at, consumed_at from device_codes
          where tenant_id = $1 and user_code_hash = $2",
        bind![tenant, user_hash],
    )
    .await
}

/// A code by the hash of what the device has, whatever became of it.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32]) -> Result<Option<DeviceCodeRow>> {
    tx.one(
        "select client_id, params, outcome, interaction_id, created_at, expires_at, consumed_at from device_codes
          where tenant_id = $1 and code_hash = $2",
        bind![tenant, code_hash],
    )
    .await
}

/// Takes a code up in a browser; of all who try one succeeds.
pub async fn take_up(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user_hash: &[u8; 32],
    interaction: &InteractionId,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .run(
            "update device_codes set interaction_id = $3
              where tenant_id = $1 and user_code_hash = $2 and interaction_id is null and outcome is null
                and consumed_at is null and expires_at > $4",
            bind![tenant, user_hash, interaction, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Hands a code from one interaction on to the next one of the same browser; whether it still was under way.
pub async fn hand_on(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user_hash: &[u8; 32],
    from: &InteractionId,
    to: &InteractionId,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .run(
            "update device_codes set interaction_id = $4
              where tenant_id = $1 and user_code_hash = $2 and interaction_id = $3 and outcome is null
                and expires_at > $5",
            bind![tenant, user_hash, from, to, now],
        )
        .await?;
    Ok(rows == 1)
}

/// Notes what the person allowed in this interaction; whether the code still was under way there.
pub async fn allow(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user_hash: &[u8; 32],
    interaction: &InteractionId,
    allowance: &Allowance,
    now: Timestamp,
) -> Result<bool> {
    let resources = serde_json::to_string(&allowance.resources)?;
    let rows = tx
        .run(
            "update device_codes set outcome = 'allowed', grant_id = $4, user_id = $5, session_uid = $6, sid = $7,
                    scope = $8, resources = $9, auth_time = $10, expires_with_session = $11
              where tenant_id = $1 and user_code_hash = $2 and interaction_id = $3 and outcome is null
                and expires_at > $12",
            bind![
                tenant,
                user_hash,
                interaction,
                &allowance.grant_id,
                &allowance.user_id,
                &allowance.session_uid,
                &allowance.sid,
                &allowance.scope,
                &resources,
                allowance.auth_time,
                allowance.expires_with_session,
                now
            ],
        )
        .await?;
    Ok(rows == 1)
}

/// Notes that the person refused, in this interaction or before one began; whether it was theirs to decide.
pub async fn abort(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    user_hash: &[u8; 32],
    interaction: Option<&InteractionId>,
    now: Timestamp,
) -> Result<bool> {
    let rows = tx
        .run(
            "update device_codes set outcome = 'aborted'
              where tenant_id = $1 and user_code_hash = $2 and (interaction_id is null or interaction_id = $3)
                and outcome is null and expires_at > $4",
            bind![tenant, user_hash, interaction, now],
        )
        .await?;
    Ok(rows == 1)
}

/// A code that was allowed, with what it stands on.
pub async fn allowed(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32]) -> Result<Option<AllowedCode>> {
    tx.one(
        concat!(
            "select t.client_id, t.params, t.grant_id, t.user_id, t.session_uid, t.sid, t.scope, t.resources, \
             t.auth_time, t.expires_with_session, t.expires_at, t.consumed_at, ",
            standing_columns!(),
            " from device_codes t",
            standing_joins!(),
            "where t.tenant_id = $1 and t.code_hash = $2 and t.outcome = 'allowed'"
        ),
        bind![tenant, code_hash],
    )
    .await
}

/// Redeems a code; of all who try one succeeds.
pub async fn consume(tx: &mut Tx<'_>, tenant: &TenantId, code_hash: &[u8; 32], now: Timestamp) -> Result<bool> {
    let consumed: Option<i64> = tx
        .one(
            "update device_codes set consumed_at = $3
              where tenant_id = $1 and code_hash = $2 and consumed_at is null and outcome = 'allowed'
                and expires_at > $3
             returning consumed_at",
            bind![tenant, code_hash, now],
        )
        .await?;
    Ok(consumed.is_some())
}
