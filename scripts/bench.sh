#!/usr/bin/env bash
# Builds mesh-play and measures it beside a hand-written script, ansible-core and Mitogen on a lab of eight hosts.
# Needs root for the lab. MESH_PLAY_BENCH_ROUNDS sets the number of rounds (5).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

remove_lab() {
  node bin/mesh-play.js playbooks/lab.yml -e @bench/lab.yml -e lab_state=absent >/dev/null ||
    echo "bench: the lab could not be removed; run: node bin/mesh-play.js playbooks/lab.yml -e @bench/lab.yml -e lab_state=absent" >&2
}

[ -d node_modules ] || npm ci --ignore-scripts
node scripts/build.js
trap remove_lab EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
node bench/run.js
