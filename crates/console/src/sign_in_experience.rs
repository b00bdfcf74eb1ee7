//! Sign-in experience, sign-up and sign-in: a form that can be changed step by step before it is saved, and its preview.

use crate::connectors::{PICKER, SIGN_IN_EXPERIENCE};
use crate::console::Console;
use crate::preview;
use crate::problems::{Names, Problems};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use soleira_core::model::{SignIn, SignInExperience, SignInIdentifier, SignInMethod, SignInMode, SignUp, SocialSignIn};
use soleira_directory::connectors::ConnectorWithFactory;
use soleira_directory::sign_in_experience::{self, SignInExperiencePatch};
use soleira_ui::pages::console::Tab;
use soleira_ui::pages::console::sign_in_experience::{SignInExperiencePage, SignUpChoice, SocialChoice};
use soleira_ui::{Notice, NoticeKind};
use soleira_web::{CsrfForm, Result};

const NAMES: Names = &[];

/// What the form posts.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Form {
    #[serde(default)]
    sign_up: String,
    #[serde(default)]
    registration_open: String,
    #[serde(default)]
    sign_in_username: String,
    #[serde(default)]
    social: Vec<String>,
    #[serde(default)]
    automatic_linking: String,
    #[serde(default)]
    skip_identifiers: String,
    move_up: Option<String>,
    move_down: Option<String>,
    remove: Option<String>,
    add: Option<String>,
    /// Which page the preview shows.
    #[serde(default)]
    preview_page: String,
}

/// The settings as the form has them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    /// `None` for a combination that the API set, which the form leaves alone.
    sign_up: Option<SignUpChoice>,
    registration_open: bool,
    sign_in_username: bool,
    social: Vec<String>,
    automatic_linking: bool,
    skip_identifiers: bool,
}

impl Draft {
    fn saved(experience: &SignInExperience) -> Self {
        let sign_up = &experience.sign_up;
        let is_plain = sign_up.secondary_identifiers.iter().flatten().next().is_none();
        Self {
            sign_up: match (sign_up.identifiers.as_slice(), sign_up.password, is_plain) {
                ([SignInIdentifier::Username], true, true) => Some(SignUpChoice::Username),
                ([], _, true) => Some(SignUpChoice::NotApplicable),
                _ => None,
            },
            registration_open: experience.sign_in_mode != SignInMode::SignIn,
            sign_in_username: experience.sign_in.methods.iter().any(is_username_password),
            social: experience.social_sign_in_connector_targets.clone(),
            automatic_linking: experience.social_sign_in.automatic_account_linking.unwrap_or_default(),
            skip_identifiers: experience.social_sign_in.skip_required_identifiers.unwrap_or_default(),
        }
    }

    fn posted(form: &Form, saved: &Self) -> Self {
        let is_ticked = |value: &str| value == "yes";
        Self {
            sign_up: match form.sign_up.as_str() {
                "username" => Some(SignUpChoice::Username),
                "not_applicable" => Some(SignUpChoice::NotApplicable),
                _ => saved.sign_up,
            },
            registration_open: is_ticked(&form.registration_open),
            sign_in_username: is_ticked(&form.sign_in_username),
            social: without_repetition(&form.social),
            automatic_linking: is_ticked(&form.automatic_linking),
            skip_identifiers: is_ticked(&form.skip_identifiers),
        }
    }

    /// Does what one of the buttons beside the social connectors says; whether one was pressed.
    fn rearrange(&mut self, form: &Form) -> bool {
        let social = &mut self.social;
        let place = |target: &String, social: &[String]| social.iter().position(|known| known == target);
        if let Some(at) = form
            .move_up
            .as_ref()
            .and_then(|target| place(target, social))
            .filter(|at| *at > 0)
        {
            social.swap(at, at - 1);
        }
        if let Some(at) = form.move_down.as_ref().and_then(|target| place(target, social))
            && at + 1 < social.len()
        {
            social.swap(at, at + 1);
        }
        if let Some(target) = &form.remove {
            social.retain(|known| known != target);
        }
        if let Some(target) = &form.add
            && place(target, social).is_none()
        {
            social.push(target.clone());
        }
        [&form.move_up, &form.move_down, &form.remove, &form.add]
            .into_iter()
            .any(Option::is_some)
    }

