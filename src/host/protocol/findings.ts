import type { Warning } from '../../model/outcome.ts'
import type { PreflightFinding } from '../../model/problem.ts'
import { PATH_REASONS } from '../../model/problems/preflight.ts'

/** A `finding` line of the host program (phases/preflight.sh): what could not be read, as a typed finding. */
export function parseFinding([
  finding = '',
  first = '',
  second = '',
  third = '',
]: readonly string[]): PreflightFinding {
  switch (finding) {
    case 'project-dir-missing':
    case 'project-dir-not-writable':
    case 'compose-file-missing':
    case 'env-file-missing':
    case 'runner-missing':
      return { finding, path: first }
    case 'tool-missing':
      return { finding, tool: first, searched: second }
    case 'docker-unreachable':
    case 'compose-missing':
    case 'compose-config-invalid':
      return { finding, detail: first }
    case 'env-file-not-editable':
    case 'lock-file-unusable':
      return { finding, path: first, detail: second }
    case 'path-not-replaceable': {
      const reason = PATH_REASONS.find((one) => one === second) ?? 'not-ours'
      return { finding, path: first, reason, detail: third }
    }
    default:
      throw new Error(`the host program and this client disagree: finding ${finding}`)
  }
}

/** A `warning` line of the host program (watchdog/arm.sh, watchdog/boot-trigger.sh): no reason against a deployment. */
export function parseWarning([warning = '', detail = '']: readonly string[]): Warning {
  if (warning !== 'no-boot-trigger')
    throw new Error(`the host program and this client disagree: warning ${warning}`)
  return { kind: warning, detail }
}
