#!/bin/sh
# npm test: what every change needs; a room of it (`npm test -- unit`, `host`, `scenarios`, `faults`); or all that the
# arguments name by path (`npm test -- test/scenarios/guard`). Needs Node 20 or newer and npm only.
# CLOSED_LOOP_TESTS: the tier, `short` (the default), `ci` or `all`; see test/README.md.
set -eu
cd "$(dirname "$0")/../.."

[ -x node_modules/.bin/node ] || npm ci --ignore-scripts

# Unit tests alone need neither the bundle nor private hosts (nor root, therefore).
scope=none
paths=no
for argument in "$@"; do
  shift
  case $argument in
    unit | host | hosts | scenarios | faults) argument=test/$argument/ ;;
    -*) ;;
    *) paths=yes ;;
  esac
  case $argument in
    -*) ;;
    test/unit*) [ "$scope" = mixed ] || scope=unit ;;
    *) scope=mixed ;;
  esac
  set -- "$@" "$argument"
done

# What is named by its path runs whole.
tier=short
[ "$paths" = no ] || tier=all
export CLOSED_LOOP_TESTS="${CLOSED_LOOP_TESTS:-$tier}"
case $CLOSED_LOOP_TESTS in
  short) left_out='\.(breadth|nightly)\.test\.ts$' ;;
  ci) left_out='\.nightly\.test\.ts$' ;;
  *) left_out='/node_modules/' ;;
esac

if [ "$scope" = unit ]; then
  export CLOSED_LOOP_TEST_HOSTS=0
  set -- --maxWorkers=2 "$@"
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
# Not right before the arguments: jest takes a path that follows a pattern as another pattern.
exec node_modules/.bin/node node_modules/jest/bin/jest.js --testPathIgnorePatterns="$left_out" \
  --config .github/jest.config.json "$@"
