//! The sandbox's doubles of senders: each keeps its last message in a file, one JSON object and a line feed, which is
//! there, whole, before the response that sent it (docs/sandbox.md).

use super::{Message, Template, render};
use crate::error::{ConnectorCode, ConnectorError, Reason};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The file of the last e-mail.
const EMAIL: &str = "mock_email_record.txt";
/// The file of the last text message.
const TEXT: &str = "mock_sms_record.txt";

/// Keeps an e-mail as its template says it.
pub(super) async fn email(directory: &Path, message: Message<'_>, template: &Template) -> Result<(), ConnectorError> {
    let mut record = about("address", message);
    let subject = template.subject.as_deref().unwrap_or_default();
    record.insert("template".to_owned(), json!(template));
    record.insert("subject".to_owned(), render(subject, message.payload).into());
    record.insert("content".to_owned(), render(&template.content, message.payload).into());
    write(directory, EMAIL, record).await
}

/// Keeps what an e-mail would be made of.
pub(super) async fn bare_email(directory: &Path, message: Message<'_>) -> Result<(), ConnectorError> {
    write(directory, EMAIL, about("address", message)).await
}

/// Keeps what a text message would be made of.
pub(super) async fn text(directory: &Path, message: Message<'_>) -> Result<(), ConnectorError> {
    write(directory, TEXT, about("phone", message)).await
}

/// What every record says. A message without a code has no `code`.
fn about(recipient: &str, message: Message<'_>) -> Map<String, Value> {
    let mut record = Map::new();
    record.insert(recipient.to_owned(), message.to.into());
    if let Some(code) = message.payload.get("code") {
        record.insert("code".to_owned(), code.clone());
    }
    record.insert("type".to_owned(), message.usage.as_str().into());
    record.insert("payload".to_owned(), json!(message.payload));
    record
}

/// Puts a record in the place of the one before, so that a reader finds the one or the other, never half of one.
async fn write(directory: &Path, name: &str, record: Map<String, Value>) -> Result<(), ConnectorError> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let path = directory.join(name);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let part = directory.join(format!(".{name}.{}.{number}", std::process::id()));
    let text = format!("{}\n", Value::Object(record));
    let written = async {
        tokio::fs::create_dir_all(directory).await?;
        tokio::fs::write(&part, text).await?;
        tokio::fs::rename(&part, &path).await
    };
    written.await.map_err(|cause| unwritable(path, &cause))
}

fn unwritable(path: PathBuf, cause: &std::io::Error) -> ConnectorError {
    let cause = cause.to_string();
    ConnectorError::new(ConnectorCode::General, Reason::File { path, cause })
}
