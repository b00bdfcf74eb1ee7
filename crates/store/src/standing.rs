//! What a code or token stands on: its grant, its user and its session, read in the statement that finds it.

use crate::Result;
use crate::db::{Json, Row};
use crate::grants::{Rejected, ResourceScopes};
use soleira_core::model::{User, UserProfile};
use soleira_core::{ApplicationId, GrantId, Timestamp, UserId};

/// The columns of [`Standing`], after those of the artefact, whose alias is `t`.
macro_rules! standing_columns {
    () => {
        "g.user_id, g.client_id, g.openid_scope, g.resources, g.rejected, g.expires_at, g.revoked_at, u.is_suspended, \
         s.user_id, s.expires_at, c.grant_id"
    };
}

/// The columns of the person, right after those of [`Standing`].
macro_rules! person_columns {
    () => {
        ", u.tenant_id, u.username, u.primary_email, u.primary_phone, u.name, u.avatar, u.profile, u.custom_data, \
         u.created_at, u.updated_at"
    };
}

/// The joins that [`standing_columns`] and [`person_columns`] read from.
macro_rules! standing_joins {
    () => {
        " left join grants g on g.tenant_id = t.tenant_id and g.id = t.grant_id \
          left join users u on u.tenant_id = t.tenant_id and u.id = t.user_id \
          left join sessions s on s.tenant_id = t.tenant_id and s.uid = t.session_uid \
          left join session_clients c on c.tenant_id = t.tenant_id and c.session_uid = t.session_uid \
                and c.client_id = t.client_id "
    };
}

pub(crate) use {person_columns, standing_columns, standing_joins};

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

/// The person that an artefact is about, without password, as far as claims tell of them; absent if they are gone.
/// `first` is the first column of the standing.
pub(crate) fn person(row: &Row<'_>, first: usize, id: &UserId) -> Result<Option<User>> {
    let own = first + WIDTH;
    let Some(created_at) = row.at::<Option<Timestamp>>(own + 8)? else {
        return Ok(None);
    };
    Ok(Some(User {
        tenant_id: row.at(own)?,
        id: id.clone(),
        username: row.at(own + 1)?,
        primary_email: row.at(own + 2)?,
        primary_phone: row.at(own + 3)?,
        name: row.at(own + 4)?,
        avatar: row.at(own + 5)?,
        profile: row.at::<Json<UserProfile>>(own + 6)?.0,
        custom_data: row.at::<Json<_>>(own + 7)?.0,
        password: None,
        password_updated_at: None,
        is_password_expired: false,
        is_suspended: row.at(first + 7)?,
        application_id: None,
        cimd_client_id: None,
        last_sign_in_at: None,
        created_at,
        updated_at: row.at(own + 9)?,
    }))
}
