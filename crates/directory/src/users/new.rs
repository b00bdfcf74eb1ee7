//! The one way to create a user: for the Management API, the Console, and whoever registers.

use super::password::{NewPassword, hash};
use super::{UserWithIdentities, normalize_phone, taken, username_key};
use crate::author;
use crate::checks::{Checks, fits};
use serde_json::{Map, Value, json};
use soleira_core::model::{PasswordHash, RoleType, SocialIdentity, User, UserProfile};
use soleira_core::rules::identifier::{EMAIL_MAX, NAME_MAX, USERNAME_MAX};
use soleira_core::{ApplicationId, Code, ConnectorId, EntropyExt, Error, Result, TenantId, UserId};
use soleira_runtime::Ctx;
use soleira_store::{Author, Tx, Verdict, identities, roles, unit, users};

/// Longest address of a picture, in characters.
pub(super) const AVATAR_MAX: usize = 2048;

/// A user to insert: everything is checked, normalised and hashed.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The subject of every token about them, made by the caller.
    pub id: UserId,
    /// Their username.
    pub username: Option<String>,
    /// Their e-mail address; somebody vouches for it.
    pub primary_email: Option<String>,
    /// Their phone number as [`normalize_phone`] makes it.
    pub primary_phone: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture.
    pub avatar: Option<String>,
    /// Standard claims.
    pub profile: UserProfile,
    /// Whatever the application keeps with the account.
    pub custom_data: Map<String, Value>,
    /// Their password, hashed.
    pub password: Option<PasswordHash>,
    /// The application through which they came.
    pub application_id: Option<ApplicationId>,
    /// Their accounts at providers.
    pub identities: Vec<NewIdentity>,
    /// Names of roles that they get besides the default roles.
    pub role_names: Vec<String>,
}

impl NewUser {
    /// A user with nothing but an identifier of their own, and the roles that the operator's settings name for users of
    /// applications.
    pub fn new(ctx: &Ctx) -> Self {
        let settings = &ctx.app.settings.user_default_role_names;
        Self {
            role_names: if ctx.tenant.is_admin() {
                Vec::new()
            } else {
                settings.clone()
            },
            ..Self::with_id(UserId(ctx.entropy().short_id()))
        }
    }

    /// A user with nothing but this identifier.
    pub fn with_id(id: UserId) -> Self {
        Self {
            id,
            username: None,
            primary_email: None,
            primary_phone: None,
            name: None,
            avatar: None,
            profile: UserProfile::default(),
            custom_data: Map::new(),
            password: None,
            application_id: None,
            identities: Vec::new(),
            role_names: Vec::new(),
        }
    }
}

/// An account at a provider, to link.
#[derive(Debug, Clone, PartialEq)]
pub struct NewIdentity {
    /// The provider: a connector's target.
    pub target: String,
    /// The account's identifier at the provider.
    pub identity_id: String,
    /// The connector through which it came.
    pub connector_id: Option<ConnectorId>,
    /// What the provider told.
    pub details: Option<Value>,
}

impl NewIdentity {
    /// The identity as a row of a user.
    pub(super) fn of(&self, user: &UserId, author: &Author) -> SocialIdentity {
        SocialIdentity {
            user_id: user.clone(),
            target: self.target.clone(),
            identity_id: self.identity_id.clone(),
            connector_id: self.connector_id.clone(),
            details: self.details.clone(),
            created_at: author.now,
            updated_at: author.now,
        }
    }
}

