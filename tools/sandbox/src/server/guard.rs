//! Keeps other web sites' scripts away from the page and its buttons.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use std::net::IpAddr;

/// A header that only the page's own script sends: another origin's script would need our consent to send it.
pub(crate) const PAGE_HEADER: &str = "x-alipay-sandbox";

/// Whether the sandbox listens on loopback only.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OnLoopback(pub(crate) bool);

/// On loopback, refuses a request under any other name: DNS rebinding points a stranger's name at 127.0.0.1.
pub(crate) async fn check_host(
    State(on_loopback): State<OnLoopback>,
    request: Request,
    next: Next,
) -> Response {
    if on_loopback.0 && !names_loopback(request.headers()) {
        return (StatusCode::MISDIRECTED_REQUEST, "not this host").into_response();
    }
    next.run(request).await
}

/// Refuses a button that was pressed from another site.
pub(crate) async fn check_page_header(request: Request, next: Next) -> Response {
    if request.headers().contains_key(PAGE_HEADER) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, "only the page itself may do this").into_response()
    }
}

/// Refuses a body that announces too much at once, instead of waiting for it.
pub(crate) async fn check_length(State(limit): State<usize>, request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    next.run(request).await
}

fn names_loopback(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let Some(authority) = host.and_then(|host| host.parse::<Authority>().ok()) else {
        return false;
    };
    let name = authority.host();
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}
