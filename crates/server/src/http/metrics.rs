//! What is counted, in the text that Prometheus reads (exposition format 0.0.4).

use std::time::Duration;

use breakroom_tools::native;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use breakroom_gateway::Witness;
use breakroom_gateway::wire::TracedCall;

/// Seconds, from a look-up to the limit of a call.
const BUCKETS: [f64; 12] = [
    0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0,
];

type One = [(&'static str, &'static str); 1];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    route: String,
    method: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Called {
    tool: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CameTo {
    tool: &'static str,
    outcome: &'static str,
}

/// The counters of a server.
pub(super) struct Metrics {
    registry: Registry,
    sessions: Gauge,
    opened: Counter,
    closed: Family<One, Counter>,
    calls: Family<CameTo, Counter>,
    call_time: Family<Called, Histogram>,
    requests: Family<Answered, Counter>,
    request_time: Family<Asked, Histogram>,
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

impl Witness for Metrics {
    fn opened(&self) {
        self.opened.inc();
    }

    fn closed(&self, reaped: bool) {
        let why = if reaped { "idle" } else { "asked" };
        self.closed.get_or_create(&[("why", why)]).inc();
    }

    fn called(&self, call: &TracedCall) {
        // What agents make up is one name, or there would be no end of them.
        let tool = native::find(&call.tool).map_or("unknown", |tool| tool.name.as_str());
        let called = Called { tool };
        let outcome = call.outcome.name();
        self.calls.get_or_create(&CameTo { tool, outcome }).inc();
        let time = Duration::from_micros(call.microseconds).as_secs_f64();
        self.call_time.get_or_create(&called).observe(time);
    }
}

impl Metrics {
    /// Counts an answered request.
    pub(super) fn requested(&self, route: &str, method: &'static str, status: u16, time: Duration) {
        let route = route.to_owned();
        let answered = Answered {
            route: route.clone(),
            method,
            status,
        };
        self.requests.get_or_create(&answered).inc();
        let asked = Asked { route, method };
        let took = self.request_time.get_or_create(&asked);
        took.observe(time.as_secs_f64());
    }

    /// Everything, with so many sessions open.
    pub(super) fn text(&self, sessions: usize) -> String {
        self.sessions.set(sessions as i64);
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a text takes more text");
        text
    }
}
