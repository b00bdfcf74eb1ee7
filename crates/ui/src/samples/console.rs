//! Samples of the Console's pages.

use super::experience::LOGO;
use super::{NOW, Sample, other_languages, say, say_of};
use crate::pages::console::applications::{
    ApplicationCreatePage, ApplicationPage, ApplicationRow, ApplicationsPage, KindChoice, SecretRow, Secrets,
};
use crate::pages::console::connectors::{
    ConnectorPage, ConnectorRow, ConnectorsPage, FactoriesPage, FactoryCard, FormItem, ItemKind,
};
use crate::pages::console::sign_in_experience::{SignInExperiencePage, SignUpChoice, SocialChoice};
use crate::pages::console::start::{
    FirstSignIn, GetStartedPage, GuideBlock, GuideCard, GuideForm, GuideGroup, GuidePage, GuideRoles, GuideStep,
    GuideValue, GuidesPage, KindFilter, RoleChoice, Task, WelcomePage,
};
use crate::pages::console::users::{
    IdentityRow, UserCreatePage, UserPage, UserPasswordPage, UserPasswordShownPage, UserRow, UsersPage,
};
use crate::pages::console::{Choice, ConfirmPage, ErrorEntry, ErrorPage, ForbiddenPage, Pager, Tab};
use crate::pages::experience::PasswordRules;
use crate::{ConsoleFrame, Field, Frame, NavigationGroup, NavigationItem, Notice, UserMenu};
use soleira_core::Timestamp;
use soleira_core::model::ApplicationType;
use soleira_phrases::Language;

const RULES: PasswordRules = PasswordRules {
    min_length: 8,
    character_types: 1,
};

fn ago(hours: i64) -> Timestamp {
    NOW.plus_seconds(-hours * 3600)
}

/// The Console's frame, `current` being the section's phrase.
fn frame(current: &'static str, notice: Option<Notice>) -> Frame {
    let item = |phrase, icon, href| NavigationItem {
        phrase,
        icon,
        href,
        current: phrase == current,
    };
    Frame::from(ConsoleFrame {
        tenant: "default".to_owned(),
        navigation: vec![
            NavigationGroup {
                phrase: "console.navigation.overview",
                items: vec![item("console.navigation.get_started", "rocket", "/console/get-started")],
            },
            NavigationGroup {
                phrase: "console.navigation.authentication",
                items: vec![
                    item(
                        "console.navigation.applications",
                        "application",
                        "/console/applications",
                    ),
                    item(
                        "console.navigation.sign_in_experience",
                        "sign-in-experience",
                        "/console/sign-in-experience",
                    ),
                    item("console.navigation.connectors", "connector", "/console/connectors"),
                ],
            },
            NavigationGroup {
                phrase: "console.navigation.people",
                items: vec![item("console.navigation.users", "user", "/console/users")],
            },
        ],
        user: UserMenu {
            name: "Ana Prado".to_owned(),
            detail: Some("ana".to_owned()),
            preferences_action: "/console/preferences".to_owned(),
            sign_out_action: "/console/sign-out".to_owned(),
            languages: Language::BUILT_IN
                .iter()
                .map(|language| (language.tag(), language.native_name()))
                .collect(),
        },
        here: "/console/applications".to_owned(),
        notice,
    })
}

fn guide(name: &str, description: &str, kind: ApplicationType) -> GuideCard {
    GuideCard {
        name: name.to_owned(),
        description: description.to_owned(),
        kind,
        icon: (name == "Flask").then(|| "flask".to_owned()),
        href: "/console/applications/create?guide=flask".to_owned(),
    }
}

fn guides() -> Vec<GuideCard> {
    vec![
        guide(
            "Flask",
            "Python web applications with the published SDK.",
            ApplicationType::Traditional,
        ),
        guide(
            "Any single-page app",
            "With any OpenID Connect library for the browser.",
            ApplicationType::Spa,
        ),
        guide(
            "Any native app",
            "With AppAuth on Android, iOS or the desktop.",
            ApplicationType::Native,
        ),
        guide(
            "Machine to machine",
            "Client credentials, with curl.",
            ApplicationType::MachineToMachine,
        ),
    ]
}

pub(super) fn samples(language: Language) -> Vec<Sample> {
    let mut samples = start(language);
    samples.extend(applications(language));
    samples.extend(connectors(language));
    samples.extend(sign_in_experience(language));
    samples.extend(users(language));
    samples
}

