/** The first import of the post step: where the step itself could not run, it said why, and there is nothing to end. */
import { isOldNode } from '../output/messages/node-version.ts'

if (isOldNode(process.versions.node)) process.exit(0)
