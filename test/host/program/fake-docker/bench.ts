import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProgramBench, programBench } from '../shells.ts'

/** A bench whose `docker` answers as the client of API 1.52 does, over a state that the test sets. */
export interface DockerBench extends ProgramBench {
  /** What Docker has from here on; see docker.ts. */
  has(state: object): void
  /** The calls since then. */
  calls(): readonly string[]
  /** Templates that named what is no field, and so were tried on JSON in which keys are missing. */
  fallbacks(): readonly string[]
  /** Where the state is, for a script that changes it. */
  readonly stateFile: string
}

/** Sets one up. */
export function dockerBench(): DockerBench {
  const bench = programBench({ docker: `exec '${process.execPath}' "$0.mjs" "\${0%/*}" "$@"` })
  // One file: a node starts at every call.
  const bundler = fileURLToPath(new URL('../../../../node_modules/.bin/esbuild', import.meta.url))
  const client = fileURLToPath(new URL('./docker.ts', import.meta.url))
  const outfile = join(bench.directory, 'fakes', 'docker.mjs')
  const options = ['--bundle', '--format=esm', '--platform=node', '--target=node24', `--outfile=${outfile}`]
  const bundled = spawnSync(bundler, [client, ...options], { encoding: 'utf8' })
  if (bundled.status !== 0) throw new Error(`the client cannot be bundled: ${bundled.stderr}`)
  const fakes = join(bench.directory, 'fakes')
  const stateFile = join(fakes, 'state.json')
  const linesOf = (name: string) =>
    existsSync(join(fakes, name)) ? readFileSync(join(fakes, name), 'utf8').split('\n').slice(0, -1) : []
  return {
    ...bench,
    stateFile,
    has: (state) => {
      for (const name of ['calls', 'fallbacks']) rmSync(join(fakes, name), { force: true })
      writeFileSync(stateFile, JSON.stringify(state))
    },
    calls: () => linesOf('calls'),
    fallbacks: () => linesOf('fallbacks'),
    [Symbol.dispose]: () => bench[Symbol.dispose](),
  }
}

export const IMAGE_ID = `sha256:${'1'.repeat(64)}`

/** An image without any label: API 1.52 leaves them out. */
export const PLAIN_IMAGE = {
  Id: IMAGE_ID,
  RepoTags: ['plain:1'],
  RepoDigests: ['reg/plain@sha256:2'],
  Config: { Cmd: ['x'] },
}

/** A container of Compose's, as API 1.52 has it, without a healthcheck. */
export function containerOf(service: string, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    Id: idOf(service),
    Name: `/shop-${service}-1`,
    Created: '2026-11-01T10:00:00Z',
    Image: IMAGE_ID,
    RestartCount: 0,
    State: { Status: 'running', Running: true, ExitCode: 0, StartedAt: '2026-11-01T10:00:01Z' },
    HostConfig: {
      NetworkMode: 'shop_default',
      IpcMode: 'private',
      PidMode: '',
      RestartPolicy: { Name: 'always', MaximumRetryCount: 0 },
    },
    Config: {
      Image: 'plain:1',
      Env: ['A=1'],
      Cmd: ['x'],
      Labels: {
        'com.docker.compose.project': 'shop',
        'com.docker.compose.service': service,
        'com.docker.compose.container-number': '1',
        'com.docker.compose.oneoff': 'False',
      },
    },
    Mounts: [],
    ...changes,
  }
}

/** The ID of that container: 64 digits. */
export function idOf(service: string): string {
  return Buffer.from(service).toString('hex').padEnd(64, '0')
}
