import { isAbsolute, join, normalize } from 'node:path/posix'
import { INVISIBLE, matching } from './text.ts'

// A colon separates paths in COMPOSE_FILE and in volume definitions; quotes, $, ` and \ are read by env files.
const FORBIDDEN = `${INVISIBLE}:"'$\`\\\\`
const NO_PARENT = '(?!(?:.*/)?\\.\\.(?:/|$))'
const RULES = 'no .. in it, no control characters and none of : " \' $ ` \\'

/** A directory of the host, absolute and not `/`, without a slash at its end. */
export function absoluteDirectory() {
  return path(`an absolute path on the host other than /, ${RULES}`, '/')
}

/** A file or directory of the host, absolute or relative to the project directory. */
export function hostPath() {
  return path(`a path on the host, absolute or relative to the project directory, ${RULES}`, '[^-]')
}

/** A path of the runner's own machine, which the runner chose. */
export function runnerDirectory() {
  return matching('an absolute path, set by the runner', /^\/[^\p{Cc}]*$/u)
}

/** `location` as an absolute path: as it is, or below `directory`. */
export function below(directory: string, location: string): string {
  return isAbsolute(location) ? location : join(directory, location)
}

function path(expected: string, start: string) {
  return matching(expected, new RegExp(`^(?=${start})${NO_PARENT}[^${FORBIDDEN}]+$`, 'u'))
    .transform((text) => normalize(text).replace(/\/$/, ''))
    .refine((normalized) => normalized !== '', { error: expected })
}
