use super::*;
use crate::factory::Registry;
use serde_json::json;

fn manifest(id: &str) -> Manifest {
    Registry::sandbox()
        .unwrap()
        .factory(id)
        .unwrap()
        .message()
        .unwrap()
        .clone()
}

fn members(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

fn template(usage: &str, subject: &str, content: &str) -> Value {
    json!({"usageType": usage, "type": "text/plain", "subject": subject, "content": content})
}

fn email_config(templates: &[Value]) -> Map<String, Value> {
    members(json!({"apiKey": "k", "fromEmail": "no-reply@example.com", "fromName": "Soleira", "templates": templates}))
}

fn sms_config(templates: &Value) -> Map<String, Value> {
    members(json!({
        "accountSID": "a", "authToken": "t", "fromMessagingServiceSID": "s", "templates": templates
    }))
}

fn payload() -> Payload {
    Payload::code("123456")
        .with("locale", "en")
        .with(
            "application",
            json!({"name": "Shop", "branding": {"logoUrl": "https://shop.example/logo.svg"}}),
        )
        .with("organization", Value::Null)
}

async fn sent(id: &str, config: &Map<String, Value>, usage: Usage) -> Result<Value, ConnectorError> {
    let manifest = manifest(id);
    let directory = tempfile::tempdir().unwrap();
    // The directory is made when it is missing.
    let records = directory.path().join("messages");
    let config = SenderConfig::parse(&manifest, config).unwrap();
    let payload = payload();
    let to = match manifest.sender.channel() {
        Channel::Email => "ada@example.com",
        Channel::Sms => "15551234567",
    };
    let message = Message {
        to,
        usage,
        payload: &payload,
    };
    send(&manifest, &config, message, &records).await?;
    let file = match manifest.sender.channel() {
        Channel::Email => "mock_email_record.txt",
        Channel::Sms => "mock_sms_record.txt",
    };
    let text = std::fs::read_to_string(records.join(file)).unwrap();
    assert_eq!(text.matches('\n').count(), 1);
    assert!(text.ends_with('\n'));
    // Nothing else stays behind.
    assert_eq!(std::fs::read_dir(&records).unwrap().count(), 1);
    Ok(serde_json::from_str(&text).unwrap())
}

#[test]
fn placeholders_are_filled_in() {
    let payload = payload();
    for (template, wanted) in [
        ("Your code is {{code}}.", "Your code is 123456."),
        ("{{ code }}{{code}}", "123456123456"),
        (
            "{{application.name}} {{application.branding.logoUrl}}",
            "Shop https://shop.example/logo.svg",
        ),
        // A known root without the leaf is empty; an unknown root stays as it is written.
        ("<{{application.displayName}}>", "<>"),
        ("<{{code.length}}>", "<>"),
        (
            "<{{user.name}}> <{{organization.name}}>",
            "<{{user.name}}> <{{organization.name}}>",
        ),
        // What is no placeholder stays.
        ("{{}} {{ }} {{a b}} {{code", "{{}} {{ }} {{a b}} {{code"),
        ("{{{code}}}", "{123456}"),
        ("{{ x {{code}}", "{{ x 123456"),
        ("no braces", "no braces"),
        ("{{code}", "{{code}"),
        ("", ""),
    ] {
        assert_eq!(render(template, &payload), wanted, "{template}");
    }
    // What is filled in is not read again.
    let tricky = Payload::code("{{locale}}").with("locale", "en");
    assert_eq!(render("{{code}}", &tricky), "{{locale}}");
}

#[tokio::test]
async fn an_email_is_recorded_as_its_template_says_it() {
    let config = email_config(&[
        template("Generic", "Code", "{{code}}"),
        template("SignIn", "{{application.name}}: {{code}}", "Use {{code}} to sign in"),
    ]);
    let record = sent("mock-email-service", &config, Usage::SignIn).await.unwrap();
    assert_eq!(record["address"], "ada@example.com");
    assert_eq!(record["code"], "123456");
    assert_eq!(record["type"], "SignIn");
    assert_eq!(record["payload"]["application"]["name"], "Shop");
    assert_eq!(record["template"]["usageType"], "SignIn");
    assert_eq!(record["template"]["type"], "text/plain");
    assert_eq!(record["subject"], "Shop: 123456");
    assert_eq!(record["content"], "Use 123456 to sign in");

    let record = sent("mock-email-service", &config, Usage::ForgotPassword)
        .await
        .unwrap();
    assert_eq!(record["type"], "ForgotPassword");
    assert_eq!(record["template"]["usageType"], "Generic");
}

#[tokio::test]
async fn the_alternative_records_the_data_alone() {
    let record = sent("mock-email-service-alternative", &Map::new(), Usage::Register)
        .await
        .unwrap();
    let names: Vec<&String> = record.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 4, "{names:?}");
    assert_eq!(record["type"], "Register");
}

