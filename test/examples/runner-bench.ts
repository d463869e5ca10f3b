/**
 * The host's runner in a project directory of its own. Docker is played by a script that answers `compose logs` from a
 * file and starts the real research program for `compose run`.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programText } from '../support/host-program/program-text.ts'

export const EXAMPLE = fileURLToPath(new URL('../../examples/ai-trade', import.meta.url))

/** While `hangs` is there, a `run` lasts until its container is removed. */
const DOCKER = `#!/bin/sh
printf '%s\\n' "$*" >>"$FAKE_DIR/calls"
printf '%s %s\\n' "\${AI_TRADE_IMAGE-}" "\${AI_TRADE_RESEARCH_IMAGE-}" >>"$FAKE_DIR/exported"
case " $* " in
  *' config '*) printf 'services:\\n  ai-trade:\\n    image: app:1\\n  ai-trade-research:\\n    image: research:1\\n    profiles:\\n      - research\\n' ;;
  *' image inspect '*' research:1 ') cat "$FAKE_DIR/image-id" ;;
  *' logs '*) [ ! -e "$FAKE_DIR/logs-fail" ] || exit 1; cat "$FAKE_DIR/log" ;;
  *' ps '*) cat "$FAKE_DIR/left" 2>/dev/null; exit 0 ;;
  *' rm --force --volumes ai-trade-research-'*) touch "$FAKE_DIR/removed" ;;
  *' run '*)
    while [ -e "$FAKE_DIR/hangs" ]; do
      [ ! -e "$FAKE_DIR/removed" ] || exit 137
      sleep 0.05
    done
    while [ "$1" != node ]; do shift; done
    shift 2
    AI_TRADE_DATA_DIR=$FAKE_DIR/project/data AI_TRADE_MARKET_DATA=$EXAMPLE/market-data/synthetic-4h.csv
    export AI_TRADE_DATA_DIR AI_TRADE_MARKET_DATA
    exec "$FAKE_NODE" "$EXAMPLE/src/research.ts" "$@" ;;
esac
`

export interface Ended {
  readonly code: number | null
  readonly lines: readonly string[]
  readonly complaint: string
}

export type RunnerBench = ReturnType<typeof runnerBench>

/** `shell`: the command that the runner is given to. */
export function runnerBench(shell: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'closed-loop-runner-'))
  const project = join(directory, 'project')
  mkdirSync(join(directory, 'bin'))
  writeFileSync(join(directory, 'bin/docker'), DOCKER)
  chmodSync(join(directory, 'bin/docker'), 0o755)
  mkdirSync(project)
  for (const part of ['docker-compose.prod.yml', 'tools'])
    cpSync(join(EXAMPLE, part), join(project, part), { recursive: true })
  writeFileSync(join(project, '.env.runtime'), '')

  const inProject = (path: string) => join(project, path)
  const inReports = (path: string) => inProject(join('data/reports/closed_loop', path))
  const [command = '', ...shellArguments] = shell
  const parameters = (args: readonly string[]) => [
    ...shellArguments,
    inProject('tools/closed_loop_runner.sh'),
    ...args,
  ]
  const surroundings = (environment: Readonly<Record<string, string>>) => ({
    cwd: project,
    env: {
      PATH: `${join(directory, 'bin')}:${process.env.PATH}`,
      FAKE_DIR: directory,
      FAKE_NODE: process.execPath,
      EXAMPLE,
      ...environment,
    },
  })
  const runIn = (
    environment: Readonly<Record<string, string>>,
    log: string,
    ...args: readonly string[]
  ): Ended => {
    writeFileSync(join(directory, 'log'), log)
    const ended = spawnSync(command, parameters(args), {
      ...surroundings(environment),
      encoding: 'utf8',
      timeout: 60_000,
    })
    return { code: ended.status, lines: ended.stdout.trimEnd().split('\n'), complaint: ended.stderr }
  }
  /** The runner waits for somebody only this long. */
  const waitOnly = (seconds: number) => {
    const runner = inProject('tools/closed_loop_runner.sh')
    const text = readFileSync(runner, 'utf8').replace('wait_seconds=1800', `wait_seconds=${seconds}`)
    writeFileSync(runner, text)
  }

  return {
    directory,
    inProject,
    inReports,
    runIn,
    waitOnly,
    run: (log: string, ...args: readonly string[]) => runIn({}, log, ...args),
    /** The runner without waiting for its end. */
    start: (log: string, ...args: readonly string[]): ChildProcess => {
      writeFileSync(join(directory, 'log'), log)
      return spawn(command, parameters(args), { ...surroundings({}), stdio: 'ignore' })
    },
    /** Names of the runs, in the order of their names. */
    runIds: () =>
      readdirSync(inReports(''), { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && existsSync(inReports(`${entry.name}/run.json`)))
        .map(({ name }) => name),
    json: (path: string) => JSON.parse(readFileSync(inReports(path), 'utf8')),
    /** What docker was called with, a call a line. */
    calls: () => readFileSync(join(directory, 'calls'), 'utf8'),
    /** The host program where a deployment leaves it; the runner's own wait can be another one. */
    placeHostProgram: (waitSeconds = 1800) => {
      const state = inProject('.closed-loop')
      const path = join(state, 'host.sh')
      mkdirSync(state)
      writeFileSync(path, programText())
      waitOnly(waitSeconds)
      const docker = join(directory, 'bin/docker')
      const status = `sh '${path}' status >>'${directory}/during'`
      writeFileSync(docker, readFileSync(docker, 'utf8').replace('\n', `\n${status}\n`))
      return {
        path,
        /** What the host program said of the lock while the runner was at work. */
        seen: () => ({ directory: state, during: readFileSync(join(directory, 'during'), 'utf8') }),
      }
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}