fn start(language: Language) -> Vec<Sample> {
    let home = "console.navigation.get_started";
    let welcome = |code| WelcomePage {
        action: "/console/welcome".to_owned(),
        notice: None,
        username: Field::default(),
        password: Field::default(),
        rules: RULES,
        code,
    };
    let task = |name, done| Task {
        name,
        href: "/console/applications/create".to_owned(),
        done,
    };
    let filter = |kind, current| KindFilter {
        kind,
        href: "?".to_owned(),
        current,
    };
    let library = |q: &str, groups| GuidesPage {
        q: q.to_owned(),
        filters: vec![
            filter(None, true),
            filter(Some(ApplicationType::Traditional), false),
            filter(Some(ApplicationType::Spa), false),
            filter(Some(ApplicationType::Native), false),
            filter(Some(ApplicationType::MachineToMachine), false),
        ],
        groups,
        clear_href: "/console/guides".to_owned(),
        without_guide_href: "/console/applications/create".to_owned(),
    };
    let form = |name, value: &str, saved| GuideBlock::Form {
        form: GuideForm {
            action: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/guide".to_owned(),
            name,
            rows: vec![Field::of(value), Field::default()],
            saved,
        },
    };
    let value = |name: &str, value: &str, secret| GuideValue {
        name: name.to_owned(),
        value: value.to_owned(),
        secret,
    };
    let guide_page = |congratulate, seen_at| {
        GuidePage {
        application_name: "Bookstore".to_owned(),
        details_href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a".to_owned(),
        guide_name: "Flask".to_owned(),
        congratulate,
        steps: vec![
            GuideStep {
                title: "Install the SDK".to_owned(),
                blocks: vec![
                    GuideBlock::Text { text: "In your project's **virtual environment**:".to_owned() },
                    GuideBlock::Code {
                        caption: Some("Shell".to_owned()),
                        code: "pip install 'flask[async]' logto".to_owned(),
                    },
                ],
            },
            GuideStep {
                title: "Configure".to_owned(),
                blocks: vec![
                    GuideBlock::Values {
                        values: vec![
                            value("App ID", "h2x9v0q4m1k7s3d8f6j5a", false),
                            value("App secret", "Vb0pTqYw2hEwN1cJ8s6a", true),
                        ],
                    },
                    GuideBlock::Code {
                        caption: Some("app.py".to_owned()),
                        code: "from logto import LogtoClient, LogtoConfig\n\nclient = LogtoClient(\n    LogtoConfig(\n        endpoint=\"http://localhost:3001\",\n        appId=\"h2x9v0q4m1k7s3d8f6j5a\",\n    )\n)".to_owned(),
                    },
                    GuideBlock::Text { text: "See the [documentation](https://docs.example/flask) for `Storage`.".to_owned() },
                ],
            },
            GuideStep {
                title: "Redirect URIs".to_owned(),
                blocks: vec![
                    form("redirect_uri", "http://localhost:3000/callback", true),
                    form("post_sign_out_redirect_uri", "http://localhost:3000/", false),
                    GuideBlock::Roles {
                        form: GuideRoles {
                            action: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/guide".to_owned(),
                            roles: vec![RoleChoice {
                                id: "r1".to_owned(),
                                name: "Management API access".to_owned(),
                                description: Some("May call the whole Management API.".to_owned()),
                                assigned: true,
                            }],
                            saved: true,
                        },
                    },
                ],
            },
        ],
        first_sign_in: Some(FirstSignIn { seen_at }),
    }
    };
    let plain = || Frame::Plain {
        languages: other_languages(language),
    };
    vec![
        Sample::of("console-welcome", plain(), welcome(None)),
        Sample::of(
            "console-welcome-code",
            plain(),
            welcome(Some(
                Field::default().wrong(say(language, "console.welcome.code_wrong")),
            )),
        ),
        Sample::of(
            "console-forbidden",
            plain(),
            ForbiddenPage {
                name: "bia".to_owned(),
                sign_out_action: "/console/sign-out".to_owned(),
            },
        ),
        Sample::of(
            "console-get-started",
            frame(home, None),
            GetStartedPage {
                tasks: vec![
                    task("application", true),
                    task("connector", false),
                    task("sign_in_experience", false),
                    task("users", false),
                ],
                done: 1,
                guides: guides(),
                library_href: "/console/guides".to_owned(),
            },
        ),
        Sample::of(
            "console-guides",
            frame(home, None),
            library(
                "",
                guides()
                    .into_iter()
                    .map(|guide| GuideGroup {
                        kind: guide.kind,
                        guides: vec![guide],
                    })
                    .collect(),
            ),
        ),
        Sample::of("console-guides-none", frame(home, None), library("fortran", Vec::new())),
        Sample::of(
            "console-guide-new",
            frame("console.navigation.applications", None),
            guide_page(true, None),
        ),
        Sample::of(
            "console-guide-done",
            frame("console.navigation.applications", None),
            guide_page(false, Some(ago(2))),
        ),
        Sample::of(
            "console-not-found",
            frame("", None),
            ErrorPage {
                title: say(language, "common.notice.not_found.title"),
                message: say(language, "common.notice.not_found.message"),
                advice: Some(say(language, "common.notice.not_found.advice")),
                code: Some("entity.not_found".to_owned()),
                request_id: "6x1n8w0c5g2k".to_owned(),
                back_href: "/console".to_owned(),
            },
        ),
    ]
}

