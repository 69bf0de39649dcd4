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
npx --no-install vitest run --project lab1 --reporter=verbose &
first=$!
npx --no-install vitest run --project lab2 --reporter=verbose &
second=$!
# Ctrl-C reaches both, and they take their labs away before they end.
trap wait INT TERM
status=0
wait $first || status=$?
wait $second || status=$?
exit $status
