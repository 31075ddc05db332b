//! The faults, each a function that plays on a stage.

mod client_link;

use std::pin::Pin;

use crate::{
    oracle::Allowance,
    stage::{Broker, Stage},
};

type Play = for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// A fault, and what it is played on.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) broker: Broker,
    pub(crate) nodes: usize,
    /// Whether it takes too long for the fast tier.
    pub(crate) slow: bool,
    pub(crate) allowance: Allowance,
    pub(crate) play: Play,
}

const NOTHING: Allowance = Allowance { reasons: &[], rollback: false, anew: false };

macro_rules! scenario {
    ($name:literal, $broker:expr, $nodes:literal, $slow:literal, $allowance:expr, $play:path) => {
        Scenario { name: $name, broker: $broker, nodes: $nodes, slow: $slow, allowance: $allowance, play: |stage| Box::pin($play(stage)) }
    };
}

/// Every scenario, in the order of their duration: what takes longest begins first.
pub(crate) const ALL: &[Scenario] = &[scenario!("embedded: client link cut", Broker::Embedded, 1, false, NOTHING, client_link::cut)];
