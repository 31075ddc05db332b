//! An event stream as a response body.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame};

use super::sse::SseWriter;
use crate::connection::{Collector, Doorbell, Driver};

/// Drives a connection for as long as the client reads.
#[derive(Debug)]
pub(super) struct EventBody {
    driver: Driver,
    writer: SseWriter,
    doorbell: Arc<Doorbell>,
}

impl EventBody {
    pub(super) fn new(driver: Driver, writer: SseWriter, doorbell: Arc<Doorbell>) -> Self {
        Self { driver, writer, doorbell }
    }
}

impl Body for EventBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let this = self.get_mut();
        this.doorbell.listen(cx.waker());
        let beat = this.driver.seat().take_beat();
        if beat {
            this.driver.tell_positions();
        }
        this.driver.advance(cx, &mut this.writer);
        if beat && this.writer.is_empty() && this.driver.ending().is_none() {
            this.writer.heartbeat();
        }
        match this.writer.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None if this.driver.ending().is_some() => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}
