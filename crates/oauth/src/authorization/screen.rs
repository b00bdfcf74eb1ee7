//! The page that an authorization request leads to (docs/wire/authorization.md, "First screen").

use crate::Params;

/// What a client may say about the first page. One value that is not known makes all of them count as unsaid: kept for
/// compatibility.
struct Wishes<'a> {
    screen: &'static str,
    direct: Option<(&'a str, &'a str)>,
    query: Vec<(&'static str, &'a str)>,
}

/// The page of the login prompt: root-relative, with `app_id` and what the page should know.
pub fn login_path(params: &Params, client_id: &str) -> String {
    let wishes = wishes(params).unwrap_or(Wishes {
        screen: "sign-in",
        direct: None,
        query: Vec::new(),
    });
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("app_id", client_id).extend_pairs(&wishes.query);
    match wishes.direct {
        Some((method, target)) => {
            query.append_pair("fallback", wishes.screen);
            let target = percent_encoding::utf8_percent_encode(target, percent_encoding::NON_ALPHANUMERIC);
            format!("/direct/{method}/{target}?{}", query.finish())
        }
        None => format!("/{}?{}", wishes.screen, query.finish()),
    }
}

/// The page of the consent prompt.
pub fn consent_path(client_id: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("app_id", client_id)
        .finish();
    format!("/consent?{query}")
}

fn wishes(params: &Params) -> Option<Wishes<'_>> {
    let screen = match (params.get("first_screen"), params.get("interaction_mode")) {
        (Some(first_screen), mode) => {
            if !matches!(mode, None | Some("signIn" | "signUp")) {
                return None;
            }
            screen_of(first_screen)?
        }
        (None, Some("signUp")) => "register",
        (None, Some("signIn") | None) => "sign-in",
        (None, Some(_)) => return None,
    };
    let direct = match params.get("direct_sign_in") {
        // A credential of Google One Tap is for Google alone.
        None => params.get("google_one_tap_credential").map(|_| ("social", "google")),
        Some(text) => match text.split_once(':') {
            Some((method @ ("social" | "sso"), target)) if !target.is_empty() => Some((method, target)),
            _ => return None,
        },
    };
    if let Some(identifiers) = params.get("identifier")
        && !identifiers
            .split(' ')
            .all(|kind| matches!(kind, "email" | "phone" | "username"))
    {
        return None;
    }
    let query = [
        "organization_id",
        "ui_locales",
        "one_time_token",
        "login_hint",
        "identifier",
    ]
    .into_iter()
    .filter_map(|name| Some((name, params.get(name)?)))
    .collect();
    Some(Wishes { screen, direct, query })
}

fn screen_of(first_screen: &str) -> Option<&'static str> {
    Some(match first_screen {
        "sign_in" | "signIn" => "sign-in",
        "register" => "register",
        "reset_password" => "reset-password",
        "identifier:sign_in" => "identifier-sign-in",
        "identifier:register" => "identifier-register",
        "single_sign_on" => "single-sign-on",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(query: &str) -> String {
        login_path(&Params::from_query(query).unwrap(), "app")
    }

    #[test]
    fn the_first_screen_follows_the_request() {
        assert_eq!(path(""), "/sign-in?app_id=app");
        assert_eq!(path("interaction_mode=signUp"), "/register?app_id=app");
        assert_eq!(
            path("interaction_mode=signUp&first_screen=signIn"),
            "/sign-in?app_id=app"
        );
        assert_eq!(
            path("first_screen=identifier:register&identifier=email+phone"),
            "/identifier-register?app_id=app&identifier=email+phone"
        );
        assert_eq!(
            path("login_hint=a%26b&ui_locales=pt-BR&organization_id=o"),
            "/sign-in?app_id=app&organization_id=o&ui_locales=pt-BR&login_hint=a%26b"
        );
        assert_eq!(
            path("direct_sign_in=social:hugging/face&first_screen=register"),
            "/direct/social/hugging%2Fface?app_id=app&fallback=register"
        );
        assert_eq!(
            path("google_one_tap_credential=x.y.z&ui_locales=en"),
            "/direct/social/google?app_id=app&ui_locales=en&fallback=sign-in"
        );
        assert_eq!(
            path("google_one_tap_credential=x.y.z&direct_sign_in=sso:s"),
            "/direct/sso/s?app_id=app&fallback=sign-in"
        );
    }

    #[test]
    fn one_unknown_value_makes_all_of_them_unsaid() {
        for query in [
            "first_screen=x",
            "interaction_mode=x",
            "direct_sign_in=x",
            "direct_sign_in=social:",
            "identifier=x",
        ] {
            assert_eq!(
                path(&format!("{query}&ui_locales=pt-BR")),
                "/sign-in?app_id=app",
                "{query}"
            );
        }
    }
}
