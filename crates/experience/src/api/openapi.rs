//! The description of this API (OpenAPI 3.0), made from the handlers.

use axum::Json;
use serde_json::Value;
use soleira_web::{Access, Routes, openapi};
use std::sync::LazyLock;
use utoipa::OpenApi;

pub(super) fn add(routes: Routes) -> Routes {
    routes.get("/api/.well-known/experience.openapi.json", Access::Anyone, serve)
}

/// The description of the Experience API.
#[utoipa::path(get, path = "/api/.well-known/experience.openapi.json",
    operation_id = "GetWellKnownExperienceOpenapiJson", tag = "Well-known", security(()),
    responses((status = 200, body = Object)))]
pub(crate) async fn serve() -> Json<&'static Value> {
    Json(document())
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Soleira Experience API", version = env!("CARGO_PKG_VERSION"),
        description = "The steps of a sign-in. The cookie of the interaction, which an authorization request sets, says \
            whose sign-in it is."),
    components(schemas(super::ErrorBody)),
    paths(
        serve, super::well_known::get, super::well_known::alias, super::interaction::init, super::interaction::switch_event, super::interaction::get,
        super::interaction::identify, super::interaction::submit, super::verification::password,
        super::verification::new_password_identity, super::verification::send_code,
        super::verification::verify_code, super::verification::verify_one_time_token, super::social::authorization_uri, super::social::verify,
        super::profile::fulfil, super::profile::reset_password,
    )
)]
struct Api;

/// The description of the routes of this API.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let mut document = serde_json::to_value(Api::openapi()).unwrap_or_default();
        openapi::finish(&mut document);
        document
    });
    &DOCUMENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_api_is_described() {
        let described = document()["paths"].as_object().unwrap();
        for route in crate::api::routes().table() {
            let operations = described.get(&route.path).unwrap_or_else(|| panic!("{}", route.path));
            let operation = &operations[route.method.to_lowercase()];
            assert!(operation["operationId"].is_string(), "{} {}", route.method, route.path);
        }
    }
}
