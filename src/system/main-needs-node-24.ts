/**
 * The first import of the step: what follows uses APIs of Node 24 as soon as it is loaded, and a runner that has no such Node
 * runs an action on the one that it has.
 */

import { describeOldNode } from '../output/messages/node-version.ts'
import { isOldNode } from './old-node.ts'

if (isOldNode(process.versions.node)) {
  process.stdout.write(`::error::${describeOldNode(process.versions.node, process.arch)}\n`)
  process.exit(1)
}
