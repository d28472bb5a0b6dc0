//! The gateway itself: takes a request, lets the method's room decide, answers.

use crate::{
    config::App,
    model::{
        answer::{Answer, Node, Seal, deliver},
        certificates::Certificates,
        codes::{GatewayCode, Refusal},
        encryption,
        ledger::{Ledger, TradeKey},
        notification::{self, Notification, NotificationHandle, OutgoingNotification},
        parameters::{Method, Parameters, no_such_method},
        script::Damage,
        seed::Seed,
        trade::{Trade, TradeView},
        v3,
    },
};
use alipay_core::{
    Error, ErrorCode, Timestamp,
    charset::Charset,
    cipher::ContentKey,
    key::PrivateKey,
    sign::{SignType, Signer},
};
use std::{sync::Arc, time::Duration};

pub use crate::model::parameters::GatewayRequest;

/// What a gateway is made of.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// The merchants' applications.
    pub apps: Vec<App>,
    /// Signs answers and notifications.
    pub alipay_key: PrivateKey,
    /// Everything random comes from it.
    pub seed: u64,
    /// How many times faster than real time the gateway's own delays run; at least 1.
    pub time_scale: u32,
    /// How late a late answer is, before scaling.
    pub late_answer: Duration,
    /// Certificate mode (公钥证书方式): issued for these applications and this key of Alipay's.
    pub certificates: Option<Certificates>,
    /// Content encryption (接口内容加密): every application's key.
    pub content_key: Option<ContentKey>,
}

/// A simulated gateway. Hand it requests and the time; carry out what it answers.
#[derive(Debug)]
pub struct Gateway {
    apps: Vec<App>,
    pub(crate) signer: Arc<dyn Signer>,
    certificates: Option<Certificates>,
    content_key: Option<ContentKey>,
    pub(crate) seed: Seed,
    pub(crate) time_scale: u32,
    pub(crate) late_answer: Duration,
    pub(crate) ledger: Ledger,
    pub(crate) v3: v3::Memory,
}

/// What a method's room says: the node, and what happens to it on its way.
pub(crate) struct Reply {
    pub(crate) node: Node,
    pub(crate) damage: Damage,
}

impl Reply {
    pub(crate) fn undamaged(node: Node) -> Self {
        Self {
            node,
            damage: Damage::None,
        }
    }
}

/// Why the buyer's phone can't pay or refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotNow {
    /// There is no such trade.
    Unknown,
    /// It does not wait for its buyer.
    NotWaiting,
}

impl Gateway {
    /// A gateway with an empty ledger.
    ///
    /// # Errors
    /// `key_inconsistent` if the signing backend refuses the key.
    pub fn new(config: GatewayConfig) -> Result<Self, Error> {
        Ok(Self {
            certificates: config.certificates,
            content_key: config.content_key,
            signer: config.alipay_key.signer()?,
            apps: config.apps,
            seed: Seed::new(config.seed),
            time_scale: config.time_scale.max(1),
            late_answer: config.late_answer,
            ledger: Ledger::default(),
            v3: v3::Memory::default(),
        })
    }

    /// Answers a request.
    ///
    /// # Errors
    /// `signing_failed`.
    pub fn handle_request(&mut self, request: GatewayRequest<'_>, now: Timestamp) -> Result<Answer, Error> {
        self.ledger.pass_time(now);
        let parameters = match Parameters::read(request) {
            Ok(parameters) => parameters,
            Err(refusal) => return self.refuse_unsigned(&refusal, Charset::Utf8, now),
        };
        let charset = parameters.charset();
        let app = match parameters.app_id().and_then(|app_id| self.app(app_id)) {
            Ok(app) => app.clone(),
            // Which key would it sign with? The key belongs to the application.
            Err(refusal) => return self.refuse_unsigned(&refusal, charset, now),
        };
        // An application that signs with SHA-1 is answered with SHA-1: it may know nothing else.
        let sign_type = parameters.sign_type().unwrap_or_default();
        let method = match parameters.method() {
            Ok(method) => method,
            Err(refusal) => {
                let reply = Reply::undamaged(Node::refusal(&refusal, None));
                return self.answer("error_response", &reply, (sign_type, charset, false), now);
            }
        };
        let checked = match &self.certificates {
            Some(certificates) => certificates.check(&app.app_id, &parameters),
            None => Ok(()),
        };
        let opened = checked
            .and_then(|()| parameters.check(&app.public_key))
            .and_then(|()| encryption::open(&parameters, self.content_key.as_ref()));
        let (reply, encrypted) = match opened {
            Ok(content) => (
                self.carry_out(method, &app, &content.text, &parameters, now),
                content.encrypted,
            ),
            Err(refusal) => (Err(refusal), false),
        };
        let reply = reply.unwrap_or_else(|refusal| Reply::undamaged(Node::refusal(&refusal, None)));
        self.answer(method.node(), &reply, (sign_type, charset, encrypted), now)
    }

