#!/bin/sh
# npm run test:all: every test there is, the whole fault matrix included (its table comes at the end), then `test:hosts`.
# Some hours. Exit code 0 when all passed.
set -eu
cd "$(dirname "$0")/../.."

code=0
CLOSED_LOOP_TESTS=all sh .github/tools/test-faults.sh || code=$?
sh .github/tools/test-hosts.sh || code=$?
exit "$code"
