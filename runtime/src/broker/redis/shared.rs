//! From a call to the servers that answer it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::join_all;
use tidewire_schema::History;
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    attached::{Attached, Wanted},
    batch::{self, Wave},
    envelope,
    fault::{self, Fault, Late},
    keys::{Keys, Partition},
    link::Order,
    reply,
    script::{Invocation, SCRIPTS},
    topology::{Shard, Topology},
};
use crate::{
    broker::{Draft, Range, ReadRequest, Receipt},
    cursor::{Cursor, Epoch},
    error::BrokerError,
};

/// How many channels are asked for their positions in one round trip.
const POSITIONS: usize = 500;

/// How many scripts of a batch go out in one round trip.
const ROUND: usize = 1000;

/// Before something is tried again that could not be done at this moment.
const PAUSE: Duration = Duration::from_millis(20);

/// Ages beyond ten years would overflow the server's clock.
const LONGEST_TTL: u64 = 10 * 365 * 24 * 60 * 60;

/// What all clones of a broker share.
pub(super) struct Shared {
    pub(super) keys: Arc<Keys>,
    pub(super) attached: Arc<Attached>,
    pub(super) wanted: Arc<Wanted>,
    pub(super) topology: Arc<Topology>,
    pub(super) label: String,
    pub(super) timeout: Duration,
    // What finds out about moved slots; nothing without a cluster.
    pub(super) follower: Option<tokio::task::AbortHandle>,
}

impl Shared {
    /// Publishes events of one channel and retention; several only if none has a key.
    pub(super) fn publication(&self, channel: &str, drafts: &[&Draft]) -> Invocation {
        let Some(first) = drafts.first() else { return Invocation::new(&SCRIPTS.notify, &[]) };
        let record = first.key.as_ref().map(|key| self.keys.record(channel, key));
        let content = first.key.as_ref().map(|_| envelope::content(first)).unwrap_or_default();
        let invocation = match first.retention {
            History::Off => Invocation::new(&SCRIPTS.notify, record.as_slice()),
            History::Keep { max, ttl } => {
                let [state, stream] = [self.keys.state(channel), self.keys.stream(channel)];
                let invocation = match record {
                    Some(record) => Invocation::new(&SCRIPTS.publish, &[state, stream, record]),
                    None => Invocation::new(&SCRIPTS.publish, &[state, stream]),
                };
                // The newest event always stays: the link of the next one needs it to prove itself to a reader.
                invocation.argument(Epoch::random().to_string()).argument(max.max(1)).argument(ttl.clamp(1, LONGEST_TTL))
            }
        };
        let invocation = invocation.argument(self.keys.topic(channel)).argument(content);
        drafts.iter().map(|draft| envelope::seal(draft)).fold(invocation, Invocation::argument)
    }

    pub(super) async fn publish_batch(&self, batch: &[(Arc<str>, Draft)]) -> Vec<Result<Receipt, BrokerError>> {
        let deadline = self.deadline();
        let mut receipts: Vec<_> = batch.iter().map(|_| Err(Fault::from(fault::Malformed("answer")))).collect();
        let chains = batch::chains(batch, self.follower.is_some()).into_iter().map(|chain| self.publish_chain(deadline, batch, chain));
        for (at, receipt) in join_all(chains).await.into_iter().flatten() {
            receipts[at] = receipt;
        }
        receipts.into_iter().map(|receipt| receipt.map_err(BrokerError::from)).collect()
    }

    /// Publishes one wave after the other, until one does not get through: what is behind it must not come before it.
    async fn publish_chain(
        &self,
        deadline: Instant,
        batch: &[(Arc<str>, Draft)],
        chain: Vec<Wave>,
    ) -> Vec<(usize, Result<Receipt, Fault>)> {
        let (mut receipts, mut stuck) = (Vec::new(), false);
        for wave in chain {
            if stuck {
                let behind = wave.into_iter().flatten();
                receipts.extend(behind.map(|at| (at, Err(Fault::not_sent(Late("store what comes before"))))));
                continue;
            }
            let publications = wave
                .iter()
                .map(|run| {
                    let channel = &batch[run[0]].0;
                    let drafts: Vec<_> = run.iter().map(|&at| &batch[at].1).collect();
                    (Partition::of(channel).slot(), self.publication(channel, &drafts))
                })
                .collect();
            for (run, answer) in wave.into_iter().zip(self.run_all(deadline, publications, ROUND).await) {
                match answer.and_then(reply::receipts) {
                    Ok(answered) => receipts.extend(run.into_iter().zip(answered.into_iter().map(Ok))),
                    Err(fault) => {
                        stuck |= fault.may_pass();
                        receipts.extend(run.into_iter().map(|at| (at, Err(fault.clone()))));
                    }
                }
            }
        }
        receipts
    }

