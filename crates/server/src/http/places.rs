//! Where a request asks for, as what is noted of it names that place, and the straight way to what is asked for most.

use std::pin::Pin;
use std::sync::Arc;

use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;

use super::{App, agent, harness};

/// An answer that is on its way.
pub(super) type Answered = Pin<Box<dyn Future<Output = Response> + Send>>;

/// A handler, without the router before it.
pub(super) type Straight = Box<dyn Fn(Request, Arc<App>) -> Answered + Send + Sync>;

/// The routes by the paths that they match.
pub(super) struct Places {
    places: matchit::Router<Place>,
    none: Arc<str>,
}

struct Place {
    route: Arc<str>,
    straight: Option<(Method, Straight)>,
}

impl Places {
    pub(super) fn new<'a>(routes: impl IntoIterator<Item = &'a str>) -> Places {
        let mut straight = straight();
        let mut places = matchit::Router::new();
        for route in routes {
            let way = straight.extract_if(.., |(path, ..)| *path == route).next();
            let place = Place {
                route: route.into(),
                straight: way.map(|(_, method, straight)| (method, straight)),
            };
            let inserted = places.insert(route, place);
            inserted.expect("routes are told apart, as the service's are");
        }
        Places {
            places,
            none: "none".into(),
        }
    }

    /// The route of a request, or `none`, and the straight way to its handler, where it has one.
    pub(super) fn of(&self, request: &Request) -> (Arc<str>, Option<&Straight>) {
        let Ok(place) = self.places.at(request.uri().path()) else {
            return (Arc::clone(&self.none), None);
        };
        let straight = place.value.straight.as_ref();
        let straight = straight.filter(|(method, _)| method == request.method());
        (
            Arc::clone(&place.value.route),
            straight.map(|(_, straight)| straight),
        )
    }
}

/// What episodes are made of goes straight to its handler: the router copies what an address says and boxes the request's way in and out once
/// more, which takes longer than most calls do. By path and method.
fn straight() -> Vec<(&'static str, Method, Straight)> {
    vec![
        ("/sessions", Method::POST, to(harness::open)),
        ("/sessions/{session}", Method::DELETE, to(harness::close)),
        ("/sessions/{session}/calls", Method::POST, to(agent::call)),
        (
            "/sessions/{session}/finish",
            Method::POST,
            to(harness::finish),
        ),
        (
            "/sessions/{session}/reset",
            Method::POST,
            to(harness::reset),
        ),
    ]
}

fn to<T: 'static>(handler: impl Handler<T, Arc<App>, Future = Answered>) -> Straight {
    Box::new(move |request, app| handler.clone().call(request, app))
}

#[cfg(test)]
mod tests {
    use super::super::server::routes;
    use super::*;

    #[test]
    fn what_goes_straight_is_a_route_with_that_method() {
        let (_, document) = routes().split_for_parts();
        for (path, method, _) in straight() {
            let place = &document.paths.paths[path];
            let known = match method {
                Method::POST => &place.post,
                Method::DELETE => &place.delete,
                _ => &None,
            };
            assert!(known.is_some(), "{method} {path}");
        }
    }
}
