//! Holds a payload to the published JSON Schema, in tests.

use std::collections::BTreeMap;

use serde_json::Value;

/// As much of JSON Schema as the file uses.
pub(super) fn schema_problems(value: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../../../schemas/webhook-1.json")).unwrap();
    let mut problems = Vec::new();
    check(&schema, &schema, value, "$", &mut problems);
    problems
}

fn check(root: &Value, schema: &Value, value: &Value, path: &str, problems: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix("#/$defs/").unwrap();
        return check(root, &root["$defs"][name], value, path, problems);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = |choice: &&Value| {
            let mut found = Vec::new();
            check(root, choice, value, path, &mut found);
            found.is_empty()
        };
        let count = choices.iter().filter(fits).count();
        if count != 1 {
            problems.push(format!("{path}: fits {count} of the forms"));
        }
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        problems.push(format!("{path}: {value} is not allowed"));
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.is_empty() && !kinds.contains(&kind) {
        problems.push(format!("{path}: is {kind}"));
    }
    if let (Some(members), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        let known: BTreeMap<&String, &Value> = known.iter().collect();
        for (name, inner) in members {
            match known.get(name) {
                Some(schema) => check(root, schema, inner, &format!("{path}.{name}"), problems),
                None => problems.push(format!("{path}.{name}: unknown")),
            }
        }
        for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                problems.push(format!("{path}.{name}: missing"));
            }
        }
    }
    for (at, inner) in value.as_array().into_iter().flatten().enumerate() {
        check(root, &schema["items"], inner, &format!("{path}[{at}]"), problems);
    }
}
