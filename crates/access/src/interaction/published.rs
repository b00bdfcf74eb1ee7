//! How a tenant's people sign in, as pages of one's own read it before anybody is known
//! (docs/wire/experience.md, "What pages read first").

use super::providers::offered_providers;
use super::settings;
use serde_json::{Map, Value, json};
use soleira_core::model::{Branding, ConnectorType, ForgotPasswordMethod, OrganizationColor, SignInExperience};
use soleira_core::{ApplicationId, Error, OrganizationId, Result};
use soleira_directory::applications;
use soleira_runtime::Ctx;
use soleira_store::{connectors, organizations};

/// Settings that pages need not know.
const WITHHELD: [&str; 2] = ["emailBlocklistPolicy", "forgotPasswordMethods"];

/// The tenant's sign-in experience with what follows from its connectors; an application of the tenant's own and an
/// organization put their looks in its place. Unknown ones change nothing.
///
/// # Errors
/// When it cannot be read.
pub async fn published_settings(
    ctx: &Ctx,
    application: Option<&ApplicationId>,
    organization: Option<&OrganizationId>,
) -> Result<Value> {
    let experience = settings(ctx).await?;
    let mut shown = match serde_json::to_value(&*experience).map_err(Error::internal)? {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for name in WITHHELD {
        shown.shift_remove(name);
    }
    if let Some(id) = application
        && let Some(client) = applications::client(ctx, id).await?
        && !client.is_third_party
        && let Some(presentation) = applications::presentation(ctx, id).await?
    {
        let css = presentation.custom_css.as_deref();
        dress(&mut shown, &presentation.color, &presentation.branding, css);
    }
    if let Some(id) = organization {
        let found = organizations::find(&mut ctx.read().await?.tx(), &ctx.tenant.id, id).await?;
        if let Some(found) = found {
            dress(&mut shown, &found.color, &found.branding, found.custom_css.as_deref());
        }
    }
    let providers = offered_providers(ctx, &experience).await?;
    let providers: Vec<Value> = providers.iter().map(super::Provider::to_wire).collect();
    let channels = channels(ctx).await?;
    let recovers = |method, has_sender| has_sender && offers(&experience, method);
    for (name, value) in [
        ("socialConnectors", json!(providers)),
        ("ssoConnectors", json!([])),
        (
            "forgotPassword",
            json!({
                "phone": recovers(ForgotPasswordMethod::PhoneVerificationCode, channels.sms),
                "email": recovers(ForgotPasswordMethod::EmailVerificationCode, channels.email),
            }),
        ),
        ("isDevelopmentTenant", json!(false)),
        ("customProfileFields", json!([])),
        ("customProfileFieldCatalog", json!([])),
    ] {
        shown.insert(name.to_owned(), value);
    }
    Ok(Value::Object(shown))
}

/// Whether a forgotten password may be replaced so. Without a setting both kinds of code do.
fn offers(experience: &SignInExperience, method: ForgotPasswordMethod) -> bool {
    let offered = experience.forgot_password_methods.as_ref();
    offered.is_none_or(|offered| offered.iter().any(|name| name == method.as_str()))
}

/// Puts a look in the place of the tenant's, as far as it is given.
fn dress(shown: &mut Map<String, Value>, color: &OrganizationColor, branding: &Branding, css: Option<&str>) {
    for (name, look) in [("color", json!(color)), ("branding", json!(branding))] {
        if let (Some(Value::Object(place)), Value::Object(look)) = (shown.get_mut(name), look) {
            place.extend(look);
        }
    }
    if let Some(css) = css {
        shown.insert("customCss".to_owned(), json!(css));
    }
}

/// What can carry messages.
#[derive(Debug, Clone, Copy)]
struct Channels {
    email: bool,
    sms: bool,
}

/// The channels for which the tenant has a connector, from the cache.
async fn channels(ctx: &Ctx) -> Result<Channels> {
    let found = ctx
        .cached("message_channels", &ctx.tenant.id, |tenant, tx| {
            Box::pin(async move {
                let rows = connectors::all(tx, tenant).await?;
                let has = |kind| rows.iter().any(|row| row.kind == connectors::type_name(kind));
                Ok(Channels {
                    email: has(ConnectorType::Email),
                    sms: has(ConnectorType::Sms),
                })
            })
        })
        .await?;
    Ok(*found)
}
