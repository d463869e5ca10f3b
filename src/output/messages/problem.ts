import type { DeploymentReport, Fault } from '../../model/outcome.ts'
import type { Problem } from '../../model/problem.ts'
import { APPLY } from './apply.ts'
import { CONFIGURATION } from './configuration.ts'
import { CONFIRM } from './confirm.ts'
import { FILES } from './files.ts'
import { GATE } from './gate.ts'
import { HEALTH } from './health.ts'
import { faultOfKnownCause } from './known-causes.ts'
import { LOCK } from './lock.ts'
import { PREFETCH } from './prefetch.ts'
import { PREFLIGHT } from './preflight.ts'
import { RECOVER } from './recover.ts'
import { RETURN } from './return.ts'
import { ROLLBACK } from './rollback.ts'
import { SSH } from './ssh.ts'
import { STEP } from './step.ts'
import { faultIn, type ProblemTable, type Words, wordsIn } from './table.ts'
import { VERIFY } from './verify.ts'

/** A row for each problem; each area has a table of its own. */
const PROBLEMS: ProblemTable<Problem, 'code'> = {
  ...CONFIGURATION,
  ...SSH,
  ...PREFLIGHT,
  ...FILES,
  ...LOCK,
  ...RECOVER,
  ...RETURN,
  ...PREFETCH,
  ...APPLY,
  ...HEALTH,
  ...GATE,
  ...CONFIRM,
  ...ROLLBACK,
  ...STEP,
  ...VERIFY,
}

/** Any problem in plain words: the thing, its cause and its cure. */
export function describeProblem(problem: Problem): Words {
  return wordsIn(PROBLEMS, 'code', problem)
}

/**
 * Whose fault it is that a release is not in service; empty where it is. Where the problem points to the release or to
 * nobody, the output of a program on the host may name another cause.
 */
export function faultOf(report: Pick<DeploymentReport, 'ending' | 'outputTail'>): Fault | '' {
  const { ending } = report
  if (ending.kind === 'promoted') return ''
  const fault = faultIn(PROBLEMS, 'code', (ending.kind === 'unknown' && ending.failure) || ending.because)
  return fault === 'release' || fault === 'unknown' ? (faultOfKnownCause(report) ?? fault) : fault
}

/** The fault as a sentence; empty where there is none. */
export function faultSentence(report: Pick<DeploymentReport, 'ending' | 'outputTail'>): string {
  const fault = faultOf(report)
  return fault === '' ? '' : FAULTS[fault].says
}

/** The values of the output `fault`. `docs`: where to look, in Markdown. */
export const FAULTS: Readonly<Record<Fault, { readonly says: string; readonly docs: string }>> = {
  release: {
    says: 'The release is probably at fault. Deploy a corrected one.',
    docs: 'the image',
  },
  environment: {
    says: 'The environment is probably at fault (host, disk, network, registry, Docker). The same image may pass once that is cured.',
    docs: 'host, network, registry, runner',
  },
  configuration: {
    says: 'The configuration is probably at fault (inputs, variables, files on the host). Correct it, then deploy again.',
    docs: 'inputs, variables, files on the host',
  },
  unknown: {
    says: 'The release or its environment is at fault; the action cannot tell which.',
    docs: 'the action cannot tell',
  },
}
