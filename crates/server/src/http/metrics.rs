//! Metrics in the text that Prometheus reads (exposition format 0.0.4).

use std::time::Duration;

use breakroom_tools::native;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use breakroom_gateway::wire::TracedCall;
use breakroom_gateway::{CloseCause, GatewayObserver};

/// Seconds, from a look-up to the limit of a call.
const BUCKETS: [f64; 12] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0,
];

type CauseLabel = [(&'static str, &'static str); 1];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ToolLabels {
    tool: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    tool: &'static str,
    outcome: &'static str,
}

/// The metrics of a server.
pub(super) struct Metrics {
    registry: Registry,
    sessions: Gauge,
    opened: Counter,
    closed: Family<CauseLabel, Counter>,
    calls: Family<CallLabels, Counter>,
    call_time: Family<ToolLabels, Histogram>,
    requests: Family<ResponseLabels, Counter>,
    request_time: Family<RouteLabels, Histogram>,
}

impl Default for Metrics {
    fn default() -> Metrics {
        let timed = || Histogram::new(BUCKETS);
        let mut registry = Registry::with_prefix("breakroom");
        let sessions = Gauge::default();
        let opened = Counter::default();
        let closed = Family::default();
        let calls = Family::default();
        let call_time = Family::new_with_constructor(timed as fn() -> Histogram);
        let requests = Family::default();
        let request_time = Family::new_with_constructor(timed as fn() -> Histogram);
        let seconds = Unit::Seconds;
        registry.register("sessions", "Sessions that are open", sessions.clone());
        registry.register(
            "sessions_opened",
            "Sessions that were opened",
            opened.clone(),
        );
        registry.register(
            "sessions_closed",
            "Sessions that were closed, and why",
            closed.clone(),
        );
        registry.register(
            "calls",
            "Calls of tools, and what came of them",
            calls.clone(),
        );
        registry.register_with_unit(
            "call",
            "How long calls took",
            seconds.clone(),
            call_time.clone(),
        );
        registry.register(
            "http_requests",
            "Requests by route, method and status",
            requests.clone(),
        );
        registry.register_with_unit(
            "http_request",
            "How long requests took",
            seconds,
            request_time.clone(),
        );
        Metrics {
            registry,
            sessions,
            opened,
            closed,
            calls,
            call_time,
            requests,
            request_time,
        }
    }
}

impl GatewayObserver for Metrics {
    fn session_opened(&self) {
        self.opened.inc();
    }

    fn session_closed(&self, cause: CloseCause) {
        let why = match cause {
            CloseCause::Idle => "idle",
            CloseCause::Requested => "asked",
        };
        self.closed.get_or_create(&[("why", why)]).inc();
    }

    fn call_finished(&self, call: &TracedCall) {
        // Names that agents make up share one label, so that the number of labels stays bounded.
        let tool = native::find(&call.tool).map_or("unknown", |tool| tool.name.as_str());
        let labels = ToolLabels { tool };
        let outcome = call.outcome.name();
        self.calls
            .get_or_create(&CallLabels { tool, outcome })
            .inc();
        let time = Duration::from_micros(call.microseconds).as_secs_f64();
        self.call_time.get_or_create(&labels).observe(time);
    }
}

impl Metrics {
    /// Counts an answered request.
    pub(super) fn count_request(
        &self,
        route: &str,
        method: &'static str,
        status: u16,
        time: Duration,
    ) {
        let route = route.to_owned();
        let labels = ResponseLabels {
            route: route.clone(),
            method,
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let labels = RouteLabels { route, method };
        let took = self.request_time.get_or_create(&labels);
        took.observe(time.as_secs_f64());
    }

    /// All metrics as text. `sessions` is the number of open sessions.
    pub(super) fn text(&self, sessions: usize) -> String {
        self.sessions.set(sessions as i64);
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("writing to a string does not fail");
        text
    }
}
