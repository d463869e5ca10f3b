import { PHASES } from '../../model/phase.ts'
import type { HostProblem, WatchProblem } from '../../model/problem.ts'
import { type HealthProblem, whatEnded } from '../../model/problems/health.ts'
import { duration } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** A service that is not ready, or no longer; a watch that ended; a host that restarted. */
export const HEALTH: ProblemTable<HealthProblem | WatchProblem | HostProblem, 'code'> = {
  'health.crashed': {
    what: (problem) => {
      const memory = problem.outOfMemory ? ', killed for lack of memory' : ''
      const restarts = problem.restarts > 0 ? `, restarted ${problem.restarts} times` : ''
      return `${failed(problem)} crashed: exit code ${problem.exitCode}${memory}${restarts}.`
    },
    next: correctRelease,
    fault: {
      of: ({ outOfMemory }) => (outOfMemory ? 'unknown' : 'release'),
      docs: '`release`; `unknown` for lack of memory',
    },
    docs: {
      names: 'exit code, restarts, and a lack of memory',
      causes:
        'The program ends at its start: configuration, a missing file, a wrong key. It ended with 0: a deployed service must go on running. (A one-shot may: restart policy `no` or `on-failure`, no healthcheck, not the gate service, and not running before.) With a policy that starts it again, this verdict takes three restarts; otherwise the first exit is enough.',
      cure: 'read its log; correct the release',
    },
  },
  'health.unhealthy': {
    what: (problem) => `${failed(problem)} is unhealthy: its healthcheck fails.`,
    next: correctRelease,
    fault: 'release',
    docs: {
      names: 'the service',
      causes:
        'the healthcheck failed as often as its `retries` allow; this is final, a later success does not count',
      cure: 'correct it, or give `start_period` and `retries` the time a start takes',
    },
  },
  'health.not_ready_in_time': {
    what: (problem) =>
      `${failed(problem)} was not ready within ${duration(problem.seconds * 1000)}; its state was "${quotedName(problem.state)}".`,
    next: (problem) =>
      `${correctRelease(problem)} If it only needs longer, raise the input "health-timeout".`,
    fault: 'release',
    docs: {
      names: 'the state of the service at the end of `health-timeout`',
      causes:
        'the start takes longer than 180 s; `interval` is so long that the first check comes too late; a container that stays `created`',
      cure: 'raise `health-timeout`, or shorten `interval`',
    },
  },
  'health.lost': {
    what: (problem) =>
      `${failed(problem)} was ready and then ${LOST[problem.change]}${problem.change === 'exited' ? ` with code ${problem.exitCode}` : ''}, before the release was confirmed.`,
    next: (problem) => NEXT_WHEN_LOST[whatEnded(problem)](problem),
    fault: {
      of: (problem) => FAULT_OF_END[whatEnded(problem)],
      docs: '`release` by itself; `environment` from outside; else `unknown`',
    },
    docs: {
      names:
        'the end of a container that was ready: it restarted, exited or became unhealthy by itself; or something stopped, paused, replaced or removed it from outside; or Docker did not report the cause within seconds (`fault` is then `unknown`, the gate `error`)',
      causes:
        "By itself: a crash after a while. From outside, by Docker's events: another deployment, the scheduler, a person, a restart of dockerd; a runner that restarts a service (only under `CLOSED_LOOP_ACTION=full` may it restart the gate service, and only while it runs).",
      cure: 'its log; for the second kind `with-lock` for whoever did it',
    },
  },
  'health.unwatched': {
    what: (problem) => {
      const output = problem.detail === '' ? '' : ` (${quotedOutput(problem.detail)})`
      return `${unwatched(problem)}${output}. The state of the release since then is unknown.`
    },
    next: ({ reason }) => NEXT_WHEN_UNWATCHED[reason],
    fault: 'environment',
    docs: {
      names: 'how the watch over the containers ended by itself',
      causes:
        'Its process on the host was killed: lack of memory, a person, or the host itself, which ended the deployment. Its time limit, which is longer than the whole deployment may take: a runner that was suspended, a dockerd that stopped for good.',
      cure: 'Killed: `journalctl -k`, `host.sh status`. Then deploy again.',
    },
  },
  'host.restarted': {
    what: ({ phase }) =>
      `The host restarted during "${PHASES[phase].title}", which ended the work of this deployment there.`,
    next: 'Find out why it restarted ("last -x", "journalctl -b -1 -e" on the host, the console of the provider), then deploy again.',
    fault: 'environment',
    docs: {
      names:
        'the phase in which the host restarted (its boot ID is another one since the step reconnected); also before the boundary, then nothing was changed',
      causes: 'a power cut, a kernel panic, an automatic update with a restart, the provider',
      cure: '`last -x`, `journalctl -b -1 -e` and the console of the provider show the cause; then deploy again.',
    },
  },
}

function failed({ service, container }: HealthProblem): string {
  return `${quotedName(service)} (container ${quotedName(container)})`
}

function correctRelease({ service }: HealthProblem): string {
  return `Read the last log lines of ${quotedName(service)} in the log of this step, correct the release, and deploy again.`
}

const LOST: Readonly<Record<Extract<HealthProblem, { code: 'health.lost' }>['change'], string>> = {
  restarted: 'restarted',
  exited: 'exited',
  stopped: 'was stopped or paused from outside (by a Docker command on the host, or together with Docker)',
  ended: 'ended, by itself or stopped from outside (Docker on the host did not report which in time)',
  replaced: 'was replaced by another container',
  removed: 'was removed',
  unhealthy: 'became unhealthy',
}

const FAULT_OF_END = { itself: 'release', outside: 'environment', unknown: 'unknown' } as const

const OTHERS = 'what else manages the containers on the host: another deployment, a scheduler, a person.'

const NEXT_WHEN_LOST: Readonly<Record<ReturnType<typeof whatEnded>, (problem: HealthProblem) => string>> = {
  itself: correctRelease,
  outside: () => `Find out ${OTHERS}`,
  unknown: ({ service }) =>
    `Read the last log lines of ${quotedName(service)} in the log of this step; if they show no crash, find out ${OTHERS}`,
}

/** Why the watch ended, without a full stop. */
function unwatched(problem: WatchProblem): string {
  switch (problem.reason) {
    case 'killed':
      return `The watch over the containers was killed on the host (signal ${SIGNALS.get(problem.signal) ?? problem.signal})`
    case 'time-over':
      return 'The watch over the containers reached its time limit, which is longer than the whole deployment may take'
    case 'other':
      return `The watch over the containers ended by itself (exit code ${problem.exitCode})`
  }
}

/** The signals by which something outside kills a process. */
const SIGNALS: ReadonlyMap<number, string> = new Map([
  [1, 'HUP'],
  [2, 'INT'],
  [9, 'KILL'],
  [15, 'TERM'],
])

const NEXT_WHEN_UNWATCHED: Readonly<Record<WatchProblem['reason'], string>> = {
  killed:
    'Find out what killed it. Lack of memory? "journalctl -k" on the host shows it. "sh .closed-loop/host.sh status" in the project directory shows whether the host or a person ended the deployment meanwhile. Then deploy again.',
  'time-over':
    'Find out what stopped the deployment: a suspended runner, or a Docker that did not answer for long. Then deploy again.',
  other:
    'Read the last output of the host in the log, check its disk and memory ("df -h", "free -m"), then deploy again.',
}
