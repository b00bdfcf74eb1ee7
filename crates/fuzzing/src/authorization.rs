//! The parser of authorization requests, with the ways in which parameters come.

use crate::text;
use soleira_core::Timestamp;
use soleira_core::model::{Application, ApplicationType, CustomClientMetadata, OidcClientMetadata};
use soleira_oauth::authorization::{AuthorizationRequest, Refusal};
use soleira_oauth::{Client, Params};

const REDIRECT_URIS: [&str; 3] = [
    "https://app.example/callback",
    "https://*.app.example/callback",
    "http://localhost/callback",
];

/// The bytes are a query, a form and a JSON body at once.
pub fn run(data: &[u8]) {
    let _ = Params::forwarded(Some("application/json"), data);
    let _ = Params::from_body(Some("application/json; charset=utf-8"), data, "/auth");
    let _ = Params::from_body(
        Some("application/x-www-form-urlencoded; charset=utf-16le"),
        data,
        "/auth",
    );
    let input = text(data);
    let form = Params::from_body(Some("application/x-www-form-urlencoded"), data, "/auth");
    for params in [Params::from_query(&input), form].into_iter().flatten() {
        no_null_byte(&params);
        let again = Params::from_form(&params.to_query()).expect("what was written can be read");
        assert_eq!(again, params, "nothing is lost on the way");
        for kind in [ApplicationType::Traditional, ApplicationType::Native] {
            judge(&params, &client(kind));
        }
    }
}

fn no_null_byte(params: &Params) {
    let clean = |text: &str| !text.contains('\0');
    assert!(params.pairs().iter().all(|(name, value)| clean(name) && clean(value)));
}

fn judge(params: &Params, client: &Client) {
    let Ok((known, _)) = AuthorizationRequest::read(params) else {
        return;
    };
    match AuthorizationRequest::validate(known, client) {
        Ok(request) => registered(request.target.redirect_uri.as_str()),
        Err(Refusal::Redirect { target, .. }) => registered(target.redirect_uri.as_str()),
        Err(Refusal::Answer { error, .. }) => assert!(error.status() >= 400),
    }
}

/// An answer only ever goes to an address of the client.
fn registered(address: &str) {
    let url = url::Url::parse(address).expect("an address");
    let host = url.host_str().unwrap_or_default();
    assert_eq!(url.path(), "/callback", "{address}");
    assert!(
        host == "localhost" || host == "app.example" || host.ends_with(".app.example"),
        "{address}"
    );
}

fn client(kind: ApplicationType) -> Client {
    Client::new(Application {
        tenant_id: "default".into(),
        id: "app".into(),
        name: "App".to_owned(),
        description: None,
        kind,
        oidc_client_metadata: OidcClientMetadata {
            redirect_uris: REDIRECT_URIS.map(str::to_owned).to_vec(),
            ..OidcClientMetadata::default()
        },
        custom_client_metadata: CustomClientMetadata::default(),
        protected_app_metadata: None,
        custom_data: serde_json::Map::new(),
        is_third_party: false,
        app_level_access_control_enabled: false,
        created_at: Timestamp(0),
    })
}
