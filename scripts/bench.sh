#!/usr/bin/env bash
# Builds mesh-play and measures it: beside a hand-written script, ansible-core and Mitogen on a lab of eight hosts, then the
# mesh on a lab of three. Needs root for the labs. MESH_PLAY_BENCH_ROUNDS sets the number of rounds (5), MESH_PLAY_BENCH=engine
# or mesh measures only one of the two.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

remove_lab() {
  node bin/mesh-play.js playbooks/lab.yml "$@" -e lab_state=absent >/dev/null ||
    echo "bench: the lab could not be removed; run: node bin/mesh-play.js playbooks/lab.yml $* -e lab_state=absent" >&2
}
remove_labs() {
  remove_lab -e @bench/lab.yml
  remove_lab -e lab_name=benchmesh -e lab_network=10.91.0
}

[ -d node_modules ] || npm ci --ignore-scripts
node scripts/build.js
trap remove_labs EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
if [ "${MESH_PLAY_BENCH:-engine}" = engine ]; then
  node bench/run.js
  remove_lab -e @bench/lab.yml
fi
if [ "${MESH_PLAY_BENCH:-mesh}" = mesh ]; then
  command -v wrk >/dev/null || { apt-get update -qq && apt-get install -y -qq wrk; }
  node bench/mesh.js
fi
