//! Samples of the hosted pages.

use super::{Sample, other_languages, say, say_of};
use crate::pages::experience::{
    AccountSuspendedPage, Agreement, ConsentPage, ContinuePasswordPage, ContinueUsernamePage, DeviceConfirmPage,
    DevicePage, DeviceSuccessPage, ErrorPage, FormPostPage, Identifier, OneTimeTokenPage, PasswordRules,
    PasswordSignIn, ProviderButton, ProviderProfile, RegisterPage, RequestedOrganization, RequestedResource,
    RequestedScope, RootPage, SignInPage, SignOutPage, SignedOutPage, SocialLinkPage, SwitchAccountPage,
    UnknownSessionPage, UsableLink, UsernameRegistration, WrongHostPage,
};
use crate::{ExperienceFrame, Field, Frame, Notice};
use soleira_phrases::Language;

/// A provider's logo, as its manifest has it.
pub(super) const LOGO: &str = "data:image/svg+xml;base64,PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHZpZXdCb3g9IjAgMCAyNCAyNCIgZmlsbD0ibm9uZSI+PGNpcmNsZSBjeD0iMTIiIGN5PSIxMiIgcj0iMTAiIGZpbGw9IiNmZmQyMWUiLz48cGF0aCBkPSJNOCAxMC41aC4wMU0xNiAxMC41aC4wMSIgc3Ryb2tlPSIjM2EzYjQ1IiBzdHJva2Utd2lkdGg9IjIuNCIgc3Ryb2tlLWxpbmVjYXA9InJvdW5kIi8+PHBhdGggZD0iTTggMTRjMSAyIDIuNCAyLjggNCAyLjhzMy0uOCA0LTIuOCIgc3Ryb2tlPSIjM2EzYjQ1IiBzdHJva2Utd2lkdGg9IjEuOCIgc3Ryb2tlLWxpbmVjYXA9InJvdW5kIi8+PC9zdmc+";

fn provider(name: &str) -> ProviderButton {
    ProviderButton {
        name: name.to_owned(),
        logo: LOGO.to_owned(),
        dark_logo: None,
        href: "/social/huggingface".to_owned(),
    }
}

fn profile() -> ProviderProfile {
    ProviderProfile {
        provider: "Hugging Face".to_owned(),
        name: Some("Ana Prado".to_owned()),
        email: Some("ana@example.com".to_owned()),
    }
}

fn consent_page() -> ConsentPage {
    let scope = |name: &str, description: Option<&str>| RequestedScope {
        name: name.to_owned(),
        description: description.map(str::to_owned),
    };
    let organization = |id: &str, name: &str, is_open: bool| RequestedOrganization {
        id: id.to_owned(),
        name: name.to_owned(),
        scopes: vec![scope("read:shelves", Some("See the shelves"))],
        is_open,
    };
    ConsentPage {
        action: "/consent?app_id=app".to_owned(),
        application: "Bookstore".to_owned(),
        logo_url: Some(LOGO.to_owned()),
        dark_logo_url: Some(LOGO.to_owned()),
        host: None,
        person: "Ana Prado".to_owned(),
        person_detail: Some("ana@example.com".to_owned()),
        scopes: vec![scope("profile", Some("Your name, username and picture"))],
        resources: vec![RequestedResource {
            name: "Orders".to_owned(),
            scopes: vec![scope("read:orders", None), scope("write:orders", Some("Place orders"))],
        }],
        organizations: vec![
            organization("acme", "Acme", true),
            organization("reading-circle", "A reading circle with a rather long name", false),
        ],
        one_organization: false,
        terms_url: Some("https://bookstore.example/terms".to_owned()),
        privacy_url: Some("https://bookstore.example/privacy".to_owned()),
        destination: Some("bookstore.example".to_owned()),
    }
}

const RULES: PasswordRules = PasswordRules {
    min_length: 8,
    character_types: 1,
};

