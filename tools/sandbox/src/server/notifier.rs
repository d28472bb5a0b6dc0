//! Posts the notifications that are due.

use crate::{
    model::{gateway::Gateway, notification::OutgoingNotification},
    server::books::{Books, now},
};
use std::{sync::Arc, time::Duration};
use ureq::Agent;

/// How long a merchant may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Nobody answers a notification with more than this.
const ANSWER_LIMIT: u64 = 64 * 1024;
/// When nothing is planned, and after an error.
const IDLE: Duration = Duration::from_secs(60);

/// Runs until it is aborted.
pub(crate) async fn run(books: Arc<Books>) {
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(ANSWER_WITHIN))
        .http_status_as_error(false)
        // A redirect is no `success` (seed document 001), and a proxy can't reach the merchant's loopback.
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .build()
        .into();
    loop {
        let due = books.write_quietly(Gateway::due_notifications);
        if let Ok(Ok(due)) = due {
            for outgoing in due {
                let (books, agent) = (Arc::clone(&books), agent.clone());
                tokio::task::spawn_blocking(move || {
                    let answer = post(&agent, &outgoing);
                    // If the file can't be written the notification stays open, and is sent again after a restart.
                    let _ = books.write(|gateway, now| {
                        gateway.notification_answered(&outgoing.handle, answer.as_deref(), now);
                    });
                });
            }
        }
        let pause = books
            .next_wake()
            .map_or(IDLE, |at| at.saturating_since(now()).min(IDLE));
        tokio::select! {
            () = tokio::time::sleep(pause.max(Duration::from_millis(1))) => {}
            () = books.changed.notified() => {}
        }
    }
}

/// The body of a 2xx answer.
fn post(agent: &Agent, outgoing: &OutgoingNotification) -> Option<Vec<u8>> {
    let request = agent
        .post(&outgoing.notify_url)
        .header("content-type", &outgoing.content_type);
    let mut response = request.send(&outgoing.body).ok()?;
    if !response.status().is_success() {
        return None;
    }
    response
        .body_mut()
        .with_config()
        .limit(ANSWER_LIMIT)
        .read_to_vec()
        .ok()
}
