//! Applications.

use crate::changes::{self, Author, Change};
use crate::db::{FromRow, Json, Row};
use crate::statement::{Field, Page, Search, Statement};
use crate::{Error, Result, Tx, bind, dialect};
use serde_json::Value;
use soleira_core::model::{Application, ApplicationType};
use soleira_core::{ApplicationId, OrganizationId, RoleId, TenantId, Timestamp};

/// What an application can be searched by.
pub static FIELDS: [Field; 3] = [
    Field {
        name: "id",
        column: "id",
        folded: "lower(id)",
        ascii: true,
    },
    Field {
        name: "name",
        column: "name",
        folded: "name_folded",
        ascii: false,
    },
    Field {
        name: "description",
        column: "description",
        folded: "lower(description)",
        ascii: true,
    },
];

/// Which applications a list has. The default is all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of these types; of any if empty.
    pub types: Vec<ApplicationType>,
    /// Only third-party ones, or only those of one's own.
    pub is_third_party: Option<bool>,
    /// Without those that hold this role.
    pub exclude_role: Option<RoleId>,
    /// Only those that hold this role.
    pub with_role: Option<RoleId>,
    /// Only those of this organization.
    pub of_organization: Option<OrganizationId>,
    /// Without those of this organization.
    pub exclude_organization: Option<OrganizationId>,
    /// What is looked for.
    pub search: Search,
}

macro_rules! columns {
    () => {
        "tenant_id, id, name, description, type, oidc_client_metadata, custom_client_metadata, protected_app_metadata, \
         custom_data, is_third_party, app_level_access_control_enabled, created_at"
    };
}

impl FromRow for Application {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let kind: String = row.at(4)?;
        Ok(Self {
            tenant_id: row.at(0)?,
            id: row.at(1)?,
            name: row.at(2)?,
            description: row.at(3)?,
            kind: ApplicationType::parse(&kind).ok_or_else(|| Error::decode(kind).in_field("Application.type"))?,
            oidc_client_metadata: row.at::<Json<_>>(5)?.0,
            custom_client_metadata: row.at::<Json<_>>(6)?.0,
            protected_app_metadata: row.at::<Option<Json<_>>>(7)?.map(|json| json.0),
            custom_data: row.at::<Json<_>>(8)?.0,
            is_third_party: row.at(9)?,
            app_level_access_control_enabled: row.at(10)?,
            created_at: row.at(11)?,
        })
    }
}

/// The application of an identifier.
pub async fn find(tx: &mut Tx<'_>, tenant: &TenantId, id: &ApplicationId) -> Result<Option<Application>> {
    tx.one(
        concat!(
            "select ",
            columns!(),
            " from applications where tenant_id = $1 and id = $2"
        ),
        bind![tenant, id],
    )
    .await
}

fn filtered(statement: &mut Statement, tx: &Tx<'_>, tenant: &TenantId, filter: &Filter) {
    statement.bind(tenant.as_str());
    if !filter.types.is_empty() {
        statement
            .text(" and type in ")
            .bind_list(filter.types.iter().map(|kind| kind.as_str()));
    }
    if let Some(third_party) = filter.is_third_party {
        statement.text(" and is_third_party = ").bind(third_party);
    }
    if let Some(role) = &filter.exclude_role {
        statement
            .text(" and not exists (select 1 from applications_roles ar where ar.tenant_id = applications.tenant_id and ar.application_id = applications.id and ar.role_id = ")
            .bind(role.as_str())
            .text(")");
    }
    if let Some(role) = &filter.with_role {
        statement
            .text(" and exists (select 1 from applications_roles ar where ar.tenant_id = applications.tenant_id and ar.application_id = applications.id and ar.role_id = ")
            .bind(role.as_str())
            .text(")");
    }
    if let Some(organization) = &filter.of_organization {
        statement
            .text(" and id in (select application_id from organization_applications where tenant_id = ")
            .bind(tenant.as_str())
            .text(" and organization_id = ")
            .bind(organization.as_str())
            .text(")");
    }
    if let Some(organization) = &filter.exclude_organization {
        statement
            .text(" and id not in (select application_id from organization_applications where tenant_id = ")
            .bind(tenant.as_str())
            .text(" and organization_id = ")
            .bind(organization.as_str())
            .text(")");
    }
    statement.search(&filter.search, tx.engine());
}

/// The applications of a filter, newest first.
pub async fn list(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter, page: Option<Page>) -> Result<Vec<Application>> {
    let mut statement = Statement::new(concat!("select ", columns!(), " from applications where tenant_id = "));
    filtered(&mut statement, tx, tenant, filter);
    statement.page(" order by created_at desc, id desc", page);
    tx.all(statement.sql(), &statement.values()).await
}

