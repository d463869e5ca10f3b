#!/bin/sh
# npm test: what every change needs, or what the arguments name (`npm test -- test/unit`). Needs Node 20 or newer and npm
# only. CLOSED_LOOP_TESTS=all: the files `*.breadth.test.ts` too, as CI runs them.
set -eu
cd "$(dirname "$0")/../.."

[ -x node_modules/.bin/node ] || npm ci --ignore-scripts

# Unit tests alone need neither the bundle nor private hosts (nor root, therefore).
scope=all
named=no
for argument in "$@"; do
  case $argument in
    -*) continue ;;
    test/unit*) [ "$scope" = mixed ] || scope=unit ;;
    *) scope=mixed ;;
  esac
  named=yes
done
if [ "$named" = no ] && [ "${CLOSED_LOOP_TESTS-}" != all ]; then
  set -- --testPathIgnorePatterns='\.breadth\.test\.ts$' "$@"
fi

if [ "$scope" = unit ]; then
  export CLOSED_LOOP_TEST_HOSTS=0
else
  # The scenarios run dist/: built anew here, so that nobody tests yesterday's sources.
  node_modules/.bin/node .github/tools/build.ts
fi

# Each worker has a host for itself.
case ${CLOSED_LOOP_TEST_HOSTS-} in
  [1-9]) set -- --maxWorkers="$CLOSED_LOOP_TEST_HOSTS" "$@" ;;
esac

# exec: a signal reaches jest itself, and its exit code is the result.
export NODE_OPTIONS="${NODE_OPTIONS:-} --experimental-vm-modules --disable-warning=ExperimentalWarning"
exec node_modules/.bin/node node_modules/jest/bin/jest.js --config .github/jest.config.json "$@"
