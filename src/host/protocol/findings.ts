import type { Warning } from '../../model/outcome.ts'
import type { PreflightFinding } from '../../model/problem.ts'

/** A `finding` line of the host program (phases/preflight.sh) as a typed finding. */
export function parseFinding([
  finding = '',
  first = '',
  second = '',
  third = '',
  fourth = '',
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
    case 'runs-as-other-project':
      return { finding, project: first, service: second, container: third, wouldBe: fourth }
    case 'docker-unreachable':
    case 'compose-missing':
    case 'compose-config-invalid':
      return { finding, detail: first }
    case 'docker-too-old':
    case 'compose-too-old':
      return { finding, version: first, minimum: second }
    case 'docker-call-failed':
      return { finding, call: first, detail: second, engine: third, compose: fourth }
    case 'env-file-not-editable':
      return { finding, path: first, detail: second }
    case 'service-missing':
      return { finding, service: first, known: second.split(' ').filter((name) => name !== '') }
    case 'required-env-missing':
      return { finding, key: first, path: second }
    case 'image-variable-unused':
      return { finding, key: first }
    case 'container-name-taken':
      return { finding, container: first, service: second, owner: third }
    case 'log-driver-unreadable':
      return { finding, service: first, driver: second }
    case 'image-not-built':
      return { finding, service: first, image: second }
    case 'namespace-cut':
      return {
        finding,
        sharer: first,
        owner: second,
        kind: oneOf(['network', 'ipc', 'pid'], third),
        cure: oneOf(['deploy', 'defer', 'by-service', 'outside'], fourth),
      }
    case 'gate-service-unmanaged':
    case 'drift':
      return { finding, service: first }
    default:
      throw new Error(`the host program and this client disagree: finding ${finding}`)
  }
}

/** A `warning` line of the host program (watchdog/arm.sh, watchdog/boot-trigger.sh, phases/preflight-project.sh): no reason against a deployment. */
export function parseWarning([warning = '', detail = '']: readonly string[]): Warning {
  if (warning !== 'no-boot-trigger' && warning !== 'up-not-tried')
    throw new Error(`the host program and this client disagree: warning ${warning}`)
  return { kind: warning, detail }
}

function oneOf<const Word extends string>(words: readonly [Word, ...Word[]], word: string): Word {
  return words.find((one) => one === word) ?? words[0]
}
