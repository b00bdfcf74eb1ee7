//! The one gate: whatever is issued to a person or in their name passes here, so that suspended people, ended sessions,
//! revoked grants and closed applications get nothing anywhere.

use soleira_core::{ApplicationId, GrantId, Timestamp, UserId};
use soleira_oauth::grant::Granted;
use soleira_oauth::{Client, Error, ErrorCode, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::grants::{GrantRow, Rejected, ResourceScopes};
use soleira_store::standing::{GrantState, Standing};
use soleira_store::{Tx, access_rules};

/// A code or token that wants to be honoured.
#[derive(Debug, Clone, Copy)]
pub struct Artefact<'a> {
    /// The client it was issued to.
    pub client_id: &'a ApplicationId,
    /// Whose it is.
    pub user_id: &'a UserId,
    /// The grant it belongs to.
    pub grant_id: &'a GrantId,
    /// Whether it ends with the session.
    pub expires_with_session: bool,
    /// When it expires.
    pub expires_at: Timestamp,
    /// What it stands on.
    pub standing: &'a Standing,
}

/// Why nothing is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closed {
    /// Its time is over.
    Expired,
    /// The session that it was bound to ended, changed its user or got another grant: as if it had never been.
    SessionEnded,
    /// The grant is gone, revoked, expired or another client's.
    GrantGone,
    /// The user is gone.
    UserGone,
    /// The user is suspended.
    UserSuspended,
    /// The application admits listed people only, and this person is not one of them.
    NotAdmitted,
}

impl Closed {
    /// What the log should say.
    pub const fn cause(self) -> &'static str {
        match self {
            Self::Expired => "it has expired",
            Self::SessionEnded => "its session has ended",
            Self::GrantGone => "its grant was revoked or has expired",
            Self::UserGone => "its user does not exist",
            Self::UserSuspended => "its user is suspended",
            Self::NotAdmitted => "the application does not admit its user",
        }
    }
}

impl From<Closed> for Error {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::NotAdmitted => Self::new(ErrorCode::AccessDenied).caused_by(closed.cause()),
            _ => Self::invalid_grant(closed.cause()),
        }
    }
}

/// Lets a code or token through, with what its grant allows.
pub fn pass(artefact: Artefact<'_>, now: Timestamp) -> Result<Granted, Closed> {
    let granted = stand(artefact, now)?;
    admit_user(artefact.standing.user_is_suspended)?;
    Ok(granted)
}

/// Whether a code or token still stands, whoever its person is by now: its session, its time, its grant. Nothing may be
/// issued for it before the person was let through as well ([`admit_user`]).
pub fn stand(artefact: Artefact<'_>, now: Timestamp) -> Result<Granted, Closed> {
    let standing = artefact.standing;
    if artefact.expires_with_session && !holds_session(artefact, now) {
        return Err(Closed::SessionEnded);
    }
    if now >= artefact.expires_at {
        return Err(Closed::Expired);
    }
    let grant = standing.grant.as_ref().filter(|grant| {
        grant.revoked_at.is_none()
            && now < grant.expires_at
            && grant.client_id == *artefact.client_id
            && grant.user_id == *artefact.user_id
    });
    Ok(granted(grant.ok_or(Closed::GrantGone)?))
}

/// Lets a person through who is signed in or signs in now. `is_suspended` is absent if the account is gone.
pub fn admit_user(is_suspended: Option<bool>) -> Result<(), Closed> {
    match is_suspended {
        None => Err(Closed::UserGone),
        Some(true) => Err(Closed::UserSuspended),
        Some(false) => Ok(()),
    }
}

/// Lets a person through to an application. One whose access is controlled admits whom a rule of it names: as a person, by
/// a role, by an organization, or by a role in an organization. Asked where something is issued, in the same unit, so
/// that a rule that was taken away holds for nobody from then on.
pub async fn admit_to_application(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    user: &UserId,
) -> soleira_store::Result<Result<(), Closed>> {
    let application = client.application();
    if !application.app_level_access_control_enabled
        || access_rules::admit(tx, &ctx.tenant.id, &application.id, user).await?
    {
        return Ok(Ok(()));
    }
    Ok(Err(Closed::NotAdmitted))
}

/// Whether the session that it was issued in still is this user's and still has this grant for the client.
fn holds_session(artefact: Artefact<'_>, now: Timestamp) -> bool {
    let standing = artefact.standing;
    let same_user = standing
        .session
        .as_ref()
        .is_some_and(|session| now < session.expires_at && session.user_id.as_ref() == Some(artefact.user_id));
    same_user && standing.session_grant_id.as_ref() == Some(artefact.grant_id)
}

