//! `/api/connectors` and `/api/connector-factories`.

use axum::Json;
use axum::extract::Path;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use soleira_core::model::ConnectorType;
use soleira_core::{Code, ConnectorId};
use soleira_directory::connectors::{self, Channel, ConnectorPatch, ConnectorWithFactory, Factory, NewConnector};
use soleira_web::{Access, Context, Issues, Query, Result, Routes, Valid, Validate};

pub(crate) fn add(routes: Routes) -> Routes {
    routes
        .get("/api/connector-factories", Access::Management, factories)
        .get("/api/connector-factories/{id}", Access::Management, factory)
        .get("/api/connectors", Access::Management, list)
        .post("/api/connectors", Access::Management, create)
        .get("/api/connectors/{id}", Access::Management, get)
        .patch("/api/connectors/{id}", Access::Management, patch)
        .delete("/api/connectors/{id}", Access::Management, delete)
        .post("/api/connectors/{factoryId}/test", Access::Management, test)
        .post(
            "/api/connectors/{connectorId}/authorization-uri",
            Access::Management,
            authorization_uri,
        )
}

/// What a factory says of itself, in the order of the wire.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    target: Value,
    /// By language tag; English is always there.
    #[schema(value_type = Object)]
    name: Value,
    /// By language tag; English is always there.
    #[schema(value_type = Object)]
    description: Value,
    #[schema(value_type = String)]
    logo: Value,
    #[schema(value_type = Option<String>, required)]
    logo_dark: Value,
    /// How to set it up at the provider, in Markdown.
    #[schema(value_type = String)]
    readme: Value,
    #[schema(value_type = Vec<Object>)]
    form_items: Value,
    /// `Native`, `Universal`, `Web`, or null.
    #[schema(value_type = Option<String>, required)]
    platform: Value,
}

impl Metadata {
    fn of(factory: &Factory) -> Self {
        let mut all = factory.metadata();
        let mut take = |name: &str| all.remove(name).unwrap_or(Value::Null);
        Self {
            target: take("target"),
            name: take("name"),
            description: take("description"),
            logo: take("logo"),
            logo_dark: take("logoDark"),
            readme: take("readme"),
            form_items: take("formItems"),
            platform: take("platform"),
        }
    }
}

/// What connectors can be made from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ConnectorFactory)]
pub(crate) struct FactoryView {
    /// `Email`, `Sms` or `Social`.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: ConnectorType,
    is_demo: bool,
    id: String,
    #[serde(flatten)]
    metadata: Metadata,
}

impl From<&Factory> for FactoryView {
    fn from(factory: &Factory) -> Self {
        Self {
            kind: factory.kind(),
            is_demo: false,
            id: factory.id().to_owned(),
            metadata: Metadata::of(factory),
        }
    }
}

/// A connector with what its factory says.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Connector)]
pub(crate) struct ConnectorView {
    id: String,
    sync_profile: bool,
    enable_token_storage: bool,
    config: Map<String, Value>,
    /// What takes the place of the factory's own metadata.
    #[serde(rename = "metadata")]
    #[schema(value_type = Object)]
    overrides: Map<String, Value>,
    /// The factory.
    connector_id: String,
    #[serde(flatten)]
    metadata: Metadata,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: ConnectorType,
    is_demo: bool,
}

impl From<ConnectorWithFactory> for ConnectorView {
    fn from(ConnectorWithFactory { connector, factory }: ConnectorWithFactory) -> Self {
        Self {
            id: connector.id.0,
            sync_profile: connector.sync_profile,
            enable_token_storage: connector.enable_token_storage,
            config: connector.config,
            overrides: connector.metadata,
            connector_id: connector.factory_id,
            metadata: Metadata::of(factory),
            kind: factory.kind(),
            is_demo: false,
        }
    }
}

/// A connector to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateConnector {
    #[serde(default)]
    config: Map<String, Value>,
    connector_id: String,
    #[serde(default)]
    metadata: Map<String, Value>,
    #[serde(default)]
    sync_profile: bool,
    #[serde(default)]
    enable_token_storage: bool,
    #[serde(default)]
    id: Option<String>,
}

impl Validate for CreateConnector {}

/// A change of a connector.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UpdateConnector {
    config: Option<Map<String, Value>>,
    metadata: Option<Map<String, Value>>,
    sync_profile: Option<bool>,
    enable_token_storage: Option<bool>,
}

impl Validate for UpdateConnector {}

/// Which connectors.
#[derive(Debug, Deserialize)]
pub(crate) struct ListConnectors {
    #[serde(default)]
    target: Option<String>,
}

/// What connectors can be made from.
#[utoipa::path(get, path = "/api/connector-factories", operation_id = "ListConnectorFactories",
    tag = "Connector factories", responses((status = 200, body = [FactoryView])))]
pub(crate) async fn factories(ctx: Context) -> Result<Json<Vec<FactoryView>>> {
    Ok(Json(
        connectors::factories(&ctx)?.iter().map(FactoryView::from).collect(),
    ))
}

/// A factory.
#[utoipa::path(get, path = "/api/connector-factories/{id}", operation_id = "GetConnectorFactory",
    tag = "Connector factories", params(("id" = String, Path)),
    responses((status = 200, body = FactoryView), (status = 404)))]
pub(crate) async fn factory(ctx: Context, Path(id): Path<String>) -> Result<Json<FactoryView>> {
    Ok(Json(connectors::factory(&ctx, &id)?.into()))
}

/// The connectors, oldest first.
#[utoipa::path(get, path = "/api/connectors", operation_id = "ListConnectors", tag = "Connectors",
    params(("target" = Option<String>, Query)), responses((status = 200, body = [ConnectorView])))]