fn applications(language: Language) -> Vec<Sample> {
    let section = "console.navigation.applications";
    let row = |name: &str, id: &str, kind, third_party, hours| ApplicationRow {
        id: id.to_owned(),
        name: name.to_owned(),
        kind,
        third_party,
        created_at: ago(hours),
        href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a".to_owned(),
    };
    let list = |q: &str, applications: Vec<ApplicationRow>| ApplicationsPage {
        q: q.to_owned(),
        pager: Pager {
            from: 1,
            to: 4,
            total: 1234,
            previous_href: None,
            next_href: Some("?page=2".to_owned()),
        },
        applications,
        create_href: "/console/guides".to_owned(),
    };
    let secret = |name: &str, expires_at: Option<Timestamp>| SecretRow {
        name: name.to_owned(),
        value: "Vb0pTqYw2hEwN1cJ8s6a".to_owned(),
        expires_at,
        expired: expires_at.is_some_and(|at| at <= NOW),
        delete_href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/secrets/x/delete".to_owned(),
    };
    let details = || ApplicationPage {
        id: "h2x9v0q4m1k7s3d8f6j5a".to_owned(),
        title: "Bookstore".to_owned(),
        kind: ApplicationType::Traditional,
        framework: Some("Flask".to_owned()),
        third_party: false,
        list_href: "/console/applications".to_owned(),
        guide_href: Some("/console/applications/h2x9v0q4m1k7s3d8f6j5a/guide".to_owned()),
        delete_href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/delete".to_owned(),
        tabs: Vec::new(),
        action: "/console/applications/h2x9v0q4m1k7s3d8f6j5a".to_owned(),
        here_href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a".to_owned(),
        errors: Vec::new(),
        name: Field::of("Bookstore"),
        description: Field::default(),
        endpoint: "http://localhost:3001".to_owned(),
        issuer: "http://localhost:3001/oidc".to_owned(),
        authorization_endpoint: Some("http://localhost:3001/oidc/auth".to_owned()),
        token_endpoint: "http://localhost:3001/oidc/token".to_owned(),
        userinfo_endpoint: Some("http://localhost:3001/oidc/me".to_owned()),
        secrets: Some(Secrets {
            rows: vec![
                secret("Default secret", None),
                secret("CI", Some(NOW.plus_seconds(3 * 24 * 3600))),
                secret("Old", Some(ago(30))),
            ],
            add_action: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/secrets".to_owned(),
            add_name: Field::default(),
            adding: false,
        }),
        redirect_uris: Some(vec![Field::of("http://localhost:3000/callback"), Field::default()]),
        post_sign_out_redirect_uris: Some(vec![Field::of("http://localhost:3000/"), Field::default()]),
    };
    let wrong = say(language, "experience.failed.username_required");
    vec![
        Sample::of(
            "console-applications",
            frame(section, None),
            list(
                "",
                vec![
                    row(
                        "Bookstore",
                        "h2x9v0q4m1k7s3d8f6j5a",
                        ApplicationType::Traditional,
                        false,
                        2,
                    ),
                    row("Reader", "c0a8t3r5n6w2y9u4i1o7p", ApplicationType::Spa, false, 30),
                    row(
                        "Pocket shelf",
                        "q7d1z8y2l4b9k6j3h5g0f",
                        ApplicationType::Native,
                        true,
                        400,
                    ),
                    row(
                        "Nightly importer",
                        "m5p0s6u3e8g1z4x7c9v2b",
                        ApplicationType::MachineToMachine,
                        false,
                        9000,
                    ),
                ],
            ),
        ),
        Sample::of("console-applications-empty", frame(section, None), list("", Vec::new())),
        Sample::of(
            "console-applications-nothing-found",
            frame(section, None),
            list("bok", Vec::new()),
        ),
        Sample::of(
            "console-application-create",
            frame(section, None),
            ApplicationCreatePage {
                action: "/console/applications".to_owned(),
                errors: Vec::new(),
                name: Field::default(),
                description: Field::default(),
                kinds: Vec::new(),
                guide: Some(Choice {
                    value: "flask".to_owned(),
                    text: "Flask".to_owned(),
                }),
                cancel_href: "/console/guides".to_owned(),
            },
        ),
        Sample::of(
            "console-application-create-bare",
            frame(section, None),
            ApplicationCreatePage {
                action: "/console/applications".to_owned(),
                errors: vec![ErrorEntry {
                    id: "name".to_owned(),
                    text: wrong.clone(),
                }],
                name: Field::default().wrong(wrong.clone()),
                description: Field::default(),
                kinds: [
                    ApplicationType::Traditional,
                    ApplicationType::Spa,
                    ApplicationType::Native,
                    ApplicationType::MachineToMachine,
                ]
                .map(|kind| KindChoice {
                    kind,
                    chosen: kind == ApplicationType::Traditional,
                })
                .into(),
                guide: None,
                cancel_href: "/console/guides".to_owned(),
            },
        ),
        Sample::of(
            "console-application",
            frame(section, Some(Notice::success(say(language, "console.saved")))),
            details(),
        ),
        Sample::of(
            "console-application-wrong",
            frame(section, None),
            ApplicationPage {
                errors: vec![
                    ErrorEntry {
                        id: "name".to_owned(),
                        text: wrong.clone(),
                    },
                    ErrorEntry {
                        id: "redirect_uri-1".to_owned(),
                        text: wrong.clone(),
                    },
                ],
                name: Field::default().wrong(wrong.clone()),
                redirect_uris: Some(vec![
                    Field::of("http://localhost:3000/callback#x").wrong(wrong),
                    Field::default(),
                ]),
                ..details()
            },
        ),
        Sample::of(
            "console-application-machine",
            frame(section, None),
            ApplicationPage {
                kind: ApplicationType::MachineToMachine,
                title: "Nightly importer".to_owned(),
                authorization_endpoint: None,
                userinfo_endpoint: None,
                redirect_uris: None,
                post_sign_out_redirect_uris: None,
                ..details()
            },
        ),
        Sample::of(
            "console-application-delete",
            frame(section, None),
            ConfirmPage {
                title: say_of(language, "console.application.delete_title", "name", "Bookstore"),
                message: say_of(language, "console.application.delete_what", "name", "Bookstore"),
                name: Some("Bookstore".to_owned()),
                typed: Field::default(),
                button: say_of(language, "console.application.delete_button", "name", "Bookstore"),
                action: "/console/applications/h2x9v0q4m1k7s3d8f6j5a/delete".to_owned(),
                cancel_href: "/console/applications/h2x9v0q4m1k7s3d8f6j5a".to_owned(),
            },
        ),
    ]
}

