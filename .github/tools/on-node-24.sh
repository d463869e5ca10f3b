#!/bin/sh
# Runs a TypeScript file on the action's own runtime, installing the project's packages first where they are
# missing: the machine itself may only have Node 20, which does not run TypeScript.
set -eu
[ -x node_modules/.bin/node ] || npm ci --ignore-scripts
exec node_modules/.bin/node "$@"
