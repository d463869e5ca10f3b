import type { RunFacts } from '../../../src/config/config.ts'
import type { GateDecision } from '../../../src/model/gate-decision.ts'
import type { DeploymentReport } from '../../../src/model/outcome.ts'

export const NEW_ID = `sha256:${'a'.repeat(64)}`
export const OLD_ID = `sha256:${'b'.repeat(64)}`
const RELEASE = { reference: 'registry.example.com/ai-trade:2', imageId: NEW_ID }
const PREVIOUS = { reference: 'registry.example.com/ai-trade:1', imageId: OLD_ID }

export const RUN: RunFacts = {
  repository: 'acme/trade',
  runId: '77',
  runAttempt: '2',
  job: 'deploy',
  sha: '0123456789abcdef0123456789abcdef01234567',
  actor: 'mona',
  serverUrl: 'https://github.com',
}

export function decision(part: Partial<GateDecision> = {}): GateDecision {
  return {
    kind: 'pass',
    checks: [{ field: 'runtime_assess.verdict', wanted: 'PASS', got: 'PASS', ok: true }],
    rules: [],
    baseline: { kind: 'not-asked' },
    reasons: [],
    warnings: [],
    flaws: [],
    verdict: 'PASS',
    overallStatus: 'PASS',
    sections: [],
    runId: '20260214T151200Z',
    ...part,
  }
}

/** A promoted deployment, but for the parts given. */
export function reportWith(part: Partial<DeploymentReport> = {}): DeploymentReport {
  return {
    ending: { kind: 'promoted' },
    purpose: { kind: 'release' },
    gate: { kind: 'enforced', decision: decision() },
    failureLog: { kind: 'none' },
    transactionId: 't-0123456789ab',
    host: 'trade.example.com',
    projectDir: '/opt/ai-trade',
    image: RELEASE,
    previousImage: PREVIOUS,
    services: [
      {
        service: 'ai-trade',
        container: 'ai-trade',
        before: { ...PREVIOUS, state: 'running' },
        after: { ...RELEASE, state: 'running (healthy)' },
      },
    ],
    release: { kind: 'none' },
    timings: [{ phase: 'connect', milliseconds: 312 }],
    warnings: [],
    reports: {
      path: '/tmp/runner/closed-loop/t-0123456789ab',
      files: ['latest_run_meta.json'],
      artifact: {
        kind: 'uploaded',
        id: '9',
        url: 'https://github.com/acme/trade/actions/runs/77/artifacts/9',
        name: 'closed-loop-deploy-2',
      },
    },
    diagnostics: { kind: 'none' },
    checks: [],
    durationSeconds: 61.4,
    leaseSeconds: 90,
    outputTail: [],
    ...part,
  }
}
