//! The hosted pages as they would look, rendered from the same templates, for the Console's own frame: nothing in them
//! can be pressed.

use crate::console::Console;
use axum::response::IntoResponse;
use soleira_access::interaction;
use soleira_core::model::{AgreeToTermsPolicy, SignInExperience, SignInIdentifier, SignInMode};
use soleira_phrases::Phrases;
use soleira_ui::pages::experience::{
    Agreement, Identifier, PasswordRules, PasswordSignIn, ProviderButton, RegisterPage, SignInPage,
    UsernameRegistration,
};
use soleira_ui::{Brand, ExperienceFrame, Field, Frame, Look, Theme};
use soleira_web::{Page, Result, View};

/// Where nothing leads.
const NOWHERE: &str = "#";

/// The sign-in page, or the registration page, under these settings.
pub(crate) async fn render(console: &Console, experience: &SignInExperience, registration: bool) -> Result {
    let providers = interaction::offered_providers(&console.managed, experience).await?;
    let providers: Vec<ProviderButton> = providers
        .iter()
        .map(|provider| ProviderButton {
            name: provider.name(console.language()),
            logo: provider.logo(),
            dark_logo: provider.dark_logo(),
            href: NOWHERE.to_owned(),
        })
        .collect();
    let mode = experience.sign_in_mode;
    let has_form = experience.sign_up.identifiers.contains(&SignInIdentifier::Username);
    let page = if registration || mode == SignInMode::Register {
        let policy = soleira_directory::sign_in_experience::password_policy(experience)?;
        let page = RegisterPage {
            notice: None,
            providers,
            form: (has_form && mode != SignInMode::SignIn).then(|| UsernameRegistration {
                action: NOWHERE.to_owned(),
                username: Field::default(),
                password: experience.sign_up.password.then(Field::default),
                rules: PasswordRules {
                    min_length: policy.length.min,
                    character_types: u8::try_from(policy.character_types.min).unwrap_or(u8::MAX),
                },
            }),
            sign_in_href: (mode != SignInMode::Register).then(|| NOWHERE.to_owned()),
            agreement: agreement(experience, true),
            agreement_error: None,
        };
        show(console, experience, &page)
    } else {
        let identifiers: Vec<Identifier> = interaction::password_kinds(experience)
            .map(|kind| match kind {
                SignInIdentifier::Username => Identifier::Username,
                SignInIdentifier::Email => Identifier::Email,
                SignInIdentifier::Phone => Identifier::Phone,
            })
            .collect();
        let can_register = mode == SignInMode::SignInAndRegister && (has_form || !providers.is_empty());
        let page = SignInPage {
            notice: None,
            providers,
            password: (!identifiers.is_empty()).then(|| PasswordSignIn {
                action: NOWHERE.to_owned(),
                identifiers,
                identifier: Field::default(),
                password: Field::default(),
                forgot_password_href: None,
            }),
            register_href: can_register.then(|| NOWHERE.to_owned()),
            agreement: agreement(experience, false),
            agreement_error: None,
        };
        show(console, experience, &page)
    };
    Ok(page.framed_by_self().into_response())
}

fn agreement(experience: &SignInExperience, registration: bool) -> Agreement {
    match experience.agree_to_terms_policy {
        AgreeToTermsPolicy::Automatic => Agreement::Implied,
        AgreeToTermsPolicy::ManualRegistrationOnly if !registration => Agreement::None,
        AgreeToTermsPolicy::ManualRegistrationOnly | AgreeToTermsPolicy::Manual => Agreement::Asked,
    }
}

fn show<P: soleira_ui::Page>(console: &Console, experience: &SignInExperience, page: &P) -> Page {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let branding = &experience.branding;
    let has_dark = experience.color.is_dark_mode_enabled;
    let images = [given(&branding.logo_url), given(&branding.dark_logo_url)];
    let frame = ExperienceFrame {
        application_name: Some(console.text("console.sign_in_experience.preview_application")),
        logo_url: images[0].clone(),
        dark_logo_url: images[1].clone().filter(|_| has_dark),
        terms_url: given(&experience.terms_of_use_url),
        privacy_url: given(&experience.privacy_policy_url),
        inert: true,
        ..ExperienceFrame::default()
    };
    let view = View {
        language: console.language(),
        phrases: Phrases::built_in().clone(),
        look: Look {
            theme: if has_dark { console.theme() } else { Theme::Light },
            brand: Brand::new(
                &experience.color.primary_color,
                Some(&experience.color.dark_primary_color),
            ),
            custom_css: experience.custom_css.clone(),
        },
        frame: Frame::from(frame),
    };
    let page = Page::new(&console.ctx, view, page);
    images
        .iter()
        .flatten()
        .fold(page, |page, image| page.shows_image(image))
}
