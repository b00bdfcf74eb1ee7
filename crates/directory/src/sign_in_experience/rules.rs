//! What the settings may be (docs/wire/management-api.md, "Rules", in its order).

use super::blocklist;
use super::patch::SignInExperiencePatch;
use crate::checks::Checks;
use serde_json::{Value, json};
use soleira_core::model::{
    AdaptiveMfa, AlternativeIdentifier, ConnectorType, Mfa, MfaFactor, MfaPolicy, SignIn, SignInExperience,
    SignInIdentifier, SignUp,
};
use soleira_core::rules::{password, username};
use soleira_core::{Code, Error, Result};
use soleira_phrases::Language;
use soleira_store::connectors::{ConnectorRow, type_name};
use std::collections::HashSet;

/// What the tenant's connectors can do.
#[derive(Debug, Default)]
pub(super) struct Enabled {
    email: bool,
    sms: bool,
    /// The targets of its social connectors.
    pub(super) targets: HashSet<String>,
}

impl Enabled {
    pub(super) fn of(connectors: &[ConnectorRow]) -> Self {
        let has = |kind: ConnectorType| connectors.iter().any(|row| row.kind == type_name(kind));
        let social = connectors
            .iter()
            .filter(|row| row.kind == type_name(ConnectorType::Social));
        Self {
            email: has(ConnectorType::Email),
            sms: has(ConnectorType::Sms),
            targets: social.map(|row| row.target.clone()).collect(),
        }
    }

    fn require(&self, kind: ConnectorType) -> Result<()> {
        let is_there = match kind {
            ConnectorType::Email => self.email,
            ConnectorType::Sms => self.sms,
            ConnectorType::Social => true,
        };
        if is_there {
            return Ok(());
        }
        let name = type_name(kind);
        Err(Error::new(Code::SignInExperiencesEnabledConnectorNotFound)
            .with("type", name)
            .with_data(json!({"type": name})))
    }
}

/// The form of each member that is given.
pub(super) fn check_forms(patch: &SignInExperiencePatch) -> Result<()> {
    let mut checks = Checks::default();
    if let Some(color) = &patch.color {
        for (path, value) in [
            ("color.primaryColor", &color.primary_color),
            ("color.darkPrimaryColor", &color.dark_primary_color),
        ] {
            checks.color(path, value);
        }
    }
    if let Some(branding) = &patch.branding {
        checks.branding("branding", branding);
    }
    for (path, change) in [
        ("termsOfUseUrl", &patch.terms_of_use_url),
        ("privacyPolicyUrl", &patch.privacy_policy_url),
        ("supportWebsiteUrl", &patch.support_website_url),
        ("unknownSessionRedirectUrl", &patch.unknown_session_redirect_url),
    ] {
        if let Some(Some(url)) = change
            && !url.is_empty()
        {
            checks.web_url(path, url);
            checks.length(path, url, 1, 2048);
        }
    }
    if let Some(Some(email)) = &patch.support_email
        && !email.is_empty()
    {
        checks.email("supportEmail", email);
    }
    for (path, content) in patch.custom_content.iter().flatten() {
        if !content.is_string() {
            checks.add(&format!("customContent.{path}"), "invalid_type", "Expected string");
        }
    }
    if let Some(policy) = &patch.verification_code_policy {
        if let Some(seconds) = policy.expiration_duration {
            checks.range("verificationCodePolicy.expirationDuration", seconds, 60, 3600);
        }
        if let Some(attempts) = policy.max_retry_attempts {
            checks.range("verificationCodePolicy.maxRetryAttempts", attempts, 1, 100);
        }
    }
    if let Some(policy) = &patch.username_policy
        && let Err(fault) = username::check_policy(policy)
    {
        checks.add("usernamePolicy", "custom", &fault.to_string());
    }
    if let Some(policy) = &patch.password_policy {
        let whole = serde_json::to_value(policy)
            .and_then(serde_json::from_value)
            .map_err(Error::internal)?;
        if let Err(fault) = password::check_policy(&whole) {
            checks.add("passwordPolicy", "custom", &fault.to_string());
        }
    }
    checks.finish()
}

fn unsupported(details: &'static str) -> Error {
    Error::new(Code::RequestInvalidInput).with("details", details)
}

