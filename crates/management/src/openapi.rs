//! The description of this API (OpenAPI 3.0), made from the handlers.

use axum::Json;
use serde_json::{Map, Value, json};
use soleira_web::{Access, Routes};
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
        crate::applications::delete_application_role,
        crate::users::list, crate::users::create, crate::users::get, crate::users::patch, crate::users::delete,
        crate::users::patch_is_suspended, crate::users::get_custom_data, crate::users::patch_custom_data,
        crate::users::patch_profile, crate::users::patch_password, crate::users::patch_expiration,
        crate::users::verify_password, crate::users::has_password, crate::users::list_user_roles,
        crate::users::assign_user_roles, crate::users::replace_user_roles, crate::users::delete_user_role,
        crate::users::get_identity, crate::users::put_identity, crate::users::delete_identity,
        crate::users::create_identity, crate::users::all_identities, crate::users::list_sessions,
        crate::users::get_session, crate::users::delete_session, crate::users::list_grants, crate::users::delete_grant,
        crate::roles::list, crate::roles::get,
        crate::connectors::factories, crate::connectors::factory, crate::connectors::list, crate::connectors::create,
        crate::connectors::get, crate::connectors::patch, crate::connectors::delete, crate::connectors::test,
        crate::connectors::authorization_uri,
        crate::sign_in_experience::get, crate::sign_in_experience::patch, crate::sign_in_experience::check_password,
        crate::sign_in_experience::case_sensitivity_conflicts,
        crate::sign_in_experience::upload_custom_ui_assets,
        crate::configs::admin_console, crate::configs::patch_admin_console, crate::configs::session,
        crate::configs::patch_session,
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
        document["openapi"] = json!("3.0.1");
        add_security(&mut document);
        for (schema, members) in NEVER_SENT {
            for member in *members {
                document["components"]["schemas"][schema]["properties"][member] = json!({});
            }
        }
        add_errors(&mut document);
        spell_for_3_0(&mut document);
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

/// Errors have one form everywhere.
fn add_errors(document: &mut Value) {
    let body = json!({"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}});
    let operations = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let responses = operation["responses"]
            .as_object_mut()
            .into_iter()
            .flat_map(Map::iter_mut);
        for (_, response) in responses.filter(|(status, _)| status.starts_with(['4', '5'])) {
            response["content"] = body.clone();
        }
    }
}

/// Writes schemas as OpenAPI 3.0 does, which clients of the wire are generated from: `nullable` for "or null", and no
/// keywords of later versions.
fn spell_for_3_0(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spell_for_3_0),
        Value::Object(members) => {
            // A property may have this name too.
            if members
                .get("propertyNames")
                .is_some_and(|names| names.get("type").is_some())
            {
                members.shift_remove("propertyNames");
            }
            if let Some(Value::Array(types)) = members.get("type") {
                let kind = types.iter().find(|kind| *kind != "null").cloned();
                if let Some(kind) = kind {
                    members.insert("type".into(), kind);
                    members.insert("nullable".into(), true.into());
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("oneOf") {
                let count = choices.len();
                choices.retain(|choice| choice["type"] != "null");
                if choices.len() < count {
                    if let Some(all) = members.shift_remove("oneOf") {
                        members.insert("allOf".into(), all);
                    }
                    members.insert("nullable".into(), true.into());
                }
            }
            members.values_mut().for_each(spell_for_3_0);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_spelled_as_clients_read_it() {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "a": {"type": ["string", "null"]},
                "b": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/B"}]},
            },
        });
        spell_for_3_0(&mut schema);
        assert_eq!(schema["properties"]["a"], json!({"type": "string", "nullable": true}));
        assert_eq!(
            schema["properties"]["b"],
            json!({"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true})
        );
    }

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
