import { DEPLOY, ON_HOST, TRANSACTION } from './action.ts'
import { since } from './duration.ts'
import { evidenceLines } from './evidence-lines.ts'
import { hostPath } from './path.ts'
import type { SettingTable } from './setting.ts'
import { boolean, integer, matching, oneOf, setOf } from './text.ts'

/** Every variable of the closed loop, in the order of the README. */
export const VARIABLES = {
  CLOSED_LOOP_ENFORCE: {
    actions: DEPLOY,
    at: 'closedLoop.enforce',
    reads: boolean('enforced', 'not_enforced').prefault('true'),
    says: '`false`: assess and report, but confirm a release that fails the gate. Health and identity still decide.',
  },
  CLOSED_LOOP_ACTION: {
    actions: DEPLOY,
    at: 'closedLoop.action',
    reads: oneOf(
      ['assess', 'full'],
      '`assess` or `full`; `train` judges nothing, so it cannot be the gate of a release',
    ).prefault('assess'),
    says: 'What the runner on the host does: `assess`, or `full` (train, then assess). `train` is refused.',
  },
  CLOSED_LOOP_STAGE: {
    actions: DEPLOY,
    at: 'closedLoop.stage',
    reads: stage().prefault('S3'),
    says: 'The stage whose rules the assessment applies: `S3`, `S5`, or any other word that the runner takes. At another stage the gate waits only for what the next two variables name.',
  },
  CLOSED_LOOP_SINCE: {
    actions: DEPLOY,
    at: 'closedLoop.since',
    reads: since().prefault('30m'),
    says: 'How far back the assessment reads the log. Only lines of the new container count.',
  },
  CLOSED_LOOP_MIN_RUNTIME_STATUS: {
    actions: DEPLOY,
    reads: integer(0, 1_000_000).optional(),
    says: 'How many RUNTIME_STATUS lines the runner demands. The deployment waits for them. 10 for S3 and S5, where it is at least 1. At another stage empty or 0: the runner is not told, and nothing is waited for.',
  },
  CLOSED_LOOP_EVIDENCE: {
    actions: DEPLOY,
    at: 'closedLoop.evidence',
    reads: evidenceLines().optional(),
    says: 'What the log of the new container must show before the deployment calls the runner: `TEXT >= N`, one a line, counted as lines that contain the text. It takes the place of what S3 (`GATE_CHECK >= 1`) and S5 (also `SELF_EVOLUTION >= 1`) need besides the lines of `CLOSED_LOOP_MIN_RUNTIME_STATUS`. These are always waited for; if both name RUNTIME_STATUS, the larger number counts.',
  },
  CLOSED_LOOP_GATE_ON: {
    actions: DEPLOY,
    at: 'closedLoop.gateOn',
    reads: oneOf(['both', 'verdict']).prefault('both'),
    says: '`both`: `verdict` and `overall_status` decide, and the runner must end with 0. `verdict`: the other two are shown and do not decide, as long as the verdict is proven to be of this run.',
  },
  CLOSED_LOOP_OUTPUT_ROOT: {
    actions: ON_HOST,
    reads: hostPath().prefault('data/reports/closed_loop'),
    says: 'The directory where the runner on the host writes its reports. A relative path is below `project-dir`; the default is `/opt/ai-trade/data/reports/closed_loop`.',
  },
  CLOSED_LOOP_STRICT_PASS: {
    actions: DEPLOY,
    at: 'closedLoop.strictness',
    reads: boolean('strict', 'lenient').prefault('true'),
    says: '`true`: both reports must say PASS. `false`: the gate accepts PASS_WITH_ACTIONS with a warning.',
  },
  DEPLOY_SERVICES: {
    actions: ON_HOST,
    at: 'services.deploy',
    reads: setOf(serviceName()).prefault('ai-trade watchdog scheduler'),
    says: 'The services to deploy.',
  },
  GATE_DEFER_SERVICES: {
    actions: TRANSACTION,
    at: 'services.defer',
    reads: setOf(serviceName()).prefault('scheduler'),
    says: 'Services that the deployment stops before the gate and starts after it, so that no second run of the loop competes with it.',
  },
  GATE_SERVICE: {
    actions: ON_HOST,
    at: 'services.gate',
    reads: serviceName().prefault('ai-trade'),
    says: 'The service whose log and container the gate judges. One of `DEPLOY_SERVICES`.',
  },
} as const satisfies SettingTable

export type VariableName = keyof typeof VARIABLES

/** What nearly is a known stage would silently be a stage without evidence of its own. */
function stage() {
  return matching(
    'a word of at most 64 letters, digits and . _ - that begins with a letter or digit; S3 and S5 in capitals',
    /^(?!s[35]$)[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/,
  )
}

function serviceName() {
  return matching(
    'service names of the compose file (letters, digits, . _ -, starting with a letter or digit)',
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
  )
}
