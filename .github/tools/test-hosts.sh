#!/bin/sh
# npm run test:hosts: a short set of scenarios on every kind of host that can be had (releases of Debian, image stores),
# then the table of how each ended, which is written to docs/tested-hosts.md too. About ten minutes, and some more the
# first time, when the hosts' root file systems are made. Needs root on Debian. Arguments go to jest. Exit code 0 when
# every scenario ended as it must on every host.
set -eu
cd "$(dirname "$0")/../.."

sh .github/tools/on-node-24.sh test/hosts/prepare.ts
CLOSED_LOOP_HOST_RECORD=$(mktemp)
export CLOSED_LOOP_HOST_RECORD
trap 'rm -f "$CLOSED_LOOP_HOST_RECORD"' EXIT
# Each of these tests starts a host of its own. The arguments come first: jest takes what follows a pattern as another.
code=0
CLOSED_LOOP_TEST_HOSTS=0 CLOSED_LOOP_TESTS=all sh .github/tools/run-tests.sh "$@" \
  --testMatch='**/test/hosts/*.matrix.ts' --testMatch='**/test/hosts/{oldest,newest}.breadth.test.ts' || code=$?
node_modules/.bin/node test/hosts/write-table.ts "$CLOSED_LOOP_HOST_RECORD" || code=$?
exit "$code"
