import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { PrivateHost } from '../private-host/private-host.ts'
import { readActionManifest, resolveInputs } from '../runner/action-manifest.ts'
import { nodeForActions } from '../runner/node-binary.ts'

const repositoryRoot = fileURLToPath(new URL('../../../', import.meta.url))
const ROUNDS = 15

/** One sample a round; all in milliseconds. */
export interface Starts {
  /** From the start of `node dist/main.cjs` to the first byte of SSH at the other end. */
  readonly firstByte: readonly number[]
  /** From the start of `node -e 0` to its end. */
  readonly node: readonly number[]
  /** The peak memory of that Node, in MB. */
  readonly nodeMegabytes: number
}

/** In turns, so that whatever else the machine does is fair to both. The address is nobody's: nothing answers. */
export async function measureStarts(host: PrivateHost): Promise<Starts> {
  const node = nodeForActions(repositoryRoot)
  const firstByte: number[] = []
  const plain: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    firstByte.push(await timeToFirstByte(node, host))
    plain.push(await timeToEnd(node))
  }
  const status = "process.stdout.write(require('node:fs').readFileSync('/proc/self/status'))"
  const peak = /^VmHWM:\s+(?<kilobytes>\d+)/m.exec(execFileSync(node, ['-e', status], { encoding: 'utf8' }))
  return { firstByte, node: plain, nodeMegabytes: Number(peak?.groups?.kilobytes) / 1024 }
}

async function timeToEnd(node: string): Promise<number> {
  const startedAt = performance.now()
  await once(spawn(node, ['-e', '0'], { stdio: 'ignore', env: {} }), 'exit')
  return performance.now() - startedAt
}

async function timeToFirstByte(node: string, host: PrivateHost): Promise<number> {
  const listener = createServer()
  const arrived = new Promise<number>((resolve) => {
    listener.once('connection', (socket: Socket) => {
      // The action is killed in the midst of its greeting.
      socket.on('error', () => undefined)
      socket.once('data', () => resolve(performance.now()))
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  const environment = await environmentFor(host, address.port)
  const startedAt = performance.now()
  const child = spawn(node, [join(repositoryRoot, 'dist', 'main.cjs')], { stdio: 'ignore', env: environment })
  const ended = once(child, 'exit')
  const first = await Promise.race([arrived, ended.then(() => 'ended' as const)])
  child.kill('SIGKILL')
  await ended
  listener.close()
  if (first === 'ended') throw new Error(`the action ended before it spoke SSH (exit code ${child.exitCode})`)
  return first - startedAt
}

async function environmentFor(host: PrivateHost, port: number): Promise<Record<string, string>> {
  const directory = mkdtempSync(join(tmpdir(), 'start-'))
  const inputs = {
    host: '127.0.0.1',
    port: String(port),
    username: host.username,
    'private-key': host.clientKey,
    'host-fingerprint': host.hostKeyFingerprint,
    image: 'registry.invalid/ai-trade:1',
  }
  return {
    PATH: process.env.PATH ?? '',
    ...resolveInputs(await readActionManifest(repositoryRoot), inputs, '').environment,
    GITHUB_ACTIONS: 'true',
    GITHUB_WORKSPACE: directory,
    GITHUB_REPOSITORY: 'octo-org/ai-trade',
    GITHUB_RUN_ID: '1',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_JOB: 'bench',
    RUNNER_TEMP: directory,
  }
}
