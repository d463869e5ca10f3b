import { join, normalize } from 'node:path/posix'
import * as z from 'zod'
import type { ReleaseEntry } from '../model/release-files.ts'
import { below } from './path.ts'
import { listOf, matching } from './text.ts'

/** Below where it starts, no option of anything, on one line, and in names that the host reads as they are. */
const RELATIVE = /^(?![-/]|(?:.*\/)?\.\.(?:\/|$))[^\p{Cc}\p{Zl}\p{Zp}\\\ufffd]+$/u
const RULES = 'relative, no .. in it, no control characters or \\, not beginning with -'

const LINE = `PATH or PATH -> TARGET, a path of the workspace and one below \`project-dir\`, each ${RULES}`
const NOT_WHOLE = 'a path below the workspace and a target below `project-dir`, not the whole of either'
const NO_GIT = 'a path of the workspace outside of .git, where a checkout may keep a token'
const HOSTS_OWN = 'a target outside of `data` and `.closed-loop`, which are of the host'
const STATE = `paths below \`project-dir\`, each ${RULES}`
const NOT_OURS = 'a path outside of `.closed-loop`, which is of the action'

/** What of the workspace the release brings, one a line; empty lines and those that begin with # are none. */
export function files() {
  return z.string().transform((text, context): readonly ReleaseEntry[] => {
    const entries: { readonly entry: ReleaseEntry; readonly line: number }[] = []
    for (const [index, whole] of text.split('\n').entries()) {
      const line = whole.trim()
      if (line === '' || line.startsWith('#')) continue
      const entry = entryOf(line)
      const earlier = entry && entries.find((other) => overlap(other.entry.target, entry.target))
      const expected =
        entry === undefined
          ? LINE
          : (wrongIn(entry) ??
            (earlier && `another target: that of line ${earlier.line} is, holds or lies in it`))
      if (entry !== undefined && expected === undefined) entries.push({ entry, line: index + 1 })
      // By its line, so that each wrong line is a mistake by itself, and shown by itself.
      else
        context.issues.push({
          ...{ code: 'custom', path: [index], input: line },
          message: `${expected} (line ${index + 1})`,
        })
    }
    return entries.map(({ entry }) => entry)
  })
}

/** The paths of the project directory that a rollback restores too. */
export function stateFiles() {
  return listOf(
    matching(STATE, RELATIVE)
      .transform(tidy)
      .refine((path) => path !== '.' && RELATIVE.test(path), { error: STATE })
      .refine((path) => firstPart(path) !== '.closed-loop', { error: NOT_OURS }),
  )
    .transform((paths): readonly string[] => [...new Set(paths)])
    .refine((paths) => !paths.some((one, index) => paths.slice(index + 1).some((two) => overlap(one, two))), {
      error: 'no path that lies in another one',
    })
}

/** What else has a place in the project directory. */
export interface ProjectPlaces {
  readonly projectDir: string
  readonly envFile: string
  readonly outputRoot: string
}

/** What is expected of `files` where a target would take the place of what the host keeps. */
export function expectedTargets(entries: readonly ReleaseEntry[], places: ProjectPlaces): string | undefined {
  const taken = entries.map(({ target }) => target).flatMap((target) => takenBy(target, places))
  return taken.length === 0 ? undefined : `other targets: ${taken.join('; ')}`
}

/** What is expected of `state-files` where one holds what a rollback must not take from the host, or is a file of the release. */
export function expectedState(
  paths: readonly string[],
  entries: readonly ReleaseEntry[],
  places: ProjectPlaces,
): string | undefined {
  const taken = paths.flatMap((path) => {
    const entry = entries.find(({ target }) => overlap(target, path))
    return [
      ...takenBy(path, places),
      ...(entry ? [`\`${path}\` is, holds or lies in \`${entry.target}\` of \`files\``] : []),
    ]
  })
  return taken.length === 0 ? undefined : `other paths: ${taken.join('; ')}`
}

function takenBy(path: string, { projectDir, envFile, outputRoot }: ProjectPlaces): readonly string[] {
  const place = join(projectDir, path)
  return [
    ...(overlap(place, below(projectDir, envFile)) ? [`\`${path}\` is, holds or lies in the env file`] : []),
    // What lies in it is of somebody else than the runner.
    ...(contains(place, below(projectDir, outputRoot))
      ? [`\`${path}\` holds the reports of the runner`]
      : []),
  ]
}

function entryOf(line: string): ReleaseEntry | undefined {
  const [source = '', target = source, ...more] = line.split('->').map((part) => part.trim())
  if (more.length > 0 || !RELATIVE.test(source) || !RELATIVE.test(target)) return undefined
  const entry = { source: tidy(source), target: tidy(target) }
  // `./-x` is `-x`.
  return RELATIVE.test(entry.source) && RELATIVE.test(entry.target) ? entry : undefined
}

function wrongIn({ source, target }: ReleaseEntry): string | undefined {
  if (source === '.' || target === '.') return NOT_WHOLE
  if (firstPart(source) === '.git') return NO_GIT
  return ['data', '.closed-loop'].includes(firstPart(target)) ? HOSTS_OWN : undefined
}

function tidy(path: string): string {
  return normalize(path).replace(/\/$/u, '') || '.'
}

function firstPart(path: string): string {
  return path.split('/')[0] ?? ''
}

function overlap(one: string, other: string): boolean {
  return contains(one, other) || contains(other, one)
}

function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`)
}