/// How many applications a filter has.
pub async fn count(tx: &mut Tx<'_>, tenant: &TenantId, filter: &Filter) -> Result<i64> {
    let mut statement = Statement::new("select count(*) from applications where tenant_id = ");
    filtered(&mut statement, tx, tenant, filter);
    Ok(tx.one(statement.sql(), &statement.values()).await?.unwrap_or_default())
}

fn json(application: &Application) -> Result<Value> {
    Ok(serde_json::to_value(application)?)
}

/// Adds an application.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, application: &Application) -> Result<()> {
    tx.run(
        "insert into applications (tenant_id, id, name, name_folded, description, type, oidc_client_metadata,
           custom_client_metadata, protected_app_metadata, custom_data, is_third_party,
           app_level_access_control_enabled, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, 1)",
        bind![
            &application.tenant_id,
            &application.id,
            &application.name,
            &dialect::fold(&application.name),
            &application.description,
            application.kind.as_str(),
            &serde_json::to_string(&application.oidc_client_metadata)?,
            &serde_json::to_string(&application.custom_client_metadata)?,
            &application.protected_app_metadata.as_ref().map(Value::to_string),
            &serde_json::to_string(&application.custom_data)?,
            application.is_third_party,
            application.app_level_access_control_enabled,
            application.created_at
        ],
    )
    .await?;
    let change = Change {
        tenant: &application.tenant_id,
        entity: "application",
        id: application.id.as_str(),
        before: None,
        after: Some(json(application)?),
    };
    changes::record(tx, author, change).await
}

/// Replaces an application by its changed self; `false` if it is gone.
pub async fn update(tx: &mut Tx<'_>, author: &Author, before: &Application, after: &Application) -> Result<bool> {
    let changed = tx
        .run(
            "update applications set name = $3, name_folded = $4, description = $5, oidc_client_metadata = $6,
               custom_client_metadata = $7, protected_app_metadata = $8, custom_data = $9,
               app_level_access_control_enabled = $10, updated_at = $11, version = version + 1
             where tenant_id = $1 and id = $2",
            bind![
                &after.tenant_id,
                &after.id,
                &after.name,
                &dialect::fold(&after.name),
                &after.description,
                &serde_json::to_string(&after.oidc_client_metadata)?,
                &serde_json::to_string(&after.custom_client_metadata)?,
                &after.protected_app_metadata.as_ref().map(Value::to_string),
                &serde_json::to_string(&after.custom_data)?,
                after.app_level_access_control_enabled,
                author.now
            ],
        )
        .await?;
    if changed == 0 {
        return Ok(false);
    }
    let change = Change {
        tenant: &after.tenant_id,
        entity: "application",
        id: after.id.as_str(),
        before: Some(json(before)?),
        after: Some(json(after)?),
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}

/// Removes an application, what was granted to it and the tokens it holds; `false` if it is not there.
pub async fn delete(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, id: &ApplicationId) -> Result<bool> {
    let Some(before) = find(tx, tenant, id).await? else {
        return Ok(false);
    };
    tx.run(
        "delete from grants where tenant_id = $1 and client_id = $2",
        bind![tenant, id],
    )
    .await?;
    tx.run(
        "delete from applications where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await?;
    let change = Change {
        tenant,
        entity: "application",
        id: id.as_str(),
        before: Some(json(&before)?),
        after: None,
    };
    changes::record(tx, author, change).await?;
    Ok(true)
}

/// The guide that the Console shows for an application, and when somebody first signed in to it.
pub async fn guide(
    tx: &mut Tx<'_>,
    tenant: &TenantId,
    id: &ApplicationId,
) -> Result<Option<(Option<String>, Option<Timestamp>)>> {
    tx.one(
        "select guide, first_sign_in_at from applications where tenant_id = $1 and id = $2",
        bind![tenant, id],
    )
    .await
}

/// Remembers which guide the Console shows for an application.
pub async fn set_guide(tx: &mut Tx<'_>, tenant: &TenantId, id: &ApplicationId, guide: &str) -> Result<bool> {
    let changed = tx
        .run(
            "update applications set guide = $3 where tenant_id = $1 and id = $2",
            bind![tenant, id, guide],
        )
        .await?;
    Ok(changed == 1)
}

/// Remembers the first sign-in to an application; later ones change nothing.
pub async fn note_first_sign_in(tx: &mut Tx<'_>, tenant: &TenantId, id: &ApplicationId, now: Timestamp) -> Result<()> {
    tx.run(
        "update applications set first_sign_in_at = $3
          where tenant_id = $1 and id = $2 and first_sign_in_at is null",
        bind![tenant, id, now],
    )
    .await?;
    Ok(())
}