    pub(super) fn reading(&self, channel: &str, request: ReadRequest) -> Invocation {
        let (range, epoch, id) = match request.range {
            Range::After(cursor) => ("after", cursor.epoch().to_string(), cursor.id().to_string()),
            Range::Before(None) => ("before", String::new(), String::new()),
            Range::Before(Some(cursor)) => ("before", cursor.epoch().to_string(), cursor.id().to_string()),
            Range::Newest(count) => ("newest", String::new(), count.to_string()),
        };
        Invocation::new(&SCRIPTS.read, &[self.keys.state(channel), self.keys.stream(channel)])
            .argument(Epoch::random().to_string())
            .argument(range)
            .argument(epoch)
            .argument(id)
            .argument(request.limit)
            .argument(request.bytes)
    }

    pub(super) async fn positions(&self, channels: &[Arc<str>]) -> Result<Vec<Cursor>, Fault> {
        self.each_position(channels).await.into_iter().collect()
    }

    /// The position of each channel that can be had.
    pub(super) async fn each_position(&self, channels: &[Arc<str>]) -> Vec<Result<Cursor, Fault>> {
        let deadline = self.deadline();
        let mut positions = self.positions_by_group(deadline, channels).await;
        loop {
            let unanswered: Vec<usize> = (0..positions.len()).filter(|&at| matches!(positions[at], Err(Fault::NoAnswer(_)))).collect();
            if unanswered.is_empty() || Instant::now() >= deadline {
                return positions;
            }
            sleep(PAUSE).await;
            let again: Vec<Arc<str>> = unanswered.iter().map(|&at| channels[at].clone()).collect();
            for (at, position) in unanswered.into_iter().zip(self.positions_by_group(deadline, &again).await) {
                positions[at] = position;
            }
        }
    }

    async fn positions_by_group(&self, deadline: Instant, channels: &[Arc<str>]) -> Vec<Result<Cursor, Fault>> {
        // Channels of one partition go into one call, because all its keys must be in one slot.
        let mut order: Vec<_> = (0..channels.len()).collect();
        order.sort_by_key(|&at| Partition::of(&channels[at]));
        let groups: Vec<_> = order
            .chunk_by(|&a, &b| Partition::of(&channels[a]) == Partition::of(&channels[b]))
            .flat_map(|group| group.chunks(64))
            .collect();
        let mut invocations = Vec::with_capacity(groups.len());
        for group in &groups {
            let keys: Vec<_> = group.iter().flat_map(|&at| [self.keys.state(&channels[at]), self.keys.stream(&channels[at])]).collect();
            let fresh = group.iter().map(|_| Epoch::random().to_string());
            let invocation = fresh.fold(Invocation::new(&SCRIPTS.positions, &keys), Invocation::argument);
            invocations.push((Partition::of(&channels[group[0]]).slot(), invocation));
        }
        let mut positions: Vec<_> = channels.iter().map(|_| Err(fault::Malformed("answer").into())).collect();
        for (group, answer) in groups.into_iter().zip(self.run_all(deadline, invocations, POSITIONS).await) {
            match answer.and_then(reply::positions) {
                Ok(found) => group.iter().zip(found).for_each(|(&at, position)| positions[at] = Ok(position)),
                Err(fault) => group.iter().for_each(|&at| positions[at] = Err(fault.clone())),
            }
        }
        positions
    }

    pub(super) async fn subscribe(&self, channel: Arc<str>) -> Result<Cursor, Fault> {
        let deadline = self.deadline();
        let mut claim = Claim::new(self, channel);
        let slot = Partition::of(&claim.channel).slot();
        loop {
            let shard = self.topology.owner(slot).ok_or_else(|| Fault::not_sent(Late("say who has the channel")))?;
            // Says at once when Redis is down.
            shard.commands.ready(deadline).await?;
            match timeout_at(deadline, shard.follow(claim.channel.clone())).await {
                Ok(Ok(())) => break,
                // The channel belongs to another server by now.
                Ok(Err(_)) => sleep(PAUSE).await,
                Err(_) => return Err(Fault::not_sent(Late("confirm a subscription"))),
            }
        }
        // Only now: an event between the two is delivered, and lies at or before the position.
        let positions = timeout_at(deadline, self.positions(std::slice::from_ref(&claim.channel))).await;
        let position = positions.map_err(|_| Fault::no_answer(Late("answer")))??;
        claim.kept = true;
        position.first().copied().ok_or_else(|| fault::Malformed("answer").into())
    }

    pub(super) fn unsubscribe(&self, channel: &Arc<str>) {
        if self.wanted.remove(channel)
            && let Some(shard) = self.topology.owner(Partition::of(channel).slot())
        {
            shard.order(Order::Leave(channel.clone()));
        }
    }

