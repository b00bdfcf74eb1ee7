//! Samples of the pages of connectors.

use super::{ago, frame};
use crate::pages::console::connectors::{
    ConnectorPage, ConnectorRow, ConnectorsPage, FactoriesPage, FactoryCard, FormItem, ItemKind,
};
use crate::samples::experience::LOGO;
use crate::samples::{Sample, say};
use crate::{Field, Notice};
use soleira_phrases::Language;

pub(super) fn samples(language: Language) -> Vec<Sample> {
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
            item("fast", "Fast", ItemKind::Switch, false),
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
