//! The description of this API (OpenAPI 3.0), made from the handlers.

use axum::Json;
use serde_json::{Value, json};
use soleira_web::{Access, Routes, openapi};
use std::sync::LazyLock;
use utoipa::OpenApi;

pub(crate) fn add(routes: Routes) -> Routes {
    routes.get("/api/swagger.json", Access::Anyone, swagger).get(
        "/api/.well-known/management.openapi.json",
        Access::Anyone,
        management,
    )
}

/// The description as JSON.
#[utoipa::path(get, path = "/api/swagger.json", operation_id = "GetSwaggerJson", tag = "Swagger.json", security(()),
    responses((status = 200, body = Object)))]
pub(crate) async fn swagger() -> Json<&'static Value> {
    Json(document())
}

/// The description of the Management API.
#[utoipa::path(get, path = "/api/.well-known/management.openapi.json",
    operation_id = "GetWellKnownManagementOpenapiJson", tag = "Well-known", security(()),
    responses((status = 200, body = Object)))]
pub(crate) async fn management() -> Json<&'static Value> {
    Json(document())
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Soleira Management API", version = env!("CARGO_PKG_VERSION"),
        description = "For administrators and their programs: a bearer token for the tenant's Management API with scope `all`."),
    security(("OAuth2" = ["all"])),
    components(schemas(crate::ErrorBody)),
    paths(
        crate::status::status, swagger, management,
        crate::applications::list, crate::applications::create, crate::applications::get, crate::applications::patch,
        crate::applications::delete, crate::applications::patch_custom_data, crate::applications::list_secrets,
        crate::applications::create_secret, crate::applications::rename_secret, crate::applications::delete_secret,
        crate::applications::delete_legacy_secret, crate::applications::list_application_roles,
        crate::applications::assign_application_roles, crate::applications::replace_application_roles,
        crate::applications::delete_application_role, crate::applications::get_access_control,
        crate::applications::put_access_control, crate::applications::get_application_sign_in_experience,
        crate::applications::put_application_sign_in_experience, crate::applications::list_consent_organizations,
        crate::applications::add_consent_organizations, crate::applications::replace_consent_organizations,
        crate::applications::delete_consent_organization, crate::consent_scopes::list_consent_scopes,
        crate::consent_scopes::add_consent_scopes, crate::consent_scopes::delete_consent_scope,
        crate::consent_scopes::list_cimd_consent_scopes, crate::consent_scopes::add_cimd_consent_scopes,
        crate::consent_scopes::delete_cimd_consent_scope, crate::configs::cimd, crate::configs::patch_cimd,
        crate::users::list, crate::users::create, crate::users::get, crate::users::patch, crate::users::delete,
        crate::users::patch_is_suspended, crate::users::get_custom_data, crate::users::patch_custom_data,
        crate::users::patch_profile, crate::users::patch_password, crate::users::patch_expiration,
        crate::users::verify_password, crate::users::has_password, crate::users::list_user_roles,
        crate::users::assign_user_roles, crate::users::replace_user_roles, crate::users::delete_user_role,
        crate::users::get_identity, crate::users::put_identity, crate::users::delete_identity,
        crate::users::create_identity, crate::users::all_identities, crate::users::list_sessions,
        crate::users::get_session, crate::users::delete_session, crate::users::list_grants, crate::users::delete_grant,
        crate::users::list_personal_access_tokens, crate::users::create_personal_access_token,
        crate::users::rename_personal_access_token, crate::users::delete_personal_access_token_by_body,
        crate::users::rename_personal_access_token_by_path, crate::users::delete_personal_access_token,
        crate::subject_tokens::create, crate::one_time_tokens::list_one_time_tokens,
        crate::one_time_tokens::create_one_time_token, crate::one_time_tokens::verify_one_time_token,
        crate::one_time_tokens::get_one_time_token, crate::one_time_tokens::put_one_time_token_status,
        crate::one_time_tokens::delete_one_time_token,
        crate::resources::list, crate::resources::create, crate::resources::get, crate::resources::patch,
        crate::resources::patch_is_default, crate::resources::delete, crate::resources::list_scopes,
        crate::resources::create_scope, crate::resources::patch_scope, crate::resources::delete_scope,
        crate::roles::list, crate::roles::create, crate::roles::get, crate::roles::patch, crate::roles::delete,
        crate::roles::list_role_scopes, crate::roles::assign_role_scopes, crate::roles::delete_role_scope,
        crate::roles::list_role_users, crate::roles::assign_role_users, crate::roles::delete_role_user,
        crate::roles::list_role_applications, crate::roles::assign_role_applications,
        crate::roles::delete_role_application,
        crate::organizations::list, crate::organizations::create, crate::organizations::get,
        crate::organizations::patch, crate::organizations::delete, crate::organizations::list_organization_users,
        crate::organizations::add_organization_users, crate::organizations::replace_organization_users,
        crate::organizations::assign_roles_to_users, crate::organizations::delete_organization_user,
        crate::organizations::list_organization_user_roles, crate::organizations::assign_organization_user_roles,
        crate::organizations::replace_organization_user_roles, crate::organizations::delete_organization_user_role,
        crate::organizations::list_organization_user_scopes, crate::organizations::list_user_organizations,
        crate::organizations::list_organization_applications, crate::organizations::add_organization_applications,
        crate::organizations::replace_organization_applications, crate::organizations::assign_roles_to_applications,
        crate::organizations::delete_organization_application,
        crate::organizations::list_organization_application_roles,
        crate::organizations::assign_organization_application_roles,
        crate::organizations::replace_organization_application_roles,
        crate::organizations::delete_organization_application_role,
        crate::organizations::list_application_organizations, crate::organizations::list_organization_roles,
        crate::organizations::create_organization_role, crate::organizations::get_organization_role,
        crate::organizations::patch_organization_role, crate::organizations::delete_organization_role,
        crate::organizations::list_organization_role_scopes, crate::organizations::add_organization_role_scopes,
        crate::organizations::replace_organization_role_scopes, crate::organizations::delete_organization_role_scope,
        crate::organizations::list_organization_role_resource_scopes,
        crate::organizations::add_organization_role_resource_scopes,
        crate::organizations::replace_organization_role_resource_scopes,
        crate::organizations::delete_organization_role_resource_scope,
        crate::organizations::list_organization_scopes, crate::organizations::create_organization_scope,
        crate::organizations::get_organization_scope, crate::organizations::patch_organization_scope,
        crate::organizations::delete_organization_scope,
        crate::connectors::factories, crate::connectors::factory, crate::connectors::list, crate::connectors::create,
        crate::connectors::get, crate::connectors::patch, crate::connectors::delete, crate::connectors::test,
        crate::connectors::authorization_uri,
        crate::sign_in_experience::get, crate::sign_in_experience::patch, crate::sign_in_experience::check_password,
        crate::sign_in_experience::case_sensitivity_conflicts,
        crate::sign_in_experience::upload_custom_ui_assets,
        crate::configs::admin_console, crate::configs::patch_admin_console, crate::configs::session,
        crate::configs::patch_session, crate::configs::list_oidc_keys, crate::configs::rotate_oidc_keys,
        crate::configs::delete_oidc_key, crate::configs::id_token, crate::configs::put_id_token,
        crate::configs::token_scripts,
        crate::configs::token_script, crate::configs::put_token_script, crate::configs::patch_token_script,
        crate::configs::delete_token_script, crate::configs::test_token_script, crate::configs::script_config,
        crate::configs::patch_script_config, crate::configs::client_authentication, crate::configs::patch_client_authentication,
    )
)]
struct Api;

