//! The Console around a page: who is signed in, the tenant that is managed, the frame, and how actions end.

use crate::address::see_other;
use crate::notice;
use crate::preferences::Preferences;
use axum::extract::{FromRequestParts, Request};
use axum::handler::Handler;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use soleira_core::model::User;
use soleira_core::{Code, Error};
use soleira_phrases::{Language, Phrases};
use soleira_runtime::{Ctx, tenant};
use soleira_ui::pages::console::ErrorPage;
use soleira_ui::{ConsoleFrame, Frame, Look, NavigationGroup, NavigationItem, Notice, UserMenu};
use soleira_web::{Context, Failure, Page, View, Web};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// The operator of a request, as the gate found them.
#[derive(Debug, Clone)]
pub(crate) struct Operator(pub(crate) Arc<User>);

/// A request of an operator.
#[derive(Debug, Clone)]
pub(crate) struct Console {
    /// The request, at the admin tenant.
    pub(crate) ctx: Context,
    /// The tenant that is managed, with the operator as the actor.
    pub(crate) managed: Ctx,
    operator: Arc<User>,
    preferences: Preferences,
    path: String,
    here: String,
}

impl FromRequestParts<Web> for Console {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let ctx = Context::from_request_parts(parts, web).await?;
        // Only the gate puts the operator there.
        let Some(Operator(operator)) = parts.extensions.get::<Operator>().cloned() else {
            return Err(Code::AuthUnauthorized.into());
        };
        let managed = ctx.app.tenant(tenant::DEFAULT).cloned();
        let managed = managed.ok_or_else(|| Error::internal("there is no tenant to manage"))?;
        Ok(Self {
            managed: ctx.of(managed),
            preferences: Preferences::read(&ctx, &parts.uri),
            operator,
            path: parts.uri.path().to_owned(),
            here: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            ctx,
        })
    }
}

/// What an identifier of a person comes down to: whatever they are best known by.
pub(crate) fn name_of(user: &User) -> String {
    let known = [&user.name, &user.username, &user.primary_email, &user.primary_phone];
    let known = known.into_iter().flatten().find(|text| !text.is_empty());
    known.map_or_else(|| user.id.to_string(), Clone::clone)
}

