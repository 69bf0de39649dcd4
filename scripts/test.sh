#!/usr/bin/env bash
# Format, lint, types, all tests. Those on lab hosts run where the machine can hold a lab, and say why where it cannot.
. "$(dirname "$0")/setup.sh"

echo "== format and lint"
npx --no-install biome check .
echo "== types"
npx --no-install tsc --noEmit
echo "== tests"
npx --no-install vitest run --project unit
echo "== tests on lab hosts (the first time the base and the programs are made, which takes minutes)"
npx --no-install vitest run --project lab --reporter=verbose