    /// The settings with this draft in them.
    fn applied(&self, saved: &SignInExperience) -> SignInExperience {
        let mut after = saved.clone();
        let patch = self.patch(saved);
        if let Some(sign_up) = patch.sign_up {
            after.sign_up = sign_up;
        }
        if let Some(sign_in) = patch.sign_in {
            after.sign_in = sign_in;
        }
        if let Some(social) = patch.social_sign_in {
            after.social_sign_in = social;
        }
        if let Some(targets) = patch.social_sign_in_connector_targets {
            after.social_sign_in_connector_targets = targets;
        }
        if let Some(mode) = patch.sign_in_mode {
            after.sign_in_mode = mode;
        }
        after
    }

    /// What saving changes.
    fn patch(&self, saved: &SignInExperience) -> SignInExperiencePatch {
        let before = Self::saved(saved);
        let mut methods = saved.sign_in.methods.clone();
        if self.sign_in_username && !before.sign_in_username {
            methods.retain(|method| method.identifier != SignInIdentifier::Username);
            methods.insert(
                0,
                SignInMethod {
                    identifier: SignInIdentifier::Username,
                    password: true,
                    verification_code: false,
                    is_password_primary: true,
                },
            );
        } else if !self.sign_in_username {
            methods.retain(|method| !is_username_password(method));
        }
        let sign_up = |identifiers: &[SignInIdentifier]| SignUp {
            identifiers: identifiers.to_vec(),
            password: !identifiers.is_empty(),
            verify: false,
            secondary_identifiers: saved.sign_up.secondary_identifiers.as_ref().map(|_| Vec::new()),
        };
        let sign_up = match self.sign_up {
            choice if choice == before.sign_up => None,
            Some(SignUpChoice::Username) => Some(sign_up(&[SignInIdentifier::Username])),
            Some(SignUpChoice::NotApplicable) => Some(sign_up(&[])),
            None => None,
        };
        SignInExperiencePatch {
            sign_up,
            sign_in: (methods != saved.sign_in.methods).then_some(SignIn { methods }),
            social_sign_in: Some(SocialSignIn {
                automatic_account_linking: Some(self.automatic_linking),
                skip_required_identifiers: Some(self.skip_identifiers),
            }),
            social_sign_in_connector_targets: Some(self.social.clone()),
            sign_in_mode: Some(match (self.registration_open, saved.sign_in_mode) {
                (true, SignInMode::Register) => SignInMode::Register,
                (true, _) => SignInMode::SignInAndRegister,
                (false, _) => SignInMode::SignIn,
            }),
            ..SignInExperiencePatch::default()
        }
    }

    /// What deserves a warning: somebody stands before a closed door.
    fn warning(&self, experience: &SignInExperience) -> Option<&'static str> {
        let has_password = experience.sign_in.methods.iter().any(|method| method.password);
        let has_social = !self.social.is_empty();
        if !has_password && !has_social {
            return Some("console.sign_in_experience.nobody");
        }
        match self.sign_up {
            Some(SignUpChoice::NotApplicable) if self.registration_open && !has_social => {
                Some("console.sign_in_experience.nobody_registers")
            }
            Some(SignUpChoice::Username) if self.registration_open && !self.sign_in_username => {
                Some("console.sign_in_experience.nobody_returns")
            }
            _ => None,
        }
    }
}

fn is_username_password(method: &SignInMethod) -> bool {
    method.identifier == SignInIdentifier::Username && method.password
}

fn without_repetition(targets: &[String]) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for target in targets {
        if !once.contains(target) {
            once.push(target.clone());
        }
    }
    once
}

/// `GET /console/sign-in-experience`.
pub(crate) async fn show(console: Console) -> Result {
    let experience = sign_in_experience::get(&console.managed).await?;
    let draft = Draft::saved(&experience);
    page(&console, &experience, &draft, &Problems::default()).await
}

/// `POST /console/sign-in-experience`: saves, or shows the form with one of its small changes made.
pub(crate) async fn save(console: Console, CsrfForm(form): CsrfForm<Form>) -> Result {
    let experience = sign_in_experience::get(&console.managed).await?;
    let mut draft = Draft::posted(&form, &Draft::saved(&experience));
    if draft.rearrange(&form) {
        return page(&console, &experience, &draft, &Problems::default()).await;
    }
    match sign_in_experience::patch(&console.managed, draft.patch(&experience)).await {
        Ok(_) => Ok(console.done(SIGN_IN_EXPERIENCE, "console.saved", "")),
        Err(error) => {
            let problems = Problems::of(error, console.language(), NAMES)?;
            page(&console, &experience, &draft, &problems).await
        }
    }
}