/// What is refused whatever the settings are.
pub(super) fn check_general(patch: &SignInExperiencePatch) -> Result<()> {
    if let Some(Some(fields)) = &patch.sign_up_profile_fields {
        let distinct: HashSet<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        if distinct.len() < fields.len() {
            return Err(unsupported("signUpProfileFields names a field twice"));
        }
    }
    if let Some(csp) = &patch.custom_ui_csp
        && [&csp.script_src, &csp.connect_src]
            .into_iter()
            .flatten()
            .any(|sources| !sources.is_empty())
    {
        return Err(unsupported("customUiCsp sources are not supported by this server"));
    }
    if patch.hide_logto_branding == Some(true) {
        return Err(unsupported(
            "hideLogtoBranding cannot be set: there is no branding to hide",
        ));
    }
    if let Some(info) = &patch.language_info {
        let language = Language::parse(&info.fallback_language);
        if !language.is_some_and(Language::is_built_in) {
            return Err(
                Error::new(Code::SignInExperiencesUnsupportedDefaultLanguage).with("language", &info.fallback_language)
            );
        }
    }
    if let Some(policy) = &patch.email_blocklist_policy {
        blocklist::check(policy)?;
    }
    Ok(())
}

/// What the settings that are given, together with those that stay, may be.
pub(super) fn check(
    patch: &SignInExperiencePatch,
    before: &SignInExperience,
    after: &SignInExperience,
    enabled: &Enabled,
) -> Result<()> {
    let mfa = read_mfa(after);
    if let Some(sign_up) = &patch.sign_up {
        check_sign_up(sign_up, enabled)?;
    }
    if let Some(sign_in) = &patch.sign_in {
        check_sign_in(sign_in, &after.sign_up, enabled)?;
        refuse_same_channel(
            sign_in,
            &mfa,
            Code::SignInExperiencesEmailVerificationCodeCannotBeUsedForSignIn,
            Code::SignInExperiencesPhoneVerificationCodeCannotBeUsedForSignIn,
        )?;
    }
    if patch.mfa.is_some() {
        check_mfa(&mfa)?;
        refuse_same_channel(
            &after.sign_in,
            &mfa,
            Code::SignInExperiencesEmailVerificationCodeCannotBeUsedForMfa,
            Code::SignInExperiencesPhoneVerificationCodeCannotBeUsedForMfa,
        )?;
    }
    check_adaptive(patch, before, &mfa)?;
    if patch.forgot_password_methods.is_some() {
        for method in after.forgot_password_methods.iter().flatten() {
            let (is_there, channel) = match method.as_str() {
                "EmailVerificationCode" => (enabled.email, "email"),
                _ => (enabled.sms, "sms"),
            };
            if !is_there {
                return Err(
                    Error::new(Code::SignInExperiencesForgotPasswordMethodRequiresConnector).with("method", channel)
                );
            }
        }
    }
    check_recovery_channel(after, enabled)
}

/// Where passwords expire, there is a way to a new one.
///
/// # Errors
/// 422 `sign_in_experiences.password_expiration_requires_forgot_password`.
pub(super) fn check_recovery_channel(experience: &SignInExperience, enabled: &Enabled) -> Result<()> {
    if experience.password_expiration["enabled"] == true && !has_recovery_channel(experience, enabled) {
        return Err(Code::SignInExperiencesPasswordExpirationRequiresForgotPassword.into());
    }
    Ok(())
}

/// Whether somebody whose password expired could replace it.
fn has_recovery_channel(experience: &SignInExperience, enabled: &Enabled) -> bool {
    match &experience.forgot_password_methods {
        None => enabled.email || enabled.sms,
        Some(methods) => methods.iter().any(|method| match method.as_str() {
            "EmailVerificationCode" => enabled.email,
            _ => enabled.sms,
        }),
    }
}

/// The second factors of the settings; a document from elsewhere may lack parts, which then are off.
fn read_mfa(experience: &SignInExperience) -> Mfa {
    serde_json::from_value(experience.mfa.clone()).unwrap_or(Mfa {
        factors: Vec::new(),
        policy: MfaPolicy::UserControlled,
        organization_required_mfa_policy: None,
    })
}

