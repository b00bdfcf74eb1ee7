//! What a person is asked before an application of somebody else gets anything.

use super::{admit, asked_session, limits, session_hash, waiting_client};
use crate::browser::Browser;
use crate::clients::KnownClient;
use crate::interaction::Interaction;
use limits::Limits;
use soleira_core::model::{Branding, User};
use soleira_core::{Code, Error, OrganizationId, Result};
use soleira_directory::applications;
use soleira_oauth::client_document::host_of;
use soleira_oauth::{ScopeSet, resource, scope};
use soleira_runtime::Ctx;
use soleira_store::consent_scopes::{self, ResourceScopeRow};
use soleira_store::{Tx, users};
use std::collections::BTreeMap;

/// The scope by which an application asks for the organizations of a person.
pub(super) const ORGANIZATIONS_SCOPE: &str = "urn:logto:scope:organizations";

/// An application that asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Asking {
    /// Its `client_id`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The name that it presents itself by, where it has another one.
    pub display_name: Option<String>,
    /// Its logos.
    pub branding: Branding,
    /// Its terms of use.
    pub terms_of_use_url: Option<String>,
    /// Its privacy policy.
    pub privacy_policy_url: Option<String>,
    /// The host that vouches for it, if it describes itself by a document: nothing else about it is known for sure.
    pub host: Option<String>,
    /// Whether it is somebody else's.
    pub is_third_party: bool,
}

/// A permission that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedScope {
    /// Its identifier.
    pub id: String,
    /// Its name on the wire.
    pub name: String,
    /// What it is for, in the administrator's words.
    pub description: Option<String>,
}

/// What is asked for at one API resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedResource {
    /// Its identifier.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its indicator.
    pub indicator: String,
    /// The permissions.
    pub scopes: Vec<AskedScope>,
}

/// An organization that the person may open to the application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedOrganization {
    /// Its identifier.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// What is asked for there.
    pub resources: Vec<AskedResource>,
    /// Whether it was opened before.
    pub is_open: bool,
}

/// How many organizations a person may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// One for this authorization.
    One,
    /// Any number, for good.
    Any,
}

/// All that a person is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Who asks.
    pub application: Asking,
    /// Who is asked.
    pub user: User,
    /// Standard scopes, without those that say nothing to a person (`openid`, `offline_access`).
    pub openid: ScopeSet,
    /// Whether it asks to stay connected while the person is away.
    pub offline: bool,
    /// What is asked for at API resources, of what the person has by themself.
    pub resources: Vec<AskedResource>,
    /// The organizations that the person may open; none where the application does not ask for them.
    pub organizations: Vec<AskedOrganization>,
    /// How many of them.
    pub choice: Choice,
    /// Where the person goes then.
    pub redirect_uri: Option<String>,
}

/// What a person is asked before an application gets what it asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// Nothing: the application is the tenant's own.
    Nothing,
    /// Whether an application of somebody else may have this.
    Ask(Box<Asked>),
}

