import { since } from './duration.ts'
import { hostPath } from './path.ts'
import { boolean, integer, matching, oneOf, setOf } from './text.ts'

/** Every variable of the closed loop, in the order of the README. */
export const VARIABLES = {
  CLOSED_LOOP_ENFORCE: boolean()
    .prefault('true')
    .describe(
      '`false`: assess and report, but confirm a release that fails the gate. Health and identity still decide.',
    ),
  CLOSED_LOOP_ACTION: oneOf(
    ['assess', 'full'],
    '`assess` or `full`; `train` judges nothing, so it cannot be the gate of a release',
  )
    .prefault('assess')
    .describe(
      'What the runner on the host does: `assess`, or `full` (train, then assess). `train` is refused.',
    ),
  CLOSED_LOOP_STAGE: oneOf(['S3', 'S5'])
    .prefault('S3')
    .describe('The stage whose rules the assessment applies: `S3` or `S5`.'),
  CLOSED_LOOP_SINCE: since()
    .prefault('30m')
    .describe('How far back the assessment reads the log. Only lines of the new container count.'),
  CLOSED_LOOP_MIN_RUNTIME_STATUS: integer(1, 1_000_000)
    .prefault('10')
    .describe('How many RUNTIME_STATUS lines the gate needs. The deployment waits for them. At least 1.'),
  CLOSED_LOOP_OUTPUT_ROOT: hostPath()
    .prefault('data/reports/closed_loop')
    .describe(
      'The directory where the runner on the host writes its reports. A relative path is below `project-dir`; the default is `/opt/ai-trade/data/reports/closed_loop`.',
    ),
  CLOSED_LOOP_STRICT_PASS: boolean()
    .prefault('true')
    .describe(
      '`true`: both reports must say PASS. `false`: the gate accepts PASS_WITH_ACTIONS with a warning.',
    ),
  DEPLOY_SERVICES: setOf(serviceName())
    .prefault('ai-trade watchdog scheduler')
    .describe('The services to deploy.'),
  GATE_DEFER_SERVICES: setOf(serviceName())
    .prefault('scheduler')
    .describe(
      'Services that the deployment stops before the gate and starts after it, so that no second run of the loop competes with it.',
    ),
  GATE_SERVICE: serviceName()
    .prefault('ai-trade')
    .describe('The service whose log and container the gate judges. One of `DEPLOY_SERVICES`.'),
} as const

export type VariableName = keyof typeof VARIABLES

function serviceName() {
  return matching(
    'service names of the compose file (letters, digits, . _ -, starting with a letter or digit)',
    /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,127}$/,
  )
}
