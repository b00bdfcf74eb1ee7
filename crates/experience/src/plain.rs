//! Pages beside a sign-in: what this address is, a sign-in that ended, an account that is suspended.

use crate::query::{self, PageQuery};
use crate::scene::{Stage, browser};
use axum::response::IntoResponse;
use http::StatusCode;
use soleira_access::interaction::{self, Interaction};
use soleira_directory::applications;
use soleira_ui::pages::experience::{AccountSuspendedPage, RootPage, UnknownSessionPage};
use soleira_web::{Context, Failure, Query, Result};
use url::{Host, Url};

/// `/`: what this address is, for who opens it in a browser.
pub(crate) async fn root(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let stage = Stage::open(ctx, query, "/").await?;
    // Who sits at the machine may be shown the way to its Console; nobody else is told of it.
    let console = stage
        .ctx
        .app
        .admin_tenant()
        .filter(|admin| is_loopback(&admin.endpoint));
    let page = RootPage {
        issuer: stage.ctx.tenant.issuer.clone(),
        discovery_href: "/oidc/.well-known/openid-configuration".to_owned(),
        console_href: console.map(|admin| admin.url("/console")),
    };
    Ok(stage.render(&page, None).into_response())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// `/unknown-session`: there is nothing to sign in to. The same request can be begun once more where it is known.
pub(crate) async fn unknown_session(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let known = interaction::last_known(&ctx, &browser(&ctx), query.app_id.as_deref()).await?;
    let known = known.filter(|known| {
        query
            .app_id
            .as_deref()
            .is_none_or(|app_id| app_id == known.client_id().as_str())
    });
    let stage = Stage::open(ctx, query, "/unknown-session").await?;
    let application = application(&stage, known.as_ref()).await?;
    let page = UnknownSessionPage {
        start_again_href: known.as_ref().map(Interaction::restart_path),
        application_href: application.as_ref().and_then(|(_, home)| home.clone()),
    };
    let name = application.map(|(name, _)| name);
    Ok(stage
        .render(&page, name)
        .status(StatusCode::BAD_REQUEST)
        .into_response())
}

/// The name of the application that is meant, and where it lives: the origin that people come back to.
async fn application(
    stage: &Stage,
    known: Option<&Interaction>,
) -> std::result::Result<Option<(String, Option<String>)>, Failure> {
    let id = known
        .map(|known| known.client_id().clone())
        .or_else(|| Some(stage.query.app_id.as_deref()?.into()));
    let Some(id) = id else { return Ok(None) };
    let Some(client) = applications::client(&stage.ctx, &id).await? else {
        return Ok(None);
    };
    let home = client.oidc_client_metadata.redirect_uris.iter().find_map(|uri| {
        let url = Url::parse(uri).ok()?;
        matches!(url.scheme(), "http" | "https").then(|| url.origin().ascii_serialization())
    });
    Ok(Some((client.name.clone(), home)))
}

/// `/account-suspended`.
pub(crate) async fn account_suspended(ctx: Context, Query(query): Query<PageQuery>) -> Result {
    let under_way = interaction::load(&ctx, &browser(&ctx), query.app_id.as_deref())
        .await
        .ok();
    let stage = Stage::open(ctx, query, "/account-suspended").await?;
    let experience = &stage.experience;
    let page = AccountSuspendedPage {
        support_email: experience.support_email.clone().filter(|email| !email.is_empty()),
        support_href: experience.support_website_url.clone().filter(|url| !url.is_empty()),
        sign_in_href: under_way.map(|interaction| query::page("/sign-in", interaction.client_id().as_str())),
    };
    Ok(stage.render(&page, None).status(StatusCode::FORBIDDEN).into_response())
}
