//! One trace from the bars to the browser's frame, as a real OTLP receiver is told of it.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue},
    response::Response,
    routing::post,
};
use bellwether_tests::{Product, eventually};
use http_body_util::{BodyExt, Full};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

const LIMIT: Duration = Duration::from_secs(90);

/// A span as it was exported.
#[derive(Debug, Clone)]
struct Seen {
    name: String,
    service: String,
    trace: Vec<u8>,
    id: Vec<u8>,
    parent: Vec<u8>,
}

type Spans = Arc<Mutex<Vec<Seen>>>;

/// gRPC over cleartext HTTP/2, by hand: a length, a message, and the status in the trailers.
async fn export(State(spans): State<Spans>, body: Bytes) -> Response {
    let request = ExportTraceServiceRequest::decode(body.slice(5..)).expect("an export request");
    let mut spans = spans.lock().expect("spans");
    for resource in request.resource_spans {
        let attributes = resource.resource.map(|resource| resource.attributes).unwrap_or_default();
        let service = attributes.into_iter().find(|attribute| attribute.key == "service.name");
        let service = service.map_or(String::new(), |attribute| format!("{:?}", attribute.value));
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let (name, service) = (span.name, service.clone());
            spans.push(Seen { name, service, trace: span.trace_id, id: span.span_id, parent: span.parent_span_id });
        }
    }
    let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"))]);
    let answer = Full::new(Bytes::from_static(&[0; 5])).with_trailers(async move { Some(Ok(trailers)) });
    Response::builder().header("content-type", "application/grpc").body(Body::new(answer)).expect("a response")
}

#[test]
fn a_session_is_one_trace_from_its_bars_to_the_frame_of_the_browser() {
    let spans = Spans::default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let receiver = spans.clone();
    let address = runtime.block_on(async move {
        let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let router = Router::new().route(path, post(export)).with_state(receiver);
        tokio::spawn(async move { axum::serve(listener, router).await });
        address
    });
    let data = tempfile::tempdir().expect("a folder");
    let endpoint = format!("http://{address}");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("OTEL_BSP_SCHEDULE_DELAY", "200")];
    let _product = Product::up_with(data.path(), &["--sample-pace", "0.5"], &environment);
    let whole = eventually("a trace with every step", LIMIT, || whole(&spans.lock().expect("spans")));
    let trace: BTreeSet<_> = whole.iter().map(|span| &span.trace).collect();
    assert_eq!(trace.len(), 1);
    let by_id: BTreeMap<_, _> = whole.iter().map(|span| (&span.id, span)).collect();
    let above = |span: &Seen| by_id.get(&span.parent).copied().cloned();
    let frame = whole.iter().find(|span| span.name == "frame" && chain(span, &above).contains("position"));
    let steps = chain(frame.expect("position's frame"), &above);
    assert_eq!(
        steps, "frame < put@gateway < fold@position < fold@regime < fold@scanner < publish@sample",
        "{whole:#?}"
    );
}

/// The spans of a trace in which every step has been exported.
fn whole(spans: &[Seen]) -> Option<Vec<Seen>> {
    let mut traces: BTreeMap<&[u8], Vec<Seen>> = BTreeMap::new();
    for span in spans {
        traces.entry(&span.trace).or_default().push(span.clone());
    }
    let steps = |trace: &Vec<Seen>| trace.iter().filter(|span| span.name == "frame").count() >= 5;
    let rooted = |trace: &Vec<Seen>| trace.iter().any(|span| span.name == "publish");
    traces.into_values().find(|trace| steps(trace) && rooted(trace))
}

fn chain(span: &Seen, above: &impl Fn(&Seen) -> Option<Seen>) -> String {
    let service = span.service.rsplit("bellwether-").next().unwrap_or_default();
    let service: String = service.chars().take_while(char::is_ascii_alphanumeric).collect();
    let step = match span.name.as_str() {
        "frame" => "frame".to_owned(),
        // A fold is named after its service already.
        name if name == service => format!("fold@{name}"),
        name => format!("{name}@{service}"),
    };
    above(span).map_or(step.clone(), |parent| format!("{step} < {}", chain(&parent, above)))
}
