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
    let device = kind == ApplicationType::Native;
    let uris: Vec<String> = if device { Vec::new() } else { vec![tenant.url(path)] };
    Some(Application {
        tenant_id: tenant.id.clone(),
        id: id.clone(),
        name: name.to_owned(),
        description: None,
        kind,
        oidc_client_metadata: OidcClientMetadata {
            redirect_uris: uris.clone(),
            post_logout_redirect_uris: uris,
            ..OidcClientMetadata::default()
        },
        custom_client_metadata: CustomClientMetadata {
            is_device_flow: device.then_some(true),
            ..CustomClientMetadata::default()
        },
        protected_app_metadata: None,
        custom_data: Map::new(),
        is_third_party: false,
        app_level_access_control_enabled: false,
        created_at: Timestamp(0),
    })
}
