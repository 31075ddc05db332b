//! The faults, each a function that plays on a stage.

mod absence;
mod chaos;
mod client_link;
mod clients;
mod node;
mod store;
mod store_link;
mod tampering;

use std::pin::Pin;

use crate::{
    oracle::Allowance,
    process::Persistence,
    stage::{Broker, Stage},
};

type Play = for<'a> fn(&'a mut Stage) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// A fault, and what it is played on.
#[derive(Clone, Copy)]
pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    pub(crate) broker: Broker,
    pub(crate) nodes: usize,
    pub(crate) tier: Tier,
    pub(crate) allowance: Allowance,
    pub(crate) play: Play,
}

/// When a scenario is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// Each time.
    Fast,
    /// At length.
    Slow,
}

const NOTHING: Allowance = Allowance { reasons: &[], rollback: false, anew: false };
const ANEW: Allowance = Allowance { reasons: &["epoch", "no_state"], rollback: false, anew: true };
const TRIMMED: Allowance = Allowance { reasons: &["trimmed", "slow"], ..NOTHING };
const EXPIRED: Allowance = Allowance { reasons: &["expired", "trimmed"], ..NOTHING };
const TAMPERED: Allowance = Allowance { reasons: &["expired", "trimmed", "hole", "tail"], ..NOTHING };
const ROLLED_BACK: Allowance = Allowance { reasons: &["rollback"], rollback: true, anew: false };
const LONG: Allowance = Allowance { reasons: &["limit"], ..NOTHING };
const ANYTHING: Allowance = Allowance { reasons: &["rollback", "epoch", "no_state", "trimmed", "expired"], rollback: true, anew: true };

const EMBEDDED: Broker = Broker::Embedded;
const REDIS: Broker = Broker::Redis(Persistence::Nothing);
const REDIS_EVERY_SECOND: Broker = Broker::Redis(Persistence::EverySecond);
const REDIS_ALWAYS: Broker = Broker::Redis(Persistence::Always);

macro_rules! scenario {
    ($tier:ident, $name:expr, $broker:expr, $nodes:literal, $allowance:ident, $play:path) => {
        Scenario {
            name: $name,
            broker: $broker,
            nodes: $nodes,
            tier: Tier::$tier,
            allowance: $allowance,
            play: |stage| Box::pin($play(stage)),
        }
    };
}

/// Lists scenarios. Each is played over all transports. What concerns every broker (`Both`) is played with each of them, each time, and names what explains gaps with the
/// embedded one and with Redis.
macro_rules! scenarios {
    (@ [$($done:expr,)*]) => { &[$($done,)*] };
    (@ [$($done:expr,)*] Both $name:literal, $embedded:ident, $redis:ident, $nodes:literal, $play:path; $($rest:tt)*) => {
        scenarios! { @ [
            $($done,)*
            scenario!(Fast, concat!("embedded: ", $name), EMBEDDED, 1, $embedded, $play),
            scenario!(Fast, concat!("redis: ", $name), REDIS, $nodes, $redis, $play),
        ] $($rest)* }
    };
    (@ [$($done:expr,)*] $tier:ident $name:literal, $broker:ident, $nodes:literal, $allowance:ident, $play:path; $($rest:tt)*) => {
        scenarios! { @ [$($done,)* scenario!($tier, $name, $broker, $nodes, $allowance, $play),] $($rest)* }
    };
}