fn check_sign_up(sign_up: &SignUp, enabled: &Enabled) -> Result<()> {
    let primary = &sign_up.identifiers;
    let secondary = sign_up.secondary_identifiers.as_deref().unwrap_or_default();
    if primary.is_empty() && !secondary.is_empty() {
        return Err(Code::SignInExperiencesMissingSignUpIdentifiers.into());
    }

    let mut seen: HashSet<&'static str> = HashSet::new();
    let secondary_channels = secondary
        .iter()
        .flat_map(|item| channels(item.identifier).iter().copied());
    for identifier in primary
        .iter()
        .map(|identifier| name_of(*identifier))
        .chain(secondary_channels)
    {
        if !seen.insert(identifier) {
            return Err(Code::SignInExperiencesDuplicatedSignUpIdentifiers.into());
        }
    }

    let proven_primary = sign_up.verify
        || primary
            .iter()
            .all(|identifier| *identifier == SignInIdentifier::Username);
    let proven_secondary = secondary
        .iter()
        .all(|item| item.identifier == AlternativeIdentifier::Username || item.verify == Some(true));
    if !proven_primary || !proven_secondary {
        return Err(Code::SignInExperiencesPasswordlessRequiresVerify.into());
    }

    for channel in seen {
        match channel {
            "email" => enabled.require(ConnectorType::Email)?,
            "phone" => enabled.require(ConnectorType::Sms)?,
            _ => {}
        }
    }
    Ok(())
}

const fn name_of(identifier: SignInIdentifier) -> &'static str {
    match identifier {
        SignInIdentifier::Username => "username",
        SignInIdentifier::Email => "email",
        SignInIdentifier::Phone => "phone",
    }
}

const fn channels(identifier: AlternativeIdentifier) -> &'static [&'static str] {
    match identifier {
        AlternativeIdentifier::Username => &["username"],
        AlternativeIdentifier::Email => &["email"],
        AlternativeIdentifier::Phone => &["phone"],
        AlternativeIdentifier::EmailOrPhone => &["email", "phone"],
    }
}

fn check_sign_in(sign_in: &SignIn, sign_up: &SignUp, enabled: &Enabled) -> Result<()> {
    for method in &sign_in.methods {
        match method.identifier {
            SignInIdentifier::Email if method.verification_code => enabled.require(ConnectorType::Email)?,
            SignInIdentifier::Phone if method.verification_code => enabled.require(ConnectorType::Sms)?,
            _ => {}
        }
        // A code goes to an address or a number; a username has neither.
        let has_code = method.verification_code && method.identifier != SignInIdentifier::Username;
        if !method.password && !has_code {
            return Err(Code::SignInExperiencesAtLeastOneAuthenticationFactor.into());
        }
        let is_passwordless = sign_up.verify && !sign_up.password;
        if is_passwordless && method.identifier != SignInIdentifier::Username && !method.verification_code {
            return Err(Code::SignInExperiencesCodeSignInMustBeEnabled.into());
        }
    }
    Ok(())
}

/// A channel that proves who one is first cannot prove it a second time.
fn refuse_same_channel(sign_in: &SignIn, mfa: &Mfa, email: Code, phone: Code) -> Result<()> {
    for (identifier, factor, code) in [
        (SignInIdentifier::Email, MfaFactor::EmailVerificationCode, email),
        (SignInIdentifier::Phone, MfaFactor::PhoneVerificationCode, phone),
    ] {
        let is_first = sign_in
            .methods
            .iter()
            .any(|method| method.identifier == identifier && method.verification_code);
        if is_first && mfa.factors.contains(&factor) {
            return Err(code.into());
        }
    }
    Ok(())
}

fn check_mfa(mfa: &Mfa) -> Result<()> {
    let distinct: HashSet<&MfaFactor> = mfa.factors.iter().collect();
    if distinct.len() < mfa.factors.len() {
        return Err(Code::SignInExperiencesDuplicatedMfaFactors.into());
    }
    if mfa.factors == [MfaFactor::BackupCode] {
        return Err(Code::SignInExperiencesBackupCodeCannotBeEnabledAlone.into());
    }
    Ok(())
}

