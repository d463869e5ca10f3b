import { startPrivateHost } from '../private-host/private-host.ts'
import { provision } from '../private-host/provision.ts'
import { cacheDirectory } from '../private-host/toolchain.ts'
import type { Stage } from './stage.ts'

const installed: string[] = []

/** For root: a server of its own inside this machine, beside which nothing of the machine is used or changed. */
export const throwAwayServer: Stage = {
  introduction:
    "It plays on a throw-away server inside this machine, with a network, Docker, SSH server and image registry of its own: this machine's own Docker is not used.",
  preparing: {
    heading: 'Prepare this machine',
    why: 'Docker, an SSH server, an image registry and Docker Compose must be installed here (they need not run). What is missing is installed now.',
    ifItFails:
      'See whether `apt-get update` works on this machine (Debian 12 or newer, or Ubuntu), then start the demo again.',
  },
  async prepare(log) {
    await provision((line) => {
      const packages = /^apt-get install (?<names>.*)$/.exec(line)?.groups?.names
      if (packages !== undefined) installed.push(...packages.split(' '))
      log(line)
    })
  },
  starting: {
    heading: 'Start the throw-away server',
    why: 'The action deploys to a server over SSH, so here is one, reachable from this machine only.',
    ifItFails:
      'This needs a real root: a virtual machine, a bare machine, or a container started with --privileged.',
  },
  async start(log, cleanup) {
    const host = await startPrivateHost({ name: 'demo', log })
    cleanup.add(`the throw-away server in ${host.describe().directory}`, () => host.stop())
    log(`its registry is ${host.registry.address}`)
    return { host, projectDir: '/opt/ai-trade' }
  },
  whatStays: () => [
    ...(installed.length === 0 ? [] : [`the packages that were installed: ${installed.join(' ')}`]),
    `base images and, where it was fetched, Docker Compose: ${cacheDirectory()}`,
  ],
}