/// Every scenario. What takes longest begins first.
pub(crate) const ALL: &[Scenario] = scenarios! { @ []
    Slow "redis: one fault after another, three nodes", REDIS_ALWAYS, 3, NOTHING, chaos::harmless;
    Slow "redis: one fault after another", REDIS_ALWAYS, 2, NOTHING, chaos::harmless;
    Slow "redis: one fault after another, forgetful", REDIS_ALWAYS, 2, ANYTHING, chaos::forgetful;
    Slow "redis: rolled back unnoticed", REDIS_EVERY_SECOND, 2, ROLLED_BACK, store::rolled_back_unnoticed;
    Both "client link in bytes, slow and late", NOTHING, NOTHING, 1, client_link::split;
    Both "client link black-holed", NOTHING, NOTHING, 2, client_link::black_hole;
    Both "node frozen", NOTHING, NOTHING, 2, node::frozen;
    Fast "redis: link of the nodes silent", REDIS, 2, NOTHING, store_link::silent;
    Fast "redis: link of a node half dead", REDIS, 2, NOTHING, store_link::half_dead;
    Fast "redis: link of the nodes deaf", REDIS, 1, NOTHING, store_link::deaf;
    Slow "redis: link of the nodes mute", REDIS, 1, NOTHING, store_link::mute;
    Fast "redis: frozen", REDIS, 2, NOTHING, store::frozen;
    Fast "redis: killed, written at once", REDIS_ALWAYS, 2, NOTHING, store::killed;
    Fast "redis: killed, written every second", REDIS_EVERY_SECOND, 2, ROLLED_BACK, store::killed;
    Slow "redis: one of two links silent", REDIS, 2, NOTHING, store_link::one_of_two_silent;
    Fast "redis: paused", REDIS, 2, NOTHING, store::paused;
    Fast "redis: rolled back", REDIS_EVERY_SECOND, 2, ROLLED_BACK, store::rolled_back;
    Fast "redis: rolled back while away", REDIS_EVERY_SECOND, 1, ROLLED_BACK, store::rolled_back_while_away;
    Fast "redis: killed, without data", REDIS, 2, ANEW, store::killed_without_data;
    Fast "redis: joined during an outage", REDIS_ALWAYS, 2, NOTHING, store::joined_during_an_outage;
    Fast "redis: everything deleted", REDIS, 2, ANEW, store::flushed;
    Slow "redis: undisturbed", REDIS, 2, NOTHING, store_link::undisturbed;
    Fast "redis: listeners killed", REDIS, 2, NOTHING, store::listeners_killed;
    Fast "redis: links of the nodes cut", REDIS, 2, NOTHING, store_link::cut;
    Fast "redis: one of two nodes killed", REDIS, 2, NOTHING, node::one_of_several_killed;
    Slow "redis: one of three nodes killed", REDIS, 3, NOTHING, node::one_of_several_killed;
    Fast "redis: emptied while away", REDIS, 1, TAMPERED, tampering::emptied_while_away;
    Fast "redis: trimmed by hand while away", REDIS, 1, TAMPERED, tampering::trimmed_while_away;
    Fast "redis: hole while away", REDIS, 1, TAMPERED, tampering::hole_while_away;
    Fast "redis: tail removed while away", REDIS, 1, TAMPERED, tampering::tail_while_away;
    Slow "redis: deleted while away", REDIS, 1, TAMPERED, tampering::deleted_while_away;
    Slow "redis: states deleted", REDIS, 2, ANEW, tampering::states_deleted;
    Fast "redis: scripts forgotten", REDIS, 2, NOTHING, tampering::scripts_forgotten;
    Both "planned reconnects", NOTHING, NOTHING, 2, node::planned_reconnects;
    Both "node killed and started", ANEW, NOTHING, 2, node::killed;
    Both "node terminated", ANEW, NOTHING, 2, node::terminated;
    Both "expired while away", EXPIRED, EXPIRED, 1, absence::expired;
    Both "trimmed while away", TRIMMED, TRIMMED, 1, absence::trimmed;
    Both "slow reader", TRIMMED, TRIMMED, 1, absence::slow;
    Both "away for long", LONG, LONG, 1, absence::long;
    Both "away for a moment", NOTHING, NOTHING, 2, absence::short;
    Both "client link cut in the middle", NOTHING, NOTHING, 2, client_link::cut_in_the_middle;
    Both "client link cut", NOTHING, NOTHING, 2, client_link::cut;
    Both "clients publish, links cut", NOTHING, NOTHING, 2, clients::publish;
    Both "clients killed before the answer", NOTHING, NOTHING, 2, clients::killed_before_the_answer;
    Both "clients come and go", NOTHING, NOTHING, 2, clients::come_and_go;
};
