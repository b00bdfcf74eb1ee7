//! Samples of the pages of applications.

use super::{ago, frame};
use crate::pages::console::applications::{
    ApplicationCreatePage, ApplicationPage, ApplicationRow, ApplicationsPage, KindChoice, SecretRow, Secrets,
};
use crate::pages::console::{Choice, ConfirmPage, ErrorEntry, Pager};
use crate::samples::{NOW, Sample, say, say_of};
use crate::{Field, Notice};
use soleira_core::Timestamp;
use soleira_core::model::ApplicationType;
use soleira_phrases::Language;

pub(super) fn samples(language: Language) -> Vec<Sample> {
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
