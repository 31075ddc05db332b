//! The Redis broker keeps what a broker must keep.

use crate::support::redis::RedisServer;
use tidewire::{RedisBroker, conformance};

#[tokio::test]
async fn it_is_a_broker() {
    let redis = RedisServer::start();
    conformance::run(async || RedisBroker::connect(redis.url()).await.unwrap()).await;
}

#[tokio::test]
async fn in_several_processes_too() {
    let redis = RedisServer::start();
    conformance::run_shared(async || RedisBroker::connect(redis.url()).await.unwrap()).await;
}
