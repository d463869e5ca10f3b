import { isCompleted } from '../host/protocol/container.ts'
import type { LoggedLine, VerifyFacts, WatchedContainer } from '../host/protocol/verify-facts.ts'
import type { Check, Evidence, LineProblem, SeenContainer, SocketUse } from '../model/check.ts'
import { newestRun } from './scheduler-run.ts'
import { ageSeconds, knownSeconds, restartsOften, startsOf } from './starts.ts'

/** Services of the spec; checked if they are deployed. */
export const WATCHDOG = 'watchdog'
export const SCHEDULER = 'scheduler'

/** Between two rounds of the watchdog, unless its own environment names a longer time. */
export const ROUND_SECONDS = 60

/** How old the last round of the watchdog may be: three may be missed, and a slow one be under way. */
export function recentSeconds(roundSeconds: number): number {
  return 3 * roundSeconds + 60
}

/** Every deployed service: up, and without frequent restarts. */
export function serviceChecks(facts: VerifyFacts, deployed: readonly string[]): readonly Check[] {
  return deployed.map((service) => {
    const mine = facts.containers.filter((one) => one.service === service && one.oneOff === 'service')
    const seen = mine.map((container) => seenContainer(container, facts))
    const isOk = seen.length > 0 && seen.every(({ problem }) => problem === 'none')
    return {
      name: 'service',
      subject: service,
      need: 'required',
      result: isOk ? 'ok' : 'failed',
      evidence: seen.length > 0 ? { kind: 'containers', seen } : notThere(facts),
    }
  })
}

function notThere({ looked }: VerifyFacts): Evidence {
  return looked.has('containers') ? { kind: 'no-container' } : { kind: 'not-looked-at' }
}

function seenContainer(container: WatchedContainer, facts: VerifyFacts): SeenContainer {
  return {
    container: container.name,
    state: container.state,
    health: container.health,
    restarts: container.restarts,
    startedSecondsAgo: ageSeconds(container.startedAt, facts),
    starts: startsOf(container, facts),
    knownSeconds: knownSeconds(facts),
    problem: problemOf(container, facts),
  }
}

/** What has to stay up is no one-shot, whatever its restart policy: the host knows that of the gate service. */
function problemOf(container: WatchedContainer, facts: VerifyFacts): SeenContainer['problem'] {
  if (isCompleted(container) && ![WATCHDOG, SCHEDULER].includes(container.service)) return 'none'
  if (container.state === 'restarting' || restartsOften(container, facts)) return 'restarts-often'
  if (container.state !== 'running') return 'not-up'
  return container.health === 'healthy' || container.health === 'none' ? 'none' : 'unhealthy'
}

/** The last round of the watchdog, which must be a recent one. */
export function watchdogCheck(facts: VerifyFacts, deployed: readonly string[]): Check {
  const recent = recentSeconds(roundSeconds(facts))
  const evidence = logEvidence(facts, WATCHDOG, deployed, isRound, ({ text, age }) => {
    if (text.includes('[ALERT]')) return { kind: 'alert' }
    if (runningOf(WATCHDOG, facts) === undefined) return { kind: 'not-running' }
    return age <= recent ? { kind: 'none' } : { kind: 'old', recentSeconds: recent }
  })
  return logCheck('watchdog', evidence)
}

function isRound({ topic }: LoggedLine): boolean {
  return topic === 'round'
}

/** As the watchdog of the spec's stack reads it: any number above 0. */
function roundSeconds({ intervals }: VerifyFacts): number {
  const seconds = Number(intervals.get(WATCHDOG))
  return Number.isFinite(seconds) ? Math.max(ROUND_SECONDS, seconds) : ROUND_SECONDS
}

/**
 * Whether the scheduler's log shows a run of the loop, which a runner that finishes names `closed loop full`. How
 * a release was judged is in the reports; how the run itself ended is told here.
 */
export function schedulerCheck(facts: VerifyFacts, deployed: readonly string[]): Check {
  const evidence = logEvidence(facts, SCHEDULER, deployed, isFullRun, () => ({ kind: 'none' }))
  return { ...logCheck('scheduler', evidence), evidence: toldRun(evidence, facts) }
}

function isFullRun({ topic }: LoggedLine): boolean {
  return topic === 'full'
}

/** The newest run instead of a line, where the log tells of one. */
function toldRun(evidence: Evidence, facts: VerifyFacts): Evidence {
  if (evidence.kind !== 'log-line' && evidence.kind !== 'no-log-line') return evidence
  const log = facts.logs.get(SCHEDULER)
  const told = newestRun(log?.kind === 'read' ? log.lines : [])
  if (told.kind === 'run') {
    const { text, end, error } = told
    return { kind: 'scheduler-run', text, ageSeconds: ageSeconds(told.at, facts), end, error }
  }
  return evidence.kind === 'log-line'
    ? evidence
    : { kind: 'no-scheduler-run', upSeconds: evidence.upSeconds, error: told.error }
}

function logCheck(name: 'watchdog' | 'scheduler', evidence: Evidence): Check {
  const isOk = evidence.kind === 'log-line' && evidence.problem.kind === 'none'
  const failed = evidence.kind === 'not-deployed' ? 'not-checked' : 'failed'
  return { name, subject: '', need: 'required', result: isOk ? 'ok' : failed, evidence }
}

function logEvidence(
  facts: VerifyFacts,
  service: string,
  deployed: readonly string[],
  isWanted: (line: LoggedLine) => boolean,
  judged: (line: { readonly text: string; readonly age: number }) => LineProblem,
): Evidence {
  if (!deployed.includes(service)) return { kind: 'not-deployed' }
  const log = facts.logs.get(service)
  if (log === undefined) return notThere(facts)
  if (log.kind === 'unreadable') {
    return { kind: 'log-unreadable', detail: log.detail || `docker logs ended with code ${log.code}` }
  }
  const line = log.lines.findLast(isWanted)
  if (line === undefined) {
    const container = runningOf(service, facts)
    return {
      kind: 'no-log-line',
      upSeconds: container ? ageSeconds(container.startedAt, facts) : Number.NaN,
    }
  }
  const { text } = line
  const age = ageSeconds(line.at, facts)
  return { kind: 'log-line', text, ageSeconds: age, problem: judged({ text, age }) }
}

function runningOf(service: string, { containers }: VerifyFacts): WatchedContainer | undefined {
  return containers.find(
    (one) => one.service === service && one.oneOff === 'service' && one.state === 'running',
  )
}

/** Whether the containers that look through the Docker socket may use it. */
export function socketChecks(facts: VerifyFacts, deployed: readonly string[]): readonly Check[] {
  return [WATCHDOG, SCHEDULER]
    .filter((service) => deployed.includes(service))
    .map((service) => {
      const use = socketUse(service, facts)
      return {
        name: 'docker-socket',
        subject: service,
        need: 'required',
        result: use === 'usable' ? 'ok' : use === 'unknown' ? 'not-checked' : 'failed',
        evidence: use === undefined ? notThere(facts) : { kind: 'socket', use },
      }
    })
}

/** By how the host's look ended (phases/verify.sh); undefined where no container runs that could be asked. */
function socketUse(service: string, facts: VerifyFacts): SocketUse | undefined {
  const code = facts.sockets.get(service)
  if (code === undefined || runningOf(service, facts) === undefined) return undefined
  return SOCKET_USES[code] ?? 'unknown'
}

const SOCKET_USES: Readonly<Record<string, SocketUse>> = { 0: 'usable', 3: 'absent', 4: 'denied' }
