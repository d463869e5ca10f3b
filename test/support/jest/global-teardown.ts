import { attachPrivateHost } from '../private-host/private-host.ts'
import { announcedHosts } from './test-hosts.ts'

/** Ends the hosts of a test run. */
export default async function stopTestHosts(): Promise<void> {
  await Promise.all(announcedHosts().map((description) => attachPrivateHost(description).stop()))
}
