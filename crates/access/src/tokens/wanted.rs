//! What a token request asks an access token for (docs/wire/tokens.md, "Opaque or JWT").

use super::issue::Access;
use crate::resources::{self, KnownResource};
use crate::stop::Stop;
use soleira_core::{EntropyExt, OrganizationId};
use soleira_oauth::resource::{self, Asked, Audience, Target};
use soleira_oauth::{Params, Result, ScopeSet};
use soleira_runtime::Ctx;
use soleira_store::Tx;

/// The audience that a request names, read before the unit.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The `resource` parameters.
    pub(super) resources: Vec<String>,
    /// The `organization_id`, where it counts.
    pub(super) organization: Option<OrganizationId>,
    /// The tenant's default resource.
    default: Option<String>,
    /// The resource that the request names, if it names one that exists. Whether it may be asked for is seen in the unit;
    /// here it is only looked up, which there would cost a statement.
    known: Option<KnownResource>,
}

impl Wanted {
    /// Reads the request of a code, which is for no organization.
    pub(super) async fn of_code(ctx: &Ctx, params: &Params) -> Result<Self> {
        let resources: Vec<String> = params.all("resource").map(str::to_owned).collect();
        let known = match resources.as_slice() {
            [one] => resources::find(ctx, one).await.ok(),
            _ => None,
        };
        Ok(Self {
            resources,
            organization: None,
            default: resources::default(ctx).await?,
            known,
        })
    }

    /// Reads a request that may be for an organization.
    pub(super) async fn of_request(ctx: &Ctx, params: &Params) -> Result<Self> {
        Ok(Self {
            organization: params.get("organization_id").map(OrganizationId::from),
            ..Self::of_code(ctx, params).await?
        })
    }

    /// What kind of token it gets, with this effective scope, of the resources that may be asked for.
    ///
    /// # Errors
    /// `invalid_target`.
    pub(super) fn target(&self, scope: &ScopeSet, authorized: &[String]) -> Result<Target> {
        let requested: Vec<&str> = self.resources.iter().map(String::as_str).collect();
        resource::choose(Asked {
            resources: &requested,
            organization: self.organization.as_ref().map(OrganizationId::as_str),
            scope,
            authorized,
            default: self.default.as_deref(),
        })
    }

    /// The token of that kind, with a value if it is opaque.
    pub(super) async fn access(&self, tx: &mut Tx<'_>, ctx: &Ctx, target: &Target) -> Result<Access, Stop> {
        Ok(match (target, &self.known) {
            (Target::Opaque, _) => Access::Opaque(ctx.entropy().timely_opaque(ctx.now())),
            (Target::Jwt(Audience::Resource(indicator)), Some(known)) if known.indicator == *indicator => {
                Access::Jwt(known.clone())
            }
            (Target::Jwt(audience), _) => Access::Jwt(resources::audience_in(tx, ctx, audience).await?),
        })
    }

    /// The organization that a token for a resource tells of.
    pub(super) fn organization_of(&self, target: &Target) -> Option<&OrganizationId> {
        match target {
            Target::Jwt(Audience::Resource(_)) => self.organization.as_ref(),
            Target::Jwt(Audience::Organization(_)) | Target::Opaque => None,
        }
    }
}
