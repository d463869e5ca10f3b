import { releaseOfMachine } from '../support/private-host/host-kind.ts'
import { isRecording, SCENARIOS } from './record.ts'
import { describeShortSet } from './short-set.ts'

// The oldest release that Debian supports, with the oldest Docker of all. On a machine of that release every other scenario
// of the set is one of `test/scenarios` too, on a host of this very kind.
const isElsewhere = !isRecording() && releaseOfMachine() === 'bookworm'

describeShortSet({ release: 'bookworm', store: 'docker' }, isElsewhere ? ['image without labels'] : SCENARIOS)
