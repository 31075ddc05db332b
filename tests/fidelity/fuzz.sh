#!/usr/bin/env bash
# The differential fuzzer: tests/fidelity/fuzz.sh [--payloads N] [--contracts N] [--seed N]
#
# Without a seed it takes a new one and says which. A long run is `--payloads 100000 --contracts 60`.

set -euo pipefail

export FUZZ_PAYLOADS=10000 FUZZ_CONTRACTS=20 FUZZ_SEED=$((RANDOM * 32768 + RANDOM))
while (($# > 0)); do
  case $1 in
    --payloads) FUZZ_PAYLOADS=$2 ;;
    --contracts) FUZZ_CONTRACTS=$2 ;;
    --seed) FUZZ_SEED=$2 ;;
    *) echo "usage: $0 [--payloads N] [--contracts N] [--seed N]" >&2 && exit 2 ;;
  esac
  shift 2
done
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
exec cargo test --package tests --locked --test fuzz -- --nocapture
