//! Changes of the settings: each member that is given takes the place of the whole member.

use super::rules::{self, Enabled};
use crate::input::nullable;
use crate::{Change, author};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use soleira_core::model::{
    AdaptiveMfa, AgreeToTermsPolicy, BrandColor, Branding, CaptchaPolicy, CustomUiAssets, CustomUiCsp,
    EmailBlocklistPolicy, ForgotPasswordMethod, LanguageInfo, Mfa, PartialPasswordPolicy, PasskeySignIn,
    PasswordExpiration, SentinelPolicy, SignIn, SignInExperience, SignInMode, SignUp, SignUpProfileField, SocialSignIn,
    UsernamePolicy, VerificationCodePolicy,
};
use soleira_core::{Code, Error, Result};
use soleira_runtime::Ctx;
use soleira_store::{Author, Error as StoreError, Tx, Verdict, connectors, sign_in_experience, unit, users};

/// How many conflicting usernames a refusal names.
const SAMPLES: i64 = 20;

/// A change of the settings, with the names of the wire.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the members are those of `SignInExperience`")]
pub struct SignInExperiencePatch {
    pub color: Option<BrandColor>,
    pub branding: Option<Branding>,
    pub hide_logto_branding: Option<bool>,
    pub language_info: Option<LanguageInfo>,
    #[serde(deserialize_with = "nullable")]
    pub terms_of_use_url: Change<String>,
    #[serde(deserialize_with = "nullable")]
    pub privacy_policy_url: Change<String>,
    pub agree_to_terms_policy: Option<AgreeToTermsPolicy>,
    pub sign_in: Option<SignIn>,
    pub sign_up: Option<SignUp>,
    pub social_sign_in: Option<SocialSignIn>,
    pub social_sign_in_connector_targets: Option<Vec<String>>,
    pub sign_in_mode: Option<SignInMode>,
    #[serde(deserialize_with = "nullable")]
    pub custom_css: Change<String>,
    pub custom_content: Option<Map<String, Value>>,
    #[serde(deserialize_with = "nullable")]
    pub custom_ui_assets: Change<CustomUiAssets>,
    pub custom_ui_csp: Option<CustomUiCsp>,
    pub password_policy: Option<PartialPasswordPolicy>,
    pub mfa: Option<Mfa>,
    pub adaptive_mfa: Option<AdaptiveMfa>,
    pub single_sign_on_enabled: Option<bool>,
    #[serde(deserialize_with = "nullable")]
    pub support_email: Change<String>,
    #[serde(deserialize_with = "nullable")]
    pub support_website_url: Change<String>,
    #[serde(deserialize_with = "nullable")]
    pub unknown_session_redirect_url: Change<String>,
    pub captcha_policy: Option<CaptchaPolicy>,
    pub sentinel_policy: Option<SentinelPolicy>,
    pub email_blocklist_policy: Option<EmailBlocklistPolicy>,
    pub verification_code_policy: Option<VerificationCodePolicy>,
    #[serde(deserialize_with = "nullable")]
    pub forgot_password_methods: Change<Vec<ForgotPasswordMethod>>,
    pub passkey_sign_in: Option<PasskeySignIn>,
    #[serde(deserialize_with = "nullable")]
    pub sign_up_profile_fields: Change<Vec<SignUpProfileField>>,
    pub password_expiration: Option<PasswordExpiration>,
    pub username_policy: Option<UsernamePolicy>,
}

/// Changes the settings; answers all of them.
///
/// # Errors
/// 400 `guard.invalid_input` naming the fields; otherwise the rule of docs/wire/management-api.md that is broken,
/// `sign_in_experiences.…`.
pub async fn patch(ctx: &Ctx, patch: SignInExperiencePatch) -> Result<SignInExperience> {
    ctx.require_administrator()?;
    rules::check_forms(&patch)?;
    ctx.write_config(unit(
        (author(ctx), ctx.tenant.id.clone(), patch),
        |(author, tenant, patch), tx| {
            Box::pin(async move {
                let found = sign_in_experience::lock(tx, tenant).await?;
                let before = found.ok_or_else(|| StoreError::Other(format!("{tenant} has no sign-in experience")))?;
                let enabled = Enabled::of(&connectors::all(tx, tenant).await?);
                rules::check_general(patch)?;
                change_username_policy(tx, &before, patch).await?;
                let after = apply(author, &before, patch, &enabled)?;
                rules::check(patch, &before, &after, &enabled)?;
                sign_in_experience::update(tx, author, &before, &after).await?;
                Ok(Verdict::Accept(after))
            })
        },
    ))
    .await
}

