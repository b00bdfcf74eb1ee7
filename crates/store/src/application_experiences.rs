//! How an application presents itself to people: one document per application, with the names of the wire.

use crate::changes::{self, Author, Change};
use crate::{Result, Tx, bind};
use soleira_core::model::ApplicationSignInExperience;
use soleira_core::{ApplicationId, TenantId};

/// The presentation of an application; `None` if it was never set.
pub async fn find(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    application: &ApplicationId,
) -> Result<Option<ApplicationSignInExperience>> {
    let found = tx
        .one::<String>(
            "select value from application_sign_in_experiences where tenant_id = $1 and application_id = $2",
            bind![tenant, application],
        )
        .await?;
    Ok(found.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Sets the presentation of an application.
pub async fn put(
    tx: &mut Tx<'_>,
    author: &Author,
    before: Option<&ApplicationSignInExperience>,
    after: &ApplicationSignInExperience,
) -> Result<()> {
    tx.run(
        "insert into application_sign_in_experiences (tenant_id, application_id, value, updated_at)
         values ($1, $2, $3, $4)
         on conflict (tenant_id, application_id)
         do update set value = excluded.value, updated_at = excluded.updated_at",
        bind![
            &after.tenant_id,
            &after.application_id,
            &serde_json::to_string(after)?,
            author.now
        ],
    )
    .await?;
    let change = Change {
        tenant: &after.tenant_id,
        entity: "application_sign_in_experience",
        id: after.application_id.as_str(),
        before: before.map(serde_json::to_value).transpose()?,
        after: Some(serde_json::to_value(after)?),
    };
    changes::record(tx, author, change).await
}