/// `POST /console/sign-in-experience/preview`: the sign-in page as the form stands, for the frame beside it.
pub(crate) async fn show_preview(console: Console, CsrfForm(form): CsrfForm<Form>) -> Result {
    let experience = sign_in_experience::get(&console.managed).await?;
    let draft = Draft::posted(&form, &Draft::saved(&experience));
    let registration = form.preview_page == "register";
    preview::render(&console, &draft.applied(&experience), registration).await
}

fn choice(console: &Console, connector: &ConnectorWithFactory) -> SocialChoice {
    SocialChoice {
        target: connector.factory.target().to_owned(),
        name: crate::connectors::name_of(console, connector),
        logo: connector.factory.logo().to_owned(),
        dark_logo: None,
    }
}

async fn page(
    console: &Console,
    experience: &SignInExperience,
    draft: &Draft,
    problems: &Problems,
) -> Result<Response> {
    let all = crate::connectors::social(console).await?;
    let of_target = |target: &String| all.iter().find(|connector| connector.factory.target() == target);
    let changed = *draft != Draft::saved(experience);
    let is_offered = |connector: &&ConnectorWithFactory| draft.social.iter().any(|t| t == connector.factory.target());
    let notice = |kind, text| Notice { kind, text };
    let page = SignInExperiencePage {
        tabs: vec![Tab {
            phrase: "console.sign_in_experience.tab_sign_up",
            href: SIGN_IN_EXPERIENCE.to_owned(),
            current: true,
        }],
        action: SIGN_IN_EXPERIENCE.to_owned(),
        preview_action: format!("{SIGN_IN_EXPERIENCE}/preview"),
        here_href: SIGN_IN_EXPERIENCE.to_owned(),
        changed,
        errors: problems.entries(),
        warning: draft
            .warning(&draft.applied(experience))
            .map(|phrase| notice(NoticeKind::Warning, console.text(phrase))),
        sign_up: draft.sign_up,
        sign_in_username: draft.sign_in_username,
        registration_open: draft.registration_open,
        social: draft
            .social
            .iter()
            .filter_map(of_target)
            .map(|connector| choice(console, connector))
            .collect(),
        social_available: all
            .iter()
            .filter(|connector| !is_offered(connector))
            .map(|connector| choice(console, connector))
            .collect(),
        add_connector_href: PICKER.to_owned(),
        automatic_linking: draft.automatic_linking,
        skip_identifiers: draft.skip_identifiers,
    };
    let unsaved = changed.then(|| notice(NoticeKind::Info, console.text("console.sign_in_experience.changed")));
    let shown = console.show_with(&page, problems.notice().or(unsaved)).frames();
    Ok(shown.status(problems.status()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(social: &[&str]) -> Draft {
        Draft {
            sign_up: Some(SignUpChoice::Username),
            registration_open: true,
            sign_in_username: true,
            social: social.iter().map(|target| (*target).to_owned()).collect(),
            automatic_linking: false,
            skip_identifiers: false,
        }
    }

    fn pressed(social: &[&str], form: Form) -> (Vec<String>, bool) {
        let mut draft = draft(social);
        let pressed = draft.rearrange(&form);
        (draft.social, pressed)
    }

    #[test]
    fn connectors_are_added_moved_and_removed() {
        let target = |name: &str| Some(name.to_owned());
        let up = |name| Form {
            move_up: target(name),
            ..Form::default()
        };
        let down = |name| Form {
            move_down: target(name),
            ..Form::default()
        };
        assert_eq!(pressed(&["a", "b"], up("b")).0, ["b", "a"]);
        assert_eq!(pressed(&["a", "b"], up("a")).0, ["a", "b"]);
        assert_eq!(pressed(&["a", "b"], down("a")).0, ["b", "a"]);
        assert_eq!(pressed(&["a", "b"], down("b")).0, ["a", "b"]);
        assert_eq!(pressed(&["a", "b"], down("x")).0, ["a", "b"]);
        assert_eq!(
            pressed(
                &["a"],
                Form {
                    add: target("b"),
                    ..Form::default()
                }
            )
            .0,
            ["a", "b"]
        );
        assert_eq!(
            pressed(
                &["a"],
                Form {
                    add: target("a"),
                    ..Form::default()
                }
            )
            .0,
            ["a"]
        );
        assert_eq!(
            pressed(
                &["a", "b"],
                Form {
                    remove: target("a"),
                    ..Form::default()
                }
            )
            .0,
            ["b"]
        );
        assert!(!pressed(&["a"], Form::default()).1);
        assert!(pressed(&["a"], up("a")).1);
    }
}
