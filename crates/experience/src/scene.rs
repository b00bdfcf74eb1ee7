//! What every page of a sign-in is made from: the browser's interaction, the tenant's settings, the application that
//! waits, the reader's language.

use crate::language;
use crate::message::{self, text};
use crate::query::{self, PageQuery};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use soleira_access::browser::Browser;
use soleira_access::interaction::{self, Event, Flow, Interaction, Provider};
use soleira_core::model::{AgreeToTermsPolicy, SignInExperience};
use soleira_core::{Code, Error, Kind};
use soleira_directory::applications;
use soleira_oauth::client_document;
use soleira_phrases::{Language, Phrases};
use soleira_ui::pages::experience::{Agreement, ErrorPage, ProviderButton};
use soleira_ui::{Brand, ExperienceFrame, Look, Theme};
use soleira_web::{Context, Failure, Page, View};
use std::sync::Arc;

/// The tenant's look around a page, with or without a sign-in under way.
pub(crate) struct Stage {
    pub(crate) ctx: Context,
    pub(crate) query: PageQuery,
    /// The page's own path, to which its language links lead.
    pub(crate) path: String,
    pub(crate) experience: Arc<SignInExperience>,
    pub(crate) language: Language,
}

impl Stage {
    pub(crate) async fn open(ctx: Context, query: PageQuery, path: impl Into<String>) -> Result<Self, Failure> {
        let experience = interaction::settings(&ctx).await?;
        let language = language::choose(&ctx, &query, &experience);
        language::remember(&ctx, &query);
        Ok(Self {
            ctx,
            query,
            path: path.into(),
            experience,
            language,
        })
    }

    /// A phrase in the reader's language.
    pub(crate) fn text(&self, key: &str) -> String {
        text(self.language, key)
    }

    /// Renders a page in the tenant's look.
    pub(crate) fn render<P: soleira_ui::Page>(&self, page: &P, application_name: Option<String>) -> Page {
        let experience = &self.experience;
        let branding = &experience.branding;
        let dark = experience.color.is_dark_mode_enabled;
        let look = Look {
            theme: if dark { Theme::System } else { Theme::Light },
            brand: Brand::new(
                &experience.color.primary_color,
                Some(&experience.color.dark_primary_color),
            ),
            custom_css: experience.custom_css.clone(),
        };
        let frame = ExperienceFrame {
            application_name,
            logo_url: given(branding.logo_url.as_ref()),
            dark_logo_url: given(branding.dark_logo_url.as_ref()).filter(|_| dark),
            favicon_url: given(branding.favicon.as_ref()),
            dark_favicon_url: given(branding.dark_favicon.as_ref()),
            terms_url: given(experience.terms_of_use_url.as_ref()),
            privacy_url: given(experience.privacy_policy_url.as_ref()),
            languages: language::links(&self.path, &self.query, self.language),
            inert: false,
        };
        let images = [
            &frame.logo_url,
            &frame.dark_logo_url,
            &frame.favicon_url,
            &frame.dark_favicon_url,
        ];
        let images: Vec<String> = images.into_iter().flatten().cloned().collect();
        let view = View {
            language: self.language,
            phrases: Phrases::built_in().clone(),
            look,
            frame: frame.into(),
        };
        images
            .iter()
            .fold(Page::new(&self.ctx, view, page), |page, image| page.shows_image(image))
    }

    /// The page that says what is in the way.
    pub(crate) fn error_page(&self, error: &Error, start_again: Option<String>) -> Response {
        if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
            return Failure::from(error.clone()).into_response();
        }
        let page = ErrorPage {
            title: self.text("experience.error.title"),
            message: message::of(self.language, error),
            advice: None,
            code: Some(error.code().as_str().to_owned()),
            request_id: self.ctx.request_id().to_owned(),
            start_again_href: start_again,
        };
        self.render(&page, None).status(status(error)).into_response()
    }
}

/// A setting that is a text; an empty one counts as none.
fn given(text: Option<&String>) -> Option<String> {
    text.filter(|text| !text.is_empty()).cloned()
}

/// The status of an error on a page.
pub(crate) fn status(error: &Error) -> StatusCode {
    StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// A page of a sign-in that is under way.
pub(crate) struct Scene {
    pub(crate) stage: Stage,
    pub(crate) interaction: Interaction,
    /// The name of the application that waits.
    pub(crate) application_name: Option<String>,
    /// Where the sign-in leads in the end: the URI of the request, or the only one that the application has.
    redirect_uri: Option<String>,
}

impl std::ops::Deref for Scene {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.stage
    }
}

