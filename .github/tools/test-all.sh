#!/bin/sh
# npm run test:all: every test there is, the whole fault matrix included (its table comes at the end), then `test:hosts`.
# Some hours. Exit code 0 when all passed.
set -eu
cd "$(dirname "$0")/../.."

CLOSED_LOOP_FAULT_RECORD=$(mktemp)
export CLOSED_LOOP_FAULT_RECORD
trap 'rm -f "$CLOSED_LOOP_FAULT_RECORD"' EXIT
code=0
CLOSED_LOOP_TESTS=all sh .github/tools/run-tests.sh || code=$?
node_modules/.bin/node test/faults/print-matrix.ts "$CLOSED_LOOP_FAULT_RECORD"
sh .github/tools/test-hosts.sh || code=$?
exit "$code"
