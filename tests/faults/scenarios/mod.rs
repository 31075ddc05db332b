//! The faults, each a function that plays on a stage.

mod absence;
mod client_link;
mod clients;
mod node;
mod store;
mod store_link;
mod tampering;

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
const ANEW: Allowance = Allowance { reasons: &["epoch"], rollback: false, anew: true };
const TRIMMED: Allowance = Allowance { reasons: &["trimmed", "slow"], ..NOTHING };
const EXPIRED: Allowance = Allowance { reasons: &["expired", "trimmed"], ..NOTHING };

macro_rules! scenario {
    ($name:literal, $broker:expr, $nodes:literal, $slow:literal, $allowance:expr, $play:path) => {
        Scenario { name: $name, broker: $broker, nodes: $nodes, slow: $slow, allowance: $allowance, play: |stage| Box::pin($play(stage)) }
    };
}

/// Every scenario. What takes longest begins first.
pub(crate) const ALL: &[Scenario] = &[
    scenario!("embedded: client link black-holed", Broker::Embedded, 1, false, NOTHING, client_link::black_hole),
    scenario!("embedded: node frozen", Broker::Embedded, 1, false, NOTHING, node::frozen),
    scenario!("embedded: client link in bytes, slow and late", Broker::Embedded, 1, false, NOTHING, client_link::split),
    scenario!("embedded: node killed", Broker::Embedded, 1, false, ANEW, node::killed),
    scenario!("embedded: expired while away", Broker::Embedded, 1, false, EXPIRED, absence::expired),
    scenario!("embedded: slow reader", Broker::Embedded, 1, false, TRIMMED, absence::slow),
    scenario!("embedded: client link cut in the middle", Broker::Embedded, 1, false, NOTHING, client_link::cut_in_the_middle),
    scenario!("embedded: client link cut", Broker::Embedded, 1, false, NOTHING, client_link::cut),
    scenario!("embedded: node terminated", Broker::Embedded, 1, false, ANEW, node::terminated),
    scenario!("embedded: trimmed while away", Broker::Embedded, 1, false, TRIMMED, absence::trimmed),
    scenario!("embedded: away for a moment", Broker::Embedded, 1, false, NOTHING, absence::short),
];
