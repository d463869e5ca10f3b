import * as z from 'zod'
import { EVERY, ON_HOST } from './action.ts'
import { runnerDirectory } from './path.ts'
import type { SettingTable } from './setting.ts'

const SET_BY_THE_RUNNER = 'a value set by the runner'

/** On one line without tabs: it goes into lines of the host, and into what people read. */
function oneLine(byDefault: string) {
  return z
    .string()
    .transform((text) => text.replace(/\p{C}+/gu, ' '))
    .prefault(byDefault)
}

function required() {
  return z.string({ error: SET_BY_THE_RUNNER })
}

/** The variables by which the runner tells a step about its run. */
export const RUN_CONTEXT = {
  // Both are absolute paths on the runner.
  RUNNER_TEMP: { actions: ON_HOST, at: 'run.runnerTemp', reads: runnerDirectory() },
  GITHUB_WORKSPACE: { actions: EVERY, at: 'run.workspace', reads: runnerDirectory() },
  GITHUB_REPOSITORY: { actions: ON_HOST, at: 'run.repository', reads: required() },
  GITHUB_RUN_ID: { actions: ON_HOST, at: 'run.runId', reads: required() },
  GITHUB_RUN_ATTEMPT: { actions: ON_HOST, at: 'run.runAttempt', reads: required() },
  GITHUB_JOB: { actions: ON_HOST, at: 'run.job', reads: required() },
  GITHUB_SERVER_URL: {
    actions: ON_HOST,
    at: 'run.serverUrl',
    reads: z.string().prefault('https://github.com'),
  },
  // Counts the runs of one workflow; empty where the runner does not say.
  GITHUB_RUN_NUMBER: { actions: ON_HOST, at: 'run.runNumber', reads: oneLine('') },
  GITHUB_WORKFLOW_REF: { actions: ON_HOST, reads: oneLine('') },
  GITHUB_WORKFLOW: { actions: ON_HOST, reads: oneLine('') },
  GITHUB_ACTOR: { actions: ON_HOST, at: 'run.actor', reads: oneLine('unknown') },
  GITHUB_SHA: { actions: ON_HOST, at: 'run.sha', reads: z.string().prefault('unknown') },
} as const satisfies SettingTable
