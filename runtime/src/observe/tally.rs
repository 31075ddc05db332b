//! Counting what a session hands out, without a word for each event.

use std::ops::Range;

use super::counters::{Beginning, Metrics, Transport, gap, subscribed};
use crate::{
    session::{Control, FrameSink, Moved, Outcome, SharedPage},
    transport::Frame,
};

/// Hands frames on, and adds up what they are. The sum is told once, when it is dropped.
pub(crate) struct Tally<'a, S> {
    sink: &'a mut S,
    metrics: &'a Metrics,
    transport: Transport,
    events: u64,
    bytes: u64,
}

impl<'a, S> Tally<'a, S> {
    pub(crate) fn new(sink: &'a mut S, metrics: &'a Metrics, transport: Transport) -> Self {
        Self { sink, metrics, transport, events: 0, bytes: 0 }
    }
}

impl<S: FrameSink> FrameSink for Tally<'_, S> {
    fn control(&mut self, frame: &Control, moved: Option<Moved>) {
        match frame {
            Control::Subscribed { outcome: Outcome::Fresh, .. } => subscribed(Beginning::Fresh),
            Control::Subscribed { outcome: Outcome::Resumed, .. } => subscribed(Beginning::Resumed),
            Control::Gap(found) => gap(found.reason),
            Control::Denied { .. } => subscribed(Beginning::Denied),
            _ => {}
        }
        self.sink.control(frame, moved);
    }

    fn event(&mut self, frame: &Frame, moved: Option<Moved>) {
        self.events += 1;
        self.bytes += frame.size() as u64;
        self.sink.event(frame, moved);
    }

    fn run(&mut self, page: &SharedPage, range: Range<usize>, moved: Moved) {
        self.events += range.len() as u64;
        self.bytes += page.entries[range.clone()].iter().map(|entry| entry.frame.size() as u64).sum::<u64>();
        self.sink.run(page, range, moved);
    }

    fn shared(&mut self, frame: &Frame) {
        self.sink.shared(frame);
    }

    fn passed(&mut self, moved: Moved) {
        self.sink.passed(moved);
    }
}

impl<S> Drop for Tally<'_, S> {
    fn drop(&mut self) {
        if self.events > 0 {
            self.metrics.delivered(self.transport, self.events, self.bytes);
        }
    }
}