fn connectors(language: Language) -> Vec<Sample> {
    let section = "console.navigation.connectors";
    let list = |connectors| ConnectorsPage {
        connectors,
        add_href: "/console/connectors/new".to_owned(),
        sign_in_experience_href: "/console/sign-in-experience".to_owned(),
    };
    let item = |key: &str, label: &str, kind, required| FormItem {
        key: key.to_owned(),
        kind,
        label: label.to_owned(),
        hint: None,
        placeholder: None,
        required,
        confidential: false,
        field: Field::default(),
        choices: Vec::new(),
    };
    let connector = |new, offered| {
        ConnectorPage {
        name: "Hugging Face".to_owned(),
        logo: LOGO.to_owned(),
        dark_logo: None,
        new,
        list_href: "/console/connectors".to_owned(),
        action: "/console/connectors/x".to_owned(),
        here_href: "/console/connectors/x".to_owned(),
        delete_href: (!new).then(|| "/console/connectors/x/delete".to_owned()),
        errors: Vec::new(),
        redirect_uri: "http://localhost:3001/callback/k7s3d8f6j5ah2x9v0q4m1".to_owned(),
        instructions: vec![
            "Open [Settings → Connected Apps](https://huggingface.co/settings/connected-applications) and choose **Create App**.".to_owned(),
            "Give it your application's name and address.".to_owned(),
            "Tick the scopes `openid`, `profile` and `email`.".to_owned(),
            "Paste the redirect URI shown on this page.".to_owned(),
            "Copy **Client ID** and **App Secret** into the fields beside.".to_owned(),
        ],
        items: vec![
            item("clientId", "Client ID", ItemKind::Text, true),
            FormItem { confidential: true, ..item("clientSecret", "Client secret", ItemKind::Text, true) },
            FormItem { placeholder: Some("profile".to_owned()), ..item("scope", "Scope", ItemKind::Multiline, false) },
        ],
        advanced: vec![
            item("authorizationEndpoint", "Authorization endpoint", ItemKind::Text, false),
            item("tokenEndpoint", "Token endpoint", ItemKind::Text, false),
            item("attempts", "Attempts", ItemKind::Number, false),
            item("fast", "Fast", ItemKind::Switch, false),
            FormItem {
                choices: vec![Choice { value: "a".to_owned(), text: "A".to_owned() }],
                ..item("flavour", "Flavour", ItemKind::Select, false)
            },
        ],
        advanced_open: !new,
        sync_profile: false,
        trust_unverified_email: false,
        offered,
        sign_in_experience_href: "/console/sign-in-experience".to_owned(),
    }
    };
    vec![
        Sample::of(
            "console-connectors",
            frame(section, None),
            list(vec![ConnectorRow {
                name: "Hugging Face".to_owned(),
                logo: LOGO.to_owned(),
                dark_logo: None,
                target: "huggingface".to_owned(),
                offered: true,
                created_at: ago(20),
                href: "/console/connectors/x".to_owned(),
            }]),
        ),
        Sample::of("console-connectors-empty", frame(section, None), list(Vec::new())),
        Sample::of(
            "console-connector-factories",
            frame(section, None),
            FactoriesPage {
                factories: ["Hugging Face", "GitHub", "Google"]
                    .map(|name| FactoryCard {
                        name: name.to_owned(),
                        description: "The home of machine learning.".to_owned(),
                        logo: LOGO.to_owned(),
                        dark_logo: None,
                        href: "/console/connectors/new/huggingface-universal".to_owned(),
                        added: name == "GitHub",
                    })
                    .into(),
                list_href: "/console/connectors".to_owned(),
            },
        ),
        Sample::of("console-connector-new", frame(section, None), connector(true, false)),
        Sample::of(
            "console-connector",
            frame(section, Some(Notice::success(say(language, "console.saved")))),
            connector(false, false),
        ),
    ]
}

