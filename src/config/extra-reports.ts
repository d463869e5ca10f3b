import * as z from 'zod'
import { REPORT_FILES, REPORT_NAMES } from '../model/assessment.ts'
import { matching, setOf } from './text.ts'

const MOST_FILES = 20

/** Under these names the three reports lie in the run's directory, or in the artifact. */
const TAKEN: readonly string[] = [
  ...Object.values(REPORT_NAMES).map((name) => `${name}.json`),
  ...Object.values(REPORT_FILES),
]

/** Names of files in the directory of a run. */
export function extraReports() {
  return setOf(fileName()).refine((names) => names.length <= MOST_FILES, {
    error: `at most ${MOST_FILES} files`,
  })
}

function fileName() {
  const expected = `names of files in the directory of the run (letters, digits, . _ -, not beginning with . or -, at most 100 characters), none of ${TAKEN.join(', ')}`
  return matching(expected, /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/).pipe(
    z.string().refine((name) => !TAKEN.includes(name), { error: expected }),
  )
}
