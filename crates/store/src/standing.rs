//! What a code or token stands on: its grant, its user and its session, read in the statement that finds it.

use crate::Result;
use crate::db::{Json, Row};
use crate::grants::{Rejected, ResourceScopes};
use soleira_core::{ApplicationId, GrantId, Timestamp, UserId};

/// The columns of [`Standing`], after those of the artefact, whose alias is `t`.
macro_rules! standing_columns {
    () => {
        "g.user_id, g.client_id, g.openid_scope, g.resources, g.rejected, g.expires_at, g.revoked_at, u.is_suspended, \
         s.user_id, s.expires_at, c.grant_id"
    };
}

/// The joins that [`standing_columns`] reads from.
macro_rules! standing_joins {
    () => {
        " left join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id \
          left join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
          left join sessions s on s.tenant_id = t.tenant_id and s.uid = t.session_uid \
          left join session_clients c on c.tenant_id = t.tenant_id and c.session_uid = t.session_uid \
                and c.client_id = t.client_id "
    };
}

pub(crate) use {standing_columns, standing_joins};

/// How many columns [`Standing`] has.
pub(crate) const WIDTH: usize = 11;

/// What a code or token stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its grant; absent if it is gone.
    pub grant: Option<GrantState>,
    /// Whether its user is suspended; absent if the user is gone.
    pub user_is_suspended: Option<bool>,
    /// Its session; absent if it ended.
    pub session: Option<SessionState>,
    /// The grant that the session now has for the client.
    pub session_grant_id: Option<GrantId>,
}

/// The state of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantState {
    /// Who granted.
    pub user_id: UserId,
    /// To whom.
    pub client_id: ApplicationId,
    /// Standard scopes, a space-separated list.
    pub openid_scope: String,
    /// Scopes of resources.
    pub resources: ResourceScopes,
    /// What was refused.
    pub rejected: Rejected,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionState {
    /// Who is signed in.
    pub user_id: Option<UserId>,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Standing {
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Self> {
        let grant = match row.at::<Option<UserId>>(first)? {
            None => None,
            Some(user_id) => Some(GrantState {
                user_id,
                client_id: row.at(first + 1)?,
                openid_scope: row.at(first + 2)?,
                resources: row.at::<Json<ResourceScopes>>(first + 3)?.0,
                rejected: row.at::<Json<Rejected>>(first + 4)?.0,
                expires_at: row.at(first + 5)?,
                revoked_at: row.at(first + 6)?,
            }),
        };
        let session = match row.at::<Option<Timestamp>>(first + 9)? {
            None => None,
            Some(expires_at) => Some(SessionState {
                user_id: row.at(first + 8)?,
                expires_at,
            }),
        };
        Ok(Self {
            grant,
            user_is_suspended: row.at(first + 7)?,
            session,
            session_grant_id: row.at(first + 10)?,
        })
    }
}
