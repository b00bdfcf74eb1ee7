//! Samples of the sign-in experience.

use super::frame;
use crate::pages::console::Tab;
use crate::pages::console::sign_in_experience::{SignInExperiencePage, SignUpChoice, SocialChoice};
use crate::samples::experience::LOGO;
use crate::samples::{Sample, say};
use crate::{Notice, NoticeKind};
use soleira_phrases::Language;

pub(super) fn samples(language: Language) -> Vec<Sample> {
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
                    kind: NoticeKind::Warning,
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
