//! Samples of the Console's pages.

mod applications;
mod connectors;
mod sign_in_experience;
mod start;
mod users;

use super::{NOW, Sample};
use crate::pages::experience::PasswordRules;
use crate::{ConsoleFrame, Frame, NavigationGroup, NavigationItem, Notice, UserMenu};
use soleira_core::Timestamp;
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

pub(super) fn samples(language: Language) -> Vec<Sample> {
    [
        start::samples,
        applications::samples,
        connectors::samples,
        sign_in_experience::samples,
        users::samples,
    ]
    .iter()
    .flat_map(|samples| samples(language))
    .collect()
}