/// Optional members of the wire that this server never sends, by schema. Clients that are generated from the
/// description know them.
const NEVER_SENT: &[(&str, &[&str])] = &[
    ("Application", &["secret"]),
    ("User", &["hasSecurityVerificationMethod"]),
    ("OneIdentity", &["tokenSecret"]),
    (
        "Metadata",
        &[
            "configTemplate",
            "customData",
            "fromEmail",
            "isStandard",
            "isTokenStorageSupported",
        ],
    ),
    ("Connector", &["extraInfo", "usage"]),
    ("RedirectTo", &["redirectUri"]),
];

/// The description of the routes of this crate.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
        add_security(&mut document);
        for (schema, members) in NEVER_SENT {
            for member in *members {
                document["components"]["schemas"][schema]["properties"][member] = json!({});
            }
        }
        openapi::finish(&mut document);
        document
    });
    &DOCUMENT
}

fn add_security(document: &mut Value) {
    document["components"]["securitySchemes"] = json!({
        "OAuth2": {
            "type": "oauth2",
            "description": "A token for the tenant's Management API, by client credentials or of an operator.",
            "flows": {"clientCredentials": {"tokenUrl": "/oidc/token", "scopes": {"all": "Everything"}}},
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_api_is_described() {
        let described = document()["paths"].as_object().unwrap();
        for route in crate::routes().table() {
            if route.path == "/api/.well-known/endpoints/{tenantId}" {
                continue;
            }
            let operations = described.get(&route.path).unwrap_or_else(|| panic!("{}", route.path));
            let operation = &operations[route.method.to_lowercase()];
            assert!(operation["operationId"].is_string(), "{} {}", route.method, route.path);
        }
    }
}
