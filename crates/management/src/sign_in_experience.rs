//! `/api/sign-in-exp`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use soleira_core::model::{
    AdaptiveMfa, AgreeToTermsPolicy, BrandColor, Branding, CaptchaPolicy, CustomUiAssets, CustomUiCsp,
    EmailBlocklistPolicy, ForgotPasswordMethod, LanguageInfo, Mfa, PartialPasswordPolicy, PasskeySignIn,
    PasswordExpiration, SentinelPolicy, SignIn, SignInExperience, SignInMode, SignUp, SignUpProfileField, SocialSignIn,
    UsernamePolicy, VerificationCodePolicy,
};
use soleira_core::rules::password::Issue;
use soleira_core::{Code, UserId};
use soleira_directory::sign_in_experience::{self, SignInExperiencePatch};
use soleira_web::{Access, Context, Query, Result, Routes, Valid, Validate};
use std::collections::BTreeMap;

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/sign-in-exp", Access::Management, get)
        .patch("/api/sign-in-exp", Access::Management, patch)
        .post(
            "/api/sign-in-exp/default/check-password",
            Access::Management,
            check_password,
        )
        .post(
            "/api/sign-in-exp/default/custom-ui-assets",
            Access::Management,
            upload_custom_ui_assets,
        )
        .get(
            "/api/sign-in-exp/username-policy/case-sensitivity-conflicts",
            Access::Management,
            case_sensitivity_conflicts,
        )
}

/// How people sign in. [`SignInExperience`] is what is sent; this says what the parts that are kept as JSON are.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = SignInExperience)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct SignInExperienceView {
    tenant_id: String,
    id: String,
    color: BrandColor,
    branding: Branding,
    hide_logto_branding: bool,
    language_info: LanguageInfo,
    #[schema(required)]
    terms_of_use_url: Option<String>,
    #[schema(required)]
    privacy_policy_url: Option<String>,
    agree_to_terms_policy: AgreeToTermsPolicy,
    sign_in: SignIn,
    sign_up: SignUp,
    social_sign_in: SocialSignIn,
    social_sign_in_connector_targets: Vec<String>,
    sign_in_mode: SignInMode,
    #[schema(required)]
    custom_css: Option<String>,
    custom_content: BTreeMap<String, String>,
    #[schema(required)]
    custom_ui_assets: Option<CustomUiAssets>,
    custom_ui_csp: CustomUiCsp,
    password_policy: PartialPasswordPolicy,
    mfa: Mfa,
    adaptive_mfa: AdaptiveMfa,
    single_sign_on_enabled: bool,
    #[schema(required)]
    support_email: Option<String>,
    #[schema(required)]
    support_website_url: Option<String>,
    #[schema(required)]
    unknown_session_redirect_url: Option<String>,
    captcha_policy: CaptchaPolicy,
    sentinel_policy: SentinelPolicy,
    email_blocklist_policy: EmailBlocklistPolicy,
    verification_code_policy: VerificationCodePolicy,
    #[schema(required)]
    forgot_password_methods: Option<Vec<ForgotPasswordMethod>>,
    passkey_sign_in: PasskeySignIn,
    #[schema(required)]
    sign_up_profile_fields: Option<Vec<SignUpProfileField>>,
    password_expiration: PasswordExpiration,
    username_policy: UsernamePolicy,
}

/// A change of how people sign in; each member that is given takes the place of the whole member.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = UpdateSignInExperience)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct UpdateSignInExperienceView {
    /// Ignored: the tenant is the one that is asked.
    tenant_id: Option<String>,
    color: Option<BrandColor>,
    branding: Option<Branding>,
    hide_logto_branding: Option<bool>,
    language_info: Option<LanguageInfo>,
    terms_of_use_url: Option<String>,
    privacy_policy_url: Option<String>,
    agree_to_terms_policy: Option<AgreeToTermsPolicy>,
    sign_in: Option<SignIn>,
    sign_up: Option<SignUp>,
    social_sign_in: Option<SocialSignIn>,
    social_sign_in_connector_targets: Option<Vec<String>>,
    sign_in_mode: Option<SignInMode>,
    custom_css: Option<String>,
    custom_content: Option<BTreeMap<String, String>>,
    custom_ui_assets: Option<CustomUiAssets>,
    custom_ui_csp: Option<CustomUiCsp>,
    password_policy: Option<PartialPasswordPolicy>,
    mfa: Option<Mfa>,
    adaptive_mfa: Option<AdaptiveMfa>,
    single_sign_on_enabled: Option<bool>,
    support_email: Option<String>,
    support_website_url: Option<String>,
    unknown_session_redirect_url: Option<String>,
    captcha_policy: Option<CaptchaPolicy>,
    sentinel_policy: Option<SentinelPolicy>,
    email_blocklist_policy: Option<EmailBlocklistPolicy>,
    verification_code_policy: Option<VerificationCodePolicy>,
    forgot_password_methods: Option<Vec<ForgotPasswordMethod>>,
    passkey_sign_in: Option<PasskeySignIn>,
    sign_up_profile_fields: Option<Vec<SignUpProfileField>>,
    password_expiration: Option<PasswordExpiration>,
    username_policy: Option<UsernamePolicy>,
}

