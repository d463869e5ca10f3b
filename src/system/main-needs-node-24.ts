/**
 * The first import of the step: the others use APIs of Node 24 as soon as they load, and a runner without Node 24 starts the
 * action on the Node that it has.
 */

import { describeOldNode, isOldNode } from '../output/messages/node-version.ts'

if (isOldNode(process.versions.node)) {
  process.stdout.write(`::error::${describeOldNode(process.versions.node, process.arch)}\n`)
  process.exit(1)
}
