//! The hosted pages: signing in, registering, coming back from a provider, and what is shown when something is in the
//! way. Every page works without scripts; every form is answered by a redirect, or by itself with what is wrong. Beside
//! them, in [`api`], the same steps as JSON.

pub mod api;
mod callback;
mod consent;
mod continue_password;
mod continue_username;
mod device;
mod direct;
mod language;
mod link;
mod message;
mod outcome;
mod plain;
mod query;
mod register;
mod scene;
mod sign_in;
mod social_link;

use soleira_web::{Access, Face, Routes};

/// The routes of the hosted pages and of the API behind pages of one's own.
pub fn routes() -> Routes {
    pages().merge(api::routes()).merge(consent::api_routes())
}

fn pages() -> Routes {
    let routes = Routes::new(Face::Pages)
        .get("/", Access::Anyone, plain::root)
        .get("/sign-in", Access::Interaction, sign_in::show)
        .post("/sign-in", Access::Interaction, sign_in::submit)
        .get("/register", Access::Interaction, register::show)
        .post("/register", Access::Interaction, register::submit)
        .get("/direct/{method}/{target}", Access::Interaction, direct::start)
        .get("/callback/{connector_id}", Access::Interaction, callback::receive)
        .post("/callback/{connector_id}", Access::Anyone, callback::bounce)
        .get("/social/link/{connector_id}", Access::Interaction, social_link::show)
        .post("/social/link/{connector_id}", Access::Interaction, social_link::submit)
        .post(
            "/social/register/{connector_id}",
            Access::Interaction,
            social_link::register,
        )
        .get("/continue/username", Access::Interaction, continue_username::show)
        .post("/continue/username", Access::Interaction, continue_username::submit)
        .get("/continue/password", Access::Interaction, continue_password::show)
        .post("/continue/password", Access::Interaction, continue_password::submit)
        .get("/one-time-token", Access::Interaction, link::show)
        .post("/one-time-token", Access::Interaction, link::submit)
        .get("/one-time-token/error", Access::Interaction, link::show)
        .get("/switch-account", Access::Interaction, link::ask_account)
        .post("/switch-account", Access::Interaction, link::switch_account)
        .get("/consent", Access::Interaction, consent::show)
        .post("/consent", Access::Interaction, consent::submit)
        .get("/device", Access::Anyone, device::show)
        .get("/device/success", Access::Anyone, device::success)
        .get("/unknown-session", Access::Anyone, plain::unknown_session)
        .get("/account-suspended", Access::Anyone, plain::account_suspended);
    // First screens and further steps that have no page of their own lead to the one that does their work.
    let routes = [
        "/sign-in/password",
        "/identifier-sign-in",
        "/single-sign-on",
        "/reset-password",
        "/forgot-password",
    ]
    .into_iter()
    .fold(routes, |routes, path| {
        routes.get(path, Access::Anyone, direct::to_sign_in)
    });
    ["/register/password", "/identifier-register"]
        .into_iter()
        .fold(routes, |routes, path| {
            routes.get(path, Access::Anyone, direct::to_register)
        })
}
