import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What a command of the copy said and how it ended. */
export interface Typed {
  /** Null where it did not end in time, or could not be started. */
  readonly code: number | null
  readonly stdout: string
  readonly complaint: string
}

const MOST_MILLISECONDS = 10_000

/** In the place of docker: what Compose does without a daemon. Nothing here may touch a Docker of this machine. */
const DOCKER = (plugin: string) => `#!/bin/sh
[ "\${1-}" = compose ] || { echo "check:docs has no docker but 'docker compose': mark the block on-host" >&2; exit 127; }
shift
export DOCKER_HOST=unix:///nowhere/docker.sock
exec '${plugin}' "$@"
`

/** A copy of the example in which commands are typed, in an environment of its own. Dispose of it. */
export function exampleCopy(example: string, composePlugin: string) {
  const directory = mkdtempSync(join(tmpdir(), 'check-docs-'))
  const project = join(directory, 'ai-trade')
  const programs = join(directory, 'bin')
  cpSync(example, project, { recursive: true })
  mkdirSync(programs)
  writeFileSync(join(programs, 'docker'), DOCKER(resolve(composePlugin)))
  chmodSync(join(programs, 'docker'), 0o755)
  return {
    /** Types a script there; `extra` are further variables of its environment. */
    type(script: string, extra: Readonly<Record<string, string>> = {}): Typed {
      const { status, stdout, stderr, error } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
        cwd: project,
        // Not the script: a command that reads it would take the rest away.
        input: '',
        encoding: 'utf8',
        timeout: MOST_MILLISECONDS,
        env: {
          PATH: [programs, process.env.PATH].join(':'),
          HOME: directory,
          LANG: 'C.UTF-8',
          ...extra,
        },
      })
      return { code: status, stdout, complaint: error === undefined ? stderr : String(error) }
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
