import { whatEnded } from '../../model/health-problem.ts'
import type { DeploymentReport, Fault } from '../../model/outcome.ts'
import type { PreflightFinding, Problem } from '../../model/problem.ts'
import { saidFault } from './hints.ts'

/**
 * Whose fault it is that a release is not in service, as far as it can be told; `unknown` where it cannot. What looks
 * like the release's, or like nobody's, may be said to be another one's by a program on the host.
 */
export function faultOf({ ending, outputTail }: Pick<DeploymentReport, 'ending' | 'outputTail'>): Fault | '' {
  if (ending.kind === 'promoted') return ''
  const fault = faultOfProblem((ending.kind === 'unknown' && ending.failure) || ending.because)
  return fault === 'release' || fault === 'unknown' ? (saidFault({ ending, outputTail }) ?? fault) : fault
}

/** The fault as a sentence; empty where there is none. */
export function faultSentence(report: Pick<DeploymentReport, 'ending' | 'outputTail'>): string {
  const fault = faultOf(report)
  return fault === '' ? '' : SENTENCES[fault]
}

const SENTENCES: Readonly<Record<Fault, string>> = {
  release: 'The release is probably at fault. Deploy a corrected one.',
  environment:
    'The environment is probably at fault (host, disk, network, registry, Docker). The same image may pass once that is cured.',
  configuration:
    'The configuration is probably at fault (inputs, variables, files on the host). Correct it, then deploy again.',
  unknown: 'The release or its environment is at fault; the action cannot tell which.',
}

const FAULT_OF_END = { itself: 'release', outside: 'environment', unknown: 'unknown' } as const

function faultOfProblem(problem: Problem): Fault {
  switch (problem.code) {
    case 'config.invalid':
    case 'ssh.private_key_unusable':
    case 'ssh.known_hosts_invalid':
    case 'ssh.host_key_unknown':
    case 'ssh.authentication_failed':
    case 'ssh.no_common_algorithm':
    case 'prefetch.login_failed':
    case 'prefetch.other_revision':
    case 'apply.env_edit_refused':
      return 'configuration'
    case 'ssh.host_key_changed':
    case 'ssh.host_key_revoked':
    case 'ssh.unreachable':
    case 'ssh.forwarding_failed':
    case 'ssh.lost':
    case 'ssh.shell_unusable':
    case 'ssh.not_regained':
    case 'recover.foreign':
    case 'recover.failed':
    case 'recover.timeout':
    case 'preflight.timeout':
    case 'preflight.failed':
    case 'lock.busy':
    case 'lock.superseded':
    case 'lock.lost':
    case 'step.died':
    case 'step.lost_contact':
    case 'step.post_timeout':
    case 'verify.timeout':
    case 'verify.failed':
    case 'prefetch.timeout':
    case 'prefetch.failed':
    case 'snapshot.failed':
    case 'apply.files_changed':
    case 'apply.no_space':
    case 'apply.no_boot_trigger':
    case 'apply.wrong_image':
    case 'apply.timeout':
    case 'confirm.timeout':
    case 'confirm.env_changed':
    case 'rollback.failed':
    case 'rollback.image_gone':
    case 'rollback.timeout':
    case 'rollback.kept':
      return 'environment'
    case 'health.crashed':
      return problem.outOfMemory ? 'unknown' : 'release'
    case 'health.lost':
      return FAULT_OF_END[whatEnded(problem)]
    case 'health.unwatched':
    case 'host.restarted':
      return 'environment'
    case 'health.unhealthy':
    case 'health.not_ready_in_time':
    case 'gate.failed':
      return 'release'
    case 'gate.error':
      // The rule, the report or the release: any of them may lack the number.
      return problem.reasons.some(({ kind }) => kind === 'rule-unmeasured') ? 'unknown' : 'environment'
    case 'preflight.refused':
      return problem.findings.some(isConfiguration) ? 'configuration' : 'environment'
    case 'prefetch.pull_failed':
      return faultOfPull(problem.detail)
    case 'apply.up_failed':
    case 'apply.failed':
    case 'gate.inconclusive':
    case 'confirm.failed':
    case 'confirm.unstable':
    case 'step.cancelled':
    case 'internal.bug':
      return 'unknown'
  }
}

const ENVIRONMENT_FINDINGS: readonly PreflightFinding['finding'][] = [
  'docker-unreachable',
  'docker-too-old',
  'compose-missing',
  'compose-too-old',
  'docker-call-failed',
  'tool-missing',
  'container-name-taken',
  'login-kills',
  'no-boot-trigger',
  'drift',
]

/** A mixture counts as configuration: a retry alone cannot cure it. */
function isConfiguration({ finding }: PreflightFinding): boolean {
  return !ENVIRONMENT_FINDINGS.includes(finding)
}

const REFERENCE_OR_RIGHTS =
  /not found|manifest unknown|name unknown|denied|unauthorized|no basic auth|authentication required|invalid reference|no matching manifest/iu
const NETWORK_OR_DISK =
  /timeout|timed out|deadline exceeded|refused|reset|no such host|no route|unreachable|EOF|TLS|certificate|x509|no space left|toomanyrequests|\b50[0-4]\b/iu

/** Docker tells the cause of a failed pull in words only. */
function faultOfPull(detail: string): Fault {
  if (NETWORK_OR_DISK.test(detail)) return 'environment'
  return REFERENCE_OR_RIGHTS.test(detail) ? 'configuration' : 'unknown'
}
