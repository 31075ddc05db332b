//! The names of keys and topics. Changing them abandons every stored history, so they stay as they are.

use std::{fmt::Write as _, sync::LazyLock};

use crate::{broker::IdempotencyKey, identity::NodeId};

/// How many parts the channels are divided into. All keys of a part are in one slot of a cluster.
pub(super) const PARTITIONS: usize = 128;

/// How many slots a Redis cluster has.
pub(super) const SLOTS: u16 = 16_384;

// Tag `i` hashes into the middle of the `i`-th of 128 equal ranges of slots, so that every usual division of a cluster gets an equal share of partitions. Plain
// numbers do not: some nodes of six would get 15 of them, others 27.
const TAGS: [u16; PARTITIONS] = [
    267, 263, 346, 342, 73, 77, 635, 631, 377, 373, 256, 252, 604, 135, 42, 46, 772, 787, 166, 162, 328, 205, 415, 411, 157, 153, 1402, 20,
    238, 315, 505, 428, 69, 116, 61, 65, 354, 279, 275, 271, 50, 54, 58, 612, 244, 240, 365, 248, 407, 336, 526, 522, 174, 170, 791, 178,
    517, 226, 436, 432, 2, 6, 145, 141, 111, 115, 93, 66, 462, 353, 287, 283, 128, 619, 120, 124, 572, 243, 397, 393, 218, 335, 210, 214,
    186, 173, 763, 767, 221, 225, 229, 304, 35, 5, 673, 39, 295, 260, 470, 299, 81, 85, 78, 107, 385, 370, 449, 389, 132, 136, 1467, 45,
    16, 12, 194, 190, 202, 206, 323, 327, 661, 150, 27, 23, 312, 316, 233, 237,
];

/// A part of all channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Partition(u8);

impl Partition {
    pub(super) fn of(channel: &str) -> Self {
        // The low seven bits.
        Self(crc16(channel.as_bytes()).to_be_bytes()[1] & 0x7f)
    }

    pub(super) fn all() -> impl Iterator<Item = Self> {
        (0..128).map(Self)
    }

    pub(super) fn index(self) -> usize {
        usize::from(self.0)
    }

    fn tag(self) -> u16 {
        TAGS[self.index()]
    }

    pub(super) fn slot(self) -> u16 {
        static SLOTS: LazyLock<[u16; PARTITIONS]> = LazyLock::new(|| TAGS.map(|tag| slot(&format!("p{tag}"))));
        SLOTS[self.index()]
    }
}

/// The slot of a key without a hash tag, or of a hash tag.
pub(super) fn slot(key: &str) -> u16 {
    crc16(key.as_bytes()) % SLOTS
}

/// CRC16 as Redis Cluster defines it (XMODEM).
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 })
    })
}

/// How the keys and topics of one service begin.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    prefix: String,
    // Topics do not belong to a database, keys do.
    topics: String,
}

/// What a message of a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic<'a> {
    /// An event of this channel.
    Channel(&'a str),
    /// A message to this node.
    Node(NodeId),
    /// A message to all nodes.
    Nodes,
    /// A link's message to itself.
    Probe(&'a str),
}

impl Keys {
    pub(super) fn new(prefix: &str, database: i64) -> Self {
        let topics = if database == 0 { prefix.to_owned() } else { format!("{prefix}/{database}") };
        Self { prefix: prefix.to_owned(), topics }
    }

    pub(super) fn state(&self, channel: &str) -> String {
        self.key('s', channel)
    }

    pub(super) fn stream(&self, channel: &str) -> String {
        self.key('l', channel)
    }

    pub(super) fn record(&self, channel: &str, key: &IdempotencyKey) -> String {
        let mut name = self.key('k', channel);
        // Neither the key nor its scope is parsed back out; the key comes first and has no colon or slash, so no two pairs make one name.
        let _ = write!(name, ":{key}");
        name
    }

    /// Who is present, by the channel of the changes.
    pub(super) fn roster(&self, changes: &str) -> String {
        self.key('r', changes)
    }

    /// The leases that may be in a roster.
    pub(super) fn held(&self, changes: &str) -> String {
        self.key('h', changes)
    }

    /// Until when each lease holds.
    pub(super) fn leases(&self, partition: Partition) -> String {
        format!("{}:{{p{}}}:v", self.prefix, partition.tag())
    }

    fn key(&self, kind: char, channel: &str) -> String {
        format!("{}:{{p{}}}:{kind}:{channel}", self.prefix, Partition::of(channel).tag())
    }

    pub(super) fn topic(&self, channel: &str) -> String {
        format!("{}:{{p{}}}:c:{channel}", self.topics, Partition::of(channel).tag())
    }

    pub(super) fn probe(&self, partition: Partition, link: &str) -> String {
        format!("{}:{{p{}}}:y:{link}", self.topics, partition.tag())
    }

    pub(super) fn node(&self, node: NodeId) -> String {
        format!("{}:n:{node}", self.topics)
    }

    pub(super) fn nodes(&self) -> String {
        format!("{}:nodes", self.topics)
    }

    /// What a topic is about; `None` for one that is not ours.
    pub(super) fn parse<'a>(&self, topic: &'a str) -> Option<Topic<'a>> {
        let rest = topic.strip_prefix(&self.topics)?.strip_prefix(':')?;
        if let Some(partitioned) = rest.strip_prefix("{p") {
            let (_, rest) = partitioned.split_once("}:")?;
            return match rest.split_once(':')? {
                ("c", channel) => Some(Topic::Channel(channel)),
                ("y", link) => Some(Topic::Probe(link)),
                _ => None,
            };
        }
        match rest.split_once(':') {
            None => (rest == "nodes").then_some(Topic::Nodes),
            Some(("n", node)) => node.parse().ok().map(Topic::Node),
            Some(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_spread_evenly_over_the_nodes_of_a_cluster() {
        for nodes in [3, 6] {
            let mut counts = vec![0; nodes];
            for partition in Partition::all() {
                counts[usize::from(partition.slot()) * nodes / usize::from(SLOTS)] += 1;
            }
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            assert!(most - least <= 1, "{counts:?}");
        }
    }

    #[test]
    fn channels_are_spread_evenly_over_the_partitions() {
        let mut counts = [0; PARTITIONS];
        for room in 0..128_000 {
            counts[Partition::of(&format!("chat/{room}")).index()] += 1;
        }
        assert!(counts.iter().all(|count| (800..1200).contains(count)), "{counts:?}");
    }

    #[test]
    fn slots_are_those_of_redis() {
        // From the specification of the cluster.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot("foo"), 12_182);
    }

    #[test]
    fn topics_read_back() {
        let node: NodeId = "00c0ffee00c0ffee".parse().unwrap();
        for database in [0, 3] {
            let keys = Keys::new("tw", database);
            assert_eq!(keys.parse(&keys.topic("chat/a:b")), Some(Topic::Channel("chat/a:b")));
            assert_eq!(keys.parse(&keys.probe(Partition::of("x"), "7")), Some(Topic::Probe("7")));
            assert_eq!(keys.parse(&keys.node(node)), Some(Topic::Node(node)));
            assert_eq!(keys.parse(&keys.nodes()), Some(Topic::Nodes));
            assert_eq!(Keys::new("other", database).parse(&keys.nodes()), None);
        }
        assert_eq!(Keys::new("tw", 0).parse(&Keys::new("tw", 1).topic("a")), None);
        assert_eq!(Keys::new("tw", 0).state("chat/1"), format!("tw:{{p{}}}:s:chat/1", Partition::of("chat/1").tag()));
    }
}