/// What is to be asked.
///
/// # Errors
/// `session.not_found` when nothing waits for consent or the session is not the one that is asked; `oidc.access_denied`
/// for an application that does not admit the person.
pub async fn question(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<Question> {
    let client = waiting_client(ctx, interaction).await?;
    if client.is_third_party() {
        let asked = asked_of(ctx, browser, interaction, &client).await?;
        return Ok(Question::Ask(Box::new(asked)));
    }
    // What it is granted is decided in one unit, which asks for the session and the person's admission itself.
    Ok(Question::Nothing)
}

/// What waits for consent, whoever the application belongs to.
///
/// # Errors
/// As [`question`].
pub async fn asked(ctx: &Ctx, browser: &Browser, interaction: &Interaction) -> Result<Asked> {
    let client = waiting_client(ctx, interaction).await?;
    asked_of(ctx, browser, interaction, &client).await
}

async fn asked_of(ctx: &Ctx, browser: &Browser, interaction: &Interaction, client: &KnownClient) -> Result<Asked> {
    let session_hash = session_hash(browser)?;
    let application = asking(ctx, client).await?;
    let mut reader = ctx.read().await?;
    let tx = &mut reader.tx();
    let known = asked_session(tx, ctx, &session_hash, interaction).await?;
    let user_id = &known.user_id;
    admit(tx, ctx, user_id, client).await?;
    let user = users::find(tx, &ctx.tenant.id, user_id).await?;
    let user = user.ok_or_else(|| Error::new(Code::SessionNotFound).caused_by("its user is gone"))?;
    let missing = &interaction.record.prompt.details;
    let catalogue = Catalogue::read(tx, ctx, &missing.missing_resource_scopes).await?;
    let limits = Limits::read(tx, ctx, client, user_id, &missing.missing_resource_scopes).await?;
    let organizations = if missing.missing_oidc_scope.contains(ORGANIZATIONS_SCOPE) && client.is_third_party() {
        let organization = |membership: limits::Membership| AskedOrganization {
            resources: catalogue.describe(&limits.in_organization(&membership.id)),
            id: membership.id,
            name: membership.name,
            is_open: membership.is_open,
        };
        limits.memberships().map(organization).collect()
    } else {
        Vec::new()
    };
    let silent = |name: &&str| !matches!(*name, scope::OPENID | scope::OFFLINE_ACCESS);
    Ok(Asked {
        application,
        user,
        openid: missing.missing_oidc_scope.iter().filter(silent).collect(),
        offline: missing.missing_oidc_scope.contains(scope::OFFLINE_ACCESS),
        resources: catalogue.describe(&limits.personal()),
        organizations,
        choice: if client.is_document() { Choice::One } else { Choice::Any },
        redirect_uri: redirect_uri(client, interaction),
    })
}

/// Where the person goes then: the URI of the request, or the only registered one. None in the device flow.
fn redirect_uri(client: &KnownClient, interaction: &Interaction) -> Option<String> {
    if !client.allows_code() {
        return None;
    }
    let verified = client.verify_redirect_uri(interaction.param("redirect_uri")).ok()?;
    Some(verified.as_str().to_owned())
}

/// How an application presents itself.
async fn asking(ctx: &Ctx, client: &KnownClient) -> Result<Asking> {
    let application = client.application();
    let mut asking = Asking {
        id: client.id.to_string(),
        name: application.name.clone(),
        display_name: None,
        branding: Branding::default(),
        terms_of_use_url: None,
        privacy_policy_url: None,
        host: None,
        is_third_party: client.is_third_party(),
    };
    if let Some(document) = &client.document {
        asking.host = host_of(client.id.as_str());
        asking.branding.logo_url = application.oidc_client_metadata.logo_uri.clone();
        asking.terms_of_use_url.clone_from(&document.terms_of_use_url);
        asking.privacy_policy_url.clone_from(&document.privacy_policy_url);
    } else if let Some(presentation) = applications::presentation(ctx, &client.id).await? {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        asking.display_name = given(&presentation.display_name);
        asking.branding = presentation.branding.clone();
        asking.terms_of_use_url = given(&presentation.terms_of_use_url);
        asking.privacy_policy_url = given(&presentation.privacy_policy_url);
    }
    Ok(asking)
}

/// The permissions of the resources that a request names, in the administrator's words.
struct Catalogue(BTreeMap<String, Vec<ResourceScopeRow>>);

impl Catalogue {
    async fn read(tx: &mut Tx<'_>, ctx: &Ctx, asked: &BTreeMap<String, ScopeSet>) -> soleira_store::Result<Self> {
        let mut catalogue = BTreeMap::new();
        for indicator in asked.keys() {
            let rows = if indicator == resource::ORGANIZATIONS {
                let rows = consent_scopes::of_organizations(tx, &ctx.tenant.id).await?;
                rows.into_iter().map(in_organizations).collect()
            } else {
                consent_scopes::of_resource(tx, &ctx.tenant.id, indicator).await?
            };
            catalogue.insert(indicator.clone(), rows);
        }
        Ok(Self(catalogue))
    }

    /// Scopes by indicator, in words; resources of which nothing is asked are left out.
    fn describe(&self, asked: &BTreeMap<String, ScopeSet>) -> Vec<AskedResource> {
        let resource = |(indicator, scopes): (&String, &ScopeSet)| {
            let rows = self.0.get(indicator)?;
            let asked: Vec<&ResourceScopeRow> = rows.iter().filter(|row| scopes.contains(&row.name)).collect();
            let first = asked.first()?;
            Some(AskedResource {
                id: first.resource_id.to_string(),
                name: first.resource_name.clone(),
                indicator: indicator.clone(),
                scopes: asked
                    .iter()
                    .map(|row| AskedScope {
                        id: row.id.to_string(),
                        name: row.name.clone(),
                        description: row.description.clone().filter(|text| !text.is_empty()),
                    })
                    .collect(),
            })
        };
        asked.iter().filter_map(resource).collect()
    }
}

/// A permission in organizations, as one of the resource by which the protocol asks for it.
fn in_organizations(row: consent_scopes::OrganizationScopeRow) -> ResourceScopeRow {
    ResourceScopeRow {
        resource_id: resource::ORGANIZATIONS.into(),
        resource_name: resource::ORGANIZATIONS.to_owned(),
        indicator: resource::ORGANIZATIONS.to_owned(),
        id: row.id.0.into(),
        name: row.name,
        description: row.description,
    }
}
