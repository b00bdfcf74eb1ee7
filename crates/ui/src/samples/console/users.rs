//! Samples of the pages of users.

use super::{RULES, ago, frame};
use crate::Field;
use crate::pages::console::users::{
    IdentityRow, UserCreatePage, UserPage, UserPasswordPage, UserPasswordShownPage, UserRow, UsersPage,
};
use crate::pages::console::{ConfirmPage, ErrorEntry, Pager};
use crate::samples::experience::LOGO;
use crate::samples::{Sample, say, say_of};
use soleira_phrases::Language;

pub(super) fn samples(language: Language) -> Vec<Sample> {
    let section = "console.navigation.users";
    let row = |title: &str, identifier: Option<&str>, suspended, last: Option<i64>| UserRow {
        title: title.to_owned(),
        identifier: identifier.map(str::to_owned),
        suspended,
        created_at: ago(500),
        last_sign_in_at: last.map(ago),
        href: "/console/users/u1".to_owned(),
    };
    let list = |users| UsersPage {
        q: String::new(),
        users,
        pager: Pager {
            from: 21,
            to: 23,
            total: 23,
            previous_href: Some("?page=1".to_owned()),
            next_href: None,
        },
        create_href: "/console/users/create".to_owned(),
    };
    let needed = say(language, "console.users.identifier_needed");
    let user = |suspended| UserPage {
        id: "k2v9s8d7f6g5".to_owned(),
        title: "Ana Prado".to_owned(),
        suspended,
        created_at: ago(500),
        last_sign_in_at: Some(ago(1)),
        list_href: "/console/users".to_owned(),
        action: "/console/users/u1".to_owned(),
        here_href: "/console/users/u1".to_owned(),
        errors: Vec::new(),
        name: Field::of("Ana Prado"),
        username: Field::of("ana"),
        email: Field::default(),
        phone: Field::default(),
        avatar: Field::default(),
        identities: vec![IdentityRow {
            provider: "Hugging Face".to_owned(),
            logo: Some(LOGO.to_owned()),
            dark_logo: None,
            id: "62f3a1b9c8d7e6f5".to_owned(),
            name: Some("Ana Prado".to_owned()),
            email: Some("ana@example.com".to_owned()),
            email_verified: false,
        }],
        has_password: !suspended,
        password_href: "/console/users/u1/password".to_owned(),
        suspend_action: "/console/users/u1/suspension".to_owned(),
        delete_href: "/console/users/u1/delete".to_owned(),
    };
    vec![
        Sample::of(
            "console-users",
            frame(section, None),
            list(vec![
                row("Ana Prado", Some("ana · ana@example.com"), false, Some(1)),
                row("bia", None, true, Some(90)),
                row("Élise", Some("elise@example.com"), false, None),
            ]),
        ),
        Sample::of("console-users-empty", frame(section, None), list(Vec::new())),
        Sample::of(
            "console-user-create",
            frame(section, None),
            UserCreatePage {
                action: "/console/users".to_owned(),
                errors: vec![ErrorEntry {
                    id: "username".to_owned(),
                    text: needed.clone(),
                }],
                name: Field::default(),
                username: Field::default().wrong(needed),
                email: Field::default(),
                phone: Field::default(),
                list_href: "/console/users".to_owned(),
            },
        ),
        Sample::of("console-user", frame(section, None), user(false)),
        Sample::of(
            "console-user-suspended",
            frame(section, None),
            UserPage {
                identities: Vec::new(),
                last_sign_in_at: None,
                ..user(true)
            },
        ),
        Sample::of("console-user-own", frame(section, None), user(false)),
        Sample::of(
            "console-user-password",
            frame(section, None),
            UserPasswordPage {
                title: "Ana Prado".to_owned(),
                action: "/console/users/u1/password".to_owned(),
                password: Field::default(),
                rules: RULES,
                cancel_href: "/console/users/u1".to_owned(),
            },
        ),
        Sample::of(
            "console-user-password-shown",
            frame(section, None),
            UserPasswordShownPage {
                title: "Ana Prado".to_owned(),
                identifier: "ana".to_owned(),
                password: "qvN7-pLs2-Xw9k".to_owned(),
                created: true,
                details_href: "/console/users/u1".to_owned(),
            },
        ),
        Sample::of(
            "console-user-delete",
            frame(section, None),
            ConfirmPage {
                title: say_of(language, "console.users.delete_title", "name", "Ana Prado"),
                message: say(language, "console.users.delete_what"),
                name: None,
                typed: Field::default(),
                button: say_of(language, "console.users.delete_button", "name", "Ana Prado"),
                action: "/console/users/u1/delete".to_owned(),
                cancel_href: "/console/users/u1".to_owned(),
            },
        ),
    ]
}
