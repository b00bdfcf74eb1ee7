//! Applications that every tenant has without a row. They can be read by identifier, and neither listed nor changed.

use serde_json::Map;
use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_core::{ApplicationId, Timestamp};
use soleira_runtime::Tenant;

/// The built-in application of this identifier.
pub(super) fn find(tenant: &Tenant, id: &ApplicationId) -> Option<Application> {
    let (name, kind, path) = match id.as_str() {
        "demo-app" => ("Live Preview", ApplicationType::Spa, "/demo-app"),
        "account-center" => ("Account Center", ApplicationType::Spa, "/account"),
        "device-demo-app" => ("Device Flow Live Preview", ApplicationType::Native, "/device-demo-app"),
        _ => return None,
    };
    let is_device = kind == ApplicationType::Native;
    let origins = tenant.origins.iter().map(|url| url.origin().ascii_serialization());
    let uris: Vec<String> = origins.map(|origin| format!("{origin}{path}")).collect();
    Some(Application {
        tenant_id: tenant.id.clone(),
        id: id.clone(),
        name: name.to_owned(),
        description: None,
        kind,
        oidc_client_metadata: OidcClientMetadata {
            redirect_uris: if is_device { Vec::new() } else { uris.clone() },
            post_logout_redirect_uris: uris,
            ..OidcClientMetadata::default()
        },
        custom_client_metadata: CustomClientMetadata {
            is_device_flow: is_device.then_some(true),
            always_issue_refresh_token: (id.as_str() == "account-center").then_some(true),
            ..CustomClientMetadata::default()
        },
        protected_app_metadata: None,
        custom_data: Map::new(),
        is_third_party: false,
        app_level_access_control_enabled: false,
        created_at: Timestamp(0),
    })
}
