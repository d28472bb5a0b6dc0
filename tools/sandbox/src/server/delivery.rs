//! From the model's delivery to an HTTP answer, or to the lack of one.

use crate::model::answer::Delivery;
use axum::{
    body::{Body, Bytes},
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse as _, Response},
};
use http_body::{Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

/// Marks an answer that must not be sent: the accept loop closes the connection instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoseAnswer;

pub(crate) fn respond(delivery: Delivery) -> Response {
    match delivery {
        Delivery::Http {
            status,
            content_type,
            headers,
            body,
        } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let headers = AppendHeaders(headers);
            (status, [(header::CONTENT_TYPE, content_type)], headers, body).into_response()
        }
        Delivery::Cut { mut body, sent } => {
            let announced = body.len().to_string();
            body.truncate(sent);
            let headers = [
                (header::CONTENT_TYPE, "text/html;charset=utf-8".to_owned()),
                (header::CONTENT_LENGTH, announced),
            ];
            (headers, Body::new(CutBody::Sends(Bytes::from(body)))).into_response()
        }
        Delivery::Lost => {
            let mut response = StatusCode::NO_CONTENT.into_response();
            response.extensions_mut().insert(LoseAnswer);
            response
        }
    }
}

/// A body that breaks off.
enum CutBody {
    Sends(Bytes),
    /// Gives the connection a turn to write out what it has.
    Flushes,
    Breaks,
}

impl http_body::Body for CutBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match std::mem::replace(&mut *self, Self::Breaks) {
            Self::Sends(bytes) => {
                *self = Self::Flushes;
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Self::Flushes => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Breaks => Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into()))),
        }
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