fn granted(state: &GrantState) -> Granted {
    read_granted(&state.openid_scope, &state.resources, &state.rejected)
}

/// What a stored grant allows.
pub(crate) fn granted_of_row(row: &GrantRow) -> Granted {
    read_granted(&row.openid_scope, &row.resources, &row.rejected)
}

fn read_granted(openid: &str, resources: &ResourceScopes, rejected: &Rejected) -> Granted {
    let sets = |map: &ResourceScopes| {
        map.iter()
            .map(|(name, scope)| (name.clone(), ScopeSet::parse(scope)))
            .collect()
    };
    Granted {
        openid: ScopeSet::parse(openid),
        resources: sets(resources),
        rejected_openid: ScopeSet::parse(&rejected.openid),
        rejected_resources: sets(&rejected.resources),
    }
}

/// Writes what is allowed into a stored grant.
pub(crate) fn write_granted(granted: &Granted, row: &mut GrantRow) {
    let texts = |sets: &std::collections::BTreeMap<String, ScopeSet>| {
        sets.iter()
            .map(|(name, scope)| (name.clone(), scope.to_string()))
            .collect()
    };
    row.openid_scope = granted.openid.to_string();
    row.resources = texts(&granted.resources);
    row.rejected = Rejected {
        openid: granted.rejected_openid.to_string(),
        resources: texts(&granted.rejected_resources),
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_store::standing::SessionState;

    const NOW: Timestamp = Timestamp(1000);

    fn standing() -> Standing {
        Standing {
            grant: Some(GrantState {
                user_id: "u".into(),
                client_id: "c".into(),
                openid_scope: "openid".into(),
                resources: ResourceScopes::new(),
                rejected: Rejected::default(),
                expires_at: Timestamp(2000),
                revoked_at: None,
            }),
            user_is_suspended: Some(false),
            session: Some(SessionState {
                user_id: Some("u".into()),
                expires_at: Timestamp(2000),
            }),
            session_grant_id: Some("g".into()),
        }
    }

    fn passes(standing: &Standing, expires_with_session: bool) -> Result<Granted, Closed> {
        let (client, user, grant) = ("c".into(), "u".into(), "g".into());
        let artefact = Artefact {
            client_id: &client,
            user_id: &user,
            grant_id: &grant,
            expires_with_session,
            expires_at: Timestamp(1500),
            standing,
        };
        pass(artefact, NOW)
    }

    #[test]
    fn whoever_stands_passes() {
        assert_eq!(passes(&standing(), true).unwrap().openid.to_string(), "openid");
    }

    #[test]
    fn each_missing_stone_closes_the_gate() {
        let with = |change: &dyn Fn(&mut Standing)| {
            let mut standing = standing();
            change(&mut standing);
            passes(&standing, false).unwrap_err()
        };
        assert_eq!(with(&|s| s.grant = None), Closed::GrantGone);
        assert_eq!(
            with(&|s| s.grant.as_mut().unwrap().revoked_at = Some(NOW)),
            Closed::GrantGone
        );
        assert_eq!(with(&|s| s.grant.as_mut().unwrap().expires_at = NOW), Closed::GrantGone);
        assert_eq!(
            with(&|s| s.grant.as_mut().unwrap().client_id = "d".into()),
            Closed::GrantGone
        );
        assert_eq!(
            with(&|s| s.grant.as_mut().unwrap().user_id = "v".into()),
            Closed::GrantGone
        );
        assert_eq!(with(&|s| s.user_is_suspended = Some(true)), Closed::UserSuspended);
        assert_eq!(with(&|s| s.user_is_suspended = None), Closed::UserGone);
    }

    #[test]
    fn a_bound_token_ends_with_its_session() {
        let with = |change: &dyn Fn(&mut Standing)| {
            let mut standing = standing();
            change(&mut standing);
            (passes(&standing, true).is_ok(), passes(&standing, false).is_ok())
        };
        assert_eq!(with(&|s| s.session = None), (false, true));
        assert_eq!(with(&|s| s.session.as_mut().unwrap().expires_at = NOW), (false, true));
        assert_eq!(
            with(&|s| s.session.as_mut().unwrap().user_id = Some("v".into())),
            (false, true)
        );
        assert_eq!(with(&|s| s.session_grant_id = Some("h".into())), (false, true));
    }
}