pub(super) fn samples(language: Language) -> Vec<Sample> {
    let frame = || {
        Frame::from(ExperienceFrame {
            application_name: Some("Bookstore".to_owned()),
            languages: other_languages(language),
            ..ExperienceFrame::default()
        })
    };
    let with_terms = || {
        Frame::from(ExperienceFrame {
            application_name: Some("Bookstore".to_owned()),
            terms_url: Some("https://bookstore.example/terms".to_owned()),
            privacy_url: Some("https://bookstore.example/privacy".to_owned()),
            logo_url: Some(LOGO.to_owned()),
            dark_logo_url: Some(LOGO.to_owned()),
            languages: other_languages(language),
            ..ExperienceFrame::default()
        })
    };
    let nameless = || {
        Frame::from(ExperienceFrame {
            languages: other_languages(language),
            ..ExperienceFrame::default()
        })
    };
    let password = || PasswordSignIn {
        action: "/sign-in".to_owned(),
        identifiers: vec![Identifier::Email, Identifier::Username],
        identifier: Field::default(),
        password: Field::default(),
        forgot_password_href: Some("/forgot-password".to_owned()),
    };
    let sign_in = || SignInPage {
        notice: None,
        providers: vec![provider("Hugging Face")],
        password: Some(password()),
        register_href: Some("/register".to_owned()),
        agreement: Agreement::None,
        agreement_error: None,
    };
    let register = || RegisterPage {
        notice: None,
        providers: vec![provider("Hugging Face")],
        form: Some(UsernameRegistration {
            action: "/register".to_owned(),
            username: Field::default(),
            password: Some(Field::default()),
            rules: RULES,
        }),
        sign_in_href: Some("/sign-in".to_owned()),
        agreement: Agreement::None,
        agreement_error: None,
    };
    vec![
        Sample::of("sign-in", frame(), sign_in()),
        Sample::of(
            "sign-in-wrong-password",
            frame(),
            SignInPage {
                password: Some(PasswordSignIn {
                    identifiers: vec![Identifier::Username],
                    identifier: Field::of("ana"),
                    password: Field::default().wrong(say(language, "experience.failed.credentials")),
                    forgot_password_href: None,
                    ..password()
                }),
                ..sign_in()
            },
        ),
        Sample::of(
            "sign-in-provider-denied",
            frame(),
            SignInPage {
                notice: Some(Notice::danger(say_of(
                    language,
                    "experience.failed.provider_denied",
                    "provider",
                    "Hugging Face",
                ))),
                ..sign_in()
            },
        ),
        Sample::of(
            "sign-in-with-terms",
            with_terms(),
            SignInPage {
                agreement: Agreement::Implied,
                providers: ["Hugging Face", "GitHub", "Google", "GitLab", "Microsoft", "Apple"]
                    .map(provider)
                    .into(),
                ..sign_in()
            },
        ),
        Sample::of(
            "sign-in-social-only",
            nameless(),
            SignInPage {
                password: None,
                register_href: None,
                ..sign_in()
            },
        ),
        Sample::of(
            "sign-in-nothing-enabled",
            frame(),
            SignInPage {
                providers: Vec::new(),
                password: None,
                register_href: None,
                ..sign_in()
            },
        ),
        Sample::of("register", frame(), register()),
        Sample::of(
            "register-wrong",
            with_terms(),
            RegisterPage {
                providers: Vec::new(),
                form: Some(UsernameRegistration {
                    action: "/register".to_owned(),
                    username: Field::of("9ana").wrong(say(language, "experience.failed.username_required")),
                    password: Some(
                        Field::default()
                            .wrong(say(language, "experience.failed.password_required"))
                            .wrong(say(language, "experience.failed.credentials")),
                    ),
                    rules: PasswordRules {
                        min_length: 12,
                        character_types: 3,
                    },
                }),
                agreement: Agreement::Asked,
                agreement_error: Some(say(language, "experience.agreement.needed")),
                ..register()
            },
        ),
        Sample::of(
            "register-social-only",
            frame(),
            RegisterPage {
                form: None,
                ..register()
            },
        ),
        Sample::of(
            "register-nothing-enabled",
            frame(),
            RegisterPage {
                form: None,
                providers: Vec::new(),
                ..register()
            },
        ),
        Sample::of(
            "continue-password",
            frame(),
            ContinuePasswordPage {
                notice: None,
                action: "/continue/password".to_owned(),
                identifier: Some("ana@example.com".to_owned()),
                password: Field::default(),
                rules: RULES,
                is_new: true,
            },
        ),
        Sample::of(
            "continue-password-wrong",
            nameless(),
            ContinuePasswordPage {
                notice: Some(Notice::danger("Too many attempts.")),
                action: "/continue/password".to_owned(),
                identifier: None,
                password: Field::default().wrong("At least 8 characters"),
                rules: RULES,
                is_new: false,
            },
        ),
        Sample::of(
            "one-time-token",
            with_terms(),
            OneTimeTokenPage {
                action: "/one-time-token".to_owned(),
                link: Some(UsableLink {
                    email: "ana@example.com".to_owned(),
                    is_new: true,
                }),
                problem: None,
                is_signed_in: false,
                agreement: Agreement::Asked,
                agreement_error: Some("Please agree first.".to_owned()),
            },
        ),
        Sample::of(
            "one-time-token-unusable",
            frame(),
            OneTimeTokenPage {
                action: "/one-time-token".to_owned(),
                link: None,
                problem: Some("This link has already been used. Ask for a new one.".to_owned()),
                is_signed_in: true,
                agreement: Agreement::None,
                agreement_error: None,
            },
        ),
        Sample::of(
            "switch-account",
            frame(),
            SwitchAccountPage {
                action: "/switch-account".to_owned(),
                email: "ana@example.com".to_owned(),
                person: "Bia Prado".to_owned(),
                person_detail: Some("bia@example.com".to_owned()),
            },
        ),
        Sample::of(
            "continue-username",
            frame(),
            ContinueUsernamePage {
                notice: None,
                action: "/continue/username".to_owned(),
                username: Field::of("ana_prado"),
                profile: Some(profile()),
            },
        ),
        Sample::of(
            "social-link",
            frame(),
            SocialLinkPage {
                notice: None,
                action: Some("/social/link/huggingface".to_owned()),
                profile: profile(),
                account: "a•••@example.com".to_owned(),
                password: Field::default(),
                create_action: Some("/social/link/huggingface/new".to_owned()),
                back_href: "/sign-in".to_owned(),
            },
        ),
        Sample::of(
            "social-link-without-password",
            frame(),
            SocialLinkPage {
                notice: Some(Notice::danger("Too many attempts.")),
                action: None,
                profile: profile(),
                account: "a•••@example.com".to_owned(),
                password: Field::default(),
                create_action: None,
                back_href: "/sign-in".to_owned(),
            },
        ),
        Sample::of("consent", with_terms(), consent_page()),
        Sample::of(
            "consent-document",
            frame(),
            ConsentPage {
                host: Some("client.example".to_owned()),
                logo_url: None,
                dark_logo_url: None,
                person_detail: None,
                scopes: Vec::new(),
                resources: Vec::new(),
                one_organization: true,
                terms_url: None,
                ..consent_page()
            },
        ),
        Sample::of(
            "consent-nothing",
            nameless(),
            ConsentPage {
                scopes: Vec::new(),
                resources: Vec::new(),
                organizations: Vec::new(),
                terms_url: None,
                privacy_url: None,
                destination: None,
                ..consent_page()
            },
        ),
        Sample::of(
            "device",
            nameless(),
            DevicePage {
                notice: Some(Notice::danger("Too many wrong codes.")),
                action: "/oidc/device".to_owned(),
                xsrf: "secret".to_owned(),
                code: Field {
                    value: "BCDF-GHJK".to_owned(),
                    errors: vec!["No device shows this code.".to_owned()],
                },
            },
        ),
        Sample::of(
            "device-confirm",
            frame(),
            DeviceConfirmPage {
                action: "/oidc/device".to_owned(),
                xsrf: "secret".to_owned(),
                user_code: "BCDF-GHJK".to_owned(),
            },
        ),
        Sample::of("device-success", frame(), DeviceSuccessPage {}),
        Sample::of(
            "unknown-session",
            frame(),
            UnknownSessionPage {
                start_again_href: Some("/oidc/auth".to_owned()),
                application_href: Some("https://bookstore.example/".to_owned()),
            },
        ),
        Sample::of(
            "unknown-session-bare",
            nameless(),
            UnknownSessionPage {
                start_again_href: None,
                application_href: None,
            },
        ),
        Sample::of(
            "error",
            frame(),
            ErrorPage {
                title: say(language, "common.notice.internal.title"),
                message: say(language, "common.notice.internal.message"),
                advice: Some(say(language, "common.notice.internal.advice")),
                code: Some("oidc.server_error".to_owned()),
                request_id: "6x1n8w0c5g2k".to_owned(),
                start_again_href: Some("/oidc/auth".to_owned()),
            },
        ),
        Sample::of(
            "account-suspended",
            frame(),
            AccountSuspendedPage {
                support_email: Some("help@bookstore.example".to_owned()),
                support_href: None,
                sign_in_href: Some("/sign-in".to_owned()),
            },
        ),
        Sample::of(
            "root",
            nameless(),
            RootPage {
                issuer: "http://localhost:3001/oidc".to_owned(),
                discovery_href: "/oidc/.well-known/openid-configuration".to_owned(),
                console_href: Some("http://localhost:3002/console".to_owned()),
            },
        ),
        Sample::of("signed-out", frame(), SignedOutPage {}),
        Sample::of(
            "sign-out",
            frame(),
            SignOutPage {
                action: "/oidc/session/end/confirm".to_owned(),
                xsrf: "secret".to_owned(),
            },
        ),
        Sample::of(
            "form-post",
            frame(),
            FormPostPage {
                action: "https://bookstore.example/callback".to_owned(),
                parameters: vec![
                    ("code".to_owned(), "c".to_owned()),
                    ("state".to_owned(), "\"<s>".to_owned()),
                ],
            },
        ),
        Sample::of(
            "wrong-host",
            Frame::Plain {
                languages: other_languages(language),
            },
            WrongHostPage {
                asked: "http://192.168.0.7:3001".to_owned(),
                right_href: "http://localhost:3001/sign-in".to_owned(),
                setting: "ENDPOINT".to_owned(),
                setting_value: "http://192.168.0.7:3001".to_owned(),
            },
        ),
    ]
}
