import { importBaseImages } from '../private-host/base-images.ts'
import { kindOfEnvironment } from '../private-host/host-kind.ts'
import { stopAllPrivateHosts } from '../private-host/ownership.ts'
import { startPrivateHost } from '../private-host/private-host.ts'
import { provideRoot, provision } from '../private-host/provision.ts'
import { announceHosts, wantedHosts } from './test-hosts.ts'

/** Starts the hosts of a test run, with the base images in place, before jest starts its workers. */
export default async function startTestHosts(): Promise<void> {
  const count = wantedHosts()
  if (count === 0) return
  const log = (line: string) => process.stderr.write(`[test hosts] ${line}\n`)
  await provision(log)
  await provideRoot(kindOfEnvironment().release, log)
  try {
    const hosts = await Promise.all(
      Array.from({ length: count }, (_, index) => startPrivateHost({ name: `test-${index + 1}`, log })),
    )
    // One after the other: the first makes the archives that the others use.
    for (const host of hosts) await importBaseImages(host, log)
    announceHosts(hosts.map((host) => host.describe()))
  } catch (thrown) {
    await stopAllPrivateHosts()
    throw thrown
  }
}
