//! The error catalogue: every code that the wire knows, with the status it has unless the raising place says otherwise.

macro_rules! codes {
    ($($(#[$meta:meta])* $name:ident = $text:literal, $status:literal;)*) => {
        /// A code of the error catalogue (docs/wire/errors.md).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$meta])* #[doc = $text] $name,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The HTTP status it has unless the raising place says otherwise.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status,)* }
            }
        }
    };
}

codes! {
    // Requests
    RequestInvalidInput = "request.invalid_input", 400;
    RequestGeneral = "request.general", 422;
    RequestRangeNotSatisfiable = "request.range_not_satisfiable", 416;
    RequestFeatureNotSupported = "request.feature_not_supported", 422;
    RequestRateLimited = "request.rate_limited", 429;
    RequestMessageRateLimited = "request.message_rate_limited", 429;

    // Checks of a request
    GuardInvalidInput = "guard.invalid_input", 400;
    GuardInvalidPagination = "guard.invalid_pagination", 400;
    GuardCanNotGetTenantId = "guard.can_not_get_tenant_id", 400;
    GuardFileSizeExceeded = "guard.file_size_exceeded", 400;
    GuardMimeTypeNotAllowed = "guard.mime_type_not_allowed", 400;
    GuardNotAllowedForAdminTenant = "guard.not_allowed_for_admin_tenant", 400;

    // Callers
    AuthAuthorizationHeaderMissing = "auth.authorization_header_missing", 401;
    AuthAuthorizationTokenTypeNotSupported = "auth.authorization_token_type_not_supported", 401;
    AuthUnauthorized = "auth.unauthorized", 401;
    AuthJwtSubMissing = "auth.jwt_sub_missing", 401;
    AuthExpectedRoleNotFound = "auth.expected_role_not_found", 401;
    AuthForbidden = "auth.forbidden", 403;
    AuthThirdPartyApplicationForbidden = "auth.third_party_application_forbidden", 403;
    AuthExceedTokenLimit = "auth.exceed_token_limit", 429;
    AuthRequireReAuthentication = "auth.require_re_authentication", 401;

    // Rows
    EntityNotExists = "entity.not_exists", 404;
    EntityNotExistsWithId = "entity.not_exists_with_id", 404;
    EntityNotFound = "entity.not_found", 404;
    EntityRelationForeignKeyNotFound = "entity.relation_foreign_key_not_found", 404;
    EntityUniqueIntegrityViolation = "entity.unique_integrity_violation", 422;
    EntityCreateFailed = "entity.create_failed", 422;
    EntityDbConstraintViolated = "entity.db_constraint_violated", 422;
    EntityInvalidInput = "entity.invalid_input", 422;
    EntityValueTooLong = "entity.value_too_long", 422;

    // Audit logs
    LogInvalidTimeWindow = "log.invalid_time_window", 400;
    LogInvalidType = "log.invalid_type", 400;

    // Phrases
    LocalizationCannotDeleteDefaultLanguage = "localization.cannot_delete_default_language", 409;
    LocalizationInvalidTranslationStructure = "localization.invalid_translation_structure", 422;

    // The API description
    SwaggerInvalidZodType = "swagger.invalid_zod_type", 400;
    SwaggerNotSupportedZodTypeForParams = "swagger.not_supported_zod_type_for_params", 400;

    // Files
    StorageNotConfigured = "storage.not_configured", 400;
    StorageMissingParameter = "storage.missing_parameter", 400;
    StorageUploadError = "storage.upload_error", 500;
    StorageDownloadError = "storage.download_error", 502;

    // Limits
    SubscriptionLimitExceeded = "subscription.limit_exceeded", 403;
    SubscriptionTenantSuspended = "subscription.tenant_suspended", 403;
    SubscriptionGetPlanFailed = "subscription.get_plan_failed", 400;
    SystemLimitLimitExceeded = "system_limit.limit_exceeded", 403;

    // Applications
    ApplicationInvalidType = "application.invalid_type", 422;
    ApplicationInvalidRoleType = "application.invalid_role_type", 422;
    ApplicationRoleExists = "application.role_exists", 422;
    ApplicationDeviceFlowNativeOnly = "application.device_flow_native_only", 422;
    ApplicationDeviceFlowNotChangeable = "application.device_flow_not_changeable", 422;
    ApplicationThirdPartyApplicationOnly = "application.third_party_application_only", 422;
    ApplicationThirdPartyApplicationCannotEnableTokenExchange = "application.third_party_application_cannot_enable_token_exchange", 422;
    ApplicationUserConsentScopesNotFound = "application.user_consent_scopes_not_found", 422;
    ApplicationConsentManagementApiScopesNotAllowed = "application.consent_management_api_scopes_not_allowed", 422;
    ApplicationProtectedApplicationMisconfigured = "application.protected_application_misconfigured", 422;
    ApplicationProtectedApplicationSubdomainExists = "application.protected_application_subdomain_exists", 422;
    ApplicationInvalidSubdomain = "application.invalid_subdomain", 422;
    ApplicationSecretNameExists = "application.secret_name_exists", 422;
    ApplicationShouldDeleteCustomDomainsFirst = "application.should_delete_custom_domains_first", 422;
    ApplicationProtectedApplicationOnly = "application.protected_application_only", 422;
    ApplicationInvalidThirdPartyApplicationType = "application.invalid_third_party_application_type", 400;
    ApplicationProtectedAppMetadataIsRequired = "application.protected_app_metadata_is_required", 400;
    ApplicationNoLegacySecretFound = "application.no_legacy_secret_found", 400;
    ApplicationCustomDomainNotFound = "application.custom_domain_not_found", 404;
    ApplicationProtectedAppNotConfigured = "application.protected_app_not_configured", 501;
    ApplicationCloudflareUnknownError = "application.cloudflare_unknown_error", 500;
    ApplicationSyncApplicationSecretFailed = "application.sync_application_secret_failed", 500;

    // SAML applications
    ApplicationSamlUseSamlAppApi = "application.saml.use_saml_app_api", 400;
    ApplicationSamlSamlApplicationOnly = "application.saml.saml_application_only", 422;
    ApplicationSamlReachOssLimit = "application.saml.reach_oss_limit", 403;
    ApplicationSamlAcsUrlBindingNotSupported = "application.saml.acs_url_binding_not_supported", 422;
    ApplicationSamlCanNotDeleteActiveSecret = "application.saml.can_not_delete_active_secret", 400;
    ApplicationSamlNoActiveSecret = "application.saml.no_active_secret", 404;
    ApplicationSamlEntityIdRequired = "application.saml.entity_id_required", 400;
    ApplicationSamlNameIdFormatRequired = "application.saml.name_id_format_required", 400;
    ApplicationSamlUnsupportedNameIdFormat = "application.saml.unsupported_name_id_format", 400;
    ApplicationSamlMissingEmailAddress = "application.saml.missing_email_address", 400;
    ApplicationSamlEmailAddressUnverified = "application.saml.email_address_unverified", 400;
    ApplicationSamlInvalidCertificatePemFormat = "application.saml.invalid_certificate_pem_format", 400;
    ApplicationSamlAcsUrlSchemeNotSupported = "application.saml.acs_url_scheme_not_supported", 400;
    ApplicationSamlAcsUrlRequired = "application.saml.acs_url_required", 400;
    ApplicationSamlPrivateKeyRequired = "application.saml.private_key_required", 400;
    ApplicationSamlCertificateRequired = "application.saml.certificate_required", 400;
    ApplicationSamlInvalidSamlRequest = "application.saml.invalid_saml_request", 400;
    ApplicationSamlAuthRequestIssuerNotMatch = "application.saml.auth_request_issuer_not_match", 400;
    ApplicationSamlSpInitiatedSamlSsoSessionNotFoundInCookies = "application.saml.sp_initiated_saml_sso_session_not_found_in_cookies", 400;
    ApplicationSamlSpInitiatedSamlSsoSessionNotFound = "application.saml.sp_initiated_saml_sso_session_not_found", 400;
    ApplicationSamlStateMismatch = "application.saml.state_mismatch", 400;

    // API resources
    ResourceResourceIdentifierInUse = "resource.resource_identifier_in_use", 422;
    ResourceCannotDeleteManagementApi = "resource.cannot_delete_management_api", 400;
    ResourceCannotModifyManagementApi = "resource.cannot_modify_management_api", 400;

    // Permissions
    ScopeNameExists = "scope.name_exists", 422;
    ScopeNameWithSpace = "scope.name_with_space", 400;

    // Roles
    RoleNameInUse = "role.name_in_use", 422;
    RoleScopeExists = "role.scope_exists", 422;
    RoleUserExists = "role.user_exists", 422;
    RoleApplicationExists = "role.application_exists", 422;
    RoleManagementApiScopesNotAssignableToUserRole = "role.management_api_scopes_not_assignable_to_user_role", 400;
    RoleDefaultRoleMissing = "role.default_role_missing", 400;
    RoleInternalRoleViolation = "role.internal_role_violation", 403;

    // Organizations
    OrganizationRequireMembership = "organization.require_membership", 422;
    OrganizationRoleNamesNotFound = "organization.role_names_not_found", 422;

    // Webhooks
    HookMissingEvents = "hook.missing_events", 400;
    HookSendTestPayloadFailed = "hook.send_test_payload_failed", 422;
    HookEndpointRespondedWithError = "hook.endpoint_responded_with_error", 422;

    // Actions (scripts while signing in)
    ActionGeneral = "action.general", 422;
    ActionSignInIdentifierChanged = "action.sign_in_identifier_changed", 422;

    // Custom token claims
    JwtCustomizerGeneral = "jwt_customizer.general", 422;
    JwtCustomizerCanNotCreateForAdminTenant = "jwt_customizer.can_not_create_for_admin_tenant", 422;

    // Custom domains
    DomainNotConfigured = "domain.not_configured", 400;
    DomainDomainIsNotAllowed = "domain.domain_is_not_allowed", 400;
    DomainCloudflareDataMissing = "domain.cloudflare_data_missing", 400;
    DomainCloudflareResponseError = "domain.cloudflare_response_error", 400;
    DomainCloudflareNotFound = "domain.cloudflare_not_found", 400;
    DomainCloudflareUnknownError = "domain.cloudflare_unknown_error", 500;
    DomainHostnameAlreadyExists = "domain.hostname_already_exists", 400;
    DomainDomainInUse = "domain.domain_in_use", 422;
    DomainExceedDomainLimit = "domain.exceed_domain_limit", 422;
    DomainLimitToOneDomain = "domain.limit_to_one_domain", 422;

    // Users
    UserUsernameAlreadyInUse = "user.username_already_in_use", 422;
    UserEmailAlreadyInUse = "user.email_already_in_use", 422;
    UserPhoneAlreadyInUse = "user.phone_already_in_use", 422;
    UserIdentityAlreadyInUse = "user.identity_already_in_use", 422;
    UserInvalidEmail = "user.invalid_email", 422;
    UserInvalidPhone = "user.invalid_phone", 422;
    UserInvalidRoleType = "user.invalid_role_type", 422;
    UserRoleExists = "user.role_exists", 422;
    UserUsernameRequired = "user.username_required", 422;
    UserUsernameStartsWithNumber = "user.username_starts_with_number", 422;
    UserUsernameInvalidCharsetHard = "user.username_invalid_charset_hard", 422;
    UserUsernameTooShort = "user.username_too_short", 422;
    UserUsernameTooLong = "user.username_too_long", 422;
    UserUsernameUppercaseNotAllowed = "user.username_uppercase_not_allowed", 422;
    UserUsernameLowercaseNotAllowed = "user.username_lowercase_not_allowed", 422;
    UserUsernameNumbersNotAllowed = "user.username_numbers_not_allowed", 422;
    UserUsernameUnderscoreNotAllowed = "user.username_underscore_not_allowed", 422;
    UserPasswordAndDigest = "user.password_and_digest", 400;
    UserPasswordAlgorithmRequired = "user.password_algorithm_required", 400;
    UserCannotDeleteSelf = "user.cannot_delete_self", 400;
    UserLastSignInMethodRequired = "user.last_sign_in_method_required", 400;
    UserUserNotExist = "user.user_not_exist", 404;
    UserIdentityNotExist = "user.identity_not_exist", 404;
    UserIdentityNotExistsInCurrentUser = "user.identity_not_exists_in_current_user", 422;
    UserSsoIdentityNotExist = "user.sso_identity_not_exist", 404;
    UserEnterpriseSsoIdentityNotExists = "user.enterprise_sso_identity_not_exists", 404;
    UserSuspended = "user.suspended", 401;
    UserSignInMethodNotEnabled = "user.sign_in_method_not_enabled", 422;
    UserSignUpMethodNotEnabled = "user.sign_up_method_not_enabled", 422;
    UserSamePassword = "user.same_password", 422;
    UserNewPasswordRequiredInProfile = "user.new_password_required_in_profile", 422;
    UserPasswordRequiredInProfile = "user.password_required_in_profile", 422;
    UserPasswordExistsInProfile = "user.password_exists_in_profile", 422;
    UserUsernameRequiredInProfile = "user.username_required_in_profile", 422;
    UserUsernameExistsInProfile = "user.username_exists_in_profile", 422;
    UserEmailRequiredInProfile = "user.email_required_in_profile", 422;
    UserEmailExistsInProfile = "user.email_exists_in_profile", 422;
    UserPhoneRequiredInProfile = "user.phone_required_in_profile", 422;
    UserPhoneExistsInProfile = "user.phone_exists_in_profile", 422;
    UserEmailOrPhoneRequiredInProfile = "user.email_or_phone_required_in_profile", 422;
    UserSocialAccountExistsInProfile = "user.social_account_exists_in_profile", 422;
    UserEmailNotExist = "user.email_not_exist", 400;
    UserPhoneNotExist = "user.phone_not_exist", 400;
    UserEmailRequired = "user.email_required", 422;
    UserPhoneRequired = "user.phone_required", 422;
    UserEmailOrPhoneRequired = "user.email_or_phone_required", 422;
    UserMissingProfile = "user.missing_profile", 422;
    UserSuggestMfa = "user.suggest_mfa", 422;
    UserMissingMfa = "user.missing_mfa", 422;
    UserPasskeyPreferred = "user.passkey_preferred", 422;
    UserTotpAlreadyInUse = "user.totp_already_in_use", 422;
    UserTotpSecretInvalid = "user.totp_secret_invalid", 422;
    UserBackupCodeAlreadyInUse = "user.backup_code_already_in_use", 422;
    UserWrongBackupCodeFormat = "user.wrong_backup_code_format", 422;
    UserPersonalAccessTokenNameExists = "user.personal_access_token_name_exists", 422;

    // Passwords
    PasswordUnsupportedEncryptionMethod = "password.unsupported_encryption_method", 400;
    PasswordInvalidLegacyPasswordFormat = "password.invalid_legacy_password_format", 400;
    PasswordUnsupportedLegacyHashAlgorithm = "password.unsupported_legacy_hash_algorithm", 400;
    PasswordPepperNotFound = "password.pepper_not_found", 400;
    PasswordRejected = "password.rejected", 422;
    PasswordExpired = "password.expired", 422;

    // Connectors
    ConnectorGeneral = "connector.general", 400;
    ConnectorNotFound = "connector.not_found", 404;
    ConnectorNotFoundWithConnectorId = "connector.not_found_with_connector_id", 422;
    ConnectorNotEnabled = "connector.not_enabled", 400;
    ConnectorNotImplemented = "connector.not_implemented", 501;
    ConnectorUnexpectedType = "connector.unexpected_type", 400;
    ConnectorInvalidMetadata = "connector.invalid_metadata", 400;
    ConnectorInvalidConfigGuard = "connector.invalid_config_guard", 400;
    ConnectorInvalidConfig = "connector.invalid_config", 400;
    ConnectorInvalidCertificate = "connector.invalid_certificate", 400;
    ConnectorInvalidRequestParameters = "connector.invalid_request_parameters", 400;
    ConnectorInsufficientRequestParameters = "connector.insufficient_request_parameters", 400;
    ConnectorInvalidResponse = "connector.invalid_response", 400;
    ConnectorInvalidAuthCode = "connector.invalid_auth_code", 400;
    ConnectorTemplateNotFound = "connector.template_not_found", 400;
    ConnectorTemplateNotSupported = "connector.template_not_supported", 400;
    ConnectorAuthorizationFailed = "connector.authorization_failed", 401;
    ConnectorSocialAuthCodeInvalid = "connector.social_auth_code_invalid", 401;
    ConnectorSocialInvalidAccessToken = "connector.social_invalid_access_token", 401;
    ConnectorSocialInvalidIdToken = "connector.social_invalid_id_token", 401;
    ConnectorRateLimitExceeded = "connector.rate_limit_exceeded", 429;
    ConnectorUsageLimitExceeded = "connector.usage_limit_exceeded", 429;
    ConnectorDbConnectorTypeMismatch = "connector.db_connector_type_mismatch", 400;
    ConnectorMoreThanOneEmail = "connector.more_than_one_email", 400;
    ConnectorMoreThanOneSms = "connector.more_than_one_sms", 400;
    ConnectorMoreThanOneConnectorFactory = "connector.more_than_one_connector_factory", 422;
    ConnectorShouldSpecifyTarget = "connector.should_specify_target", 400;
    ConnectorCanNotModifyTarget = "connector.can_not_modify_target", 400;
    ConnectorCannotOverwriteMetadataForNonStandardConnector = "connector.cannot_overwrite_metadata_for_non_standard_connector", 400;
    ConnectorMultipleInstancesNotSupported = "connector.multiple_instances_not_supported", 422;
    ConnectorMultipleTargetWithSamePlatform = "connector.multiple_target_with_same_platform", 422;
    ConnectorInvalidTypeForSyncingProfile = "connector.invalid_type_for_syncing_profile", 422;
    ConnectorTokenStorageNotSupported = "connector.token_storage_not_supported", 422;
    ConnectorEmailConnectorBulkDeletionNoFilter = "connector.email_connector.bulk_deletion_no_filter", 422;

    // Enterprise sign-in
    SingleSignOnForbiddenDomains = "single_sign_on.forbidden_domains", 422;
    SingleSignOnDuplicatedDomains = "single_sign_on.duplicated_domains", 422;
    SingleSignOnInvalidDomainFormat = "single_sign_on.invalid_domain_format", 422;
    SingleSignOnDuplicateConnectorName = "single_sign_on.duplicate_connector_name", 409;
    SingleSignOnActiveSigningKeyRequired = "single_sign_on.active_signing_key_required", 400;
    SingleSignOnCanNotDeleteActiveSigningKey = "single_sign_on.can_not_delete_active_signing_key", 400;
    SingleSignOnCanNotDeactivateSigningKeyInUse = "single_sign_on.can_not_deactivate_signing_key_in_use", 400;
    SingleSignOnSsoSigningUnavailable = "single_sign_on.sso_signing_unavailable", 500;
    SingleSignOnIdpInitiatedAuthenticationNotSupported = "single_sign_on.idp_initiated_authentication_not_supported", 400;
    SingleSignOnIdpInitiatedAuthenticationInvalidApplicationType = "single_sign_on.idp_initiated_authentication_invalid_application_type", 400;
    SingleSignOnIdpInitiatedAuthenticationRedirectUriNotRegistered = "single_sign_on.idp_initiated_authentication_redirect_uri_not_registered", 400;
    SingleSignOnIdpInitiatedAuthenticationClientCallbackUriNotFound = "single_sign_on.idp_initiated_authentication_client_callback_uri_not_found", 400;

    // Verification codes
    VerificationCodePhoneEmailEmpty = "verification_code.phone_email_empty", 400;
    VerificationCodeNotFound = "verification_code.not_found", 400;
    VerificationCodePhoneMismatch = "verification_code.phone_mismatch", 400;
    VerificationCodeEmailMismatch = "verification_code.email_mismatch", 400;
    VerificationCodeCodeMismatch = "verification_code.code_mismatch", 400;
    VerificationCodeExpired = "verification_code.expired", 400;
    VerificationCodeExceedMaxTry = "verification_code.exceed_max_try", 400;

    // Verification records
    VerificationRecordNotFound = "verification_record.not_found", 400;
    VerificationRecordPermissionDenied = "verification_record.permission_denied", 401;
    VerificationRecordSocialVerificationInvalidTarget = "verification_record.social_verification.invalid_target", 422;
    VerificationRecordSocialVerificationTokenResponseNotFound = "verification_record.social_verification.token_response_not_found", 422;

    // Tokens of providers
    SecretsThirdPartyTokenSetTokenNotFound = "secrets.third_party_token_set.token_not_found", 404;
    SecretsThirdPartyTokenSetAccessTokenExpired = "secrets.third_party_token_set.access_token_expired", 401;

    // One-time tokens
    OneTimeTokenTokenNotFound = "one_time_token.token_not_found", 404;
    OneTimeTokenEmailMismatch = "one_time_token.email_mismatch", 400;
    OneTimeTokenInteractionEventMismatch = "one_time_token.interaction_event_mismatch", 400;
    OneTimeTokenTokenExpired = "one_time_token.token_expired", 400;
    OneTimeTokenTokenConsumed = "one_time_token.token_consumed", 400;
    OneTimeTokenTokenRevoked = "one_time_token.token_revoked", 400;
    OneTimeTokenCannotReactivateToken = "one_time_token.cannot_reactivate_token", 400;

    // Account self-service
    AccountCenterNotEnabled = "account_center.not_enabled", 400;
    AccountCenterFieldNotEnabled = "account_center.field_not_enabled", 400;
    AccountCenterFieldNotEditable = "account_center.field_not_editable", 400;

    // Sign-in experience
    SignInExperiencesUnsupportedDefaultLanguage = "sign_in_experiences.unsupported_default_language", 400;
    SignInExperiencesUsernamePolicyCaseConflictsExist = "sign_in_experiences.username_policy_case_conflicts_exist", 409;
    SignInExperiencesMissingSignUpIdentifiers = "sign_in_experiences.missing_sign_up_identifiers", 400;
    SignInExperiencesDuplicatedSignUpIdentifiers = "sign_in_experiences.duplicated_sign_up_identifiers", 400;
    SignInExperiencesEnabledConnectorNotFound = "sign_in_experiences.enabled_connector_not_found", 400;
    SignInExperiencesPasswordlessRequiresVerify = "sign_in_experiences.passwordless_requires_verify", 400;
    SignInExperiencesAtLeastOneAuthenticationFactor = "sign_in_experiences.at_least_one_authentication_factor", 400;
    SignInExperiencesCodeSignInMustBeEnabled = "sign_in_experiences.code_sign_in_must_be_enabled", 400;
    SignInExperiencesEmailVerificationCodeCannotBeUsedForSignIn = "sign_in_experiences.email_verification_code_cannot_be_used_for_sign_in", 400;
    SignInExperiencesPhoneVerificationCodeCannotBeUsedForSignIn = "sign_in_experiences.phone_verification_code_cannot_be_used_for_sign_in", 400;
    SignInExperiencesEmailVerificationCodeCannotBeUsedForMfa = "sign_in_experiences.email_verification_code_cannot_be_used_for_mfa", 400;
    SignInExperiencesPhoneVerificationCodeCannotBeUsedForMfa = "sign_in_experiences.phone_verification_code_cannot_be_used_for_mfa", 400;
    SignInExperiencesDuplicatedMfaFactors = "sign_in_experiences.duplicated_mfa_factors", 400;
    SignInExperiencesBackupCodeCannotBeEnabledAlone = "sign_in_experiences.backup_code_cannot_be_enabled_alone", 400;
    SignInExperiencesAdaptiveMfaRequiresMfa = "sign_in_experiences.adaptive_mfa_requires_mfa", 422;
    SignInExperiencesAdaptiveMfaRequiresNonSkippablePolicy = "sign_in_experiences.adaptive_mfa_requires_non_skippable_policy", 422;
    SignInExperiencesNonAdaptiveMfaRequiresSkippablePolicy = "sign_in_experiences.non_adaptive_mfa_requires_skippable_policy", 422;
    SignInExperiencesForgotPasswordMethodRequiresConnector = "sign_in_experiences.forgot_password_method_requires_connector", 400;
    SignInExperiencesPasswordExpirationInvalidPeriodDays = "sign_in_experiences.password_expiration_invalid_period_days", 422;
    SignInExperiencesPasswordExpirationRequiresForgotPassword = "sign_in_experiences.password_expiration_requires_forgot_password", 422;
    SignInExperiencesPasswordExpirationNotEnabled = "sign_in_experiences.password_expiration_not_enabled", 400;
    SignInExperiencesInvalidCustomEmailBlocklistFormat = "sign_in_experiences.invalid_custom_email_blocklist_format", 400;
    SignInExperiencesEmptyContentUrlOfTermsOfUse = "sign_in_experiences.empty_content_url_of_terms_of_use", 400;
    SignInExperiencesEmptySocialConnectors = "sign_in_experiences.empty_social_connectors", 400;
    SignInExperiencesNotOneAndOnlyOnePrimarySignInMethod = "sign_in_experiences.not_one_and_only_one_primary_sign_in_method", 400;
    SignInExperiencesUsernameRequiresPassword = "sign_in_experiences.username_requires_password", 400;
    SignInExperiencesMissSignUpIdentifierInSignIn = "sign_in_experiences.miss_sign_up_identifier_in_sign_in", 400;
    SignInExperiencesPasswordSignInMustBeEnabled = "sign_in_experiences.password_sign_in_must_be_enabled", 400;

    // Custom profile fields
    CustomProfileFieldsEntityNotExistsWithNames = "custom_profile_fields.entity_not_exists_with_names", 400;
    CustomProfileFieldsInvalidName = "custom_profile_fields.invalid_name", 400;
    CustomProfileFieldsNameRequired = "custom_profile_fields.name_required", 400;
    CustomProfileFieldsNameExists = "custom_profile_fields.name_exists", 422;
    CustomProfileFieldsNameConflictBuiltInProp = "custom_profile_fields.name_conflict_built_in_prop", 400;
    CustomProfileFieldsNameConflictCustomData = "custom_profile_fields.name_conflict_custom_data", 400;
    CustomProfileFieldsNameConflictSignInIdentifier = "custom_profile_fields.name_conflict_sign_in_identifier", 400;
    CustomProfileFieldsInvalidMinMaxInput = "custom_profile_fields.invalid_min_max_input", 400;
    CustomProfileFieldsInvalidDefaultValue = "custom_profile_fields.invalid_default_value", 400;
    CustomProfileFieldsInvalidOptions = "custom_profile_fields.invalid_options", 400;
    CustomProfileFieldsInvalidRegexFormat = "custom_profile_fields.invalid_regex_format", 400;
    CustomProfileFieldsInvalidAddressComponents = "custom_profile_fields.invalid_address_components", 400;
    CustomProfileFieldsInvalidFullnameComponents = "custom_profile_fields.invalid_fullname_components", 400;
    CustomProfileFieldsInvalidSubComponentType = "custom_profile_fields.invalid_sub_component_type", 400;
    CustomProfileFieldsConflictedSieOrder = "custom_profile_fields.conflicted_sie_order", 400;

    // OpenID Connect
    OidcAborted = "oidc.aborted", 400;
    OidcAccessDenied = "oidc.access_denied", 400;
    OidcInvalidScope = "oidc.invalid_scope", 400;
    OidcInvalidToken = "oidc.invalid_token", 401;
    OidcInvalidClientMetadata = "oidc.invalid_client_metadata", 400;
    OidcInsufficientScope = "oidc.insufficient_scope", 403;
    OidcInvalidRequest = "oidc.invalid_request", 400;
    OidcInvalidGrant = "oidc.invalid_grant", 404;
    OidcInvalidIssuer = "oidc.invalid_issuer", 400;
    OidcInvalidRedirectUri = "oidc.invalid_redirect_uri", 400;
    OidcInvalidTarget = "oidc.invalid_target", 400;
    OidcUnsupportedGrantType = "oidc.unsupported_grant_type", 400;
    OidcUnsupportedResponseMode = "oidc.unsupported_response_mode", 400;
    OidcUnsupportedResponseType = "oidc.unsupported_response_type", 400;
    OidcProviderError = "oidc.provider_error", 400;
    OidcProviderErrorFallback = "oidc.provider_error_fallback", 400;
    OidcServerError = "oidc.server_error", 500;
    OidcCustomClaimsScriptError = "oidc.custom_claims_script_error", 400;
    OidcKeyRequired = "oidc.key_required", 422;
    OidcKeyNotFound = "oidc.key_not_found", 404;
    OidcOnlyPreviousKeyCanBeDeleted = "oidc.only_previous_key_can_be_deleted", 422;
    OidcSessionNotFound = "oidc.session_not_found", 404;
    OidcInvalidSessionAccountId = "oidc.invalid_session_account_id", 404;
    OidcInvalidSessionPayload = "oidc.invalid_session_payload", 500;
    OidcFailedToRevokeGrant = "oidc.failed_to_revoke_grant", 500;
    OidcFailedToCleanupSessionAuthorization = "oidc.failed_to_cleanup_session_authorization", 500;

    // Interactions and sessions
    SessionNotFound = "session.not_found", 400;
    SessionInvalidCredentials = "session.invalid_credentials", 422;
    SessionInvalidSignInMethod = "session.invalid_sign_in_method", 400;
    SessionInvalidConnectorId = "session.invalid_connector_id", 422;
    SessionInsufficientInfo = "session.insufficient_info", 400;
    SessionConnectorIdMismatch = "session.connector_id_mismatch", 400;
    SessionConnectorSessionNotFound = "session.connector_session_not_found", 400;
    SessionConnectorValidationSessionNotFound = "session.connector_validation_session_not_found", 400;
    SessionCsrfTokenMismatch = "session.csrf_token_mismatch", 400;
    SessionIdentifierNotFound = "session.identifier_not_found", 404;
    SessionInteractionNotFound = "session.interaction_not_found", 404;
    SessionInvalidInteractionType = "session.invalid_interaction_type", 400;
    SessionIdentityConflict = "session.identity_conflict", 409;
    SessionNotSupportedForForgotPassword = "session.not_supported_for_forgot_password", 400;
    SessionForgotPasswordNotEnabled = "session.forgot_password_not_enabled", 400;
    SessionIdentifierNotVerified = "session.identifier_not_verified", 400;
    SessionUnauthorized = "session.unauthorized", 401;
    SessionUnsupportedPromptName = "session.unsupported_prompt_name", 400;
    SessionVerificationBlockedTooManyAttempts = "session.verification_blocked_too_many_attempts", 400;
    SessionVerificationExpired = "session.verification_expired", 400;
    SessionVerificationFailed = "session.verification_failed", 400;
    SessionVerificationSessionNotFound = "session.verification_session_not_found", 404;
    SessionSsoEnabled = "session.sso_enabled", 422;
    SessionCaptchaRequired = "session.captcha_required", 422;
    SessionCaptchaFailed = "session.captcha_failed", 422;
    SessionPasswordExpirationResetNotAllowed = "session.password_expiration.reset_not_allowed", 400;
    SessionMfaRequireMfaVerification = "session.mfa.require_mfa_verification", 403;
    SessionMfaMfaSignInOnly = "session.mfa.mfa_sign_in_only", 400;
    SessionMfaPendingInfoNotFound = "session.mfa.pending_info_not_found", 400;
    SessionMfaInvalidTotpCode = "session.mfa.invalid_totp_code", 400;
    SessionMfaInvalidBackupCode = "session.mfa.invalid_backup_code", 400;
    SessionMfaWebauthnVerificationFailed = "session.mfa.webauthn_verification_failed", 400;
    SessionMfaWebauthnVerificationNotFound = "session.mfa.webauthn_verification_not_found", 400;
    SessionMfaMfaFactorNotEnabled = "session.mfa.mfa_factor_not_enabled", 400;
    SessionMfaBackupCodeCanNotBeAlone = "session.mfa.backup_code_can_not_be_alone", 422;
    SessionMfaBackupCodeRequired = "session.mfa.backup_code_required", 422;
    SessionMfaMfaPolicyNotUserControlled = "session.mfa.mfa_policy_not_user_controlled", 422;
    SessionMfaSuggestAdditionalMfa = "session.mfa.suggest_additional_mfa", 422;
    SessionPasskeySignInPendingInfoNotFound = "session.passkey_sign_in.pending_info_not_found", 400;
    SessionPasskeySignInConflictRpId = "session.passkey_sign_in.conflict_rp_id", 400;
    SessionPasskeySignInSsoUsersNotAllowed = "session.passkey_sign_in.sso_users_not_allowed", 400;
    SessionEmailBlocklistInvalidEmail = "session.email_blocklist.invalid_email", 400;
    SessionEmailBlocklistEmailNotAllowed = "session.email_blocklist.email_not_allowed", 422;
    SessionEmailBlocklistEmailSubaddressingNotAllowed = "session.email_blocklist.email_subaddressing_not_allowed", 422;
    SessionEmailBlocklistDisposableEmailValidationFailed = "session.email_blocklist.disposable_email_validation_failed", 500;
    SessionGoogleOneTapCookieMismatch = "session.google_one_tap.cookie_mismatch", 400;
    SessionGoogleOneTapInvalidIdToken = "session.google_one_tap.invalid_id_token", 400;
    SessionGoogleOneTapUnverifiedEmail = "session.google_one_tap.unverified_email", 400;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique() {
        let distinct: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(distinct.len(), Code::ALL.len());
    }

    #[test]
    fn codes_are_dotted_lower_case_words() {
        for code in Code::ALL {
            let words: Vec<&str> = code.as_str().split('.').collect();
            assert!((2..=3).contains(&words.len()), "{}", code.as_str());
            for word in words {
                assert!(word.starts_with(|c: char| c.is_ascii_lowercase()), "{}", code.as_str());
                assert!(
                    word.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
                    "{}",
                    code.as_str()
                );
            }
        }
    }

    #[test]
    fn statuses_are_those_of_errors() {
        for code in Code::ALL {
            assert!((400..=599).contains(&code.status()), "{}", code.as_str());
        }
    }
}
