import * as z from 'zod'
import { runnerDirectory } from './path.ts'

const SET_BY_THE_RUNNER = 'a value set by the runner'

/** The variables by which the runner tells a step about its run. The last three are shown to people only. */
export const RUN_CONTEXT = {
  RUNNER_TEMP: runnerDirectory(),
  GITHUB_WORKSPACE: runnerDirectory(),
  GITHUB_REPOSITORY: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_RUN_ID: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_RUN_ATTEMPT: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_JOB: z.string({ error: SET_BY_THE_RUNNER }),
  GITHUB_SERVER_URL: z.string().prefault('https://github.com'),
  GITHUB_ACTOR: z.string().prefault('unknown'),
  GITHUB_SHA: z.string().prefault('unknown'),
} as const
