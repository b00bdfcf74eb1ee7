//! Logout tokens for the applications of a session that has ended (OpenID Connect Back-Channel Logout 1.0 §2.5).

use super::LeftSession;
use crate::{clients, keys};
use soleira_connect::Request;
use soleira_core::{EntropyExt, Error, Result, UserId};
use soleira_crypto::jws;
use soleira_oauth::claims;
use soleira_oauth::logout::{LogoutToken, TOKEN_TYPE};
use soleira_runtime::Ctx;
use soleira_store::sessions::SessionClientRow;
use std::time::Duration;
use url::Url;

/// How long an application may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What it answers does not matter.
const ANSWER_BYTES: usize = 16 * 1024;

/// Tells every application of the session that asked for it, on tasks that shutting down waits for. A failure is logged
/// and changes nothing: the person is signed out.
pub(super) fn tell(ctx: &Ctx, left: LeftSession) {
    let Some(user) = left.user_id else { return };
    for session in left.clients {
        let (ctx, user) = (ctx.clone(), user.clone());
        let tasks = ctx.app.tasks.clone();
        tasks.spawn(async move {
            if let Err(error) = tell_one(&ctx, &user, &session).await {
                let client = session.client_id.as_str();
                tracing::warn!(request = ctx.request.id, client, %error, "an application did not take a logout token");
            }
        });
    }
}

async fn tell_one(ctx: &Ctx, user: &UserId, session: &SessionClientRow) -> Result<()> {
    // A client that is gone, or never asked, is not told.
    let Some(client) = clients::find(ctx, session.client_id.as_str()).await? else {
        return Ok(());
    };
    let Some(address) = client.backchannel_logout_uri() else {
        return Ok(());
    };
    let address = Url::parse(address).map_err(Error::internal)?;
    let keys = keys::of(ctx).await?;
    let token = LogoutToken {
        issuer: &ctx.tenant.issuer,
        audience: client.id.as_str(),
        issued_at: ctx.now(),
        jti: ctx.entropy().opaque(),
        subject: claims::subject_for(user, &client),
        sid: client.wants_sid().then_some(session.sid.as_str()),
    };
    let token = jws::sign(&keys.signing, Some(TOKEN_TYPE), &token.into_payload()).map_err(Error::internal)?;
    let request = Request::post(address)
        .form([("logout_token", token.as_str())])
        .timeout(PATIENCE)
        .max_body(ANSWER_BYTES);
    let response = ctx.app.http.send(request).await.map_err(Error::unavailable)?;
    match response.status() {
        200 | 204 => Ok(()),
        status => Err(Error::unavailable(format!("it answered {status}"))),
    }
}
