//! `/api/users`.

mod data;
mod identities;
mod password;
mod personal_access_tokens;
mod roles;
mod sessions;
mod view;

use crate::listing::ListQuery;
use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use soleira_core::model::UserProfile;
use soleira_core::{Code, Error, RoleId, Secret, UserId};
use soleira_directory::Change;
use soleira_directory::input::nullable;
use soleira_directory::users::{self, CreateUser as NewUser, Filter, NewPassword, UserPatch};
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

pub(crate) use data::*;
pub(crate) use identities::*;
pub(crate) use password::*;
pub(crate) use personal_access_tokens::*;
pub(crate) use roles::*;
pub(crate) use sessions::*;
pub(crate) use view::*;

pub(crate) fn add(routes: Routes) -> Routes {
    let routes = routes
        .get("/api/users", Access::Management, list)
        .post("/api/users", Access::Management, create)
        .get("/api/users/{userId}", Access::Management, get)
        .patch("/api/users/{userId}", Access::Management, patch)
        .delete("/api/users/{userId}", Access::Management, delete)
        .patch(
            "/api/users/{userId}/is-suspended",
            Access::Management,
            patch_is_suspended,
        );
    let routes = data::add(routes);
    let routes = password::add(routes);
    let routes = personal_access_tokens::add(routes);
    let routes = roles::add(routes);
    let routes = identities::add(routes);
    sessions::add(routes)
}

/// The users, newest first.
#[utoipa::path(get, path = "/api/users", operation_id = "ListUsers", tag = "Users",
    params(("excludeRoleId" = Option<String>, Query), ("excludeOrganizationId" = Option<String>, Query),
        ("includePasswordHash" = Option<bool>, Query), ("page" = Option<i64>, Query, minimum = 1),
        ("page_size" = Option<i64>, Query, minimum = 1, maximum = 100), ("search_params" = Option<Object>, Query)),
    responses((status = 200, body = [UserView])))]
pub(crate) async fn list(ctx: Context, query: ListQuery) -> Result {
    let paging = query.paging()?;
    let (role, organization) = (query.value("excludeRoleId"), query.value("excludeOrganizationId"));
    if role.is_some() && organization.is_some() {
        let details = "excludeRoleId and excludeOrganizationId exclude each other";
        return Err(Error::new(Code::RequestInvalidInput).with("details", details).into());
    }
    let filter = Filter {
        exclude_role: role.map(RoleId::from),
        exclude_organization: organization.map(str::to_owned),
        search: query.search(&users::FIELDS)?,
        ..Filter::default()
    };
    let listing = users::list(&ctx, filter, Some(paging.rows())).await?;
    let with_hash = query.is_on("includePasswordHash");
    let view = |user| UserView::of(user).with_password_hash(with_hash);
    Ok(query.answer(&ctx, listing.map(view), Some(paging)))
}

/// A user.
#[utoipa::path(get, path = "/api/users/{userId}", operation_id = "GetUser", tag = "Users",
    params(("userId" = String, Path), ("includeSsoIdentities" = Option<bool>, Query),
        ("includePasswordHash" = Option<bool>, Query)),
    responses((status = 200, body = UserView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>, query: ListQuery) -> Result<Json<UserView>> {
    let user = users::get(&ctx, &UserId(id)).await?;
    Ok(Json(
        UserView::of(user)
            .with_password_hash(query.is_on("includePasswordHash"))
            .with_sso_identities(query.is_on("includeSsoIdentities")),
    ))
}

/// A user to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = CreateUser)]
pub(crate) struct CreateUserBody {
    /// Digits, country code first.
    #[serde(default)]
    primary_phone: Option<String>,
    #[serde(default)]
    primary_email: Option<String>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password: Option<Secret>,
    /// A password as another system stored it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password_digest: Option<Secret>,
    /// How that system stored it.
    #[serde(default)]
    password_algorithm: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    avatar: Option<String>,
    #[serde(default)]
    custom_data: Option<Map<String, Value>>,
    #[serde(default)]
    profile: Option<UserProfile>,
}

impl Validate for CreateUserBody {}

/// Creates a user. The tenant's policies for usernames and passwords do not apply here.
#[utoipa::path(post, path = "/api/users", operation_id = "CreateUser", tag = "Users",
    request_body = CreateUserBody, responses((status = 200, body = UserView), (status = 400), (status = 422)))]
pub(crate) async fn create(ctx: Context, Valid(input): Valid<CreateUserBody>) -> Result<Json<UserView>> {
    let password = match (input.password, input.password_digest, input.password_algorithm) {
        (Some(_), Some(_), _) => return Err(Code::UserPasswordAndDigest.into()),
        (None, Some(_), None) => return Err(Code::UserPasswordAlgorithmRequired.into()),
        (Some(password), None, _) => Some(NewPassword::Plain(password)),
        (None, Some(digest), Some(method)) => Some(NewPassword::Imported { method, digest }),
        (None, None, _) => None,
    };
    let new = NewUser {
        username: input.username,
        primary_email: input.primary_email,
        primary_phone: input.primary_phone,
        name: input.name,
        avatar: input.avatar,
        profile: input.profile,
        custom_data: input.custom_data,
        password,
    };
    Ok(Json(UserView::of(users::create(&ctx, new).await?)))
}

/// A change of a user.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
#[schema(as = UpdateUser)]
pub(crate) struct UpdateUserBody {
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    username: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    primary_email: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    primary_phone: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    name: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    avatar: Change<String>,
    custom_data: Option<Map<String, Value>>,
    profile: Option<UserProfile>,
}

impl Validate for UpdateUserBody {}

/// Changes a user; each member that is given takes the place of the whole member.
#[utoipa::path(patch, path = "/api/users/{userId}", operation_id = "UpdateUser", tag = "Users",
    params(("userId" = String, Path)), request_body = UpdateUserBody,
    responses((status = 200, body = UserView), (status = 404), (status = 422)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateUserBody>,
) -> Result<Json<UserView>> {
    let patch = UserPatch {
        username: input.username,
        primary_email: input.primary_email,
        primary_phone: input.primary_phone,
        name: input.name,
        avatar: input.avatar,
        custom_data: input.custom_data,
        profile: input.profile,
    };
    Ok(Json(UserView::of(users::patch(&ctx, &UserId(id), patch).await?)))
}

/// Deletes a user with their sessions, grants, tokens and identities.
#[utoipa::path(delete, path = "/api/users/{userId}", operation_id = "DeleteUser", tag = "Users",
    params(("userId" = String, Path)), responses((status = 204), (status = 400), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    users::delete(&ctx, &UserId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Whether a user is suspended.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Suspension {
    is_suspended: bool,
}

impl Validate for Suspension {}

/// Suspends a user, which ends their sessions and revokes their tokens, or lifts the suspension.
#[utoipa::path(patch, path = "/api/users/{userId}/is-suspended", operation_id = "UpdateUserIsSuspended", tag = "Users",
    params(("userId" = String, Path)), request_body = Suspension,
    responses((status = 200, body = UserView), (status = 404)))]
pub(crate) async fn patch_is_suspended(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<Suspension>,
) -> Result<Json<UserView>> {
    let user = users::set_suspension(&ctx, &UserId(id), input.is_suspended).await?;
    Ok(Json(UserView::of(user)))
}
