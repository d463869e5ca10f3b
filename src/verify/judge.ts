import type { VerifyFacts } from '../host/protocol/verify-facts.ts'
import { BY_ENV_FILE, type Check, type Evidence } from '../model/check.ts'
import { elsewhereFindings } from '../preflight/containers.ts'
import { versionFindings } from '../preflight/versions.ts'
import { imageChecks, toolsCheck } from './images.ts'
import { completeRunCheck, reportChecks, runsPerDayCheck } from './reports.ts'
import { schedulerCheck, serviceChecks, socketChecks, watchdogCheck } from './services.ts'

/** What is expected of the host: its deployed services, and where its project is said to be. */
export interface Expected {
  readonly deployed: readonly string[]
  readonly projectDir: string
}

/** The spec's acceptance of what the host said of itself. A pure function. */
export function judgeHost(read: VerifyFacts, expected: Expected): readonly Check[] {
  const { deployed } = expected
  const facts = withoutOldEngine(read)
  return [
    ...hostChecks(facts, deployed),
    ...serviceChecks(facts, deployed),
    watchdogCheck(facts, deployed),
    schedulerCheck(facts, deployed),
    ...reportChecks(facts),
    completeRunCheck(facts),
    deploymentCheck(facts),
    projectDirCheck(facts, expected),
    ...socketChecks(facts, deployed),
    ...imageChecks(facts, deployed),
    toolsCheck(facts),
    runsPerDayCheck(facts),
  ]
}

/** What an engine says that is older than any a deployment works with is no evidence. */
function withoutOldEngine(facts: VerifyFacts): VerifyFacts {
  const old = versionFindings(facts.engine)
  if (old.length === 0) return facts
  const looked = [...facts.looked].filter((what) => what !== 'compose' && what !== 'containers')
  return {
    ...facts,
    ...{ findings: old, looked: new Set(looked) },
    ...{ containers: [], logs: new Map(), sockets: new Map() },
  }
}

/** Faults that prevent the other checks, and another project of the same files. */
function hostChecks(facts: VerifyFacts, deployed: readonly string[]): readonly Check[] {
  const elsewhere = facts.looked.has('containers') ? elsewhereFindings(facts, deployed) : []
  return [...facts.findings, ...elsewhere].map((finding) => ({
    name: 'host',
    subject: '',
    need: 'required',
    result: 'failed',
    evidence: { kind: 'finding', finding },
  }))
}

/** How the last deployment ended; one that did not, and one whose rollback failed, need a person. */
function deploymentCheck(facts: VerifyFacts): Check {
  const evidence = lastDeployment(facts)
  const isBad =
    evidence.kind === 'unfinished' ||
    evidence.kind === 'not-looked-at' ||
    evidence.kind === 'deployments-unreadable' ||
    (evidence.kind === 'deployment' && evidence.state === 'rollback_failed')
  const result = isBad ? 'failed' : evidence.kind === 'deployment' ? 'ok' : 'not-checked'
  return { name: 'last-deployment', subject: '', need: 'required', result, evidence }
}

function lastDeployment({ looked, unfinished, atWork, transactions }: VerifyFacts): Evidence {
  if (!looked.has('transactions')) return { kind: 'not-looked-at' }
  if (transactions === 'unreadable') return { kind: 'deployments-unreadable' }
  // One that is before its boundary has not ended, and changed nothing yet.
  const ended = transactions.filter(({ state }) => !['begun', 'snapshotted', 'prefetched'].includes(state))
  // What changed nothing does not cure what was before it.
  const touched = ended.findLast(({ state }) => state !== 'unchanged')
  const last = touched?.state === 'rollback_failed' ? touched : ended.at(-1)
  const [open] = unfinished.filter(({ state }) => state !== 'rollback_failed')
  if (open) return { kind: 'unfinished', id: open.transaction, state: open.state, atWork }
  return last ? { kind: 'deployment', ...last } : { kind: 'no-deployment' }
}

/** AI_TRADE_PROJECT_DIR: the absolute path of the project directory, wherever it is said. */
function projectDirCheck(facts: VerifyFacts, { projectDir, deployed }: Expected): Check {
  const check = { name: 'project-dir', subject: 'AI_TRADE_PROJECT_DIR', need: 'required' } as const
  if (!facts.looked.has('compose')) {
    return { ...check, result: 'failed', evidence: { kind: 'not-looked-at' } }
  }
  const said = facts.projectDirs.filter(
    ({ by, value }) => value !== '' && (by === BY_ENV_FILE || deployed.includes(by)),
  )
  const evidence = { kind: 'project-dir', is: facts.projectDir, said } as const
  const isRight = (value: string) => [facts.projectDir, projectDir].includes(value.replace(/(?<=.)\/+$/u, ''))
  if (said.some(({ value }) => !isRight(value))) return { ...check, result: 'failed', evidence }
  return { ...check, result: said.length > 0 ? 'ok' : 'not-checked', evidence }
}
