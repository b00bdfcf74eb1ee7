//! The routes of a face. Each one says who may call it: there is no way to add one that does not.

use crate::arrival::Web;
use crate::cors::Cors;
use crate::endpoint::{self, Endpoint};
use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::middleware::{Next, from_fn};
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Who may call a route, and who checks that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Anybody.
    Anyone,
    /// The browser that holds the interaction's cookie; the use case looks the interaction up and refuses without one.
    Interaction,
    /// A browser, known by its session cookie if it has one; the use case decides what an unknown one gets.
    Session,
    /// An OAuth client, which the endpoint authenticates itself (RFC 6749 §2.3).
    Client,
    /// The bearer of an access token that the endpoint checks itself (RFC 6750 §2).
    Bearer,
    /// The bearer of a token for the Management API with scope `all`; checked before the handler runs.
    Management,
    /// An administrator with a Console session; checked before the handler runs.
    Operator,
}

/// How a route speaks: the form of its errors and its security headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// OAuth and OpenID Connect endpoints: errors are `{error, error_description, code, message}`.
    Oidc,
    /// JSON under `/api`: errors are `{code, message, data?, details?}`.
    Api,
    /// Pages for people: errors are pages.
    Pages,
}

/// One line of the table of routes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Route {
    /// The path with its parameters in braces.
    pub path: String,
    /// The method, in capitals.
    pub method: String,
    /// Who may call it.
    pub access: Access,
    /// How it speaks.
    pub face: Face,
}

struct Operation {
    method: Method,
    access: Access,
    face: Face,
    cors: Cors,
    handler: MethodRouter<Web>,
}

/// Routes of one face, or of several after [`Routes::merge`]. Paths are whole (`/api/users/{id}`), in axum's syntax.
pub struct Routes {
    face: Face,
    cors: Cors,
    paths: BTreeMap<String, Vec<Operation>>,
}

impl Routes {
    /// No routes yet; those that follow speak as `face` does.
    pub fn new(face: Face) -> Self {
        Self {
            face,
            cors: Cors::None,
            paths: BTreeMap::new(),
        }
    }

    /// The routes that follow speak as `face` does.
    pub fn face(mut self, face: Face) -> Self {
        self.face = face;
        self
    }

    /// The routes that follow answer scripts of other origins by this rule.
    pub fn cors(mut self, cors: Cors) -> Self {
        self.cors = cors;
        self
    }

    /// Answers `GET` (and so `HEAD`).
    pub fn get<H: Handler<T, Web>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::GET, path, access, on(MethodFilter::GET, handler))
    }

    /// Answers `POST`.
    pub fn post<H: Handler<T, Web>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::POST, path, access, on(MethodFilter::POST, handler))
    }

    /// Answers `PUT`.
    pub fn put<H: Handler<T, Web>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::PUT, path, access, on(MethodFilter::PUT, handler))
    }

    /// Answers `PATCH`.
    pub fn patch<H: Handler<T, Web>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::PATCH, path, access, on(MethodFilter::PATCH, handler))
    }

    /// Answers `DELETE`.
    pub fn delete<H: Handler<T, Web>, T: 'static>(self, path: &str, access: Access, handler: H) -> Self {
        self.on(Method::DELETE, path, access, on(MethodFilter::DELETE, handler))
    }

    fn on(mut self, method: Method, path: &str, access: Access, handler: MethodRouter<Web>) -> Self {
        let operation = Operation {
            method,
            access,
            face: self.face,
            cors: self.cors,
            handler,
        };
        self.insert(path.to_owned(), operation);
        self
    }

    fn insert(&mut self, path: String, operation: Operation) {
        let operations = self.paths.entry(path).or_default();
        operations.retain(|known| known.method != operation.method);
        operations.push(operation);
    }

    /// Adds the routes of `other`. Where both know a method of a path, that of `other` takes its place: so the Console
    /// answers `/` on the admin tenant, and the sign-in pages elsewhere.
    pub fn merge(mut self, other: Self) -> Self {
        for (path, operations) in other.paths {
            for operation in operations {
                self.insert(path.clone(), operation);
            }
        }
        self
    }

    /// Every route with its access, sorted by path and method.
    pub fn table(&self) -> Vec<Route> {
        let mut table: Vec<Route> = self
            .paths
            .iter()
            .flat_map(|(path, operations)| {
                operations.iter().map(move |operation| Route {
                    path: path.clone(),
                    method: operation.method.to_string(),
                    access: operation.access,
                    face: operation.face,
                })
            })
            .collect();
        table.sort();
        table
    }

    /// The router of one listener: every route behind its checks, everything else a 404 in the manner of its path.
    pub fn into_router(self, web: Web) -> Router {
        let mut router = Router::new();
        for (path, operations) in self.paths {
            let Some(last) = operations.last() else { continue };
            let endpoint = Arc::new(Endpoint {
                face: last.face,
                cors: last.cors,
                methods: operations
                    .iter()
                    .map(|operation| (operation.method.clone(), operation.access))
                    .collect(),
            });
            let methods = operations.into_iter().fold(MethodRouter::new(), |methods, operation| {
                methods.merge(operation.handler)
            });
            router = router.route(
                &path,
                methods.layer(from_fn(move |request: Request, next: Next| {
                    endpoint::serve(Arc::clone(&endpoint), request, next)
                })),
            );
        }
        let router = router.fallback(endpoint::not_found).with_state(web.clone());
        crate::arrival::receive(router, web)
    }
}

impl std::fmt::Debug for Routes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.table()).finish()
    }
}
