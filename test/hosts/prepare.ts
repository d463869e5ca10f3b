/**
 * Before the hosts of the matrix are started side by side: what each of them needs is made once, with progress told.
 */
import { importBaseImages } from '../support/private-host/base-images.ts'
import { startPrivateHost } from '../support/private-host/private-host.ts'
import { provideRoot, provision } from '../support/private-host/provision.ts'
import { hostKindOf, TESTED_KINDS } from './kinds.ts'

const log = (line: string) => console.log(`[hosts] ${line}`)
await provision(log)
for (const kind of TESTED_KINDS) {
  const { release } = hostKindOf(kind)
  // One that cannot be had is missing in the table, and fails its own tests.
  await provideRoot(release, log).catch((thrown: unknown) => log(`no host of ${release}: ${String(thrown)}`))
}
// Makes the archives that all others use.
const host = await startPrivateHost({
  name: 'base-images',
  log,
  kind: { release: 'machine', store: 'docker', init: 'shell' },
})
try {
  await importBaseImages(host, log)
} finally {
  await host.stop()
}
