//! Who is present, as Redis keeps it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use redis::Value;
use tidewire_schema::History;

use super::{
    fault::{Fault, Malformed},
    keys::Partition,
    reply,
    script::{Invocation, SCRIPTS, Script},
    shared::Shared,
};
use crate::{
    broker::{Appearance, Appeared, Attendee, CHANGES, Lease, StoredRoster, changes_of},
    cursor::Epoch,
};

/// How many rosters are swept in one round trip.
const ROUND: usize = 500;

impl Shared {
    pub(super) async fn appear(&self, channel: &str, appearance: Appearance) -> Result<Appeared, Fault> {
        let Appearance { attendee, lease, state, again, most } = appearance;
        let (slot, invocation) = self.about_roster(&SCRIPTS.appear, channel);
        let invocation = about(invocation, &attendee, lease).argument(state).argument(u8::from(again)).argument(most);
        match self.run(slot, &invocation).await? {
            Value::BulkString(answer) => match answer.as_slice() {
                b"present" => Ok(Appeared::Present),
                b"full" => Ok(Appeared::Full),
                b"lapsed" => Ok(Appeared::Lapsed),
                _ => Err(Malformed("answer").into()),
            },
            _ => Err(Malformed("answer").into()),
        }
    }

    pub(super) async fn depart(&self, channel: &str, attendee: &Attendee, lease: Lease) -> Result<(), Fault> {
        let (slot, invocation) = self.about_roster(&SCRIPTS.depart, channel);
        self.run(slot, &about(invocation, attendee, lease)).await.map(drop)
    }

    pub(super) async fn roster(&self, channel: &str) -> Result<StoredRoster, Fault> {
        let (slot, invocation) = self.about_roster(&SCRIPTS.members, channel);
        reply::roster(self.ask(slot, &invocation).await?)
    }

    pub(super) async fn sweep(&self, channels: &[Arc<str>]) -> Result<(), Fault> {
        let invocations = channels.iter().map(|channel| self.about_roster(&SCRIPTS.sweep, channel)).collect();
        self.run_all(self.deadline(), invocations, ROUND).await.into_iter().try_for_each(|answer| answer.map(drop))
    }

    /// One lease in each partition: all keys of a script must be in one slot.
    pub(super) async fn renew(&self, lease: Lease, lasts: Duration, channels: &[Arc<str>]) -> Result<Vec<Arc<str>>, Fault> {
        let mut partitions: BTreeMap<Partition, Vec<&Arc<str>>> = BTreeMap::new();
        for channel in channels {
            partitions.entry(Partition::of(&changes_of(channel))).or_default().push(channel);
        }
        let milliseconds = u64::try_from(lasts.as_millis()).unwrap_or(u64::MAX);
        let renewal = |partition: &Partition| {
            let invocation = Invocation::new(&SCRIPTS.renew, &[self.keys.leases(*partition)]);
            (partition.slot(), invocation.argument(lease.to_string()).argument(milliseconds))
        };
        let answers = self.run_all(self.deadline(), partitions.keys().map(renewal).collect(), ROUND).await;
        let mut lapsed = Vec::new();
        for (channels, answer) in partitions.into_values().zip(answers) {
            if answer? != Value::Int(1) {
                lapsed.extend(channels.into_iter().cloned());
            }
        }
        Ok(lapsed)
    }

    fn about_roster(&self, script: &'static Script, channel: &str) -> (u16, Invocation) {
        let changes = changes_of(channel);
        let (partition, keys) = (Partition::of(&changes), &self.keys);
        let (max, ttl) = if let History::Keep { max, ttl } = CHANGES { (max, ttl) } else { (1, 1) };
        let keys = [keys.state(&changes), keys.stream(&changes), keys.roster(&changes), keys.held(&changes), keys.leases(partition)];
        let invocation = Invocation::new(script, &keys)
            .argument(Epoch::random().to_string())
            .argument(self.keys.topic(&changes))
            .argument(max)
            .argument(ttl);
        (partition.slot(), invocation)
    }
}

fn about(invocation: Invocation, attendee: &Attendee, lease: Lease) -> Invocation {
    let id = serde_json::Value::from(attendee.id());
    let field = format!("{}{id}", if attendee.user.is_some() { 'u' } else { 'c' });
    invocation.argument(field).argument(attendee.connection.to_string()).argument(lease.to_string())
}
