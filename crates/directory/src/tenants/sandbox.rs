//! The people of a sandbox: two operators of the admin tenant, for tests that need somebody (docs/sandbox.md).

use super::admin::{ORGANIZATION_ADMIN, USER_ROLE};
use super::member::{operator_role, operators_organization};
use crate::users::{self, NewUser};
use soleira_core::{Result, TenantId, UserId};
use soleira_runtime::{App, tenant};
use soleira_store::organizations::{self, members};
use soleira_store::{Author, Tx, Unit, Verdict, roles, users as user_rows};

/// Identifier and username. They have no password: a test that needs one sets it.
const PEOPLE: [(&str, &str); 2] = [("test-1", "test1"), ("test-2", "test2")];

/// Makes sure that they exist, in a new installation and in one that was no sandbox before. Whoever is there is left as
/// they are.
pub(super) async fn seed(app: &App) -> Result<()> {
    let admin = TenantId::from(tenant::ADMIN);
    let seed = Seed {
        author: super::seeding(app),
        admin,
    };
    match app.db.write(seed).await? {
        Verdict::Accept(()) => Ok(()),
        Verdict::Refuse(error) => Err(error),
    }
}

struct Seed {
    author: Author,
    admin: TenantId,
}

impl Unit for Seed {
    type Out = ();

    async fn run(&self, tx: &mut Tx<'_>) -> soleira_store::Result<Verdict<()>> {
        for (id, username) in PEOPLE {
            let id = UserId::from(id);
            // Two nodes that start together: the second finds the rows.
            tx.lock(&format!("user:{}:{id}", self.admin)).await?;
            if user_rows::find(tx, &self.admin, &id).await?.is_some() {
                continue;
            }
            if user_rows::find_by_username_key(tx, &self.admin, username)
                .await?
                .is_some()
            {
                tracing::warn!(username, "somebody else has the name of a user of the sandbox");
                continue;
            }
            self.insert(tx, id, username).await?;
        }
        Ok(Verdict::Accept(()))
    }
}

impl Seed {
    async fn insert(&self, tx: &mut Tx<'_>, id: UserId, username: &str) -> soleira_store::Result<()> {
        let (author, admin) = (&self.author, &self.admin);
        let new = NewUser {
            username: Some(username.to_owned()),
            ..NewUser::with_id(id)
        };
        let user = users::insert(tx, author, admin, &new).await?;
        for name in [USER_ROLE, &operator_role(&TenantId::from(tenant::DEFAULT))] {
            if let Some(role) = roles::find_by_name(tx, admin, name).await? {
                roles::give_to_user(tx, author, admin, &user.id, &role.id).await?;
            }
        }
        for tenant in [tenant::DEFAULT, tenant::ADMIN] {
            let organization = operators_organization(&TenantId::from(tenant));
            // An administrator may have deleted it since.
            if organizations::find(tx, admin, &organization).await?.is_none() {
                continue;
            }
            let membership = [organization.as_str(), user.id.as_str()];
            members::of::<UserId>().add(tx, author, admin, &membership).await?;
            let role = [organization.as_str(), user.id.as_str(), ORGANIZATION_ADMIN];
            members::roles_of::<UserId>().add(tx, author, admin, &role).await?;
        }
        Ok(())
    }
}