fn sign_in_experience(language: Language) -> Vec<Sample> {
    let section = "console.navigation.sign_in_experience";
    let social = |name: &str| SocialChoice {
        target: name.to_lowercase(),
        name: name.to_owned(),
        logo: LOGO.to_owned(),
        dark_logo: None,
    };
    let page = || SignInExperiencePage {
        tabs: vec![Tab {
            phrase: "console.sign_in_experience.tab_sign_up",
            href: "/console/sign-in-experience/sign-up-and-sign-in".to_owned(),
            current: true,
        }],
        action: "/console/sign-in-experience/sign-up-and-sign-in".to_owned(),
        preview_action: "/console/sign-in-experience/preview".to_owned(),
        here_href: "/console/sign-in-experience/sign-up-and-sign-in".to_owned(),
        changed: false,
        errors: Vec::new(),
        warning: None,
        sign_up: Some(SignUpChoice::Username),
        sign_in_username: true,
        registration_open: true,
        social: vec![social("HuggingFace"), social("GitHub")],
        social_available: vec![social("Google")],
        add_connector_href: "/console/connectors/new".to_owned(),
        automatic_linking: false,
        skip_identifiers: false,
    };
    vec![
        Sample::of("console-sign-in-experience", frame(section, None), page()),
        Sample::of(
            "console-sign-in-experience-nobody",
            frame(section, None),
            SignInExperiencePage {
                changed: true,
                warning: Some(Notice {
                    kind: crate::NoticeKind::Warning,
                    text: say(language, "console.sign_in_experience.nobody"),
                }),
                sign_up: None,
                sign_in_username: false,
                social: Vec::new(),
                social_available: Vec::new(),
                ..page()
            },
        ),
    ]
}