/// Usernames are compared anew when letter case begins or ceases to count.
async fn change_username_policy(
    tx: &mut Tx<'_>,
    before: &SignInExperience,
    patch: &SignInExperiencePatch,
) -> soleira_store::Result<()> {
    let Some(policy) = &patch.username_policy else {
        return Ok(());
    };
    if policy.case_sensitive == before.username_policy.case_sensitive {
        return Ok(());
    }
    let tenant = &before.tenant_id;
    if !policy.case_sensitive {
        let (total, samples) = users::username_case_conflicts(tx, tenant, SAMPLES).await?;
        if total > 0 {
            let samples: Vec<Value> = samples
                .into_iter()
                .map(|(name, ids)| json!({"usernameLower": name, "userIds": ids}))
                .collect();
            return Err(Error::new(Code::SignInExperiencesUsernamePolicyCaseConflictsExist)
                .with_data(json!({"totalConflicts": total, "samples": samples}))
                .into());
        }
    }
    users::rekey_usernames(tx, tenant, policy.case_sensitive).await
}

fn apply(
    author: &Author,
    before: &SignInExperience,
    patch: &SignInExperiencePatch,
    enabled: &Enabled,
) -> soleira_store::Result<SignInExperience> {
    let mut after = before.clone();
    macro_rules! replace {
        ($($member:ident),* $(,)?) => { $(
            if let Some(value) = &patch.$member {
                after.$member.clone_from(value);
            }
        )* };
    }
    macro_rules! replace_json {
        ($($member:ident),* $(,)?) => { $(
            if let Some(value) = &patch.$member {
                after.$member = serde_json::to_value(value)?;
            }
        )* };
    }
    replace!(
        color,
        branding,
        hide_logto_branding,
        language_info,
        terms_of_use_url,
        privacy_policy_url,
        agree_to_terms_policy,
        sign_in,
        sign_up,
        social_sign_in,
        sign_in_mode,
        custom_css,
        custom_content,
        single_sign_on_enabled,
        support_email,
        support_website_url,
        unknown_session_redirect_url,
        sentinel_policy,
        username_policy,
    );
    replace_json!(
        custom_ui_csp,
        password_policy,
        mfa,
        adaptive_mfa,
        captcha_policy,
        email_blocklist_policy,
        verification_code_policy,
        passkey_sign_in,
    );
    if let Some(targets) = &patch.social_sign_in_connector_targets {
        // Targets that no connector has are dropped in silence: docs/wire/management-api.md.
        let known = targets.iter().filter(|target| enabled.targets.contains(*target));
        after.social_sign_in_connector_targets = without_repetition(known);
    }
    if let Some(assets) = &patch.custom_ui_assets {
        after.custom_ui_assets = assets.as_ref().map(serde_json::to_value).transpose()?;
    }
    if let Some(methods) = &patch.forgot_password_methods {
        let names =
            |methods: &Vec<ForgotPasswordMethod>| methods.iter().map(|method| method.as_str().to_owned()).collect();
        after.forgot_password_methods = methods.as_ref().map(names);
    }
    if let Some(fields) = &patch.sign_up_profile_fields {
        // There is no catalogue of profile fields yet, and names that it does not have are dropped.
        after.sign_up_profile_fields = fields.as_ref().map(|_| json!([]));
    }
    if let Some(policy) = &patch.email_blocklist_policy {
        let mut policy = policy.clone();
        for list in [&mut policy.custom_allowlist, &mut policy.custom_blocklist]
            .into_iter()
            .flatten()
        {
            *list = without_repetition(list.iter());
        }
        after.email_blocklist_policy = serde_json::to_value(policy)?;
    }
    if let Some(expiration) = &patch.password_expiration {
        after.password_expiration = password_expiration(author, before, expiration)?;
    }
    let switched_off = patch.mfa.as_ref().is_some_and(|mfa| mfa.factors.is_empty());
    if switched_off && patch.adaptive_mfa.is_none() {
        after.adaptive_mfa = json!({"enabled": false});
    }
    Ok(after)
}

fn without_repetition<'a>(items: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for item in items {
        if !out.contains(item) {
            out.push(item.clone());
        }
    }
    out
}

/// Since when passwords expire is the server's to say: from when it was switched on, as long as it stays on.
fn password_expiration(
    author: &Author,
    before: &SignInExperience,
    wanted: &PasswordExpiration,
) -> soleira_store::Result<Value> {
    if wanted.enabled != Some(true) {
        return Ok(json!({"enabled": false}));
    }
    if wanted.valid_period_days.is_none_or(|days| days < 1) {
        return Err(Error::new(Code::SignInExperiencesPasswordExpirationInvalidPeriodDays).into());
    }
    let stored: PasswordExpiration = serde_json::from_value(before.password_expiration.clone())?;
    let since = stored.enabled_at.filter(|_| stored.enabled == Some(true));
    Ok(serde_json::to_value(PasswordExpiration {
        enabled_at: Some(since.unwrap_or(author.now)),
        ..wanted.clone()
    })?)
}
