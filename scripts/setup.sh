# Sourced by the other scripts: dependencies by the lock file and a built engine, both only when they are out of date.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

major=$(node -p 'process.versions.node.split(".")[0]')
if [ "$major" -lt 20 ]; then
  echo "mesh-play needs Node 20 or newer; this is $(node --version)" >&2
  exit 1
fi
if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
  echo "== installing dependencies"
  # No package of ours needs its install script: ssh2's only builds an optional add-on.
  npm ci --ignore-scripts --no-audit --no-fund
fi
echo "== building the engine"
node scripts/build.js
