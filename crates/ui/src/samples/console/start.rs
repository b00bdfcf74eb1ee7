//! Samples of the first steps.

use super::{RULES, ago, frame};
use crate::pages::console::start::{
    FirstSignIn, GetStartedPage, GuideBlock, GuideCard, GuideForm, GuideGroup, GuidePage, GuideRoles, GuideStep,
    GuidesPage, KindFilter, RoleChoice, Task, WelcomePage,
};
use crate::pages::console::{ErrorPage, ForbiddenPage};
use crate::samples::{Sample, other_languages, say};
use crate::{Field, Frame};
use soleira_core::model::ApplicationType;
use soleira_phrases::Language;

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
        first_sign_in: Some(FirstSignIn {
            title: "See it work".to_owned(),
            text: "Sign in once; this page notices.".to_owned(),
            is_token: false,
            seen_at,
        }),
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
