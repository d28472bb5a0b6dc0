//! What answers where.

use crate::{
    model::{
        answer::Answer,
        gateway::{Gateway, GatewayRequest, NotNow},
        v3::V3Request,
    },
    server::{
        books::{Books, now},
        delivery,
        guard::{self, OnLoopback},
    },
};
use alipay_core::{Error, Timestamp};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, RawQuery, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use std::{net::SocketAddr, sync::Arc};

/// More than any request with the longest documented fields.
const BODY_LIMIT: usize = 256 * 1024;

/// Nothing but our own files, in no other page's frame.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(crate) fn router(books: Arc<Books>, addr: SocketAddr) -> Router {
    let buttons = Router::new()
        .route("/api/trades/{trade_no}/pay", post(pay))
        .route("/api/trades/{trade_no}/refuse", post(refuse))
        .route("/api/certificate/rotate", post(rotate))
        .route_layer(middleware::from_fn(guard::check_page_header));
    let page = Router::new()
        .route(
            "/",
            get(|| page_file("text/html; charset=utf-8", include_str!("page/index.html"))),
        )
        .route(
            "/page.js",
            get(|| page_file("text/javascript; charset=utf-8", include_str!("page/page.js"))),
        )
        .route(
            "/page.css",
            get(|| page_file("text/css; charset=utf-8", include_str!("page/page.css"))),
        )
        .route("/api/trades", get(trades))
        .merge(buttons)
        .route_layer(middleware::from_fn_with_state(
            OnLoopback(addr.ip().is_loopback()),
            guard::check_host,
        ));
    Router::new()
        .route("/gateway.do", get(gateway).post(gateway))
        .route("/v3/{*path}", any(v3))
        .merge(page)
        // The second catches what is sent in chunks.
        .layer(middleware::from_fn_with_state(BODY_LIMIT, guard::check_length))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(books)
}

async fn gateway(State(books): State<Arc<Books>>, RawQuery(query): RawQuery, body: Bytes) -> Response {
    answer(books, move |gateway, now| {
        let request = GatewayRequest {
            query: query.as_deref().unwrap_or_default(),
            body: &body,
        };
        gateway.handle_request(request, now)
    })
    .await
}

async fn v3(
    State(books): State<Arc<Books>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answer(books, move |gateway, now| {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let request = V3Request {
            method: method.as_str(),
            path: uri.path_and_query().map_or("", |path| path.as_str()),
            authorization: header("authorization"),
            app_auth_token: header("alipay-app-auth-token"),
            encrypt_type: header("alipay-encrypt-type"),
            body: &body,
        };
        gateway.handle_v3(request, now)
    })
    .await
}

async fn answer(
    books: Arc<Books>,
    act: impl FnOnce(&mut Gateway, Timestamp) -> Result<Answer, Error> + Send + 'static,
) -> Response {
    // RSA and SQLite take milliseconds: not on the threads that serve everybody.
    let answered = tokio::task::spawn_blocking(move || books.write(act));
    let Ok(Ok(Ok(answer))) = answered.await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    tokio::time::sleep(answer.deliver_at.saturating_since(now())).await;
    delivery::respond(answer.delivery)
}

async fn trades(State(books): State<Arc<Books>>) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], Json(books.trades()))
}

async fn pay(State(books): State<Arc<Books>>, Path(trade_no): Path<String>) -> StatusCode {
    press(&books, |gateway, now| gateway.buyer_pays(&trade_no, now))
}

async fn refuse(State(books): State<Arc<Books>>, Path(trade_no): Path<String>) -> StatusCode {
    press(&books, |gateway, now| gateway.buyer_refuses(&trade_no, now))
}

fn press(books: &Books, act: impl FnOnce(&mut Gateway, Timestamp) -> Result<(), NotNow>) -> StatusCode {
    match books.write(act) {
        Ok(Ok(())) => StatusCode::NO_CONTENT,
        Ok(Err(NotNow::Unknown)) => StatusCode::NOT_FOUND,
        Ok(Err(NotNow::NotWaiting)) => StatusCode::CONFLICT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Alipay changes its certificate; 409 if there are none.
async fn rotate(State(books): State<Arc<Books>>) -> StatusCode {
    if books.certificates().is_none() {
        return StatusCode::CONFLICT;
    }
    match tokio::task::spawn_blocking(move || books.rotate_certificate()).await {
        Ok(Ok(())) => StatusCode::NO_CONTENT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn page_file(content_type: &'static str, text: &'static str) -> impl IntoResponse {
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
