//! The routers: every face that a tenant has, behind its listener's address.

use crate::gates;
use axum::Router;
use soleira_runtime::{App, Tenant};
use soleira_ui::Renderer;
use soleira_web::{Listener, Names, Routes, TrustedProxies, Web};
use std::sync::{Arc, LazyLock};

/// What a router knows of its surroundings beyond the tenant.
#[derive(Debug, Clone, Default)]
pub struct RouterOptions {
    /// Who may speak for a client.
    pub proxies: TrustedProxies,
    /// Further names under which the listener answers.
    pub hosts: Vec<String>,
}

/// Templates are compiled once, whichever listener shows them first.
static RENDERER: LazyLock<Arc<Renderer>> = LazyLock::new(|| Arc::new(Renderer::new()));

/// The routes of a tenant. The Console is on the admin tenant only, and its `/` takes the place of the sign-in pages'.
pub fn routes(tenant: &Tenant) -> Routes {
    let routes = soleira_web::routes()
        .merge(soleira_oidc::routes())
        .merge(soleira_experience::routes())
        .merge(soleira_management::routes());
    if tenant.is_admin() {
        routes.merge(soleira_console::routes())
    } else {
        routes
    }
}

/// The router of a tenant's listener, with nobody trusted to speak for a client.
pub fn router(app: Arc<App>, tenant: Arc<Tenant>) -> Router {
    router_with(app, tenant, RouterOptions::default())
}

/// The router of a tenant's listener.
pub fn router_with(app: Arc<App>, tenant: Arc<Tenant>, options: RouterOptions) -> Router {
    let console_origins = app.admin_tenant().map(|admin| {
        admin
            .origins
            .iter()
            .map(|url| url.origin().ascii_serialization())
            .collect()
    });
    let names = Names::new(&tenant.origins, options.hosts.iter().map(String::as_str));
    let routes = routes(&tenant);
    routes.into_router(Web::new(Listener {
        names,
        endpoint_setting: if tenant.is_admin() {
            "ADMIN_ENDPOINT"
        } else {
            "ENDPOINT"
        },
        proxies: options.proxies,
        console_origins: console_origins.unwrap_or_default(),
        renderer: Arc::clone(&RENDERER),
        cookie_keys: Arc::new(gates::cookie_keys),
        gates: gates::gates(),
        app,
        tenant,
    }))
}