    /// Runs a script where `slot` is.
    pub(super) async fn run(&self, slot: u16, invocation: &Invocation) -> Result<redis::Value, Fault> {
        self.run_until(self.deadline(), slot, invocation).await
    }

    /// Runs a script that changes nothing, again if the connection is lost meanwhile.
    pub(super) async fn ask(&self, slot: u16, invocation: &Invocation) -> Result<redis::Value, Fault> {
        let deadline = self.deadline();
        loop {
            match self.run_until(deadline, slot, invocation).await {
                Err(Fault::NoAnswer(_)) if Instant::now() < deadline => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    async fn run_until(&self, deadline: Instant, slot: u16, invocation: &Invocation) -> Result<redis::Value, Fault> {
        loop {
            let shard = self.topology.owner(slot).ok_or_else(|| Fault::not_sent(Late("say who has the channel")))?;
            // While a slot moves nothing is published in it: on its new server nobody listens yet.
            match shard.commands.invoke_one(invocation, deadline).await {
                Err(Fault::Refused(error)) if is_elsewhere(&error) && Instant::now() < deadline => {
                    self.topology.suspect();
                    sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    /// Runs scripts, each in its slot, in one round trip to each server for so many of them; those of one slot in the given order. What a server sends elsewhere is tried again, and
    /// holds up nothing but its slot.
    pub(super) async fn run_all(
        &self,
        deadline: Instant,
        invocations: Vec<(u16, Invocation)>,
        at_once: usize,
    ) -> Vec<Result<redis::Value, Fault>> {
        let mut answers: Vec<Option<Result<redis::Value, Fault>>> = invocations.iter().map(|_| None).collect();
        let mut elsewhere: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for first in (0..invocations.len()).step_by(at_once) {
            let part = first..invocations.len().min(first + at_once);
            let now = part.clone().filter(|&at| !elsewhere.contains_key(&invocations[at].0)).collect();
            for (at, answer) in self.run_part(deadline, &invocations, now).await {
                answers[at] = Some(answer);
            }
            for at in part {
                if answers[at].as_ref().is_none_or(|answer| matches!(answer, Err(Fault::Refused(error)) if is_elsewhere(error))) {
                    elsewhere.entry(invocations[at].0).or_default().push(at);
                }
            }
        }
        let again = elsewhere.into_iter().map(async |(slot, places)| {
            let mut settled = Vec::with_capacity(places.len());
            for at in places {
                settled.push((at, self.run_until(deadline, slot, &invocations[at].1).await));
            }
            settled
        });
        for (at, answer) in join_all(again).await.into_iter().flatten() {
            answers[at] = Some(answer);
        }
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| Err(fault::Malformed("answer").into()))).collect()
    }

    /// One round trip to each server that has one of these; what nobody has is not answered.
    async fn run_part(
        &self,
        deadline: Instant,
        invocations: &[(u16, Invocation)],
        part: Vec<usize>,
    ) -> Vec<(usize, Result<redis::Value, Fault>)> {
        let mut answers = Vec::with_capacity(part.len());
        let mut places: BTreeMap<u64, (Arc<Shard>, Vec<usize>)> = BTreeMap::new();
        for at in part {
            if let Some(shard) = self.topology.owner(invocations[at].0) {
                places.entry(shard.id).or_insert_with(|| (shard, Vec::new())).1.push(at);
            }
        }
        let rounds = places.into_values().map(async |(shard, places)| {
            let batch: Vec<_> = places.iter().map(|&at| &invocations[at].1).collect();
            (shard.commands.invoke(&batch, deadline).await, places)
        });
        for (round, places) in join_all(rounds).await {
            match round {
                Ok(values) => answers.extend(places.into_iter().zip(values)),
                Err(fault) => answers.extend(places.into_iter().map(|at| (at, Err(fault.clone())))),
            }
        }
        answers
    }
}

/// A subscription that is taken back unless it succeeds, also when its future is dropped.
struct Claim<'a> {
    shared: &'a Shared,
    channel: Arc<str>,
    kept: bool,
}

impl<'a> Claim<'a> {
    fn new(shared: &'a Shared, channel: Arc<str>) -> Self {
        shared.wanted.add(&channel);
        Self { shared, channel, kept: false }
    }
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.shared.unsubscribe(&self.channel);
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if let Some(follower) = &self.follower {
            follower.abort();
        }
        self.topology.close();
    }
}

/// Whether the server says that the keys are, or are about to be, on another one.
fn is_elsewhere(error: &redis::ServerError) -> bool {
    matches!(error.code(), "MOVED" | "ASK" | "TRYAGAIN" | "CLUSTERDOWN")
}