/// The sections: phrase, icon, address, and further addresses that belong to it.
type Section = (&'static str, &'static str, &'static str, &'static [&'static str]);
const NAVIGATION: &[(&str, &[Section])] = &[
    (
        "console.navigation.overview",
        &[("console.navigation.get_started", "rocket", "/console/get-started", &[])],
    ),
    (
        "console.navigation.authentication",
        &[
            (
                "console.navigation.applications",
                "application",
                "/console/applications",
                &["/console/guides"],
            ),
            (
                "console.navigation.sign_in_experience",
                "sign-in-experience",
                "/console/sign-in-experience",
                &[],
            ),
            ("console.navigation.connectors", "connector", "/console/connectors", &[]),
        ],
    ),
    (
        "console.navigation.people",
        &[("console.navigation.users", "user", "/console/users", &[])],
    ),
];

fn navigation(path: &str) -> Vec<NavigationGroup> {
    let within = |place: &str| {
        path.strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    NAVIGATION
        .iter()
        .map(|(phrase, sections)| NavigationGroup {
            phrase,
            items: sections
                .iter()
                .map(|(phrase, icon, href, more)| NavigationItem {
                    phrase,
                    icon,
                    href,
                    current: within(href) || more.iter().any(|place| within(place)),
                })
                .collect(),
        })
        .collect()
}

impl Console {
    /// The reader's language.
    pub(crate) fn language(&self) -> Language {
        self.preferences.language
    }

    /// The reader's theme.
    pub(crate) fn theme(&self) -> soleira_ui::Theme {
        self.preferences.theme
    }

    /// A phrase.
    pub(crate) fn text(&self, key: &str) -> String {
        Phrases::built_in().text(self.language(), key)
    }

    /// A phrase about something.
    pub(crate) fn say(&self, key: &str, name: &str, value: &str) -> String {
        Phrases::built_in().get(self.language(), key, &[(name, value)])
    }

    /// A page in the Console's frame, with what the last action has to tell.
    pub(crate) fn show<P: soleira_ui::Page>(&self, page: &P) -> Page {
        self.show_with(page, None)
    }

    /// A page in the Console's frame, with something to say above it.
    pub(crate) fn show_with<P: soleira_ui::Page>(&self, page: &P, notice: Option<Notice>) -> Page {
        let told = notice::take(&self.ctx, self.language());
        let frame = ConsoleFrame {
            tenant: self.managed.tenant.id.to_string(),
            navigation: navigation(&self.path),
            user: self.user_menu(),
            here: self.here.clone(),
            notice: notice.or(told),
        };
        let view = View {
            language: self.language(),
            phrases: Phrases::built_in().clone(),
            look: Look {
                theme: self.theme(),
                ..Look::default()
            },
            frame: Frame::from(frame),
        };
        Page::new(&self.ctx, view, page)
    }

    fn user_menu(&self) -> UserMenu {
        let name = name_of(&self.operator);
        UserMenu {
            detail: self.operator.username.clone().filter(|username| *username != name),
            name,
            preferences_action: "/console/preferences".to_owned(),
            sign_out_action: "/console/sign-out".to_owned(),
            languages: Language::BUILT_IN
                .iter()
                .map(|language| (language.tag(), language.native_name()))
                .collect(),
        }
    }

    /// Ends an action: the next page says `phrase` about the thing of that name.
    pub(crate) fn done(&self, location: &str, phrase: &str, name: &str) -> Response {
        notice::leave(&self.ctx, phrase, name);
        see_other(location)
    }

    /// The page of a failure, in the frame.
    fn failed(&self, failure: Failure) -> Response {
        let Some(explanation) = failure.explain(&self.ctx, self.language()) else {
            return failure.into_response();
        };
        let page = ErrorPage {
            title: explanation.title,
            message: explanation.message,
            advice: Some(explanation.advice),
            code: explanation.code.map(str::to_owned),
            request_id: self.ctx.request_id().to_owned(),
            back_href: self.section().to_owned(),
        };
        self.show(&page).status(explanation.status).into_response()
    }

    /// The first page of the section that this request belongs to.
    fn section(&self) -> &'static str {
        let groups = navigation(&self.path);
        let current = groups.iter().flat_map(|group| &group.items).find(|item| item.current);
        current
            .filter(|item| item.href != self.path)
            .map_or("/console", |item| item.href)
    }
}

/// A handler whose failures are pages in the Console's frame.
#[derive(Debug, Clone)]
pub(crate) struct InFrame<H>(pub(crate) H);

/// Marks what [`InFrame`] takes, apart from what the handler takes itself.
#[derive(Debug)]
pub(crate) struct Framed<T>(std::marker::PhantomData<T>);

impl<H: Handler<T, Web>, T: 'static> Handler<Framed<T>, Web> for InFrame<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, web: Web) -> Self::Future {
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let console = match Console::from_request_parts(&mut parts, &web).await {
                Ok(console) => console,
                Err(failure) => return failure.into_response(),
            };
            let mut response = self.0.call(Request::from_parts(parts, body), web).await;
            match Failure::take(&mut response) {
                Some(failure) => console.failed(failure),
                None => response,
            }
        })
    }
}

/// `GET /console/…` of what does not exist.
pub(crate) async fn not_found(_: Console) -> Failure {
    Failure::http(http::StatusCode::NOT_FOUND, "Not Found")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_belongs_to_one_section() {
        for (path, href) in [
            ("/console/get-started", "/console/get-started"),
            ("/console/guides", "/console/applications"),
            ("/console/applications/abc/guide", "/console/applications"),
            ("/console/users/create", "/console/users"),
        ] {
            let groups = navigation(path);
            let current: Vec<&str> = groups
                .iter()
                .flat_map(|group| &group.items)
                .filter(|item| item.current)
                .map(|item| item.href)
                .collect();
            assert_eq!(current, [href], "{path}");
        }
        assert!(
            navigation("/console/usersx")
                .iter()
                .flat_map(|group| &group.items)
                .all(|item| !item.current)
        );
    }
}
