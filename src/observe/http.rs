//! `/metrics`, `/healthz` and `/readyz` on a loopback port.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use tracing::error;

use super::Told;

/// Prometheus' text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers in a thread of its own until the process ends. Returns the address, whose port was
/// chosen by the machine where it was 0.
pub(super) fn serve(address: SocketAddr, told: Arc<Told>) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .with_context(|| format!("listening at {address} for --metrics; is the port taken?"))?;
    let bound = listener.local_addr().context("asking for the port of --metrics")?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime of --metrics")?;
    std::thread::Builder::new()
        .name("metrics".into())
        .spawn(move || {
            let served = runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                axum::serve(listener, routes(told)).await
            });
            if let Err(error) = served {
                error!(%error, "metrics are told no more");
            }
        })
        .context("starting the thread of --metrics")?;
    Ok(bound)
}

fn routes(told: Arc<Told>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .with_state(told)
}

async fn metrics(State(told): State<Arc<Told>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, TEXT_FORMAT)], told.text())
}

async fn healthz(State(told): State<Arc<Told>>) -> impl IntoResponse {
    answer(told.is_healthy())
}

async fn readyz(State(told): State<Arc<Told>>) -> impl IntoResponse {
    answer(told.is_ready())
}

fn answer(fine: Result<(), String>) -> (StatusCode, String) {
    match fine {
        Ok(()) => (StatusCode::OK, "ok\n".to_owned()),
        Err(why) => (StatusCode::SERVICE_UNAVAILABLE, why + "\n"),
    }
}