fn users(language: Language) -> Vec<Sample> {
    let section = "console.navigation.users";
    let row = |title: &str, identifier: Option<&str>, suspended, last: Option<i64>| UserRow {
        title: title.to_owned(),
        identifier: identifier.map(str::to_owned),
        suspended,
        created_at: ago(500),
        last_sign_in_at: last.map(ago),
        href: "/console/users/u1".to_owned(),
    };
    let list = |users| UsersPage {
        q: String::new(),
        users,
        pager: Pager {
            from: 21,
            to: 23,
            total: 23,
            previous_href: Some("?page=1".to_owned()),
            next_href: None,
        },
        create_href: "/console/users/create".to_owned(),
    };
    let needed = say(language, "console.users.identifier_needed");
    let user = |suspended, own| UserPage {
        id: "k2v9s8d7f6g5".to_owned(),
        title: "Ana Prado".to_owned(),
        suspended,
        created_at: ago(500),
        last_sign_in_at: Some(ago(1)),
        list_href: "/console/users".to_owned(),
        action: "/console/users/u1".to_owned(),
        here_href: "/console/users/u1".to_owned(),
        errors: Vec::new(),
        name: Field::of("Ana Prado"),
        username: Field::of("ana"),
        email: Field::default(),
        phone: Field::default(),
        avatar: Field::default(),
        identities: vec![IdentityRow {
            provider: "Hugging Face".to_owned(),
            logo: Some(LOGO.to_owned()),
            dark_logo: None,
            id: "62f3a1b9c8d7e6f5".to_owned(),
            name: Some("Ana Prado".to_owned()),
            email: Some("ana@example.com".to_owned()),
            email_verified: false,
        }],
        has_password: !suspended,
        password_href: "/console/users/u1/password".to_owned(),
        suspend_action: "/console/users/u1/suspension".to_owned(),
        delete_href: "/console/users/u1/delete".to_owned(),
        own,
    };
    vec![
        Sample::of(
            "console-users",
            frame(section, None),
            list(vec![
                row("Ana Prado", Some("ana · ana@example.com"), false, Some(1)),
                row("bia", None, true, Some(90)),
                row("Élise", Some("elise@example.com"), false, None),
            ]),
        ),
        Sample::of("console-users-empty", frame(section, None), list(Vec::new())),
        Sample::of(
            "console-user-create",
            frame(section, None),
            UserCreatePage {
                action: "/console/users".to_owned(),
                errors: vec![ErrorEntry {
                    id: "username".to_owned(),
                    text: needed.clone(),
                }],
                name: Field::default(),
                username: Field::default().wrong(needed),
                email: Field::default(),
                phone: Field::default(),
                list_href: "/console/users".to_owned(),
            },
        ),
        Sample::of("console-user", frame(section, None), user(false, false)),
        Sample::of(
            "console-user-suspended",
            frame(section, None),
            UserPage {
                identities: Vec::new(),
                last_sign_in_at: None,
                ..user(true, false)
            },
        ),
        Sample::of("console-user-own", frame(section, None), user(false, true)),
        Sample::of(
            "console-user-password",
            frame(section, None),
            UserPasswordPage {
                title: "Ana Prado".to_owned(),
                action: "/console/users/u1/password".to_owned(),
                password: Field::default(),
                rules: RULES,
                cancel_href: "/console/users/u1".to_owned(),
            },
        ),
        Sample::of(
            "console-user-password-shown",
            frame(section, None),
            UserPasswordShownPage {
                title: "Ana Prado".to_owned(),
                identifier: "ana".to_owned(),
                password: "qvN7-pLs2-Xw9k".to_owned(),
                created: true,
                details_href: "/console/users/u1".to_owned(),
            },
        ),
        Sample::of(
            "console-user-delete",
            frame(section, None),
            ConfirmPage {
                title: say_of(language, "console.users.delete_title", "name", "Ana Prado"),
                message: say(language, "console.users.delete_what"),
                name: None,
                typed: Field::default(),
                button: say_of(language, "console.users.delete_button", "name", "Ana Prado"),
                action: "/console/users/u1/delete".to_owned(),
                cancel_href: "/console/users/u1".to_owned(),
            },
        ),
    ]
}
