//! The Management API: JSON under `/api` for administrators and their programs (docs/wire/management-api.md). A handler
//! reads its input, calls one use case of `directory`, and shows the outcome in the form of the wire.

mod applications;
mod configs;
mod connectors;
mod consent_scopes;
mod listing;
mod one_time_tokens;
mod openapi;
mod organizations;
mod resources;
mod roles;
mod sign_in_experience;
mod status;
mod subject_tokens;
mod users;

use serde::Deserialize;
use serde_json::{Map, Value};
use soleira_web::{Cors, Face, Routes, Validate};

pub use openapi::document;

/// The routes of this face.
pub fn routes() -> Routes {
    let routes = Routes::new(Face::Api).cors(Cors::Console);
    let routes = status::add(routes);
    let routes = openapi::add(routes);
    let routes = applications::add(routes);
    let routes = consent_scopes::add(routes);
    let routes = users::add(routes);
    let routes = subject_tokens::add(routes);
    let routes = one_time_tokens::add(routes);
    let routes = organizations::add(routes);
    let routes = resources::add(routes);
    let routes = roles::add(routes);
    let routes = connectors::add(routes);
    let routes = sign_in_experience::add(routes);
    configs::add(routes)
}

/// A body that is any JSON object.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(transparent)]
struct AnyObject(Map<String, Value>);

impl Validate for AnyObject {}

/// What the description shows of an error.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
struct ErrorBody {
    /// A code of the catalogue, such as `entity.not_found`.
    code: String,
    /// For people, in their language.
    message: String,
    /// For programs.
    data: Option<Value>,
    /// What is wrong where, a line each.
    details: Option<String>,
}
