import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programText } from '../../support/host-program/program-text.ts'
import { casesOf } from '../../support/jest/tiers.ts'

export type ShellName = 'dash' | 'busybox'

/**
 * The shells, each with the tools that hosts have beside it: Debian's, and busybox for all of them (Alpine), which
 * `npm test` leaves to CI.
 */
export const SHELLS: readonly ShellName[] = ['dash', ...casesOf('ci', ['busybox'] as const)]

export interface ShellResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface ShellOptions {
  /** Positional parameters of the script: `$1`, `$2`, … */
  readonly words?: readonly string[]
  readonly stdin?: string | Buffer
  readonly environment?: Readonly<Record<string, string>>
  /** Default 60. */
  readonly seconds?: number
}

/** A directory of one test file with the host program in it, and the two shells to run it. */
export interface ProgramBench extends Disposable {
  readonly directory: string
  /** Absolute path of the host program, its parts put together. */
  readonly program: string
  /** The PATH that means this shell and its tools; `fakes` (scripts by name) come first. */
  path(shell: ShellName): string
  /** Runs a script after the definitions of the host program. A script that does not end in time throws. */
  run(shell: ShellName, script: string, options?: ShellOptions): ShellResult
  /** Writes a file into the directory and gives its absolute path. */
  file(name: string, content: string | Buffer): string
}

/** Sets one up; `fakes`: commands that stand in front of the real ones, as shell scripts by name. */
export function programBench(fakes: Readonly<Record<string, string>> = {}): ProgramBench {
  const directory = mkdtempSync(join(tmpdir(), 'host-program-'))
  const file = (name: string, content: string | Buffer) => {
    writeFileSync(join(directory, name), content)
    return join(directory, name)
  }
  const program = file('program.sh', programText())
  for (const part of ['fakes', 'busybox']) mkdirSync(join(directory, part))
  for (const [name, script] of Object.entries(fakes)) {
    writeFileSync(join(directory, 'fakes', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  }
  const installed = spawnSync('busybox', ['--install', '-s', join(directory, 'busybox')], {
    encoding: 'utf8',
  })
  if (installed.status !== 0) throw new Error(`busybox cannot be laid out: ${installed.stderr}`)
  const path = (shell: ShellName) =>
    [join(directory, 'fakes'), shell === 'busybox' ? join(directory, 'busybox') : '/usr/bin:/bin'].join(':')
  return {
    directory,
    program,
    path,
    file,
    run: (shell, script, { words = [], stdin = '', environment = {}, seconds = 60 } = {}) => {
      const ended = spawnSync('sh', ['-c', `. '${program}'\n${script}`, 'sh', ...words], {
        cwd: directory,
        env: {
          PATH: path(shell),
          LANG: 'C.UTF-8',
          CLOSED_LOOP_LIBRARY: 'yes',
          CLOSED_LOOP_CLEAN: 'yes',
          ...environment,
        },
        input: stdin,
        timeout: seconds * 1000,
        maxBuffer: 64 * 1024 * 1024,
      })
      if (ended.error) throw ended.error
      return {
        code: ended.status ?? 255,
        stdout: ended.stdout.toString('utf8'),
        stderr: ended.stderr.toString('utf8'),
      }
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  }
}