    pub(crate) fn carry_out(
        &mut self,
        method: Method,
        app: &App,
        biz_content: &str,
        parameters: &Parameters,
        now: Timestamp,
    ) -> Result<Reply, Refusal> {
        match method {
            Method::Pay => self.pay(app, biz_content, parameters, now),
            Method::Query => self.query(app, biz_content, now),
            Method::Cancel => self.cancel(app, biz_content, now),
            Method::CertificateDownload => {
                let certificates = self.certificates.as_ref().ok_or_else(no_such_method)?;
                certificates.download(biz_content).map(Reply::undamaged)
            }
        }
    }

    pub(crate) fn app(&self, app_id: &str) -> Result<&App, Refusal> {
        let known = self.apps.iter().find(|app| app.app_id == app_id);
        known.ok_or_else(|| {
            Refusal::gateway(
                GatewayCode::InvalidArguments,
                "isv.invalid-app-id",
                "无效的AppID参数",
            )
        })
    }

    fn answer(
        &self,
        name: &str,
        reply: &Reply,
        (sign_type, charset, encrypted): (SignType, Charset, bool),
        now: Timestamp,
    ) -> Result<Answer, Error> {
        let late = if reply.damage == Damage::Late {
            self.scaled(self.late_answer)
        } else {
            Duration::ZERO
        };
        Ok(Answer {
            deliver_at: now.saturating_add(late),
            delivery: deliver(
                name,
                &reply.node,
                charset,
                reply.damage,
                Some(Seal {
                    signer: &*self.signer,
                    sign_type,
                    alipay_cert_sn: self.alipay_cert_sn(),
                    content_key: self.content_key.as_ref().filter(|_| encrypted),
                }),
            )?,
        })
    }

    /// The certificates, in certificate mode.
    #[must_use]
    pub fn certificates(&self) -> Option<&Certificates> {
        self.certificates.as_ref()
    }

    fn alipay_cert_sn(&self) -> Option<&str> {
        let current = self.certificates()?.alipay()?;
        Some(&current.sn)
    }

    /// Alipay gets a new certificate, for this key, and signs with it from now on. The old ones can still be downloaded.
    ///
    /// # Errors
    /// `cert_mode` without certificates; `key_inconsistent`.
    pub fn rotate_certificate(&mut self, key: &PrivateKey, now: Timestamp) -> Result<(), Error> {
        let certificates = self.certificates.as_mut().ok_or(ErrorCode::CertMode)?;
        let signer = key.signer()?;
        certificates.issue_alipay(key.public_key(), now)?;
        self.signer = signer;
        Ok(())
    }

    fn refuse_unsigned(&self, refusal: &Refusal, charset: Charset, now: Timestamp) -> Result<Answer, Error> {
        let delivery = deliver(
            "error_response",
            &Node::refusal(refusal, None),
            charset,
            Damage::None,
            None,
        )?;
        Ok(Answer {
            deliver_at: now,
            delivery,
        })
    }

    /// A duration of the gateway's own, in the host's time.
    pub(crate) fn scaled(&self, duration: Duration) -> Duration {
        duration / self.time_scale
    }

    /// The record a query or cancel is about. `trade_no` goes first, as it does with Alipay.
    pub(crate) fn find(
        &self,
        app: &App,
        trade_no: Option<&str>,
        out_trade_no: Option<&str>,
    ) -> Option<TradeKey> {
        let key = match (trade_no, out_trade_no) {
            (Some(trade_no), _) => self.ledger.key_of(trade_no)?.clone(),
            (None, Some(out_trade_no)) => (app.app_id.clone(), out_trade_no.to_owned()),
            (None, None) => return None,
        };
        let trade = self.ledger.get(&key)?;
        (trade.app_id == app.app_id).then_some(key)
    }

