use crate::problem::Details;
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// The schemas that routes refer to.
pub(super) struct Schemas(SchemaGenerator);

impl Schemas {
    pub(super) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        Self(settings.with(|settings| settings.definitions_path = "/components/schemas".into()).into_generator())
    }

    /// Refers to the schema of a type.
    pub(super) fn of<T: JsonSchema>(&mut self) -> Value {
        self.0.subschema_for::<T>().into()
    }

    pub(super) fn definitions(mut self) -> Map<String, Value> {
        self.of::<Details>();
        let mut definitions = self.0.take_definitions(true);
        definitions.sort_keys();
        definitions
    }
}

/// What any route may answer, whatever it is for.
pub(super) fn everywhere() -> Map<String, Value> {
    let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
    let said = |about: &str| json!({"description": about, "content": problem});
    let answers = [
        ("401", said("There is an access token, and the request does not show it.")),
        ("421", said("The gateway was called by a name that is not its own.")),
        ("429", said("More requests than one client may send; `Retry-After` says when to ask again.")),
        ("431", json!({"description": "The address and headers are longer than 16 kB, or more than 64."})),
    ];
    answers.map(|(status, answer)| (status.to_owned(), answer)).into_iter().collect()
}

/// One operation.
pub(super) struct Route {
    pub(super) method: &'static str,
    pub(super) path: String,
    tag: &'static str,
    summary: String,
    description: Option<&'static str>,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: Map<String, Value>,
}

impl Route {
    pub(super) fn get(path: impl Into<String>, tag: &'static str, summary: impl Into<String>) -> Self {
        Self::new("get", path, tag, summary)
    }

    pub(super) fn post(path: impl Into<String>, tag: &'static str, summary: impl Into<String>) -> Self {
        Self::new("post", path, tag, summary)
    }

    pub(super) fn delete(path: impl Into<String>, tag: &'static str, summary: impl Into<String>) -> Self {
        Self::new("delete", path, tag, summary)
    }

    fn new(method: &'static str, path: impl Into<String>, tag: &'static str, summary: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            tag,
            summary: summary.into(),
            description: None,
            parameters: Vec::new(),
            body: None,
            responses: Map::new(),
        }
    }

    pub(super) fn described(mut self, description: &'static str) -> Self {
        self.description = Some(description);
        self
    }

    pub(super) fn with(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    pub(super) fn body(mut self, content: Value) -> Self {
        self.body = Some(json!({"required": true, "content": content}));
        self
    }

    /// A JSON answer.
    pub(super) fn json(self, status: u16, schema: Value) -> Self {
        self.answers(status, "The answer.", json!({"application/json": {"schema": schema}}))
    }

    /// A JSON answer with an ETag, or 304.
    pub(super) fn tagged(self, schema: Value) -> Self {
        self.json(200, schema).not_modified()
    }

    /// An answer with an ETag, or 304, that is no JSON.
    pub(super) fn page(self, media: &str) -> Self {
        self.answers(200, "The answer.", json!({media: {"schema": {"type": "string"}}})).not_modified()
    }

    fn not_modified(self) -> Self {
        self.answers(304, "The client holds it already (`If-None-Match`).", json!({}))
    }

    pub(super) fn answers(mut self, status: u16, description: &str, content: Value) -> Self {
        let mut response = json!({"description": description});
        if content.as_object().is_some_and(|content| !content.is_empty()) {
            response["content"] = content;
        }
        self.responses.insert(status.to_string(), response);
        self
    }

    /// Problems it may answer with.
    pub(super) fn problems(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            let problem = json!({"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}});
            let description = match status {
                400 => "A parameter is wrong; the problem names it.",
                403 => "The request came from another site's page.",
                404 => "What was named does not exist; `available` says what does.",
                406 => "None of the forms on offer is wanted.",
                409 => "It contradicts what is stored.",
                413 => "The body is too large.",
                415 => "The body is of another type than those that are read.",
                422 => "The body is not what it should be; `errors` names every field that is wrong.",
                _ => "It cannot be had now; `last_good` says how old the newest known value is.",
            };
            self = self.answers(*status, description, problem);
        }
        self
    }

    pub(super) fn operation(self) -> Value {
        let mut operation = json!({"tags": [self.tag], "summary": self.summary});
        if let Some(description) = self.description {
            operation["description"] = json!(description);
        }
        if !self.parameters.is_empty() {
            operation["parameters"] = json!(self.parameters);
        }
        if let Some(body) = self.body {
            operation["requestBody"] = body;
        }
        let mut responses = self.responses;
        for status in everywhere().keys() {
            let shared = || json!({"$ref": format!("#/components/responses/{status}")});
            responses.entry(status.clone()).or_insert_with(shared);
        }
        operation["responses"] = Value::Object(responses);
        operation
    }
}
