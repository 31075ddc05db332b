//! The two sources: what holds for one holds for the other.

use tidewire_postgres::PostgresSyncBuilder;

use super::{eventually, server::Server, sync};

/// Where changes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    Outbox,
    Log,
}

impl Via {
    /// A plugin for a server of a test.
    pub(crate) fn sync(self, server: &Server) -> PostgresSyncBuilder {
        self.over(sync(server))
    }

    /// The same, of a plugin that comes to its server by another way.
    pub(crate) fn over(self, sync: PostgresSyncBuilder) -> PostgresSyncBuilder {
        match self {
            Self::Outbox => sync,
            Self::Log => sync.logical_replication("tidewire"),
        }
    }

    /// Waits until nothing is left to send of what is committed now.
    pub(crate) async fn drained(self, server: &Server) {
        match self {
            Self::Outbox => {
                eventually("the outbox is empty", async || server.number("SELECT count(*) FROM tidewire.outbox").await == 0).await;
            }
            Self::Log => {
                let end = server.number("SELECT (pg_current_wal_flush_lsn() - '0/0')::bigint").await;
                let reached = format!("SELECT count(*) FROM pg_replication_slots WHERE confirmed_flush_lsn - '0/0' >= {end}");
                eventually("the slot is read", async || server.number(&reached).await == 1).await;
            }
        }
    }

    /// Whether changes of a table are recorded.
    pub(crate) async fn watches(self, server: &Server) -> bool {
        let query = match self {
            Self::Outbox => "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal",
            Self::Log => "SELECT count(*) FROM pg_publication_rel",
        };
        server.number(query).await > 0
    }
}

/// Runs scenarios over both sources. Those that read the log have all their tasks on one thread.
macro_rules! over_both_sources {
    (current: $($scenario:ident,)+) => {
        $crate::support::via::over_both_sources! { @[tokio::test] $($scenario,)+ }
    };
    (threads: $($scenario:ident,)+) => {
        $crate::support::via::over_both_sources! { @[tokio::test(flavor = "multi_thread", worker_threads = 2)] $($scenario,)+ }
    };
    (@$test:tt $($scenario:ident,)+) => {
        $(
            mod $scenario {
                use $crate::support::via::Via;

                #$test
                async fn by_the_outbox() {
                    super::$scenario(Via::Outbox).await;
                }

                #$test
                async fn by_the_log() {
                    super::$scenario(Via::Log).await;
                }
            }
        )+
    };
}

pub(crate) use over_both_sources;
