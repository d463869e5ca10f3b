import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './cleanup.ts'
import { freePort, startDaemon } from './daemon.ts'
import { keepCacheIn, localHost, registryDaemon, removalScript, sshDaemon } from './local-host.ts'
import { outputLocally } from './local-shell.ts'
import { obstacles } from './obstacles.ts'
import { CannotPlay, type Server, type Stage } from './stage.ts'

/** For anybody but root: the Docker that runs here already, and an SSH server and a registry of the same user. */
export const ownDocker: Stage = {
  introduction:
    "You are not root, so it plays in the Docker that runs on this machine, with an SSH server and an image registry of its own on 127.0.0.1. (As root it would bring its own Docker and leave this machine's alone.)",
  preparing: {
    heading: 'See whether the demo can play on this machine',
    why: 'Nothing of yours may be in its way, and a few programs must be there. Looking changes nothing.',
    ifItFails: 'Try the demo as root.',
  },
  async prepare() {
    const found = await obstacles()
    if (found.length > 0) throw new CannotPlay([...found, AS_ROOT])
  },
  starting: {
    heading: 'Start an SSH server and an image registry',
    why: 'The action deploys to a server over SSH: here this machine plays the server, reachable from itself only.',
    ifItFails: 'Try the demo as root.',
  },
  start: startServer,
  whatStays: () => [],
}

const AS_ROOT =
  'Or start the demo as root: it then installs what is missing, and plays on a throw-away server beside your Docker'

async function startServer(log: (line: string) => void, cleanup: Cleanup): Promise<Server> {
  const directory = join(tmpdir(), 'server')
  const projectDir = join(directory, 'ai-trade')
  // The first to be put under cleanup is the last to go: everything else uses it.
  cleanup.add(`the directory ${directory}`, () => rmSync(directory, { recursive: true, force: true }))
  for (const part of ['registry', 'cache']) mkdirSync(join(directory, part), { recursive: true })
  await keepCacheIn(join(directory, 'cache'))

  const registry = registryDaemon(directory, await freePort())
  const sshd = await sshDaemon(directory, await freePort())
  for (const daemon of [registry, sshd]) {
    cleanup.add(`${daemon.name} on port ${daemon.port}`, await startDaemon(daemon))
  }
  cleanup.add('containers and images of the demo in your Docker', async () => {
    await outputLocally(removalScript(projectDir, registry.port))
  })
  log(`SSH server on 127.0.0.1:${sshd.port}, registry on 127.0.0.1:${registry.port}`)
  return { projectDir, host: localHost(directory, { sshPort: sshd.port, registryPort: registry.port }) }
}