pub(crate) async fn list(ctx: Context, Query(query): Query<ListConnectors>) -> Result<Json<Vec<ConnectorView>>> {
    let target = query.target.as_deref().filter(|target| !target.is_empty());
    let found = connectors::list(&ctx, target).await?;
    Ok(Json(found.into_iter().map(ConnectorView::from).collect()))
}

/// Makes a connector.
#[utoipa::path(post, path = "/api/connectors", operation_id = "CreateConnector", tag = "Connectors",
    request_body = CreateConnector, responses((status = 200, body = ConnectorView), (status = 400), (status = 422)))]
pub(crate) async fn create(ctx: Context, Valid(input): Valid<CreateConnector>) -> Result<Json<ConnectorView>> {
    let new = NewConnector {
        factory_id: input.connector_id,
        config: input.config,
        metadata: input.metadata,
        sync_profile: input.sync_profile,
        enable_token_storage: input.enable_token_storage,
        id: input.id.map(ConnectorId),
    };
    Ok(Json(connectors::create(&ctx, new).await?.into()))
}

/// A connector.
#[utoipa::path(get, path = "/api/connectors/{id}", operation_id = "GetConnector", tag = "Connectors",
    params(("id" = String, Path)), responses((status = 200, body = ConnectorView), (status = 404)))]
pub(crate) async fn get(ctx: Context, Path(id): Path<String>) -> Result<Json<ConnectorView>> {
    Ok(Json(connectors::get(&ctx, &ConnectorId(id)).await?.into()))
}

/// Changes a connector; a configuration takes the place of the whole.
#[utoipa::path(patch, path = "/api/connectors/{id}", operation_id = "UpdateConnector", tag = "Connectors",
    params(("id" = String, Path)), request_body = UpdateConnector,
    responses((status = 200, body = ConnectorView), (status = 400), (status = 404), (status = 422)))]
pub(crate) async fn patch(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<UpdateConnector>,
) -> Result<Json<ConnectorView>> {
    let patch = ConnectorPatch {
        config: input.config,
        metadata: input.metadata,
        sync_profile: input.sync_profile,
        enable_token_storage: input.enable_token_storage,
    };
    Ok(Json(connectors::patch(&ctx, &ConnectorId(id), patch).await?.into()))
}

/// Deletes a connector; sign-in pages no longer offer it.
#[utoipa::path(delete, path = "/api/connectors/{id}", operation_id = "DeleteConnector", tag = "Connectors",
    params(("id" = String, Path)), responses((status = 204), (status = 404)))]
pub(crate) async fn delete(ctx: Context, Path(id): Path<String>) -> Result<StatusCode> {
    connectors::delete(&ctx, &ConnectorId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A message to try a connector with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct TestConnector {
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    email: Option<String>,
    config: Map<String, Value>,
    #[serde(default)]
    locale: Option<String>,
}

impl Validate for TestConnector {
    fn validate(&self, issues: &mut Issues) {
        use soleira_core::rules::identifier::{is_email, is_phone};
        match (&self.phone, &self.email) {
            (None, None) => issues.here("custom", "phone or email is required"),
            (Some(phone), _) if !is_phone(phone) => issues.add("phone", "invalid_string", "Invalid"),
            (_, Some(email)) if !is_email(email) => issues.add("email", "invalid_string", "Invalid"),
            _ => {}
        }
    }
}

impl TestConnector {
    /// Where the message goes; a phone number comes first where both are given.
    fn recipient(&self) -> Option<(Channel, &str)> {
        let phone = self.phone.as_deref().map(|phone| (Channel::Sms, phone));
        phone.or_else(|| self.email.as_deref().map(|email| (Channel::Email, email)))
    }
}

/// Sends a message with a configuration that is not stored.
#[utoipa::path(post, path = "/api/connectors/{factoryId}/test", operation_id = "CreateConnectorTest",
    tag = "Connectors", params(("factoryId" = String, Path)), request_body = TestConnector,
    responses((status = 204), (status = 400)))]
pub(crate) async fn test(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<TestConnector>,
) -> Result<StatusCode> {
    let (channel, to) = input.recipient().ok_or(Code::GuardInvalidInput)?;
    connectors::test_message(&ctx, &id, channel, to, &input.config, input.locale.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a browser is sent to a provider with.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationUri {
    #[serde(default)]
    #[schema(value_type = String, required)]
    state: Option<String>,
    #[serde(default)]
    #[schema(value_type = String, required)]
    redirect_uri: Option<String>,
}

impl Validate for AuthorizationUri {}

/// Where to send a browser.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RedirectTo {
    redirect_to: String,
}

/// Where to send a browser so that its person signs in at the provider.
#[utoipa::path(post, path = "/api/connectors/{connectorId}/authorization-uri",
    operation_id = "CreateConnectorAuthorizationUri", tag = "Connectors", params(("connectorId" = String, Path)),
    request_body = AuthorizationUri, responses((status = 200, body = RedirectTo), (status = 400), (status = 404)))]
pub(crate) async fn authorization_uri(
    ctx: Context,
    Path(id): Path<String>,
    Valid(input): Valid<AuthorizationUri>,
) -> Result<Json<RedirectTo>> {
    let (state, redirect_uri) = (input.state.unwrap_or_default(), input.redirect_uri.unwrap_or_default());
    let redirect_to = connectors::authorization_uri(&ctx, &ConnectorId(id), &state, &redirect_uri).await?;
    Ok(Json(RedirectTo { redirect_to }))
}
