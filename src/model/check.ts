import type { Conclusion } from './assessment.ts'
import type { PreflightFinding } from './problem.ts'

/** The checks of a verification, in the order of the summary. */
export const CHECK_NAMES = [
  'host',
  'service',
  'watchdog',
  'scheduler',
  'report',
  'complete-run',
  'last-deployment',
  'project-dir',
  'docker-socket',
  'image',
  'research-tools',
  'runs-per-day',
] as const
export type CheckName = (typeof CHECK_NAMES)[number]

/** One check: its subject, whether the acceptance requires it, its result, and the evidence. */
export interface Check {
  readonly name: CheckName
  /** The service or file; empty where there is one only. */
  readonly subject: string
  readonly need: 'required' | 'informational'
  /** `not-checked`: there is nothing to check, or the check would change something. */
  readonly result: 'ok' | 'failed' | 'not-checked'
  readonly evidence: Evidence
}

/** The state of a container. Ages in seconds, by the host's clock. */
export interface SeenContainer {
  readonly container: string
  readonly state: string
  readonly health: string
  /** By Docker, since the container was created. */
  readonly restarts: number
  readonly startedSecondsAgo: number
  readonly starts: number
  /** For how long back its starts are known. */
  readonly knownSeconds: number
  readonly problem: 'none' | 'not-up' | 'unhealthy' | 'restarts-often'
}

/** The fault of a line of a log. `recentSeconds`: how old it may be. */
export type LineProblem =
  | { readonly kind: 'none' }
  | { readonly kind: 'old'; readonly recentSeconds: number }
  | { readonly kind: 'alert' }
  | { readonly kind: 'not-running' }

/** The end of a run of the closed loop, by the scheduler's log. */
export type RunEnd =
  | { readonly kind: 'untold' }
  | { readonly kind: 'finished' }
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'failed' }

/** The evidence of a check, as data. Texts are of the host. Ages in seconds, by the host's clock. */
export type Evidence =
  | { readonly kind: 'finding'; readonly finding: PreflightFinding }
  /** The finding of another check prevented this one. */
  | { readonly kind: 'not-looked-at' }
  | { readonly kind: 'not-deployed' }
  | { readonly kind: 'no-container' }
  | { readonly kind: 'containers'; readonly seen: readonly SeenContainer[] }
  | {
      readonly kind: 'log-line'
      readonly text: string
      readonly ageSeconds: number
      readonly problem: LineProblem
    }
  /** `upSeconds`: how long the container has been running; NaN where it does not run. */
  | { readonly kind: 'no-log-line'; readonly upSeconds: number }
  | { readonly kind: 'log-unreadable'; readonly detail: string }
  /** The newest line of the scheduler's log about a run. `error`: the last line of it that names an error; may be empty. */
  | {
      readonly kind: 'scheduler-run'
      readonly text: string
      readonly ageSeconds: number
      readonly end: RunEnd
      readonly error: string
    }
  /** `upSeconds`: how long the scheduler has been running; NaN where it does not run. */
  | { readonly kind: 'no-scheduler-run'; readonly upSeconds: number; readonly error: string }
  | { readonly kind: 'report'; readonly says: string }
  | {
      readonly kind: 'report-unusable'
      readonly because: 'absent' | 'outside' | 'unreadable' | 'too-large' | 'torn' | 'not-utf-8' | 'invalid'
      readonly detail: string
    }
  | {
      readonly kind: 'complete-run'
      readonly run: string
      readonly ageSeconds: number
      readonly verdict: Conclusion
      /** In the runner's words. */
      readonly overallStatus: string
    }
  | { readonly kind: 'runs-unreadable' }
  | {
      readonly kind: 'no-complete-run'
      /** Of the last 24 h. */
      readonly incomplete: number
      readonly damaged: readonly string[]
      /** The newest complete run before that; undefined where there is none. */
      readonly newest: { readonly run: string; readonly ageSeconds: number } | undefined
    }
  | { readonly kind: 'deployments-unreadable' }
  | { readonly kind: 'no-deployment' }
  | { readonly kind: 'deployment'; readonly id: string; readonly state: string; readonly at: string }
  | {
      readonly kind: 'unfinished'
      readonly id: string
      readonly state: string
      /** Who works on it; empty where nobody does. */
      readonly atWork: string
    }
  | {
      readonly kind: 'project-dir'
      readonly is: string
      readonly said: readonly { readonly by: string; readonly value: string }[]
    }
  | { readonly kind: 'socket'; readonly use: SocketUse }
  | { readonly kind: 'no-research-service' }
  | {
      readonly kind: 'image'
      readonly reference: string
      /** Empty: not on the host; `unknown`: Docker did not answer. */
      readonly imageId: string
    }
  /** The image of the compose files made the run that latest_run_meta.json names. */
  | { readonly kind: 'made-by-image'; readonly run: string; readonly imageId: string }
  | {
      readonly kind: 'not-made-by-image'
      readonly because: 'no-meta' | 'no-such-run' | 'unsaid' | 'no-image-id' | 'another-image'
      /** Empty for `no-meta`. */
      readonly run: string
      /** The image that made it; empty but for `another-image`. */
      readonly imageId: string
    }
  | {
      readonly kind: 'runs-per-day'
      readonly days: readonly {
        readonly day: string
        readonly complete: number
        readonly incomplete: number
      }[]
    }

/** The checks because of which the host does not pass the acceptance. */
export function failedRequired(checks: readonly Check[]): readonly Check[] {
  return checks.filter(({ need, result }) => need === 'required' && result === 'failed')
}

/** How a container's own user can use the Docker socket in it. */
export type SocketUse = 'usable' | 'absent' | 'denied' | 'unknown'

/** The source of a value of AI_TRADE_PROJECT_DIR in the env file. */
export const BY_ENV_FILE = 'env-file'

/** The service of the compose file whose image has the tools of the assessment. */
export const RESEARCH_SERVICE = 'ai-trade-research'

/** How far back starts are counted, in seconds. */
export const RESTART_WINDOW_SECONDS = 900
