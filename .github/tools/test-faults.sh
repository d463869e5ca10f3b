#!/bin/sh
# npm run test:faults: every step boundary with every fault, then the matrix of how each ended. An hour or two: `npm test`
# and CI run a part of it. Arguments go to jest. Exit code 0 when every cell ended as it must.
set -eu
cd "$(dirname "$0")/../.."

CLOSED_LOOP_FAULT_RECORD=$(mktemp)
export CLOSED_LOOP_FAULT_RECORD
trap 'rm -f "$CLOSED_LOOP_FAULT_RECORD"' EXIT
code=0
sh .github/tools/run-tests.sh "$@" test/faults/faults || code=$?
node_modules/.bin/node test/faults/print-matrix.ts "$CLOSED_LOOP_FAULT_RECORD"
exit "$code"
