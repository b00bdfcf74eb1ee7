//! What a script for claims may know: the token, the person, their roles and organizations, the application, the way they signed in.

use crate::clients::KnownClient;
use serde_json::{Map, Value, json};
use soleira_core::model::{SocialIdentity, User};
use soleira_core::{EntropyExt, Error, GrantId, OrganizationId, Result, SessionUid, Timestamp, UserId};
use soleira_oauth::client::GrantType;
use soleira_runtime::Ctx;
use soleira_store::organizations::{self, members};
use soleira_store::permissions::{self, GivenPermission};
use soleira_store::{Tx, identities, session_submissions, users};

/// What is known of a person's token before it is issued.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) user_id: UserId,
    pub(super) grant_id: GrantId,
    /// The session that it began in; empty for one that is exchanged.
    pub(super) session_uid: SessionUid,
    pub(super) sid: Option<String>,
    pub(super) expires_with_session: bool,
    /// The resource or organization that it is for; an opaque one is for none.
    pub(super) audience: Option<String>,
    pub(super) scope: String,
    /// How it came about, as the wire names it: `authorization_code refresh_token`.
    pub(super) grant_types: String,
    /// The organization that the request names.
    pub(super) organization: Option<OrganizationId>,
    /// What was put into the subject token that is exchanged.
    pub(super) subject_token_context: Option<Value>,
}

impl Facts {
    /// The token as a script sees it: members without a value are left out.
    pub(super) fn token(&self, ctx: &Ctx, client: &KnownClient) -> Map<String, Value> {
        let session = Some(self.session_uid.as_str()).filter(|uid| !uid.is_empty());
        let mut token = Map::new();
        token.insert("kind".into(), "AccessToken".into());
        // Not the value of an opaque token, which is nobody's but the client's.
        token.insert("jti".into(), ctx.entropy().opaque().into());
        token.insert("accountId".into(), self.user_id.as_str().into());
        token.insert("clientId".into(), client.id.as_str().into());
        token.insert("grantId".into(), self.grant_id.as_str().into());
        token.insert("gty".into(), self.grant_types.clone().into());
        token.insert("scope".into(), self.scope.clone().into());
        let optional = [
            ("aud", self.audience.as_deref()),
            ("sessionUid", session),
            ("sid", self.sid.as_deref()),
        ];
        for (name, value) in optional {
            if let Some(value) = value {
                token.insert(name.into(), value.into());
            }
        }
        if self.expires_with_session {
            token.insert("expiresWithSession".into(), true.into());
        }
        token
    }
}

/// What a script learns besides a machine's token.
pub(super) fn of_machine(client: &KnownClient) -> Result<Map<String, Value>> {
    let mut context = Map::new();
    add_application(&mut context, client)?;
    Ok(context)
}

/// What a script learns besides a person's token, as it is now.
pub(super) async fn of_person(ctx: &Ctx, client: &KnownClient, facts: &Facts) -> Result<Map<String, Value>> {
    let mut reader = ctx.read().await?;
    let mut tx = reader.tx();
    let mut context = Map::new();
    context.insert("user".into(), person(&mut tx, ctx, &facts.user_id).await?);
    if let Some(subject_token_context) = &facts.subject_token_context {
        let grant = json!({ "type": GrantType::TokenExchange.as_str(), "subjectTokenContext": subject_token_context });
        context.insert("grant".into(), grant);
    }
    let submission = session_submissions::find(&mut tx, &ctx.tenant.id, &facts.session_uid).await?;
    if let Some(submission) = submission.filter(|submission| submission["userId"] == facts.user_id.as_str()) {
        context.insert("interaction".into(), submission);
    }
    add_application(&mut context, client)?;
    if let Some(id) = &facts.organization
        && let Some(organization) = organizations::find(&mut tx, &ctx.tenant.id, id).await?
    {
        let organization = json!({
            "id": organization.id,
            "name": organization.name,
            "description": organization.description,
            "customData": organization.custom_data,
        });
        context.insert("organization".into(), organization);
    }
    Ok(context)
}

/// A client of a metadata document has no registration to tell of.
fn add_application(context: &mut Map<String, Value>, client: &KnownClient) -> Result<()> {
    if !client.is_document() {
        let application = serde_json::to_value(client.application()).map_err(Error::internal)?;
        context.insert("application".into(), application);
    }
    Ok(())
}

async fn person(tx: &mut Tx<'_>, ctx: &Ctx, id: &UserId) -> Result<Value> {
    let tenant = &ctx.tenant.id;
    let Some(user) = users::find(tx, tenant, id).await? else {
        // Deleted this moment: the unit refuses.
        return Ok(json!({ "id": id }));
    };
    let identities = identities::of_user(tx, tenant, id).await?;
    let roles = roles(ctx, permissions::given_to_user(tx, tenant, id).await?);
    let joined = members::organizations(tx, tenant, id, None).await?;
    let held = members::held_everywhere(tx, tenant, id).await?;
    let mut person = account(&user, identities);
    person.insert("roles".into(), roles.into());
    let joined = joined.into_iter().map(|organization| {
        json!({ "id": organization.id, "name": organization.name, "description": organization.description })
    });
    person.insert("organizations".into(), joined.collect());
    let held = held.into_iter().map(|(organization, role): (OrganizationId, _)| {
        json!({ "organizationId": organization, "roleId": role.id, "roleName": role.name })
    });
    person.insert("organizationRoles".into(), held.collect());
    Ok(Value::Object(person))
}

fn account(user: &User, identities: Vec<SocialIdentity>) -> Map<String, Value> {
    let identities: Map<String, Value> = identities
        .into_iter()
        .map(|identity| {
            let mut account = Map::from_iter([("userId".to_owned(), identity.identity_id.into())]);
            account.extend(identity.details.map(|details| ("details".to_owned(), details)));
            (identity.target, Value::Object(account))
        })
        .collect();
    let members = json!({
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "customData": user.custom_data,
        "identities": identities,
        "lastSignInAt": user.last_sign_in_at.map(Timestamp::millis),
        "createdAt": user.created_at.millis(),
        "updatedAt": user.updated_at.millis(),
        "profile": user.profile,
        "applicationId": user.application_id,
        "cimdClientId": user.cimd_client_id,
        "isSuspended": user.is_suspended,
        "hasPassword": user.password.is_some(),
        "ssoIdentities": [],
        "mfaVerificationFactors": [],
    });
    match members {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Roles from rows that have a permission each, in their order.
fn roles(ctx: &Ctx, rows: Vec<GivenPermission>) -> Vec<Value> {
    let mut roles: Vec<(GivenPermission, Vec<Value>)> = Vec::new();
    for row in rows {
        let scope = row.scope_id.as_ref().map(|id| {
            json!({
                "id": id,
                "name": row.scope_name,
                "description": row.scope_description,
                "resourceId": row.resource_id,
                "resource": {
                    "tenantId": ctx.tenant.id,
                    "id": row.resource_id,
                    "name": row.resource_name,
                    "indicator": row.resource_indicator,
                    "isDefault": row.resource_is_default,
                    "accessTokenTtl": row.access_token_ttl,
                },
            })
        });
        match roles.last_mut() {
            Some((role, scopes)) if role.role_id == row.role_id => scopes.extend(scope),
            _ => roles.push((row, scope.into_iter().collect())),
        }
    }
    let wire = |(role, scopes): (GivenPermission, Vec<Value>)| {
        json!({
            "id": role.role_id,
            "name": role.role_name,
            "description": role.role_description,
            "scopes": scopes,
        })
    };
    roles.into_iter().map(wire).collect()
}
