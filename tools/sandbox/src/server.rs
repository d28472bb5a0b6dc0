//! Real HTTP in front of the model.
//!
//! The accept loop is our own because a story may ask for what a web framework refuses to do: close the connection
//! without an answer.

pub(crate) mod books;
mod delivery;
mod guard;
mod notifier;
mod routes;

use crate::server::{books::Books, delivery::LoseAnswer};
use hyper::{body::Incoming, server::conn::http1, service::Service as _};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::watch};

/// How long answers under way may take once the sandbox stops.
const FINISH_WITHIN: Duration = Duration::from_millis(500);

/// Serves until `stopped` says so.
pub(crate) async fn serve(
    listener: TcpListener,
    addr: SocketAddr,
    books: Arc<Books>,
    mut stopped: watch::Receiver<bool>,
) {
    let notifier = tokio::spawn(notifier::run(Arc::clone(&books)));
    let router = TowerToHyperService::new(routes::router(books, addr));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            // An error means that the handle is gone, which is as good as stopped.
            _ = stopped.changed() => break,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely: give the others time to close.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
            let answering = router.call(request);
            async move {
                let Ok(response) = answering.await;
                if response.extensions().get::<LoseAnswer>().is_some() {
                    return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
                }
                Ok(response)
            }
        });
        let mut http = http1::Builder::new();
        let connection = http
            .timer(TokioTimer::new())
            // What arrives whole is carried out, however late it comes and though its sender has hung up: a kernel carries a request
            // for minutes after its program has given it up, and a client must be ready for that.
            .header_read_timeout(None)
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A connection that breaks is the client's business, or the story's.
            let _ = connection.await;
        });
    }
    drop(listener);
    notifier.abort();
    let _ = tokio::time::timeout(FINISH_WITHIN, graceful.shutdown()).await;
}