fn check_adaptive(patch: &SignInExperiencePatch, before: &SignInExperience, mfa: &Mfa) -> Result<()> {
    let enabled = match &patch.adaptive_mfa {
        Some(AdaptiveMfa { enabled }) => enabled.unwrap_or_default(),
        None if patch.mfa.is_some() && !mfa.factors.is_empty() => before.adaptive_mfa["enabled"] == Value::Bool(true),
        None => return Ok(()),
    };
    let cannot_be_skipped = matches!(
        mfa.policy,
        MfaPolicy::PromptAtSignInAndSignUpMandatory | MfaPolicy::PromptOnlyAtSignInMandatory
    );
    if !enabled {
        return if cannot_be_skipped {
            Err(Code::SignInExperiencesNonAdaptiveMfaRequiresSkippablePolicy.into())
        } else {
            Ok(())
        };
    }
    if mfa.factors.is_empty() {
        return Err(Code::SignInExperiencesAdaptiveMfaRequiresMfa.into());
    }
    if !cannot_be_skipped {
        return Err(Code::SignInExperiencesAdaptiveMfaRequiresNonSkippablePolicy.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use soleira_core::model::{SecondaryIdentifier, SignInMethod};

    fn sign_up(identifiers: &[SignInIdentifier], verify: bool, secondary: &[(AlternativeIdentifier, bool)]) -> SignUp {
        SignUp {
            identifiers: identifiers.to_vec(),
            password: true,
            verify,
            secondary_identifiers: Some(
                secondary
                    .iter()
                    .map(|(identifier, verify)| SecondaryIdentifier {
                        identifier: *identifier,
                        verify: Some(*verify),
                    })
                    .collect(),
            ),
        }
    }

    fn all() -> Enabled {
        Enabled {
            email: true,
            sms: true,
            targets: HashSet::new(),
        }
    }

    #[test]
    fn registration_asks_for_what_can_be_proven() {
        use AlternativeIdentifier as Also;
        use SignInIdentifier::{Email, Phone, Username};
        let refused = |sign_up: &SignUp, enabled: &Enabled| check_sign_up(sign_up, enabled).unwrap_err().code();
        assert!(check_sign_up(&sign_up(&[], false, &[]), &Enabled::default()).is_ok());
        assert!(check_sign_up(&sign_up(&[Username], false, &[(Also::EmailOrPhone, true)]), &all()).is_ok());
        assert!(check_sign_up(&sign_up(&[Email, Phone], true, &[(Also::Username, false)]), &all()).is_ok());
        assert_eq!(
            refused(&sign_up(&[], false, &[(Also::Username, true)]), &all()),
            Code::SignInExperiencesMissingSignUpIdentifiers
        );
        for repeated in [
            sign_up(&[Username, Username], false, &[]),
            sign_up(&[Username], false, &[(Also::Username, true)]),
            sign_up(&[Email], true, &[(Also::EmailOrPhone, true)]),
        ] {
            assert_eq!(
                refused(&repeated, &all()),
                Code::SignInExperiencesDuplicatedSignUpIdentifiers
            );
        }
        assert_eq!(
            refused(&sign_up(&[Email], false, &[]), &all()),
            Code::SignInExperiencesPasswordlessRequiresVerify
        );
        assert_eq!(
            refused(&sign_up(&[Username], false, &[(Also::Phone, false)]), &all()),
            Code::SignInExperiencesPasswordlessRequiresVerify
        );
        assert_eq!(
            refused(&sign_up(&[Email], true, &[]), &Enabled::default()),
            Code::SignInExperiencesEnabledConnectorNotFound
        );
    }

    #[test]
    fn a_way_to_sign_in_needs_a_proof() {
        let method = |identifier, password, verification_code| SignIn {
            methods: vec![SignInMethod {
                identifier,
                password,
                verification_code,
                is_password_primary: true,
            }],
        };
        let with_password = sign_up(&[SignInIdentifier::Username], false, &[]);
        let refused = |sign_in: &SignIn, sign_up: &SignUp| check_sign_in(sign_in, sign_up, &all()).unwrap_err().code();
        for nothing in [
            method(SignInIdentifier::Email, false, false),
            method(SignInIdentifier::Username, false, true),
        ] {
            assert_eq!(
                refused(&nothing, &with_password),
                Code::SignInExperiencesAtLeastOneAuthenticationFactor
            );
        }
        let mut passwordless = sign_up(&[SignInIdentifier::Email], true, &[]);
        passwordless.password = false;
        assert_eq!(
            refused(&method(SignInIdentifier::Email, true, false), &passwordless),
            Code::SignInExperiencesCodeSignInMustBeEnabled
        );
    }

    #[test]
    fn second_factors_are_not_the_first_again() {
        let mfa = |factors: &[MfaFactor]| Mfa {
            factors: factors.to_vec(),
            policy: MfaPolicy::UserControlled,
            organization_required_mfa_policy: None,
        };
        let refused = |factors: &[MfaFactor]| check_mfa(&mfa(factors)).unwrap_err().code();
        assert_eq!(
            refused(&[MfaFactor::Totp, MfaFactor::Totp]),
            Code::SignInExperiencesDuplicatedMfaFactors
        );
        assert_eq!(
            refused(&[MfaFactor::BackupCode]),
            Code::SignInExperiencesBackupCodeCannotBeEnabledAlone
        );
        assert!(check_mfa(&mfa(&[MfaFactor::Totp, MfaFactor::BackupCode])).is_ok());
    }
}