impl Scene {
    /// Opens the sign-in of this browser. Without one the reader is led to the page that explains it.
    pub(crate) async fn open(ctx: Context, query: PageQuery, path: impl Into<String>) -> Result<Self, Failure> {
        let browser = browser(&ctx);
        match interaction::load(&ctx, &browser, query.app_id.as_deref()).await {
            Ok(interaction) => Self::of(ctx, query, path, interaction).await,
            Err(error) if error.code() == Code::SessionNotFound => {
                Err(Failure::answer(no_session(&ctx, &query).await?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The scene of an interaction.
    pub(crate) async fn of(
        ctx: Context,
        mut query: PageQuery,
        path: impl Into<String>,
        interaction: Interaction,
    ) -> Result<Self, Failure> {
        query.app_id = Some(interaction.client_id().to_string());
        let client = applications::client(&ctx, interaction.client_id()).await?;
        let registered = client.as_ref().and_then(|client| {
            let uris = client.oidc_client_metadata.redirect_uris.as_slice();
            uris.first().filter(|_| uris.len() == 1).cloned()
        });
        // Who describes themself by a document is called by the host that vouches for it: the name in it is their own word.
        let application_name = client
            .map(|client| client.name.clone())
            .or_else(|| client_document::host_of(interaction.client_id().as_str()));
        let stage = Stage::open(ctx, query, path).await?;
        Ok(Self {
            stage,
            redirect_uri: interaction.param("redirect_uri").map(str::to_owned).or(registered),
            interaction,
            application_name,
        })
    }

    /// The client that waits.
    pub(crate) fn app_id(&self) -> &str {
        self.interaction.client_id().as_str()
    }

    /// A page of this sign-in.
    pub(crate) fn page(&self, path: &str) -> String {
        query::page(path, self.app_id())
    }

    /// Where the sign-in stands.
    pub(crate) fn flow(&self) -> Option<&Flow> {
        self.interaction.record.flow.as_ref()
    }

    /// Renders a page whose forms may lead back to the application.
    pub(crate) fn show<P: soleira_ui::Page>(&self, page: &P) -> Page {
        let page = self.stage.render(page, self.application_name.clone());
        match &self.redirect_uri {
            Some(redirect_uri) => page.leads_to(redirect_uri),
            None => page,
        }
    }

    /// The page that says what is in the way of this sign-in, with the way to begin it anew.
    pub(crate) fn failed(&self, error: &Error) -> Response {
        self.error_page(error, Some(self.interaction.restart_path()))
    }

    /// The social providers that the tenant offers, as buttons.
    pub(crate) async fn providers(&self, event: Event) -> Result<Vec<ProviderButton>, Failure> {
        let offered = interaction::offered_providers(&self.ctx, &self.experience).await?;
        Ok(offered.iter().map(|provider| self.button(provider, event)).collect())
    }

    fn button(&self, provider: &Provider, event: Event) -> ProviderButton {
        let fallback = match event {
            Event::SignIn | Event::ForgotPassword => None,
            Event::Register => Some("register".to_owned()),
        };
        let query = PageQuery {
            app_id: Some(self.app_id().to_owned()),
            fallback,
            ..PageQuery::default()
        };
        ProviderButton {
            name: provider.name(self.language),
            logo: provider.logo(),
            dark_logo: provider.dark_logo(),
            href: query.on(&format!("/direct/social/{}", encoded(&provider.target))),
        }
    }

    /// How people agree to the terms on a page.
    pub(crate) fn agreement(&self, event: Event) -> Agreement {
        match (self.experience.agree_to_terms_policy, event) {
            (_, Event::ForgotPassword) | (AgreeToTermsPolicy::ManualRegistrationOnly, Event::SignIn) => Agreement::None,
            (AgreeToTermsPolicy::Automatic, _) => Agreement::Implied,
            (AgreeToTermsPolicy::ManualRegistrationOnly, Event::Register) | (AgreeToTermsPolicy::Manual, _) => {
                Agreement::Asked
            }
        }
    }

    /// What is wrong with the agreement, where it is asked for by a tick and there is something to agree to.
    pub(crate) fn agreement_error(&self, event: Event, agreed: Option<&str>) -> Option<String> {
        let experience = &self.experience;
        let has_documents = given(experience.terms_of_use_url.as_ref()).is_some()
            || given(experience.privacy_policy_url.as_ref()).is_some();
        (self.agreement(event) == Agreement::Asked && has_documents && agreed != Some("yes"))
            .then(|| self.text("experience.agreement.needed"))
    }
}

/// A part of a path.
pub(crate) fn encoded(text: &str) -> String {
    soleira_web::cookies::encode(text)
}

/// What this browser carries.
pub(crate) fn browser(ctx: &Context) -> Browser {
    Browser::read(|name| ctx.cookies().signed(name))
}

/// The answer to who has no sign-in under way: the address that the tenant names for it, else the page that explains it.
pub(crate) async fn no_session(ctx: &Context, query: &PageQuery) -> Result<Response, Failure> {
    let experience = interaction::settings(ctx).await?;
    if let Some(url) = given(experience.unknown_session_redirect_url.as_ref()) {
        return Ok(found(&url));
    }
    let query = PageQuery {
        app_id: query.app_id.clone(),
        locale: query.locale.clone(),
        ..PageQuery::default()
    };
    Ok(see_other(&query.on("/unknown-session")))
}

/// Leads on with 303: whatever was sent is not sent again (RFC 9700 §4.12).
pub(crate) fn see_other(location: &str) -> Response {
    redirect(StatusCode::SEE_OTHER, location)
}

/// Leads on with 302, as the hops without a page do on the wire.
pub(crate) fn found(location: &str) -> Response {
    redirect(StatusCode::FOUND, location)
}

fn redirect(status: StatusCode, location: &str) -> Response {
    match HeaderValue::try_from(location) {
        Ok(location) => (status, [(header::LOCATION, location)]).into_response(),
        Err(_) => Failure::from(Error::internal("an address cannot stand in a header")).into_response(),
    }
}
