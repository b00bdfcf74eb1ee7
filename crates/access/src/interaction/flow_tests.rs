use super::*;
use crate::interaction::verification::Identifier;
use proptest::prelude::*;
use soleira_connect::social::ConnectorSession;
use soleira_core::ConnectorId;
use soleira_core::model::SignInIdentifier;
use std::collections::{HashMap, HashSet};

fn experience() -> SignInExperience {
    serde_json::from_str(
        r##"{
        "tenantId": "default", "id": "default",
        "color": { "primaryColor": "#000", "isDarkModeEnabled": false, "darkPrimaryColor": "#fff" },
        "branding": {}, "hideLogtoBranding": false,
        "languageInfo": { "autoDetect": true, "fallbackLanguage": "en" },
        "termsOfUseUrl": null, "privacyPolicyUrl": null, "agreeToTermsPolicy": "Automatic",
        "signIn": { "methods": [
            { "identifier": "username", "password": true, "verificationCode": false, "isPasswordPrimary": true }
        ] },
        "signUp": { "identifiers": ["username"], "password": true, "verify": false },
        "socialSignIn": {}, "socialSignInConnectorTargets": ["huggingface"],
        "signInMode": "SignInAndRegister", "customCss": null, "customContent": {}, "customUiAssets": null,
        "customUiCsp": {}, "passwordPolicy": {}, "mfa": {}, "adaptiveMfa": {}, "singleSignOnEnabled": false,
        "supportEmail": null, "supportWebsiteUrl": null, "unknownSessionRedirectUrl": null, "captchaPolicy": {},
        "sentinelPolicy": {}, "emailBlocklistPolicy": {}, "verificationCodePolicy": {}, "forgotPasswordMethods": null,
        "passkeySignIn": {}, "signUpProfileFields": null, "passwordExpiration": {},
        "usernamePolicy": {
            "caseSensitive": true, "minLength": 1, "maxLength": 128,
            "allowedChars": { "lowercase": true, "uppercase": true, "numbers": true, "underscore": true }
        }
    }"##,
    )
    .unwrap()
}

fn account(id: &str) -> Account {
    Account {
        id: id.into(),
        is_suspended: false,
        username: Some(id.to_owned()),
        primary_email: Some(format!("{id}@example.com")),
        primary_phone: None,
        has_password: true,
        has_social_identity: false,
    }
}

fn password_of(user: &str) -> PasswordVerification {
    PasswordVerification {
        id: "record".to_owned(),
        identifier: Identifier {
            kind: SignInIdentifier::Username,
            value: user.to_owned(),
        },
        user_id: user.into(),
    }
}

fn session(state: &str) -> ConnectorSession {
    ConnectorSession {
        state: state.to_owned(),
        redirect_uri: "https://login.example.com/callback/hf".to_owned(),
        ..ConnectorSession::default()
    }
}

fn info(id: &str, email: &str, is_email_vouched: bool) -> SocialUserInfo {
    SocialUserInfo {
        id: id.to_owned(),
        name: Some("Ana".to_owned()),
        avatar: None,
        email: Some(email.to_owned()),
        is_email_vouched,
        phone: None,
        preferred_username: Some("ana".to_owned()),
        raw_data: serde_json::Map::new(),
    }
}