/// The body of a change.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct PatchBody(SignInExperiencePatch);

impl Validate for PatchBody {}

/// How people sign in.
#[utoipa::path(get, path = "/api/sign-in-exp", operation_id = "GetSignInExp", tag = "Sign-in experience",
    responses((status = 200, body = SignInExperienceView)))]
pub(crate) async fn get(ctx: Context) -> Result {
    let experience = sign_in_experience::get(&ctx).await?;
    Ok::<Response, _>(Json(&*experience).into_response())
}

/// Changes how people sign in.
#[utoipa::path(patch, path = "/api/sign-in-exp", operation_id = "UpdateSignInExp", tag = "Sign-in experience",
    params(("removeUnusedDemoSocialConnector" = Option<bool>, Query,
        description = "Accepted for compatibility: there are no demo connectors")),
    request_body = UpdateSignInExperienceView,
    responses((status = 200, body = SignInExperienceView), (status = 400), (status = 409), (status = 422)))]
pub(crate) async fn patch(ctx: Context, Valid(PatchBody(patch)): Valid<PatchBody>) -> Result<Json<SignInExperience>> {
    Ok(Json(sign_in_experience::patch(&ctx, patch).await?))
}

/// A password to hold against the policy.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckPassword {
    password: String,
    #[serde(default)]
    user_id: Option<String>,
}

impl Validate for CheckPassword {}

/// Whether a password is accepted.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct CheckPasswordResult {
    result: bool,
    /// Why not; absent if it is.
    issues: Option<Vec<Issue>>,
}

/// Holds a password against the policy. A refusal is a 400 whose body is not an error.
#[utoipa::path(post, path = "/api/sign-in-exp/default/check-password",
    operation_id = "CheckPasswordWithDefaultSignInExperience", tag = "Sign-in experience",
    request_body = CheckPassword, responses((status = 200, body = CheckPasswordResult), (status = 400)))]
pub(crate) async fn check_password(ctx: Context, Valid(input): Valid<CheckPassword>) -> Result {
    let user = input.user_id.filter(|id| !id.is_empty()).map(UserId);
    let issues = sign_in_experience::check_password_of(&ctx, &input.password, user.as_ref()).await?;
    if issues.is_empty() {
        return Ok(Json(json!({"result": true})).into_response());
    }
    let body = Json(json!({"result": false, "issues": issues}));
    Ok((StatusCode::BAD_REQUEST, body).into_response())
}

/// An upload of pages of one's own.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct CustomUiUpload {
    /// A ZIP file.
    file: Vec<u8>,
}

/// What an upload is called.
#[derive(utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a part of the description")]
pub(crate) struct CustomUiUploaded {
    custom_ui_asset_id: String,
}

/// Uploads pages of one's own. This server has no storage for them yet.
#[utoipa::path(post, path = "/api/sign-in-exp/default/custom-ui-assets", operation_id = "UploadCustomUiAssets",
    tag = "Sign-in experience", request_body(content = CustomUiUpload, content_type = "multipart/form-data"),
    responses((status = 200, body = CustomUiUploaded), (status = 400)))]
pub(crate) async fn upload_custom_ui_assets() -> Result<StatusCode> {
    Err(Code::StorageNotConfigured.into())
}

/// Usernames that differ by letter case alone.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseConflictsView {
    total_conflicts: i64,
    samples: Vec<CaseConflict>,
}

/// One name and its users.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CaseConflict {
    username_lower: String,
    #[schema(value_type = Vec<String>)]
    user_ids: Vec<UserId>,
}

/// How many to name.
#[derive(Debug, Deserialize)]
pub(crate) struct ConflictsQuery {
    #[serde(default)]
    limit: Option<i64>,
}

/// Usernames that would be the same if letter case did not count.
#[utoipa::path(get, path = "/api/sign-in-exp/username-policy/case-sensitivity-conflicts",
    operation_id = "GetUsernameCaseSensitivityConflicts", tag = "Sign-in experience",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 100)),
    responses((status = 200, body = CaseConflictsView), (status = 400)))]
pub(crate) async fn case_sensitivity_conflicts(
    ctx: Context,
    Query(query): Query<ConflictsQuery>,
) -> Result<Json<CaseConflictsView>> {
    let conflicts = sign_in_experience::username_case_conflicts(&ctx, query.limit.unwrap_or(20)).await?;
    let samples = conflicts.samples.into_iter();
    Ok(Json(CaseConflictsView {
        total_conflicts: conflicts.total,
        samples: samples
            .map(|(username_lower, user_ids)| CaseConflict {
                username_lower,
                user_ids,
            })
            .collect(),
    }))
}
