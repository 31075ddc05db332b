//! Events that hooks of the service fit to the client.

use super::{Copied, Fitted, Fitting, Frame, FrameSink, Live, Moved, Subscription};

/// What was taken from a ring.
pub(super) struct Taken {
    /// How many bytes were handed out.
    pub(super) bytes: usize,
    /// The last position that was moved over, if nothing was handed out since.
    pub(super) passed: Option<Moved>,
    pub(super) copied: Copied,
}

impl Subscription {
    /// Takes from the ring, until something is handed out or there is nothing more.
    ///
    /// The hooks look at what is due when the ring's lock is released: publishers wait for it, and all other subscribers.
    pub(super) fn copy_fitted(&mut self, at: usize, live: &mut Live, sink: &mut impl FrameSink, quota: usize) -> Taken {
        let (mut bytes, mut passed, since) = (0, None, live.since);
        loop {
            let (taste, leaving, mut beyond, mut due) = (&self.taste, &self.leaving, false, Vec::new());
            let copied = self.member.ring().copy(&mut live.next, quota, |local, slot| {
                if let Some(leaving) = leaving {
                    beyond |= slot.stored.as_ref().is_some_and(|link| leaving.is_beyond(&link.cursor));
                    if beyond {
                        return 0;
                    }
                }
                let moved = slot.stored.as_ref().map(|link| Moved { subscription: at, cursor: link.cursor });
                if moved.is_none() && local < since {
                    return 0;
                }
                let frame =
                    ((!slot.superseded || leaving.is_some()) && taste.wants(&slot.frame, &slot.routing)).then(|| slot.frame.clone());
                let size = frame.as_ref().map_or(0, Frame::size);
                due.push((frame, moved));
                size
            });
            for (frame, moved) in due {
                if let Some(moved) = moved {
                    self.cursor = Some(moved.cursor);
                }
                let handed = frame.map_or(0, |frame| hand_out(self.fitting.as_deref(), &frame, moved, sink));
                bytes += handed;
                if handed == 0 {
                    passed = moved.or(passed);
                    self.untold += u32::from(moved.is_some());
                } else if moved.is_some() {
                    (passed, self.untold) = (None, 0);
                }
            }
            if bytes > 0 || copied != Copied::Some {
                return Taken { bytes, passed, copied };
            }
        }
    }
}

