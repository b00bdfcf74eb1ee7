//! The face of OAuth 2.0 and OpenID Connect: everything under `/oidc` (docs/wire/authorization.md, docs/wire/tokens.md).

mod answer;
mod authorization;
mod device;
mod metadata;
mod session;
mod token;
mod userinfo;

use soleira_web::{Access, Cors, Face, Routes};

/// Bytes that a request body may have.
const BODY_LIMIT: usize = 56 * 1024;

/// The routes of the face.
pub fn routes() -> Routes {
    Routes::new(Face::Oidc)
        .cors(Cors::Open)
        .get(
            "/oidc/.well-known/openid-configuration",
            Access::Anyone,
            metadata::discovery,
        )
        .get(
            "/oidc/.well-known/oauth-authorization-server",
            Access::Anyone,
            metadata::discovery,
        )
        // RFC 8414 §3.1: the well-known part between the host and the path of the issuer.
        .get(
            "/.well-known/openid-configuration/oidc",
            Access::Anyone,
            metadata::discovery,
        )
        .get(
            "/.well-known/oauth-authorization-server/oidc",
            Access::Anyone,
            metadata::discovery,
        )
        .get("/oidc/jwks", Access::Anyone, metadata::jwks)
        .cors(Cors::Client)
        .post("/oidc/token", Access::Client, token::token)
        .post("/oidc/token/introspection", Access::Client, token::introspect)
        .post("/oidc/token/revocation", Access::Client, token::revoke)
        .post("/oidc/request", Access::Client, token::push)
        .post("/oidc/device/auth", Access::Client, token::authorize_device)
        .get("/oidc/me", Access::Bearer, userinfo::get)
        .post("/oidc/me", Access::Bearer, userinfo::post)
        .cors(Cors::None)
        .get("/oidc/auth", Access::Session, authorization::get)
        .post("/oidc/auth", Access::Session, authorization::post)
        .get("/oidc/auth/{uid}", Access::Session, authorization::resume)
        .get("/oidc/device", Access::Session, device::open)
        .post("/oidc/device", Access::Session, device::submit)
        .get("/oidc/device/{uid}", Access::Session, device::resume)
        .get("/oidc/session/end", Access::Session, session::get)
        .post("/oidc/session/end", Access::Session, session::post)
        .post("/oidc/session/end/confirm", Access::Session, session::confirm)
        .get("/oidc/session/end/success", Access::Anyone, session::success)
}
