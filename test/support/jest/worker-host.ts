import { attachPrivateHost, type PrivateHost } from '../private-host/private-host.ts'
import { announcedHosts } from './test-hosts.ts'

/**
 * The host that this jest worker has for itself, as long as there are as many hosts as workers. Throws an Error
 * when the run was started without hosts.
 */
export function workerHost(): PrivateHost {
  const hosts = announcedHosts()
  const worker = Number(process.env.JEST_WORKER_ID ?? '1')
  const description = hosts[(worker - 1) % hosts.length]
  if (description === undefined) {
    throw new Error('this test needs a private host: run it with CLOSED_LOOP_TEST_HOSTS of 1 or more')
  }
  return attachPrivateHost(description)
}
