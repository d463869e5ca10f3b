#!/bin/sh
# test-faults.sh [path…]: these tests, or those of the tier, then the matrix of how each cell among them ended. `npm run
# test:faults` names every step boundary with every fault: an hour or two. Exit code 0 when all passed.
set -eu
cd "$(dirname "$0")/../.."

CLOSED_LOOP_FAULT_RECORD=$(mktemp)
export CLOSED_LOOP_FAULT_RECORD
trap 'rm -f "$CLOSED_LOOP_FAULT_RECORD"' EXIT
code=0
sh .github/tools/run-tests.sh "$@" || code=$?
node_modules/.bin/node test/faults/print-matrix.ts "$CLOSED_LOOP_FAULT_RECORD"
exit "$code"
