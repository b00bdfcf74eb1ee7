//! The sign-in experience.

use super::{Admin, refused, refused_field};
use serde_json::{Value, json};
use soleira_testkit::on_both_engines;

const PATH: &str = "/api/sign-in-exp";

on_both_engines! {
    async fn a_new_tenant_has_the_seeded_settings(server) {
        let admin = Admin::of(server).await;
        let seeded = admin.get(PATH).await.expect(200).json();
        assert_eq!((seeded["tenantId"].as_str(), seeded["id"].as_str()), (Some("default"), Some("default")));
        assert_eq!(seeded["signUp"], json!({"identifiers": ["username"], "password": true, "verify": false}));
        assert_eq!(
            seeded["signIn"],
            json!({"methods": [{"identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true}]})
        );
        assert_eq!((seeded["signInMode"].as_str(), &seeded["mfa"]), (Some("SignInAndRegister"), &json!({"factors": [], "policy": "UserControlled"})));
        assert_eq!((&seeded["branding"], &seeded["termsOfUseUrl"], &seeded["signUpProfileFields"]), (&json!({}), &Value::Null, &Value::Null));
    }

    async fn members_are_replaced_as_a_whole(server) {
        let admin = Admin::of(server).await;
        let patch = json!({
            "color": {"primaryColor": "#fff", "isDarkModeEnabled": false, "darkPrimaryColor": "#000000"},
            "branding": {"logoUrl": "https://example.com/logo.svg"}, "termsOfUseUrl": "https://example.com/terms",
            "supportEmail": "", "customContent": {"/a": "<p>"}, "passwordPolicy": {"length": {"min": 12}},
            "sentinelPolicy": {"maxAttempts": 5}, "verificationCodePolicy": {"expirationDuration": 60},
            "signInMode": "SignIn", "captchaPolicy": {"enabled": true, "unknown": 1}, "tenantId": "admin",
        });
        let patched = admin.patch(PATH, patch).await.expect(200).json();
        assert_eq!(patched["tenantId"], "default");
        assert_eq!(patched["passwordPolicy"], json!({"length": {"min": 12}}), "stored as it was given");
        assert_eq!(patched["captchaPolicy"], json!({"enabled": true}), "unknown members are dropped");
        assert_eq!((patched["supportEmail"].as_str(), patched["signInMode"].as_str()), (Some(""), Some("SignIn")));
        let again = admin.patch(PATH, json!({"branding": {"favicon": "https://example.com/f.ico"}, "termsOfUseUrl": null})).await;
        let again = again.expect(200).json();
        assert_eq!(again["branding"], json!({"favicon": "https://example.com/f.ico"}));
        assert_eq!((again["termsOfUseUrl"].is_null(), again["sentinelPolicy"].clone()), (true, json!({"maxAttempts": 5})));
        assert_eq!(admin.get(PATH).await.expect(200).json(), again);
    }

    async fn bad_input_names_its_fields(server) {
        let admin = Admin::of(server).await;
        for (body, path) in [
            (json!({"color": {"primaryColor": "red;}", "isDarkModeEnabled": true, "darkPrimaryColor": "#000"}}), json!(["color", "primaryColor"])),
            (json!({"color": {"primaryColor": "#fff"}}), json!(["color", "isDarkModeEnabled"])),
            (json!({"branding": {"logoUrl": "javascript:alert(1)"}}), json!(["branding", "logoUrl"])),
            (json!({"termsOfUseUrl": "example"}), json!(["termsOfUseUrl"])),
            (json!({"supportEmail": "ana"}), json!(["supportEmail"])),
            (json!({"signInMode": "Both"}), json!(["signInMode"])),
            (json!({"verificationCodePolicy": {"expirationDuration": 59}}), json!(["verificationCodePolicy", "expirationDuration"])),
            (json!({"passwordPolicy": {"characterTypes": {"min": 5}}}), json!(["passwordPolicy"])),
            (json!({"mfa": {"factors": ["Sms"], "policy": "NoPrompt"}}), json!(["mfa", "factors", 0])),
            (json!({"customContent": {"/a": 1}}), json!(["customContent", "/a"])),
            (json!({"customUiCsp": {"imgSrc": []}}), json!(["customUiCsp"])),
        ] {
            refused_field(admin.patch(PATH, body).await, &path);
        }
        let policy = json!({"caseSensitive": true, "minLength": 9, "maxLength": 8,
            "allowedChars": {"lowercase": true, "uppercase": true, "numbers": true, "underscore": true}});
        refused_field(admin.patch(PATH, json!({"usernamePolicy": policy})).await, &json!(["usernamePolicy"]));
    }

    async fn settings_have_rules(server) {
        let admin = Admin::of(server).await;
        let before = admin.get(PATH).await.json();
        let method = |identifier: &str, password: bool, code: bool| {
            json!({"identifier": identifier, "password": password, "verificationCode": code, "isPasswordPrimary": true})
        };
        let rule = |name: &str| format!("sign_in_experiences.{name}");
        for (body, status, code) in [
            (json!({"languageInfo": {"autoDetect": true, "fallbackLanguage": "xx"}}), 400, rule("unsupported_default_language")),
            (json!({"signUp": {"identifiers": ["email"], "password": true, "verify": false}}), 400, rule("passwordless_requires_verify")),
            (json!({"signUp": {"identifiers": ["email"], "password": true, "verify": true}}), 400, rule("enabled_connector_not_found")),
            (json!({"signUp": {"identifiers": ["username", "username"], "password": true, "verify": false}}), 400, rule("duplicated_sign_up_identifiers")),
            (json!({"signUp": {"identifiers": [], "password": false, "verify": false, "secondaryIdentifiers": [{"identifier": "username"}]}}), 400, rule("missing_sign_up_identifiers")),
            (json!({"signIn": {"methods": [method("username", false, false)]}}), 400, rule("at_least_one_authentication_factor")),
            (json!({"signIn": {"methods": [method("email", true, true)]}}), 400, rule("enabled_connector_not_found")),
            (json!({"mfa": {"factors": ["Totp", "Totp"], "policy": "NoPrompt"}}), 400, rule("duplicated_mfa_factors")),
            (json!({"mfa": {"factors": ["BackupCode"], "policy": "NoPrompt"}}), 400, rule("backup_code_cannot_be_enabled_alone")),
            (json!({"adaptiveMfa": {"enabled": true}}), 422, rule("adaptive_mfa_requires_mfa")),
            (json!({"adaptiveMfa": {"enabled": true}, "mfa": {"factors": ["Totp"], "policy": "NoPrompt"}}), 422, rule("adaptive_mfa_requires_non_skippable_policy")),
            (json!({"mfa": {"factors": ["Totp"], "policy": "PromptOnlyAtSignInMandatory"}}), 422, rule("non_adaptive_mfa_requires_skippable_policy")),
            (json!({"forgotPasswordMethods": ["EmailVerificationCode"]}), 400, rule("forgot_password_method_requires_connector")),
            (json!({"passwordExpiration": {"enabled": true}}), 422, rule("password_expiration_invalid_period_days")),
            (json!({"passwordExpiration": {"enabled": true, "validPeriodDays": 30}}), 422, rule("password_expiration_requires_forgot_password")),
            (json!({"emailBlocklistPolicy": {"customBlocklist": ["nonsense"]}}), 400, rule("invalid_custom_email_blocklist_format")),
            (json!({"emailBlocklistPolicy": {"blockDisposableAddresses": true}}), 400, "request.invalid_input".to_owned()),
            (json!({"hideLogtoBranding": true}), 400, "request.invalid_input".to_owned()),
            (json!({"customUiCsp": {"scriptSrc": ["https://example.com"]}}), 400, "request.invalid_input".to_owned()),
            (json!({"signUpProfileFields": [{"name": "a"}, {"name": "a"}]}), 400, "request.invalid_input".to_owned()),
        ] {
            refused(admin.patch(PATH, body).await, status, &code);
        }
        assert_eq!(admin.get(PATH).await.json(), before, "nothing was half-written");
        let patched = admin.patch(PATH, json!({
            "signUp": {"identifiers": [], "password": false, "verify": false}, "signUpProfileFields": [{"name": "a"}],
            "adaptiveMfa": {"enabled": true}, "mfa": {"factors": ["Totp"], "policy": "PromptOnlyAtSignInMandatory"},
        })).await.expect(200).json();
        assert_eq!(patched["signUpProfileFields"], json!([]), "there is no catalogue: unknown names are dropped");
        let off = admin.patch(PATH, json!({"mfa": {"factors": [], "policy": "NoPrompt"}})).await.expect(200).json();
        assert_eq!(off["adaptiveMfa"], json!({"enabled": false}));
    }

    async fn usernames_that_differ_by_case_keep_the_policy(server) {
        let admin = Admin::of(server).await;
        let ana = admin.user(json!({"username": "Ana"})).await;
        admin.user(json!({"username": "ana"})).await;
        let policy = |case_sensitive: bool| json!({"usernamePolicy": {"caseSensitive": case_sensitive, "minLength": 1, "maxLength": 128,
            "allowedChars": {"lowercase": true, "uppercase": true, "numbers": true, "underscore": true}}});
        let conflict = refused(admin.patch(PATH, policy(false)).await, 409, "sign_in_experiences.username_policy_case_conflicts_exist");
        assert_eq!((conflict["data"]["totalConflicts"].as_i64(), conflict["data"]["samples"][0]["usernameLower"].as_str()), (Some(1), Some("ana")));
        let listed = admin.get(&format!("{PATH}/username-policy/case-sensitivity-conflicts?limit=1")).await.expect(200).json();
        assert_eq!(listed, conflict["data"]);
        refused_field(admin.get(&format!("{PATH}/username-policy/case-sensitivity-conflicts?limit=0")).await, &json!(["limit"]));

        admin.patch(&format!("/api/users/{ana}"), json!({"username": "Bia"})).await.expect(200);
        admin.patch(PATH, policy(false)).await.expect(200);
        refused(admin.post("/api/users", json!({"username": "BIA"})).await, 422, "user.username_already_in_use");
        admin.patch(PATH, policy(true)).await.expect(200);
        admin.user(json!({"username": "BIA"})).await;
    }

    async fn pages_of_ones_own_have_no_storage_yet(server) {
        let admin = Admin::of(server).await;
        let page = admin.post(&format!("{PATH}/default/custom-ui-assets"), json!({})).await;
        refused(page, 400, "storage.not_configured");
    }

    async fn a_password_is_held_against_the_policy(server) {
        let admin = Admin::of(server).await;
        let path = format!("{PATH}/default/check-password");
        let user = admin.user(json!({"username": "anastacia"})).await;
        let good = json!({"password": "rain on a tin roof", "userId": user});
        assert_eq!(admin.post(&path, good).await.expect(200).json(), json!({"result": true}));
        let bad = admin.post(&path, json!({"password": "abc", "userId": user})).await.expect(400).json();
        assert_eq!((bad["result"].as_bool(), &bad["issues"][0]), (Some(false), &json!({"code": "password_rejected.too_short", "interpolation": {"min": 8}})));
        refused(admin.post(&path, json!({"password": "rain on a tin roof"})).await, 400, "request.invalid_input");
        refused(admin.post(&path, json!({"password": "x", "userId": "nobody"})).await, 404, "entity.not_found");
        refused_field(admin.post(&path, json!({"userId": user})).await, &json!(["password"]));
        admin.patch(PATH, json!({"passwordPolicy": {"rejects": {"userInfo": false}}})).await.expect(200);
        admin.post(&path, json!({"password": "rain on a tin roof"})).await.expect(200);
    }
}