/// Inserts a user with their identities and every default role, inside a unit.
///
/// # Errors
/// Rolls the unit back with 422 `user.username_already_in_use`, `user.email_already_in_use`,
/// `user.phone_already_in_use` or `user.identity_already_in_use`; 400 `role.default_role_missing` where the settings name a
/// role that people cannot hold.
pub async fn insert(tx: &mut Tx<'_>, author: &Author, tenant: &TenantId, new: &NewUser) -> soleira_store::Result<User> {
    let user = User {
        tenant_id: tenant.clone(),
        id: new.id.clone(),
        username: new.username.clone(),
        primary_email: new.primary_email.clone(),
        primary_phone: new.primary_phone.clone(),
        name: new.name.clone(),
        avatar: new.avatar.clone(),
        profile: new.profile.clone(),
        custom_data: new.custom_data.clone(),
        password: new.password.clone(),
        password_updated_at: new.password.as_ref().map(|_| author.now),
        is_password_expired: false,
        is_suspended: false,
        application_id: new.application_id.clone(),
        cimd_client_id: None,
        last_sign_in_at: None,
        created_at: author.now,
        updated_at: author.now,
    };
    let key = username_key(tx, tenant, user.username.as_deref()).await?;
    users::insert(tx, author, &user, key.as_deref()).await.map_err(taken)?;
    for identity in &new.identities {
        identities::put(tx, author, tenant, &identity.of(&user.id, author))
            .await
            .map_err(taken)?;
    }
    for role in roles::default_roles(tx, tenant).await? {
        roles::give_to_user(tx, author, tenant, &user.id, &role).await?;
    }
    for name in &new.role_names {
        let role = roles::find_by_name(tx, tenant, name).await?;
        let role = role.filter(|role| role.kind == RoleType::User);
        let role = role.ok_or_else(|| {
            let error = Error::new(Code::RoleDefaultRoleMissing);
            error.with_data(json!({"roleNames": [name]}))
        })?;
        roles::give_to_user(tx, author, tenant, &user.id, &role.id).await?;
    }
    Ok(user)
}

/// A user as an administrator gives them.
#[derive(Debug, Clone, Default)]
pub struct CreateUser {
    /// Letters, digits and `_`.
    pub username: Option<String>,
    /// An e-mail address, which the administrator vouches for.
    pub primary_email: Option<String>,
    /// A phone number: digits, country code first.
    pub primary_phone: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// Address of a picture; may be empty.
    pub avatar: Option<String>,
    /// Standard claims.
    pub profile: Option<UserProfile>,
    /// Whatever the application keeps with the account.
    pub custom_data: Option<Map<String, Value>>,
    /// Their password: to be hashed, or hashed elsewhere.
    pub password: Option<NewPassword>,
}

/// Creates a user. Neither the username policy nor the password policy of the tenant applies: administrators and
/// imports are free of them. What is given must be well-formed and unique.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields; 422 for what is taken, for a phone number that is none, and for a value
/// that is too long; 400 `password.…` for a hash that could never be verified.
pub async fn create(ctx: &Ctx, user: CreateUser) -> Result<UserWithIdentities> {
    ctx.require_administrator()?;
    let mut checks = Checks::default();
    if let Some(username) = &user.username {
        checks.username("username", username);
    }
    if let Some(email) = &user.primary_email {
        checks.email("primaryEmail", email);
    }
    if let Some(phone) = &user.primary_phone {
        checks.phone("primaryPhone", phone);
    }
    if let Some(avatar) = user.avatar.as_deref().filter(|avatar| !avatar.is_empty()) {
        checks.web_url("avatar", avatar);
    }
    checks.finish()?;
    fits("username", user.username.as_deref(), USERNAME_MAX)?;
    fits("primaryEmail", user.primary_email.as_deref(), EMAIL_MAX)?;
    fits("name", user.name.as_deref(), NAME_MAX)?;
    fits("avatar", user.avatar.as_deref(), AVATAR_MAX)?;

    let mut new = NewUser::new(ctx);
    new.primary_phone = user.primary_phone.as_deref().map(normalize_phone).transpose()?;
    new.password = match user.password {
        Some(password) => Some(hash(ctx, password).await?),
        None => None,
    };
    new.username = user.username;
    new.primary_email = user.primary_email;
    new.name = user.name;
    new.avatar = user.avatar;
    new.profile = user.profile.unwrap_or_default();
    new.custom_data = user.custom_data.unwrap_or_default();
    let user = ctx
        .write(unit(
            (author(ctx), ctx.tenant.id.clone(), new),
            |(author, tenant, new), tx| {
                Box::pin(async move { Ok(Verdict::Accept(insert(tx, author, tenant, new).await?)) })
            },
        ))
        .await?;
    Ok(UserWithIdentities {
        user,
        identities: Vec::new(),
    })
}
