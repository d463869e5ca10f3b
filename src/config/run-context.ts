import * as z from 'zod'
import type { RunContext } from './config.ts'
import { runnerDirectory } from './path.ts'

const SET_BY_THE_RUNNER = 'a value set by the runner'

/** On one line without tabs: it goes into lines of the host, and into what people read. */
function oneLine(byDefault: string) {
  return z
    .string()
    .transform((text) => text.replace(/\p{C}+/gu, ' '))
    .prefault(byDefault)
}

/** The variables by which the runner tells a step about its run. */
export const RUN_CONTEXT = {
  RUNNER_TEMP: runnerDirectory(),
  GITHUB_WORKSPACE: runnerDirectory(),
  GITHUB_REPOSITORY: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_RUN_ID: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_RUN_ATTEMPT: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_JOB: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_SERVER_URL: z.string().prefault('https://github.com'),
  GITHUB_RUN_NUMBER: oneLine(''),
  GITHUB_WORKFLOW_REF: oneLine(''),
  GITHUB_WORKFLOW: oneLine(''),
  GITHUB_ACTOR: oneLine('unknown'),
  GITHUB_SHA: z.string().prefault('unknown'),
} as const

/** What the runner says about this step; shown below the report. */
export type RunFacts = Pick<
  RunContext,
  'repository' | 'runId' | 'runAttempt' | 'job' | 'sha' | 'actor' | 'serverUrl'
>
