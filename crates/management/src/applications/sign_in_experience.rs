//! How an application presents itself to people.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use soleira_core::ApplicationId;
use soleira_core::model::{ApplicationSignInExperience, Branding, OrganizationColor};
use soleira_directory::Change;
use soleira_directory::applications::{self, PresentationPatch};
use soleira_directory::input::nullable;
use soleira_web::{Access, Context, Result, Routes, Valid, Validate};

const PATH: &str = "/api/applications/{applicationId}/sign-in-experience";

pub(super) fn add(routes: Routes) -> Routes {
    routes
        .get(PATH, Access::Management, get_application_sign_in_experience)
        .put(PATH, Access::Management, put_application_sign_in_experience)
}

/// How an application presents itself.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApplicationSignInExperience)]
pub(crate) struct ApplicationSignInExperienceView {
    tenant_id: String,
    application_id: String,
    color: OrganizationColor,
    branding: Branding,
    #[schema(required)]
    custom_css: Option<String>,
    #[schema(required)]
    terms_of_use_url: Option<String>,
    #[schema(required)]
    privacy_policy_url: Option<String>,
    #[schema(required)]
    display_name: Option<String>,
}

impl From<ApplicationSignInExperience> for ApplicationSignInExperienceView {
    fn from(value: ApplicationSignInExperience) -> Self {
        Self {
            tenant_id: value.tenant_id.0,
            application_id: value.application_id.0,
            color: value.color,
            branding: value.branding,
            custom_css: value.custom_css,
            terms_of_use_url: value.terms_of_use_url,
            privacy_policy_url: value.privacy_policy_url,
            display_name: value.display_name,
        }
    }
}

/// What an application says of itself; what is left out stays as it is.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ReplaceApplicationSignInExperience {
    color: Option<OrganizationColor>,
    branding: Option<Branding>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    custom_css: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    display_name: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    terms_of_use_url: Change<String>,
    #[serde(deserialize_with = "nullable")]
    #[schema(value_type = Option<String>)]
    privacy_policy_url: Change<String>,
}

impl Validate for ReplaceApplicationSignInExperience {}

/// How an application presents itself.
#[utoipa::path(get, path = "/api/applications/{applicationId}/sign-in-experience",
    operation_id = "GetApplicationSignInExperience", tag = "Applications", params(("applicationId" = String, Path)),
    responses((status = 200, body = ApplicationSignInExperienceView), (status = 404)))]
pub(crate) async fn get_application_sign_in_experience(
    ctx: Context,
    Path(id): Path<String>,
) -> Result<Json<ApplicationSignInExperienceView>> {
    Ok(Json(
        applications::get_presentation(&ctx, &ApplicationId(id)).await?.into(),
    ))
}

/// Says how an application presents itself.
#[utoipa::path(put, path = "/api/applications/{applicationId}/sign-in-experience",
    operation_id = "ReplaceApplicationSignInExperience", tag = "Applications",
    params(("applicationId" = String, Path)), request_body = ReplaceApplicationSignInExperience,
    responses((status = 200, body = ApplicationSignInExperienceView),
        (status = 201, body = ApplicationSignInExperienceView), (status = 404)))]
pub(crate) async fn put_application_sign_in_experience(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<ReplaceApplicationSignInExperience>,
) -> Result<(StatusCode, Json<ApplicationSignInExperienceView>)> {
    let patch = PresentationPatch {
        color: input.color,
        branding: input.branding,
        custom_css: input.custom_css,
        display_name: input.display_name,
        terms_of_use_url: input.terms_of_use_url,
        privacy_policy_url: input.privacy_policy_url,
    };
    let (value, is_new) = applications::set_presentation(&ctx, &ApplicationId(id), patch).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(value.into())))
}
