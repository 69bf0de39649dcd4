#!/usr/bin/env bash
# Format, lint, types, all tests. Those on lab hosts run where the machine can hold a lab, and say why where it cannot.
. "$(dirname "$0")/setup.sh"

echo "== format and lint"
npx --no-install biome check .
echo "== types"
npx --no-install tsc --noEmit
echo "== tests"
npx --no-install vitest run --project unit
echo "== tests on lab hosts, on two labs at once (the first time the base and the programs are made, which takes minutes)"
# Not by npx, which keeps a signal to itself.
node_modules/.bin/vitest run --project lab1 --reporter=verbose &
first=$!
node_modules/.bin/vitest run --project lab2 --reporter=verbose &
second=$!
# They take their labs away before they end. Ctrl-C reaches both without a word from here.
trap 'wait; exit 130' INT
trap 'kill "$first" "$second" 2>/dev/null; wait; exit 143' TERM
status=0
wait $first || status=$?
wait $second || status=$?
exit $status
