import type { Engine } from '../host/protocol/preflight-facts.ts'
import type { PreflightFinding } from '../model/problem.ts'

/** The oldest that a deployment is tried with. */
export const MINIMUM = { docker: '20.10', compose: '2.20' } as const

/** What is too old; what could not be read is not judged. */
export function versionFindings({ docker, compose }: Engine): readonly PreflightFinding[] {
  const findings: PreflightFinding[] = []
  if (compose === '') return findings
  if (!isAtLeast(docker, MINIMUM.docker))
    findings.push({ finding: 'docker-too-old', version: docker, minimum: MINIMUM.docker })
  if (!isAtLeast(compose, MINIMUM.compose))
    findings.push({ finding: 'compose-too-old', version: compose, minimum: MINIMUM.compose })
  return findings
}

/** Compares major and minor; what is no number counts as 0. */
export function isAtLeast(version: string, minimum: string): boolean {
  const [major, minor] = numbersOf(version)
  const [leastMajor, leastMinor] = numbersOf(minimum)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

function numbersOf(version: string): readonly [major: number, minor: number] {
  const [major = '', minor = ''] = version.replace(/^v/u, '').split(/[.+-]/u)
  return [Number.parseInt(major, 10) || 0, Number.parseInt(minor, 10) || 0]
}
