/** The first import of the post step: where the step itself could not run, there is nothing to end, and it said why. */
import { isOldNode } from './old-node.ts'

if (isOldNode(process.versions.node)) process.exit(0)
