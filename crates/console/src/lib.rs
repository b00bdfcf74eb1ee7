//! The Console: the pages on which an administrator manages a tenant, on the admin tenant's listener only. Handlers
//! call the use cases that the Management API has, with the managed tenant's context and the operator as the actor.

mod address;
mod application;
mod applications;
mod connector;
mod connectors;
mod console;
mod guide;
mod guides;
mod lists;
mod notice;
mod preferences;
mod preview;
mod problems;
mod session;
mod shown_once;
mod sign_in_experience;
mod start;
mod user;
mod users;
mod welcome;

pub use session::gate;

use console::InFrame;
use soleira_web::{Access, Face, Routes};

/// The Console's routes. Whatever an operator sees fails in the Console's frame.
pub fn routes() -> Routes {
    use Access::{Anyone, Operator};
    Routes::new(Face::Pages)
        .get("/", Anyone, session::root)
        .get("/console", Anyone, session::first_page)
        .get("/console/welcome", Anyone, welcome::show)
        .post("/console/welcome", Anyone, welcome::create)
        .get("/console/sign-in", Anyone, session::sign_in)
        .get("/console/callback", Anyone, session::callback)
        .post("/console/sign-out", Anyone, session::sign_out)
        .post("/console/preferences", Anyone, preferences::save)
        .get("/console/get-started", Operator, InFrame(start::get_started))
        .get("/console/guides", Operator, InFrame(start::library))
        .get("/console/applications", Operator, InFrame(applications::list))
        .get("/console/applications/create", Operator, InFrame(applications::form))
        .post("/console/applications/create", Operator, InFrame(applications::create))
        .get("/console/applications/{id}", Operator, InFrame(application::show))
        .post("/console/applications/{id}", Operator, InFrame(application::save))
        .get("/console/applications/{id}/guide", Operator, InFrame(guide::show))
        .post("/console/applications/{id}/guide", Operator, InFrame(guide::save))
        .get(
            "/console/applications/{id}/secrets",
            Operator,
            InFrame(application::to_page),
        )
        .post(
            "/console/applications/{id}/secrets",
            Operator,
            InFrame(application::add_secret),
        )
        .get(
            "/console/applications/{id}/secrets/delete",
            Operator,
            InFrame(application::ask_to_delete_secret),
        )
        .post(
            "/console/applications/{id}/secrets/delete",
            Operator,
            InFrame(application::delete_secret),
        )
        .get(
            "/console/applications/{id}/delete",
            Operator,
            InFrame(applications::ask_to_delete),
        )
        .post(
            "/console/applications/{id}/delete",
            Operator,
            InFrame(applications::delete),
        )
        .get("/console/connectors", Operator, InFrame(connectors::list))
        .get("/console/connectors/create", Operator, InFrame(connectors::picker))
        .get(
            "/console/connectors/create/{factory}",
            Operator,
            InFrame(connectors::begin),
        )
        .get(
            "/console/connectors/create/{factory}/{id}",
            Operator,
            InFrame(connector::set_up),
        )
        .post(
            "/console/connectors/create/{factory}/{id}",
            Operator,
            InFrame(connector::create),
        )
        .get("/console/connectors/{id}", Operator, InFrame(connector::show))
        .post("/console/connectors/{id}", Operator, InFrame(connector::save))
        .get(
            "/console/connectors/{id}/delete",
            Operator,
            InFrame(connectors::ask_to_delete),
        )
        .post("/console/connectors/{id}/delete", Operator, InFrame(connectors::delete))
        .get(
            "/console/sign-in-experience",
            Operator,
            InFrame(sign_in_experience::show),
        )
        .post(
            "/console/sign-in-experience",
            Operator,
            InFrame(sign_in_experience::save),
        )
        .post(
            "/console/sign-in-experience/preview",
            Operator,
            InFrame(sign_in_experience::show_preview),
        )
        .get("/console/users", Operator, InFrame(users::list))
        .get("/console/users/create", Operator, InFrame(users::form))
        .post("/console/users/create", Operator, InFrame(users::create))
        .get("/console/users/{id}", Operator, InFrame(user::show))
        .post("/console/users/{id}", Operator, InFrame(user::save))
        .get(
            "/console/users/{id}/password",
            Operator,
            InFrame(user::ask_for_password),
        )
        .post("/console/users/{id}/password", Operator, InFrame(user::set_password))
        .get(
            "/console/users/{id}/password/shown",
            Operator,
            InFrame(users::show_password),
        )
        .get("/console/users/{id}/suspension", Operator, InFrame(user::to_page))
        .post("/console/users/{id}/suspension", Operator, InFrame(user::suspend))
        .get("/console/users/{id}/delete", Operator, InFrame(users::ask_to_delete))
        .post("/console/users/{id}/delete", Operator, InFrame(users::delete))
        .get("/console/{*path}", Operator, InFrame(console::not_found))
}