fn returned(event: Event, user_info: SocialUserInfo) -> Flow {
    let mut flow = Flow::begin(event);
    flow.start_social(
        "record".to_owned(),
        "hf".into(),
        "huggingface".to_owned(),
        session("state"),
    );
    flow.take_social(&"hf".into(), "state").unwrap();
    flow.return_social("state", user_info).unwrap();
    flow
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[test]
fn a_verified_password_signs_in() {
    let mut flow = Flow::begin(Event::SignIn);
    assert_eq!(
        code(flow.login(&experience(), &account("ana"))),
        Code::SessionIdentifierNotFound
    );
    assert_eq!(
        code(flow.identify_by_password(&experience(), &account("ana"))),
        Code::SessionVerificationSessionNotFound
    );
    flow.record_password(password_of("ana"));
    assert_eq!(
        code(flow.identify_by_password(&experience(), &account("bob"))),
        Code::SessionVerificationFailed
    );
    flow.identify_by_password(&experience(), &account("ana")).unwrap();
    assert_eq!(
        flow.login(&experience(), &account("ana")).unwrap().user_id(),
        &UserId::from("ana")
    );
    assert_eq!(
        code(flow.login(&experience(), &account("bob"))),
        Code::SessionIdentityConflict
    );
}

#[test]
fn another_person_cannot_take_an_identified_flow_over() {
    let mut flow = Flow::begin(Event::SignIn);
    flow.record_password(password_of("ana"));
    flow.identify_by_password(&experience(), &account("ana")).unwrap();
    flow.record_password(password_of("bob"));
    assert_eq!(
        code(flow.identify_by_password(&experience(), &account("bob"))),
        Code::SessionIdentityConflict
    );
    flow.record_password(password_of("ana"));
    flow.identify_by_password(&experience(), &account("ana")).unwrap();
}

#[test]
fn the_suspended_are_refused_when_identified_and_when_signed_in() {
    let suspended = Account {
        is_suspended: true,
        ..account("ana")
    };
    let mut flow = Flow::begin(Event::SignIn);
    flow.record_password(password_of("ana"));
    assert_eq!(
        code(flow.identify_by_password(&experience(), &suspended)),
        Code::UserSuspended
    );
    flow.identify_by_password(&experience(), &account("ana")).unwrap();
    assert_eq!(code(flow.login(&experience(), &suspended)), Code::UserSuspended);
}

#[test]
fn the_sign_in_mode_closes_doors() {
    let only_sign_in = SignInExperience {
        sign_in_mode: SignInMode::SignIn,
        ..experience()
    };
    let only_register = SignInExperience {
        sign_in_mode: SignInMode::Register,
        ..experience()
    };
    let mut flow = Flow::begin(Event::SignIn);
    flow.record_password(password_of("ana"));
    assert_eq!(
        code(flow.identify_by_password(&only_register, &account("ana"))),
        Code::AuthForbidden
    );
    assert_eq!(
        code(flow.switch_event(&only_sign_in, Event::Register)),
        Code::AuthForbidden
    );
    let mut flow = returned(Event::Register, info("1", "ana@example.com", true));
    assert_eq!(code(flow.gather_social(&only_sign_in, true)), Code::AuthForbidden);
}

#[test]
fn an_identifier_without_password_method_is_refused() {
    let mut flow = Flow::begin(Event::SignIn);
    let mut record = password_of("ana");
    record.identifier.kind = SignInIdentifier::Email;
    flow.record_password(record);
    assert_eq!(
        code(flow.identify_by_password(&experience(), &account("ana"))),
        Code::UserSignInMethodNotEnabled
    );
}

#[test]
fn an_answer_of_a_provider_is_taken_once_by_who_asked() {
    let hf = ConnectorId::from("hf");
    let mut flow = Flow::begin(Event::SignIn);
    assert_eq!(
        code(flow.take_social(&hf, "state")),
        Code::SessionConnectorValidationSessionNotFound
    );
    flow.start_social("r".to_owned(), hf.clone(), "huggingface".to_owned(), session("state"));
    for forged in ["", "stat", "other", "state "] {
        assert_eq!(
            code(flow.take_social(&hf, forged)),
            Code::SessionConnectorValidationSessionNotFound,
            "{forged}"
        );
    }
    assert_eq!(
        code(flow.take_social(&"other".into(), "state")),
        Code::SessionInvalidConnectorId
    );
    assert_eq!(flow.take_social(&hf, "state").unwrap(), session("state"));
    assert_eq!(
        code(flow.take_social(&hf, "state")),
        Code::SessionConnectorValidationSessionNotFound
    );

    // A second tab begins anew: the first one's answer comes too late.
    flow.start_social("r2".to_owned(), hf.clone(), "huggingface".to_owned(), session("second"));
    assert_eq!(
        code(flow.return_social("state", info("1", "ana@example.com", true))),
        Code::SessionConnectorValidationSessionNotFound
    );
}

#[test]
fn only_the_identity_that_came_back_identifies() {
    let mut flow = returned(Event::SignIn, info("1", "ana@example.com", true));
    let ana = account("ana");
    for (target, identity_id) in [("huggingface", "2"), ("github", "1")] {
        let owner = IdentityOwner {
            target,
            identity_id,
            account: &ana,
        };
        assert_eq!(
            code(flow.identify_by_identity(&experience(), &owner, false)),
            Code::SessionVerificationFailed
        );
    }
    let owner = IdentityOwner {
        target: "huggingface",
        identity_id: "1",
        account: &ana,
    };
    flow.identify_by_identity(&experience(), &owner, true).unwrap();
    assert_eq!(
        flow.login(&experience(), &ana).unwrap().additions().name.as_deref(),
        Some("Ana")
    );
}

#[test]
fn an_email_that_nobody_vouches_for_links_nothing() {
    let linking = SignInExperience {
        social_sign_in: soleira_core::model::SocialSignIn {
            automatic_account_linking: Some(true),
            ..Default::default()
        },
        ..experience()
    };
    let mut flow = returned(Event::SignIn, info("1", "ana@example.com", false));
    flow.record_password(password_of("ana"));
    for proof in [LinkProof::AutomaticLinking, LinkProof::Password] {
        assert_eq!(
            code(flow.link_identity(&linking, &account("ana"), proof, false)),
            Code::UserIdentityNotExist
        );
    }
}

#[test]
fn linking_asks_for_the_accounts_password_unless_it_is_automatic() {
    let mut flow = returned(Event::SignIn, info("1", "ANA@example.com", true));
    let ana = account("ana");
    for proof in [LinkProof::AutomaticLinking, LinkProof::Password] {
        assert_eq!(
            code(flow.link_identity(&experience(), &ana, proof, false)),
            Code::SessionVerificationFailed
        );
    }
    flow.record_password(password_of("bob"));
    assert_eq!(
        code(flow.link_identity(&experience(), &ana, LinkProof::Password, false)),
        Code::SessionVerificationFailed
    );
    assert_eq!(
        code(flow.link_identity(&experience(), &account("bob"), LinkProof::Password, false)),
        Code::UserIdentityNotExist,
        "the address is another one's"
    );
    flow.record_password(password_of("ana"));
    flow.link_identity(&experience(), &ana, LinkProof::Password, false)
        .unwrap();
    let login = flow.login(&experience(), &ana).unwrap();
    assert_eq!(login.additions().social_identity.as_ref().unwrap().user_info.id, "1");
}

#[test]
fn registration_with_username_and_password_makes_an_account_once() {
    let mut flow = Flow::begin(Event::Register);
    assert_eq!(code(flow.creation(&experience())), Code::UserMissingProfile);
    let password = PendingPassword {
        method: "Argon2i".to_owned(),
        digest: "x".to_owned(),
    };
    flow.gather_credentials(&experience(), "ana".to_owned(), password)
        .unwrap();
    let creation = flow.creation(&experience()).unwrap();
    assert_eq!(creation.profile().username.as_deref(), Some("ana"));
    flow.created(creation, "u1".into());
    assert_eq!(code(flow.creation(&experience())), Code::SessionIdentityConflict);
    flow.login(&experience(), &account("u1")).unwrap();
}

#[test]
fn a_username_is_asked_of_who_comes_from_a_provider() {
    let mut flow = returned(Event::Register, info("1", "ana@example.com", true));
    flow.gather_social(&experience(), true).unwrap();
    let error = flow.creation(&experience()).unwrap_err();
    assert_eq!(error.code(), Code::UserMissingProfile);
    assert_eq!(error.data(), Some(&json!({ "missingProfile": ["username"] })));
    flow.gather_username(None, "ana".to_owned()).unwrap();
    let creation = flow.creation(&experience()).unwrap();
    assert_eq!(creation.profile().primary_email.as_deref(), Some("ana@example.com"));
}

#[test]
fn nothing_is_asked_where_sign_up_is_not_applicable_or_identifiers_are_skipped() {
    let not_applicable = SignInExperience {
        sign_up: serde_json::from_value(json!({ "identifiers": [], "password": false, "verify": false })).unwrap(),
        ..experience()
    };
    let skipping = SignInExperience {
        social_sign_in: soleira_core::model::SocialSignIn {
            skip_required_identifiers: Some(true),
            ..Default::default()
        },
        ..experience()
    };
    for experience in [not_applicable, skipping] {
        let mut flow = returned(Event::Register, info("1", "ana@example.com", false));
        flow.gather_social(&experience, true).unwrap();
        let creation = flow.creation(&experience).unwrap();
        assert_eq!(creation.profile().primary_email, None, "nobody vouches for the address");
    }
}

#[test]
fn an_identity_does_not_survive_the_answer_that_it_came_with() {
    let mut flow = returned(Event::Register, info("1", "ana@example.com", true));
    flow.gather_social(&experience(), true).unwrap();
    flow.gather_username(None, "ana".to_owned()).unwrap();
    flow.start_social(
        "r2".to_owned(),
        "hf".into(),
        "huggingface".to_owned(),
        session("second"),
    );
    assert_eq!(code(flow.creation(&experience())), Code::SessionVerificationFailed);
}

#[test]
fn the_flow_reads_back_as_it_was_written_and_its_log_has_no_secret() {
    let mut flow = returned(Event::Register, info("1", "ana@example.com", true));
    flow.gather_social(&experience(), true).unwrap();
    flow.record_password(password_of("ana"));
    let text = serde_json::to_string(&flow).unwrap();
    assert_eq!(serde_json::from_str::<Flow>(&text).unwrap(), flow);
    assert_eq!(serde_json::from_str::<Flow>("{}").unwrap(), Flow::default());

    let mut flow = Flow::begin(Event::Register);
    flow.start_social(
        "r".to_owned(),
        "hf".into(),
        "huggingface".to_owned(),
        session("s3cr3t-state"),
    );
    let password = PendingPassword {
        method: "Argon2i".to_owned(),
        digest: "s3cr3t-digest".to_owned(),
    };
    flow.gather_credentials(&experience(), "ana".to_owned(), password)
        .unwrap();
    assert!(!flow.to_wire().to_string().contains("s3cr3t"));
    assert!(!format!("{flow:?}").contains("s3cr3t-digest"));
}

fn code_sent(id: &str, kind: SignInIdentifier, value: &str) -> CodeVerification {
    CodeVerification {
        id: id.to_owned(),
        identifier: Identifier {
            kind,
            value: value.to_owned(),
        },
        template_type: soleira_connect::message::Usage::SignIn,
        verified: false,
    }
}

fn with_codes() -> SignInExperience {
    let methods = ["username", "email", "phone"].map(|identifier| {
        json!({ "identifier": identifier, "password": true, "verificationCode": true, "isPasswordPrimary": true })
    });
    SignInExperience {
        sign_in: serde_json::from_value(json!({ "methods": methods })).unwrap(),
        sign_up: serde_json::from_value(json!({ "identifiers": ["email"], "password": false, "verify": true }))
            .unwrap(),
        ..experience()
    }
}

#[test]
fn a_code_identifies_once_it_came_back() {
    let experience = with_codes();
    let mut flow = Flow::begin(Event::SignIn);
    let sent = code_sent("c1", SignInIdentifier::Email, "ANA@example.com");
    flow.record_code(sent.clone());
    assert_eq!(
        code(flow.identify_by_record(&experience, "c1", &account("ana"))),
        Code::SessionVerificationFailed
    );
    assert_eq!(
        code(flow.identify_by_record(&experience, "c2", &account("ana"))),
        Code::SessionVerificationSessionNotFound
    );
    flow.code_returned("c1", &sent.identifier).unwrap();
    assert_eq!(
        code(flow.identify_by_record(&experience, "c1", &account("bob"))),
        Code::SessionVerificationFailed
    );
    flow.identify_by_record(&experience, "c1", &account("ana")).unwrap();
    flow.login(&experience, &account("ana")).unwrap();
    // Another code takes the place of the first.
    flow.record_code(code_sent("c2", SignInIdentifier::Email, "bob@example.com"));
    assert_eq!(
        code(flow.identify_by_record(&experience, "c1", &account("ana"))),
        Code::SessionVerificationSessionNotFound
    );
}

#[test]
fn a_code_signs_nobody_in_where_the_tenant_takes_passwords_only() {
    let mut flow = Flow::begin(Event::SignIn);
    let sent = code_sent("c1", SignInIdentifier::Email, "ana@example.com");
    flow.record_code(sent.clone());
    flow.code_returned("c1", &sent.identifier).unwrap();
    assert_eq!(
        code(flow.identify_by_record(&experience(), "c1", &account("ana"))),
        Code::UserSignInMethodNotEnabled
    );
}

#[test]
fn a_forgotten_password_is_replaced_by_a_code_and_signs_nobody_in() {
    let experience = with_codes();
    let mut flow = Flow::begin(Event::ForgotPassword);
    flow.record_password(password_of("ana"));
    let refused = flow
        .identify_by_record(&experience, "record", &account("ana"))
        .unwrap_err();
    assert_eq!(
        (refused.code(), refused.status()),
        (Code::SessionNotSupportedForForgotPassword, 422)
    );
    let sent = code_sent("c1", SignInIdentifier::Email, "ana@example.com");
    flow.record_code(sent.clone());
    flow.code_returned("c1", &sent.identifier).unwrap();
    let by_phone = SignInExperience {
        forgot_password_methods: Some(vec!["PhoneVerificationCode".to_owned()]),
        ..with_codes()
    };
    assert_eq!(
        code(flow.proof(&by_phone, "c1")),
        Code::SessionNotSupportedForForgotPassword
    );
    assert_eq!(code(flow.reset(&account("ana"))), Code::SessionIdentifierNotFound);
    flow.identify_by_record(&experience, "c1", &account("ana")).unwrap();
    assert_eq!(
        code(flow.reset(&account("ana"))),
        Code::UserNewPasswordRequiredInProfile
    );
    assert_eq!(
        code(flow.login(&experience, &account("ana"))),
        Code::SessionInvalidInteractionType
    );
    for event in [Event::SignIn, Event::Register] {
        assert_eq!(
            code(flow.switch_event(&experience, event)),
            Code::SessionNotSupportedForForgotPassword
        );
    }
    assert_eq!(
        code(flow.gather_username(Some(&account("ana")), "other".to_owned())),
        Code::SessionNotSupportedForForgotPassword
    );
    let password = PendingPassword {
        method: "Argon2i".to_owned(),
        digest: "new".to_owned(),
    };
    flow.gather_new_password(&account("ana"), password.clone()).unwrap();
    assert_eq!(flow.reset(&account("ana")).unwrap().password(), &password);
    let mut elsewhere = Flow::begin(Event::SignIn);
    assert_eq!(
        code(elsewhere.switch_event(&experience, Event::ForgotPassword)),
        Code::SessionNotSupportedForForgotPassword
    );
    assert_eq!(
        code(elsewhere.gather_new_password(&account("ana"), password)),
        Code::SessionInvalidInteractionType
    );
}

#[test]
fn what_the_account_has_is_not_gathered_again() {
    let experience = with_codes();
    let mut flow = Flow::begin(Event::SignIn);
    flow.record_password(password_of("ana"));
    assert_eq!(
        code(flow.gather_username(None, "ana".to_owned())),
        Code::SessionIdentifierNotFound
    );
    flow.identify_by_record(&experience, "record", &account("ana")).unwrap();
    assert_eq!(
        code(flow.gather_username(Some(&account("ana")), "other".to_owned())),
        Code::UserUsernameExistsInProfile
    );
    let bare = Account {
        username: None,
        ..account("ana")
    };
    flow.gather_username(Some(&bare), "other".to_owned()).unwrap();
    // It got one meanwhile.
    assert_eq!(
        code(flow.login(&experience, &account("ana"))),
        Code::UserUsernameExistsInProfile
    );
    let login = flow.login(&experience, &bare).unwrap();
    assert_eq!(login.additions().username.as_deref(), Some("other"));
    flow.signed_in(login);
    flow.login(&experience, &account("ana")).unwrap();
}

#[test]
fn only_providers_make_accounts_where_registration_has_no_identifiers() {
    let not_applicable = SignInExperience {
        sign_up: serde_json::from_value(json!({ "identifiers": [], "password": false, "verify": false })).unwrap(),
        ..with_codes()
    };
    let mut flow = Flow::begin(Event::Register);
    let sent = code_sent("c1", SignInIdentifier::Email, "ana@example.com");
    flow.record_code(sent.clone());
    assert_eq!(code(flow.candidate("c1")), Code::SessionVerificationFailed);
    flow.code_returned("c1", &sent.identifier).unwrap();
    let candidate = flow.candidate("c1").unwrap();
    flow.adopt(None, candidate).unwrap();
    assert_eq!(code(flow.creation(&not_applicable)), Code::UserSignUpMethodNotEnabled);
    assert_eq!(
        flow.creation(&with_codes()).unwrap().profile().primary_email.as_deref(),
        Some("ana@example.com")
    );
}

/// What a browser (or the API's caller) may try, in any order.
#[derive(Debug, Clone)]
enum Attempt {
    Begin(Event),
    Switch(Event),
    /// A code was sent to the address of this user, as this record.
    Send(u8, u8),
    /// The code of this record came back from the address of this user.
    CodeReturned(u8, u8),
    IdentifyByRecord(u8, u8),
    Adopt(u8),
    AdoptIdentified(u8, u8),
    NewPassword(u8),
    Reset(u8),
    /// The right password of this user was given.
    Password(u8),
    IdentifyByPassword(u8),
    Start(u8),
    Take(u8),
    Return(u8, u8, bool),
    IdentifyByIdentity,
    Link(u8, bool),
    GatherSocial,
    GatherUsername,
    GatherCredentials,
    Create,
    Login(u8),
}

fn attempts() -> impl Strategy<Value = Vec<Attempt>> {
    let event = prop_oneof![Just(Event::SignIn), Just(Event::Register), Just(Event::ForgotPassword)];
    let attempt = prop_oneof![
        event.clone().prop_map(Attempt::Begin),
        event.prop_map(Attempt::Switch),
        (0..3_u8, 0..3_u8).prop_map(|(record, user)| Attempt::Send(record, user)),
        (0..3_u8, 0..3_u8).prop_map(|(record, user)| Attempt::CodeReturned(record, user)),
        (0..3_u8, 0..5_u8).prop_map(|(record, user)| Attempt::IdentifyByRecord(record, user)),
        (0..3_u8).prop_map(Attempt::Adopt),
        (0..3_u8, 0..5_u8).prop_map(|(record, user)| Attempt::AdoptIdentified(record, user)),
        (0..5_u8).prop_map(Attempt::NewPassword),
        (0..5_u8).prop_map(Attempt::Reset),
        (0..3_u8).prop_map(Attempt::Password),
        (0..3_u8).prop_map(Attempt::IdentifyByPassword),
        (0..3_u8).prop_map(Attempt::Start),
        (0..3_u8).prop_map(Attempt::Take),
        (0..3_u8, 0..4_u8, any::<bool>()).prop_map(|(state, who, vouched)| Attempt::Return(state, who, vouched)),
        Just(Attempt::IdentifyByIdentity),
        (0..3_u8, any::<bool>()).prop_map(|(user, automatic)| Attempt::Link(user, automatic)),
        Just(Attempt::GatherSocial),
        Just(Attempt::GatherUsername),
        Just(Attempt::GatherCredentials),
        Just(Attempt::Create),
        (0..5_u8).prop_map(Attempt::Login),
    ];
    proptest::collection::vec(attempt, 0..40)
}

proptest! {
    /// Whatever is tried, in whatever order: who is signed in gave that account's password, or a code that was sent to its
    /// address, or came back from a provider with an identity of that account (or with its vouched-for address, where
    /// linking is automatic), or made the account here, with everything that registration asks for. A password is replaced
    /// by who gave a code that was sent to the account's address.
    #[test]
    fn no_step_is_skipped(attempts in attempts(), automatic: bool, codes: bool) {
        let mut experience = if codes { with_codes() } else { experience() };
        experience.social_sign_in.automatic_account_linking = Some(automatic);
        let name = |user: u8| format!("u{user}");
        // The identity 1 belongs to u1; 0, 2 and 3 to nobody.
        let owners: HashMap<String, String> = [("1".to_owned(), name(1))].into();

        let mut flow = Flow::begin(Event::SignIn);
        let mut passwords: HashSet<String> = HashSet::new();
        let mut returned: Vec<SocialUserInfo> = Vec::new();
        let mut created: HashSet<String> = HashSet::new();
        let mut addresses: HashSet<String> = HashSet::new();
        let email = |user: &str| format!("{user}@example.com");
        // An account without username and address, so that both may be gathered for it.
        let bare = |user: u8| Account { username: None, primary_email: None, ..account(&name(user)) };
        for attempt in attempts {
            match attempt {
                Attempt::Send(record, user) => {
                    flow.record_code(code_sent(&format!("c{record}"), SignInIdentifier::Email, &email(&name(user))));
                }
                Attempt::CodeReturned(record, user) => {
                    let address = email(&name(user));
                    let identifier = Identifier { kind: SignInIdentifier::Email, value: address.clone() };
                    if flow.code_returned(&format!("c{record}"), &identifier).is_ok() {
                        addresses.insert(address);
                    }
                }
                Attempt::IdentifyByRecord(record, user) => {
                    for id in [format!("c{record}"), "record".to_owned()] {
                        drop(flow.identify_by_record(&experience, &id, &account(&name(user))));
                    }
                }
                Attempt::Adopt(record) => {
                    if let Ok(candidate) = flow.candidate(&format!("c{record}")) {
                        drop(flow.adopt(None, candidate));
                    }
                }
                Attempt::AdoptIdentified(record, user) => {
                    if let Ok(candidate) = flow.candidate(&format!("c{record}")) {
                        drop(flow.adopt(Some(&bare(user)), candidate));
                    }
                }
                Attempt::NewPassword(user) => {
                    let password = PendingPassword { method: "Argon2i".to_owned(), digest: "y".to_owned() };
                    drop(flow.gather_new_password(&account(&name(user)), password));
                }
                Attempt::Reset(user) => {
                    let Ok(reset) = flow.reset(&account(&name(user))) else { continue };
                    prop_assert_eq!(flow.event(), Event::ForgotPassword);
                    prop_assert!(addresses.contains(&email(reset.user_id().as_str())), "without a code");
                    prop_assert_eq!(&reset.password().digest, "y");
                }
                Attempt::Begin(event) => {
                    flow = Flow::begin(event);
                    passwords.clear();
                    returned.clear();
                    created.clear();
                    addresses.clear();
                }
                Attempt::Switch(event) => drop(flow.switch_event(&experience, event)),
                Attempt::Password(user) => {
                    flow.record_password(password_of(&name(user)));
                    passwords.insert(name(user));
                }
                Attempt::IdentifyByPassword(user) => drop(flow.identify_by_password(&experience, &account(&name(user)))),
                Attempt::Start(state) => {
                    flow.start_social("r".to_owned(), "hf".into(), "huggingface".to_owned(), session(&state.to_string()));
                }
                Attempt::Take(state) => drop(flow.take_social(&"hf".into(), &state.to_string())),
                Attempt::Return(state, who, vouched) => {
                    let user_info = info(&who.to_string(), &format!("u{who}@example.com"), vouched);
                    if flow.return_social(&state.to_string(), user_info.clone()).is_ok() {
                        returned.push(user_info);
                    }
                }
                Attempt::IdentifyByIdentity => {
                    let found = flow.social_user_info().and_then(|found| Some((found.id.clone(), owners.get(&found.id)?)));
                    if let Some((identity_id, owner)) = found {
                        let account = account(owner);
                        let owner = IdentityOwner { target: "huggingface", identity_id: &identity_id, account: &account };
                        drop(flow.identify_by_identity(&experience, &owner, false));
                    }
                }
                Attempt::Link(user, automatic) => {
                    let proof = if automatic { LinkProof::AutomaticLinking } else { LinkProof::Password };
                    drop(flow.link_identity(&experience, &account(&name(user)), proof, false));
                }
                Attempt::GatherSocial => drop(flow.gather_social(&experience, true)),
                Attempt::GatherUsername => drop(flow.gather_username(None, "new".to_owned())),
                Attempt::GatherCredentials => {
                    let password = PendingPassword { method: "Argon2i".to_owned(), digest: "x".to_owned() };
                    drop(flow.gather_credentials(&experience, "new".to_owned(), password));
                }
                Attempt::Create => {
                    if let Ok(creation) = flow.creation(&experience) {
                        let identity = creation.profile().social_identity.as_ref();
                        if codes {
                            prop_assert!(creation.profile().primary_email.is_some());
                        } else {
                            prop_assert!(creation.profile().username.is_some());
                            prop_assert!(creation.profile().password.is_some() || identity.is_some());
                        }
                        if let Some(identity) = identity {
                            prop_assert!(returned.contains(&identity.user_info));
                        }
                        if let Some(email) = &creation.profile().primary_email {
                            let by_provider = returned.iter().any(|info| info.vouched_email() == Some(email));
                            prop_assert!(by_provider || addresses.contains(email));
                        }
                        flow.created(creation, "u4".into());
                        created.insert("u4".to_owned());
                    }
                }
                Attempt::Login(user) => {
                    let login = flow.login(&experience, &account(&name(user)));
                    let Ok(login) = login.or_else(|_| flow.login(&experience, &bare(user))) else { continue };
                    prop_assert!(flow.event() != Event::ForgotPassword);
                    if let Some(added) = &login.additions().primary_email {
                        prop_assert!(addresses.contains(added));
                    }
                    let user_id = login.user_id().as_str();
                    let by_identity = returned.iter().any(|info| owners.get(&info.id).is_some_and(|owner| owner == user_id));
                    let by_linking = automatic
                        && returned.iter().any(|info| info.vouched_email() == Some(&format!("{user_id}@example.com")));
                    prop_assert!(
                        passwords.contains(user_id)
                            || addresses.contains(&email(user_id))
                            || by_identity
                            || by_linking
                            || created.contains(user_id),
                        "{user_id} skipped a step"
                    );
                    if let Some(identity) = &login.additions().social_identity {
                        prop_assert!(returned.contains(&identity.user_info));
                        prop_assert_eq!(
                            identity.user_info.vouched_email().map(str::to_owned),
                            Some(format!("{user_id}@example.com"))
                        );
                    }
                }
            }
        }
    }
}
