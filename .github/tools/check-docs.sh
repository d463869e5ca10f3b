#!/bin/sh
# npm run check:docs: generated documents are current, and those of the example say what its files do. Tells everything
# that is wrong, not only the first; exit code 1 then.
set -eu
cd "$(dirname "$0")/../.."

code=0
sh .github/tools/on-node-24.sh .github/tools/generate-docs.ts --check || code=1
sh .github/tools/on-node-24.sh .github/tools/check-docs.ts || code=1
exit "$code"
