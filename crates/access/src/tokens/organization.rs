//! Who gets tokens for an organization (docs/wire/tokens.md, "Organization tokens").

use crate::stop::Stop;
use soleira_core::{GrantId, OrganizationId, UserId};
use soleira_oauth::{Client, Error, ErrorCode};
use soleira_runtime::Ctx;
use soleira_store::Tx;
use soleira_store::permissions::{self, Opened};

/// A refusal to everybody who has no business with an organization.
pub(super) fn denied(description: &'static str) -> Error {
    Error::new(ErrorCode::AccessDenied)
        .with_status(403)
        .describe(description)
}

/// Lets a person through to an organization: a member, who opened it to the client if that is somebody else's, and who
/// has a second factor if the organization asks its members for one.
pub(super) async fn admit(
    tx: &mut Tx<'_>,
    ctx: &Ctx,
    client: &Client,
    grant: &GrantId,
    user: &UserId,
    organization: &OrganizationId,
) -> Result<(), Stop> {
    let opened = if client.is_document() {
        Opened::InGrant(grant)
    } else if client.is_third_party() {
        Opened::ToApplication(&client.application().id)
    } else {
        Opened::ToEveryone
    };
    let place = permissions::place(tx, &ctx.tenant.id, user, organization, opened)
        .await?
        .ok_or_else(|| denied("user is not a member of the organization"))?;
    if !place.is_opened {
        return Err(denied("organization access is not granted to the application").into());
    }
    // Second factors cannot be enrolled yet: nobody has one.
    if place.is_mfa_required {
        return Err(denied("organization requires MFA but user has no MFA configured").into());
    }
    Ok(())
}
