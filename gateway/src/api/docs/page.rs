//! The description as a page.

use serde_json::{Map, Value};
use std::fmt::Write;

const METHODS: [&str; 3] = ["get", "post", "delete"];

/// The whole page.
pub(super) fn render(description: &Value) -> String {
    let title = text(&description["info"]["title"]);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}: API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body><main><h1>{title}: API</h1>"
    );
    for paragraph in description["info"]["description"].as_str().unwrap_or_default().split("\n\n") {
        let _ = write!(out, "<p>{}</p>", escape(paragraph));
    }
    out.push_str("<p>For programs: <a href=\"/api/openapi.json\">openapi.json</a> (OpenAPI 3.1).</p>");
    let empty = Map::new();
    out.push_str("<h2 id=\"everywhere\">everywhere</h2><p>What any route may answer, whatever it is for.</p>");
    answers(&mut out, description["components"]["responses"].as_object().unwrap_or(&empty).iter());
    let paths = description["paths"].as_object().unwrap_or(&empty);
    for tag in description["tags"].as_array().into_iter().flatten() {
        let name = text(&tag["name"]);
        let _ = write!(out, "<h2 id=\"{name}\">{name}</h2><p>{}</p>", text(&tag["description"]));
        for (path, item) in paths {
            for method in METHODS {
                let operation = &item[method];
                if operation["tags"][0] == tag["name"] {
                    route(&mut out, method, path, operation);
                }
            }
        }
    }
    out.push_str("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in description["components"]["schemas"].as_object().unwrap_or(&empty) {
        let name = escape(name);
        let _ = write!(out, "<h3 id=\"schema-{name}\">{name}</h3><p>{}</p>", text(&schema["description"]));
        fields(&mut out, schema);
    }
    out.push_str("</main></body></html>\n");
    out
}

fn route(out: &mut String, method: &str, path: &str, operation: &Value) {
    let path = escape(path);
    let id = format!("{method}{}", path.replace(['/', '{', '}'], "-"));
    let _ = write!(
        out,
        "<h3 id=\"{id}\"><a href=\"#{id}\"><span class=\"method\">{method}</span><code>{path}</code></a></h3><p>{}</p>",
        text(&operation["summary"])
    );
    if operation["description"].is_string() {
        let _ = write!(out, "<p>{}</p>", text(&operation["description"]));
    }
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table><thead><tr><th>Parameter</th><th>Values</th><th>Meaning</th></tr></thead><tbody>");
        for parameter in parameters {
            let name = text(&parameter["name"]);
            let needed = if parameter["required"] == true { " (required)" } else { "" };
            let (values, about) = (kind(&parameter["schema"]), text(&parameter["description"]));
            let _ = write!(out, "<tr><td><code>{name}</code>{needed}</td><td>{values}</td><td>{about}</td></tr>");
        }
        out.push_str("</tbody></table>");
    }
    // What any route may answer is said once.
    let own =
        operation["responses"].as_object().into_iter().flatten().filter(|(_, response)| response["$ref"].is_null());
    answers(out, own);
}

fn answers<'a>(out: &mut String, responses: impl Iterator<Item = (&'a String, &'a Value)>) {
    out.push_str("<table><thead><tr><th>Status</th><th>Answer</th><th>Meaning</th></tr></thead><tbody>");
    for (status, response) in responses {
        let contents = response["content"].as_object().into_iter().flatten();
        let contents: Vec<_> = contents
            .map(|(media, content)| format!("<code>{}</code> {}", escape(media), kind(&content["schema"])))
            .collect();
        let about = text(&response["description"]);
        let _ = write!(out, "<tr><td>{}</td><td>{}</td><td>{about}</td></tr>", escape(status), contents.join("<br>"));
    }
    out.push_str("</tbody></table>");
}

fn fields(out: &mut String, schema: &Value) {
    let Some(properties) = schema["properties"].as_object() else {
        let _ = write!(out, "<p>{}</p>", kind(schema));
        return;
    };
    out.push_str("<table><thead><tr><th>Field</th><th>Type</th><th>Meaning</th></tr></thead><tbody>");
    for (name, field) in properties {
        let (name, kind, about) = (escape(name), kind(field), text(&field["description"]));
        let _ = write!(out, "<tr><td><code>{name}</code></td><td>{kind}</td><td>{about}</td></tr>");
    }
    out.push_str("</tbody></table>");
}

/// A schema in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#schema-{name}\">{name}</a>");
    }
    for of in ["anyOf", "oneOf", "allOf"] {
        if let Some(schemas) = schema[of].as_array() {
            let joined = if of == "allOf" { " and " } else { " or " };
            return schemas.iter().map(kind).collect::<Vec<_>>().join(joined);
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        return values.iter().map(|value| format!("<code>{}</code>", text(value))).collect::<Vec<_>>().join(", ");
    }
    if schema["const"].is_string() {
        return format!("<code>{}</code>", text(&schema["const"]));
    }
    if schema["items"].is_object() {
        return format!("list of {}", kind(&schema["items"]));
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one),
    };
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, _) | (_, Value::Null) => String::new(),
        (least, most) => format!(" {} to {}", text(least), text(most)),
    };
    let pattern = schema["pattern"].as_str().map(|pattern| format!(" <code>{}</code>", escape(pattern)));
    format!("{types}{range}{}", pattern.unwrap_or_default())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => escape(text),
        other => escape(&other.to_string()),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
