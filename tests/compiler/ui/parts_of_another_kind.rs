//! A middleware where a plugin is wanted and the other way around, and brokers that are none: an address, and one behind an `Arc`.

use std::sync::Arc;

use tidewire::{MemoryBroker, Middleware, Plugin, Realtime, RealtimeBuilder};

pub struct Moderation;

impl Middleware for Moderation {}

pub struct Clock;

impl Plugin for Clock {
    fn name(&self) -> &'static str {
        "clock"
    }
}

fn right(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.plugin(Clock).middleware(Moderation).broker(MemoryBroker::new())
}

fn wrong(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.plugin(Moderation).middleware(Clock).broker("redis://127.0.0.1")
}

fn shared(builder: RealtimeBuilder) -> RealtimeBuilder {
    builder.broker(Arc::new(MemoryBroker::new()))
}

fn find(realtime: &Realtime) {
    let _ = realtime.plugin::<Moderation>();
}

fn main() {
    let _ = (right, wrong, shared, find);
}
