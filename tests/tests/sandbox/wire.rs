//! What a client with nothing but a cookie jar relies on (docs/sandbox.md, "A sign-in without a browser").

use super::{CALLBACK, Tester, refused, request, text};
use http::Method;
use serde_json::{Value, json};
use soleira_testkit::{Page, Visitor, in_sandbox};

const PASSWORD: &str = "limestone and azulejo";

/// An application and a person who can sign in to it; the application's identifier.
async fn arrange(tester: &Tester) -> String {
    let user = json!({"username": "ada", "password": PASSWORD});
    tester.post("/api/users", user).await.expect(200);
    tester.application().await
}

/// The cookies that an answer sets, with their attributes.
fn set_cookies(page: &Page) -> Vec<String> {
    let cookies = page.headers().get_all("set-cookie").iter();
    cookies.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn sets(page: &Page, names: &[&str]) {
    let cookies = set_cookies(page);
    for name in names {
        let found = cookies.iter().any(|cookie| cookie.starts_with(&format!("{name}=")));
        assert!(found, "{name} is not among {cookies:?}");
    }
}

fn location(page: &Page) -> &str {
    page.header("location").unwrap()
}

async fn api(visitor: &Visitor, method: Method, path: &str, body: Value) -> Page {
    visitor
        .send_json(method, &format!("/api/experience{path}"), None, &body)
        .await
}

/// Signs in through the Experience API, up to the address that the browser goes to then.
async fn sign_in(visitor: &Visitor) -> String {
    let event = json!({"interactionEvent": "SignIn"});
    api(visitor, Method::PUT, "", event).await.expect(204);
    let password = json!({"identifier": {"type": "username", "value": "ada"}, "password": PASSWORD});
    let verified = api(visitor, Method::POST, "/verification/password", password)
        .await
        .expect(200)
        .json();
    let identification = json!({"verificationId": text(&verified, "verificationId")});
    api(visitor, Method::POST, "/identification", identification)
        .await
        .expect(204);
    let submitted = api(visitor, Method::POST, "/submit", json!({}))
        .await
        .expect(200)
        .json();
    text(&submitted, "redirectTo")
}

in_sandbox! {
    async fn a_sign_in_goes_from_address_to_address(server) {
        let tester = Tester::of(server);
        let client_id = arrange(&tester).await;
        let visitor = server.visitor();

        // 1. The way to the sign-in page is relative.
        let start = visitor.get(&request(&client_id, &[])).await.expect(303);
        assert!(location(&start).starts_with("/sign-in"), "{}", location(&start));
        sets(&start, &["_interaction", "_interaction.sig"]);

        // 2. The way on is absolute, on the same origin.
        let resume = sign_in(&visitor).await;
        assert!(resume.starts_with("http://localhost:3001/oidc/auth/"), "{resume}");

        // 3. Consent is asked for with every cookie that it needs.
        let resumed = visitor.get(&resume).await.expect(303);
        assert_eq!(location(&resumed), format!("/consent?app_id={client_id}"));
        sets(&resumed, &["_interaction", "_interaction.sig", "_session", "_session.sig"]);

        // 4. The tenant's own applications get it without a page.
        let consent = visitor.get(location(&resumed)).await.expect(303);
        assert!(location(&consent).starts_with("http://localhost:3001/oidc/auth/"), "{}", location(&consent));
        let done = visitor.get(location(&consent)).await.expect(303).location();
        assert!(done.as_str().starts_with(CALLBACK));
        let names: Vec<String> = done.query_pairs().map(|(name, _)| name.into_owned()).collect();
        for name in ["code", "state", "iss"] {
            assert!(names.iter().any(|known| known == name), "{done}");
        }
    }

    async fn direct_sign_in_has_a_way_of_its_own(server) {
        let tester = Tester::of(server);
        let client_id = arrange(&tester).await;
        let direct = request(&client_id, &[("direct_sign_in", "social:mock-social")]);
        let start = server.visitor().get(&direct).await.expect(303);
        assert!(location(&start).starts_with("/direct/"), "{}", location(&start));
    }

    async fn the_answer_may_be_a_form(server) {
        let tester = Tester::of(server);
        let client_id = arrange(&tester).await;
        let visitor = server.visitor();
        visitor.get(&request(&client_id, &[("response_mode", "form_post")])).await.expect(303);
        let resumed = visitor.get(&sign_in(&visitor).await).await.expect(303);
        let consent = visitor.get(location(&resumed)).await.expect(303);
        let form = visitor.get(location(&consent)).await.expect(200);
        assert_eq!(form.attribute("form", "action").as_deref(), Some(CALLBACK));
        for name in ["code", "state", "iss"] {
            assert!(form.has(&format!("input[type=hidden][name={name}]")), "{name}");
        }
    }

    async fn the_interaction_cookie_is_a_map_of_clients(server) {
        let tester = Tester::of(server);
        let first = arrange(&tester).await;
        let second = tester.application().await;
        let visitor = server.visitor();
        visitor.get(&request(&first, &[])).await.expect(303);
        visitor.get(&request(&second, &[])).await.expect(303);
        let cookie = visitor.cookie("_interaction").unwrap();
        let decoded = url::form_urlencoded::parse(format!("v={cookie}").as_bytes()).next().unwrap().1.into_owned();
        let map: Value = serde_json::from_str(&decoded).unwrap();
        assert_eq!(map["_legacy"], map[&second], "{map}");
        assert_ne!(map[&first], map[&second], "{map}");

        // The header chooses, or the query.
        let event = json!({"interactionEvent": "SignIn"});
        let path = format!("?app_id={first}");
        api(&visitor, Method::PUT, &path, event.clone()).await.expect(204);
        visitor.always("logto-app-id", &first);
        api(&visitor, Method::PUT, "", event.clone()).await.expect(204);
        // Whom the map does not know has no session here.
        let stranger = tester.application().await;
        visitor.always("logto-app-id", &stranger);
        let refusal = api(&visitor, Method::PUT, "", event).await.expect(400).json();
        assert!(refusal["code"].as_str().unwrap().starts_with("session."), "{refusal}");
    }

    async fn metadata_and_keys_are_cacheable_as_promised(server) {
        let visitor = server.visitor();
        let discovery = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200);
        let twin = visitor.get("/oidc/.well-known/oauth-authorization-server").await.expect(200);
        assert_eq!(discovery.body(), twin.body());
        let keys = visitor.get("/oidc/jwks").await.expect(200);
        assert_eq!(keys.header("cache-control"), Some("no-cache, max-age=0, must-revalidate"));
        for page in [&discovery, &keys] {
            assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
            assert!(page.header("strict-transport-security").is_some() || page.header("x-frame-options").is_some());
        }
        visitor.always("accept-encoding", "gzip");
        let packed = visitor.get("/oidc/.well-known/openid-configuration").await.expect(200);
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
    }

    async fn user_information_is_revalidated(server) {
        let tester = Tester::of(server);
        let client_id = arrange(&tester).await;
        let visitor = server.visitor();
        visitor.get(&request(&client_id, &[])).await.expect(303);
        let resumed = visitor.get(&sign_in(&visitor).await).await.expect(303);
        let consent = visitor.get(location(&resumed)).await.expect(303);
        let done = visitor.get(location(&consent)).await.expect(303).location();
        let code = done.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
        let tokens = visitor
            .post_form(
                "/oidc/token",
                &[
                    ("grant_type", "authorization_code"),
                    ("client_id", &client_id),
                    ("code", &code),
                    ("redirect_uri", CALLBACK),
                    ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                ],
            )
            .await
            .expect(200)
            .json();
        let token = text(&tokens, "access_token");
        let me = visitor.get_as("/oidc/me", &token).await.expect(200);
        assert_eq!(me.json()["username"], "ada");
        visitor.always("if-none-match", me.header("etag").unwrap());
        visitor.get_as("/oidc/me", &token).await.expect(304);
    }

    async fn signing_out_is_a_form(server) {
        let tester = Tester::of(server);
        let client_id = arrange(&tester).await;
        let visitor = server.visitor();
        visitor.get(&request(&client_id, &[])).await.expect(303);
        let resumed = visitor.get(&sign_in(&visitor).await).await.expect(303);
        let consent = visitor.get(location(&resumed)).await.expect(303);
        visitor.get(location(&consent)).await.expect(303);

        let page = visitor.get(&format!("/oidc/session/end?client_id={client_id}")).await.expect(200);
        assert!(page.has("form#op\\.logoutForm[data-auto-submit], form[id='op.logoutForm']"), "{}", page.body());
        assert!(page.has("form[id='op.logoutForm'] input[type=hidden][name=xsrf]"));
        assert!(page.text_of("title").unwrap().starts_with("Sign Out"), "{:?}", page.text_of("title"));
        let signed_out = page.form_at("form[id='op.logoutForm']").submit().await.expect(303);
        signed_out.follow_all().await.expect(200).expect_text("You have successfully signed out.");
    }

    async fn every_answer_has_a_name_and_unknown_paths_have_pages(server) {
        let visitor = server.visitor();
        for path in ["/sign-in", "/oidc/jwks", "/api/nothing", "/assets/nothing.js", "/nothing", "/api/status"] {
            let page = visitor.get(path).await;
            assert_eq!(page.header("logto-core-request-id").unwrap().len(), 16, "{path}");
        }
        visitor.get("/assets/nothing.js").await.expect(404);
        visitor.get("/api/nothing").await.expect(404);
        let page = visitor.get("/nothing").await;
        assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    }

    async fn without_a_session_there_is_none(server) {
        let event = json!({"interactionEvent": "SignIn"});
        refused(api(&server.visitor(), Method::PUT, "", event).await, 400, "session.not_found");
    }
}