/// Hands out an event that is due, or what hooks leave of it. Answers how many bytes that were: nothing if it is not for this client after all.
pub(super) fn hand_out(fitting: Option<&Fitting>, frame: &Frame, moved: Option<Moved>, sink: &mut impl FrameSink) -> usize {
    match fitting.map_or(Fitted::Same, |fitting| fitting.fit(frame, moved.map(|moved| moved.cursor))) {
        Fitted::Same => {
            sink.event(frame, moved);
            frame.size()
        }
        Fitted::Nothing => 0,
        Fitted::Others(frames) => {
            let last = frames.len().saturating_sub(1);
            for (at, piece) in frames.iter().enumerate() {
                sink.event(piece, moved.filter(|_| at == last));
            }
            frames.iter().map(Frame::size).sum()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use serde_json::json;
    use tidewire_schema::History;

    use crate::{
        broker::{Draft, MemoryBroker},
        contract::Registry,
        cursor::Cursor,
        hub::{Hub, Outlet, RingBounds},
        middleware::{Deliver, Hooks, Middleware, Outgoing, Stack, Who},
        session::{Beginning, Control, Filter, FrameSink, Moved, Session, SessionLimits, Wish},
        transport::Frame,
    };

    const KEEP: History = History::Keep { max: 10, ttl: 60 };

    const CONTRACT: &str = r#"{ "name": "x", "types": [], "channels": [
        { "pattern": "fitted", "carries": { "unnamed": { "name": "message", "publish": { "server": true, "client": false }, "payload": { "kind": "boolean" } } } },
        { "pattern": "shared", "carries": { "unnamed": { "name": "message", "publish": { "server": true, "client": false }, "payload": { "kind": "boolean" } } } }
    ], "events": [] }"#;

    struct Lies;

    impl Middleware for Lies {
        fn delivers(&self, pattern: &str) -> bool {
            pattern == "fitted"
        }

        fn deliver(&self, event: &Outgoing<'_>) -> Deliver {
            if event.user_id().is_none() { Deliver::Change(json!(false)) } else { Deliver::Pass }
        }
    }

    struct Deaf;

    impl Outlet for Deaf {
        fn due(&self) {}
    }

    /// Where the bytes of events lie.
    #[derive(Default)]
    struct Places(Vec<(String, *const u8)>);

    impl FrameSink for Places {
        fn control(&mut self, _: &Control, _: Option<Moved>) {}

        fn event(&mut self, frame: &Frame, _: Option<Moved>) {
            let read: serde_json::Value = serde_json::from_slice(frame.json()).unwrap();
            self.0.push((format!("{} {}", read["channel"].as_str().unwrap(), read["data"]), frame.json().as_ptr()));
        }

        fn passed(&mut self, _: Moved) {}
    }

    /// What hooks are asked with, and a node without connections.
    fn service(ring_events: usize) -> (Stack, Arc<Hub>) {
        let contract = Box::leak(Box::new(crate::__private::contract(CONTRACT)));
        let registry = Arc::new(Registry::new(contract, KEEP).unwrap());
        let stack = Stack::new(&[Arc::new(Lies) as Arc<dyn Hooks>], registry, Duration::from_secs(1));
        (stack, Hub::attach(Arc::new(MemoryBroker::new()), RingBounds { events: ring_events, bytes: 1000 }, Duration::from_secs(2)))
    }

    async fn session(stack: &Stack, hub: &Arc<Hub>, user: Option<&str>, channels: &[&str], beginning: Beginning) -> Session {
        let tailor = stack.tailor(|| Who { connection: None, user: user.map(str::to_owned) });
        let limits = SessionLimits { replay_events: 10, page_bytes: 1000 };
        let mut session = Session::open(Control::Ping, None, limits).fitted_by(tailor);
        for channel in channels {
            let member = hub.join(channel, KEEP, Arc::new(Deaf));
            member.open().await.unwrap();
            session.subscribe(Wish { member, beginning, filter: Filter::default(), reference: None, by: None });
        }
        session
    }

    async fn publish(hub: &Hub, channel: &str) -> Cursor {
        publish_as(hub, channel, false).await
    }

    async fn publish_as(hub: &Hub, channel: &str, latest: bool) -> Cursor {
        let (sender, origin, exclude, key) = (None, None, None, None);
        let data = Some("true".to_owned());
        let draft = Draft { event: "message", sender, origin, exclude, data, retention: KEEP, latest, key };
        hub.broker().publish(channel, draft).await.unwrap().cursor.unwrap()
    }

    #[tokio::test]
    async fn what_is_due_to_somebody_who_leaves_is_not_passed_over_for_what_comes_too_late() {
        for channel in ["fitted", "shared"] {
            let (stack, hub) = service(10);
            let mut session = session(&stack, &hub, Some("ann"), &[channel], Beginning::Fresh).await;
            session.pull(&mut Places::default(), 1000);
            publish_as(&hub, channel, true).await;
            let last = publish_as(&hub, channel, true).await;
            // It came after the service had called.
            publish_as(&hub, channel, true).await;
            session.revoke(channel, Some(last), 0, false);
            let mut places = Places::default();
            session.pull(&mut places, 1000);
            assert_eq!(places.0.len(), 2, "{channel}");
        }
    }

    #[tokio::test]
    async fn what_no_hook_changes_is_encoded_once_for_everybody() {
        let (stack, hub) = service(10);
        let mut pulled = Vec::new();
        let mut sessions = Vec::new();
        for user in [Some("ann"), Some("bob"), None] {
            sessions.push(session(&stack, &hub, user, &["fitted", "shared"], Beginning::Fresh).await);
        }
        publish(&hub, "fitted").await;
        publish(&hub, "shared").await;
        for session in &mut sessions {
            let mut places = Places::default();
            session.pull(&mut places, 1000);
            places.0.sort();
            pulled.push(places.0);
        }
        assert_eq!(pulled[0], pulled[1], "the same bytes, not copies");
        assert_eq!(pulled[0].iter().map(|(event, _)| event.as_str()).collect::<Vec<_>>(), ["fitted true", "shared true"]);
        assert_eq!(pulled[2][1], pulled[0][1], "where no hook looks");
        assert_eq!(pulled[2][0].0, "fitted false");
    }

    #[tokio::test]
    async fn a_page_that_others_have_as_well_is_fitted_event_by_event() {
        let (stack, hub) = service(1);
        // So that the ring has a past that it does not hold.
        let _listening = session(&stack, &hub, None, &["fitted"], Beginning::Fresh).await;
        let cursor = publish(&hub, "fitted").await;
        for _ in 0..3 {
            publish(&hub, "fitted").await;
        }
        let (mut sessions, mut pages) = (Vec::new(), Vec::new());
        for user in [Some("ann"), None, Some("bob"), None] {
            let mut session = session(&stack, &hub, user, &["fitted"], Beginning::After(cursor)).await;
            let request = session.take_request().expect("the ring does not reach back so far");
            let page = match pages.first() {
                Some(page) => Arc::clone(page),
                None => hub.read(&request.channel, request.read).await.unwrap(),
            };
            pages.push(page.clone());
            session.page(request.reader, page);
            sessions.push((user, session));
        }
        for (user, mut session) in sessions {
            let mut places = Places::default();
            session.pull(&mut places, 10_000);
            let expected = if user.is_some() { "fitted true" } else { "fitted false" };
            assert_eq!(places.0.iter().map(|(event, _)| event.as_str()).collect::<Vec<_>>(), [expected; 3], "{user:?}");
        }
    }
}
