//! The routes.

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::app_state::AppState;
use super::{agent, harness, openapi, operation};

/// Every route that the document describes.
pub(super) fn routes() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(openapi::without_routes())
        .routes(routes!(harness::suites))
        .routes(routes!(harness::tasks))
        .routes(routes!(harness::task))
        .routes(routes!(harness::open, harness::sessions))
        .routes(routes!(harness::open_many))
        .routes(routes!(harness::session, harness::close))
        .routes(routes!(harness::reset))
        .routes(routes!(harness::fork))
        .routes(routes!(harness::finish))
        .routes(routes!(harness::changes))
        .routes(routes!(harness::trace))
        .routes(routes!(harness::export))
        .routes(routes!(agent::tools))
        .routes(routes!(agent::call))
        .routes(routes!(agent::clock))
        .routes(routes!(agent::prompt))
        .routes(routes!(operation::health))
        .routes(routes!(operation::ready))
        .routes(routes!(operation::metrics))
        .routes(routes!(operation::openapi))
        .routes(routes!(operation::docs))
}
