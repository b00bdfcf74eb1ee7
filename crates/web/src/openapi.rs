//! What the descriptions of JSON APIs (OpenAPI 3.0) share.

use serde_json::{Map, Value, json};

/// Makes a document that was derived from handlers what clients of the wire are generated from: version 3.0, with the one
/// form of errors. The document has a schema `ErrorBody`.
pub fn finish(document: &mut Value) {
    document["openapi"] = json!("3.0.1");
    add_errors(document);
    spell_for_3_0(document);
}

/// Errors have one form everywhere.
fn add_errors(document: &mut Value) {
    let body = json!({"application/json": {"schema": {"$ref": "#/components/schemas/ErrorBody"}}});
    let operations = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        let responses = operation["responses"]
            .as_object_mut()
            .into_iter()
            .flat_map(Map::iter_mut);
        for (_, response) in responses.filter(|(status, _)| status.starts_with(['4', '5'])) {
            response["content"] = body.clone();
        }
    }
}

/// Writes schemas as OpenAPI 3.0 does, which clients of the wire are generated from: `nullable` for "or null", and no
/// keywords of later versions.
fn spell_for_3_0(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spell_for_3_0),
        Value::Object(members) => {
            // A property may have this name too.
            if members
                .get("propertyNames")
                .is_some_and(|names| names.get("type").is_some())
            {
                members.shift_remove("propertyNames");
            }
            if let Some(Value::Array(types)) = members.get("type") {
                let kind = types.iter().find(|kind| *kind != "null").cloned();
                if let Some(kind) = kind {
                    members.insert("type".into(), kind);
                    members.insert("nullable".into(), true.into());
                }
            }
            if let Some(Value::Array(choices)) = members.get_mut("oneOf") {
                let count = choices.len();
                choices.retain(|choice| choice["type"] != "null");
                if choices.len() < count {
                    if let Some(all) = members.shift_remove("oneOf") {
                        members.insert("allOf".into(), all);
                    }
                    members.insert("nullable".into(), true.into());
                }
            }
            members.values_mut().for_each(spell_for_3_0);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_spelled_as_clients_read_it() {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "a": {"type": ["string", "null"]},
                "b": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/B"}]},
            },
        });
        spell_for_3_0(&mut schema);
        assert_eq!(schema["properties"]["a"], json!({"type": "string", "nullable": true}));
        assert_eq!(
            schema["properties"]["b"],
            json!({"allOf": [{"$ref": "#/components/schemas/B"}], "nullable": true})
        );
    }
}