    /// The buyer presses "pay" on the phone.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn buyer_pays(&mut self, trade_no: &str, now: Timestamp) -> Result<(), NotNow> {
        self.waiting(trade_no, now).map(|trade| trade.charge(now))
    }

    /// The buyer presses "refuse" on the phone.
    ///
    /// # Errors
    /// [`NotNow`].
    pub fn buyer_refuses(&mut self, trade_no: &str, now: Timestamp) -> Result<(), NotNow> {
        self.waiting(trade_no, now).map(|trade| trade.close(now))
    }

    fn waiting(&mut self, trade_no: &str, now: Timestamp) -> Result<&mut Trade, NotNow> {
        self.ledger.pass_time(now);
        let key = self.ledger.key_of(trade_no).ok_or(NotNow::Unknown)?.clone();
        let trade = self.ledger.get_mut(&key).ok_or(NotNow::Unknown)?;
        if trade.is_waiting() {
            Ok(trade)
        } else {
            Err(NotNow::NotWaiting)
        }
    }

    /// The notifications to send now. Each is on its way until [`Gateway::notification_answered`].
    ///
    /// # Errors
    /// `signing_failed`.
    pub fn due_notifications(&mut self, now: Timestamp) -> Result<Vec<OutgoingNotification>, Error> {
        self.ledger.pass_time(now);
        let mut due = Vec::new();
        for trade in self.ledger.iter() {
            for (index, notification) in trade.notifications.iter().enumerate() {
                if let (Some(at), Some(notify_url)) = (notification.due_at(), &trade.notify_url)
                    && at <= now
                {
                    due.push(OutgoingNotification {
                        handle: NotificationHandle {
                            trade_no: trade.trade_no.clone(),
                            index,
                        },
                        notify_url: notify_url.clone(),
                        content_type: format!(
                            "application/x-www-form-urlencoded; charset={}",
                            trade.charset().as_str()
                        ),
                        body: notification::body(
                            trade,
                            index,
                            self.seed,
                            (&*self.signer, self.alipay_cert_sn()),
                            now,
                        )?,
                    });
                }
            }
        }
        for outgoing in &due {
            let handle = &outgoing.handle;
            if let Some(trade) = self.ledger.with_notification(&handle.trade_no)
                && let Some(notification) = trade.notifications.get_mut(handle.index)
            {
                notification.mark_sent();
            }
        }
        Ok(due)
    }

    /// What came back for a notification: the body of a 2xx answer, or `None`. Only exactly `success` settles it.
    pub fn notification_answered(
        &mut self,
        handle: &NotificationHandle,
        answer: Option<&[u8]>,
        now: Timestamp,
    ) {
        let time_scale = self.time_scale;
        if let Some(trade) = self.ledger.with_notification(&handle.trade_no)
            && let Some(notification) = trade.notifications.get_mut(handle.index)
        {
            notification.answered(answer, time_scale, now);
        }
    }

    /// When to ask for due notifications next: time alone will have changed something then.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        let changes = self.ledger.iter().filter_map(Trade::next_change);
        let notifications = self.ledger.iter().flat_map(|trade| &trade.notifications);
        changes
            .chain(notifications.filter_map(Notification::due_at))
            .min()
    }

    /// The ledger, oldest trade first.
    pub fn trades(&mut self, now: Timestamp) -> Vec<TradeView> {
        self.ledger.pass_time(now);
        self.ledger.views()
    }

    /// The rows that changed since the last call, as key and JSON: to be stored before an answer leaves.
    ///
    /// # Errors
    /// None that can happen: rows are plain data.
    pub fn changed_rows(&mut self) -> Result<Vec<(String, String)>, serde_json::Error> {
        let rows = self.ledger.take_dirty();
        rows.into_iter()
            .map(|trade| Ok((trade.trade_no.clone(), serde_json::to_string(trade)?)))
            .collect()
    }

    /// Takes back rows that [`Gateway::changed_rows`] gave.
    ///
    /// # Errors
    /// If a row was not written by this version.
    pub fn restore_row(&mut self, json: &str) -> Result<(), serde_json::Error> {
        self.ledger.restore(serde_json::from_str(json)?);
        Ok(())
    }
}