#[tokio::test]
async fn a_text_message_is_recorded() {
    let config = sms_config(&json!([{"usageType": "Generic", "content": "{{code}}"}]));
    let record = sent("mock-short-message-service", &config, Usage::Register)
        .await
        .unwrap();
    assert_eq!(
        record,
        json!({
            "phone": "15551234567", "code": "123456", "type": "Register",
            "payload": {"code": "123456", "locale": "en",
                "application": {"name": "Shop", "branding": {"logoUrl": "https://shop.example/logo.svg"}}}
        })
    );
}

#[tokio::test]
async fn without_a_template_nothing_is_sent() {
    let config = email_config(&[template("SignIn", "", "")]);
    let error = sent("mock-email-service", &config, Usage::Register).await.unwrap_err();
    assert_eq!(error.code, ConnectorCode::TemplateNotFound);
    assert_eq!(error.reason, Reason::NoTemplate(Usage::Register));
    let config = sms_config(&json!([]));
    let error = sent("mock-short-message-service", &config, Usage::SignIn)
        .await
        .unwrap_err();
    assert_eq!(error.code, ConnectorCode::TemplateNotFound);
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let manifest = manifest("mock-email-service-alternative");
    let payload = payload();
    let message = Message {
        to: "ada@example.com",
        usage: Usage::SignIn,
        payload: &payload,
    };
    let config = SenderConfig { templates: Vec::new() };
    let error = send(&manifest, &config, message, file.path()).await.unwrap_err();
    assert_eq!(error.code, ConnectorCode::General);
}

#[test]
fn a_configuration_that_does_not_fit_names_its_fields() {
    let problems = |id: &str, config: Value| -> Vec<(String, Problem)> {
        SenderConfig::parse(&manifest(id), &members(config))
            .unwrap_err()
            .into_iter()
            .map(|issue| (issue.field, issue.problem))
            .collect()
    };
    let issue = |field: &str, problem| (field.to_owned(), problem);
    assert_eq!(
        problems("mock-email-service", json!({})),
        [
            issue("apiKey", Problem::Required),
            issue("fromEmail", Problem::Required),
            issue("templates", Problem::Required)
        ]
    );
    assert_eq!(
        problems(
            "mock-short-message-service",
            json!({"accountSID": 1, "authToken": "t", "templates": "x"})
        ),
        [
            issue("accountSID", Problem::NotText),
            issue("fromMessagingServiceSID", Problem::Required),
            issue("templates", Problem::NotTemplates)
        ]
    );
    for templates in [
        json!([{"usageType": "Nonsense", "type": "text/plain", "subject": "s", "content": "c"}]),
        json!([{"usageType": "SignIn", "type": "text/plain", "content": "c"}]),
        json!([{"usageType": "SignIn", "subject": "s"}]),
        json!([1]),
        json!({}),
    ] {
        let config = json!({"apiKey": "k", "fromEmail": "a@b.c", "templates": templates});
        assert_eq!(
            problems("mock-email-service", config),
            [issue("templates", Problem::NotTemplates)],
            "{templates}"
        );
    }
    let plain = sms_config(&json!([{"usageType": "SignIn", "content": "{{code}}"}]));
    assert!(SenderConfig::parse(&manifest("mock-short-message-service"), &plain).is_ok());
}

#[test]
fn a_payload_is_not_shown() {
    assert_eq!(
        format!("{:?}", Payload::code("987654").with("locale", "en")),
        r#"{"code", "locale"}"#
    );
}
