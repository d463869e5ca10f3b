import { DEPLOY, ON_HOST, TRANSACTION } from './action.ts'
import { since } from './duration.ts'
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
    reads: oneOf(['S3', 'S5']).prefault('S3'),
    says: 'The stage whose rules the assessment applies: `S3` or `S5`.',
  },
  CLOSED_LOOP_SINCE: {
    actions: DEPLOY,
    at: 'closedLoop.since',
    reads: since().prefault('30m'),
    says: 'How far back the assessment reads the log. Only lines of the new container count.',
  },
  CLOSED_LOOP_MIN_RUNTIME_STATUS: {
    actions: DEPLOY,
    at: 'closedLoop.minRuntimeStatus',
    reads: integer(1, 1_000_000).prefault('10'),
    says: 'How many RUNTIME_STATUS lines the gate needs. The deployment waits for them. At least 1.',
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

function serviceName() {
  return matching(
    'service names of the compose file (letters, digits, . _ -, starting with a letter or digit)',
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
  )
}
