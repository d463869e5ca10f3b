import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Fault } from '../../../../src/model/outcome.ts'
import type { Problem } from '../../../../src/model/problem.ts'
import { annotationOf } from '../../../../src/output/annotation.ts'
import { hintsOf } from '../../../../src/output/messages/known-causes.ts'
import { faultOf, faultSentence } from '../../../../src/output/messages/problem.ts'
import { renderSummary } from '../../../../src/output/summary.ts'
import { ruleOf } from '../../gate/builders.ts'
import { reportWith } from '../builders.ts'
import { CULPRIT, findingsWith, problemsWith } from '../problems.ts'

function ended(because: Problem, ...outputTail: readonly string[]) {
  return { ending: { kind: 'unchanged', because }, outputTail } as const
}

describe('faultOf', () => {
  it('knows every problem', () => {
    for (const problem of problemsWith('x')) {
      expect(['release', 'environment', 'configuration', 'unknown']).toContain(faultOf(ended(problem)))
      expect(faultSentence(ended(problem))).toMatch(/\.$/u)
    }
  })

  const pull = (detail: string): Problem => ({ code: 'prefetch.pull_failed', image: 'x', detail })
  const crash = { code: 'health.crashed', ...CULPRIT, exitCode: 137, restarts: 0 } as const
  const lost = { code: 'health.lost', ...CULPRIT, exitCode: 0 } as const

  it.each<[string, Problem, Fault]>([
    ['an image that does not exist', pull('manifest for x:2 not found: manifest unknown'), 'configuration'],
    ['no right to pull', pull('pull access denied for x'), 'configuration'],
    ['a registry that is down', pull('dial tcp 10.0.0.1:5000: connect: connection refused'), 'environment'],
    ['a full disk', pull('write /var/lib/docker: no space left on device'), 'environment'],
    ['a proxy that fails', pull('received unexpected HTTP status: 502 Bad Gateway'), 'environment'],
    ['a pull that says nothing known', pull('something'), 'unknown'],
    ['a crash', { ...crash, outOfMemory: false }, 'release'],
    ['a lack of memory', { ...crash, outOfMemory: true }, 'unknown'],
    ['a container that somebody replaced', { ...lost, change: 'replaced' }, 'environment'],
    ['a container that became unhealthy', { ...lost, change: 'unhealthy' }, 'release'],
    ['a gate that measured bad', { code: 'gate.failed', reasons: [] }, 'release'],
    ['a gate that could not measure', { code: 'gate.error', reasons: [] }, 'environment'],
    [
      'a rule that could not be measured',
      {
        code: 'gate.error',
        reasons: [
          { kind: 'rule-unmeasured', rule: ruleOf('runtime_assess.x == 0'), flaw: { kind: 'absent' } },
        ],
      },
      'unknown',
    ],
    ['too little evidence', { code: 'gate.inconclusive', reasons: [] }, 'unknown'],
    [
      'a host that lacks Docker',
      { code: 'preflight.refused', findings: [{ finding: 'docker-unreachable', detail: '' }] },
      'environment',
    ],
    ['a mixture of findings', { code: 'preflight.refused', findings: findingsWith('x') }, 'configuration'],
  ])('%s', (_what, problem, fault) => {
    expect(faultOf(ended(problem))).toBe(fault)
  })
})

const CRASHED: Problem = {
  code: 'health.crashed',
  ...CULPRIT,
  exitCode: 1,
  restarts: 2,
  outOfMemory: false,
}
const UNSTABLE: Problem = {
  code: 'confirm.unstable',
  service: 'scheduler',
}

const NO_DOCKER = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is it running?'
const NO_RIGHT =
  'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock'

describe('hintsOf', () => {
  it.each<[said: string, hint: string, fault: Fault]>([
    [
      'sh: 0: cannot open /srv/x/tools/closed_loop_runner.sh: No such file',
      'AI_TRADE_PROJECT_DIR',
      'unknown',
    ],
    [
      'open /opt/ai-trade/docker-compose.prod.yml: no such file or directory',
      'AI_TRADE_PROJECT_DIR',
      'unknown',
    ],
    ['dial unix /var/run/docker.sock: connect: permission denied', '/var/run/docker.sock', 'environment'],
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock',
      '/var/run/docker.sock',
      'environment',
    ],
    ["python: can't open file '/app/tools/assess.py'", 'AI_TRADE_RESEARCH_IMAGE', 'unknown'],
    ['Error: pull access denied for ai-trade-research', 'AI_TRADE_RESEARCH_IMAGE', 'unknown'],
    ['docker.io/acme/ai-trade-research:1: not found', 'AI_TRADE_RESEARCH_IMAGE', 'unknown'],
    ['manifest for ai-trade-research:1 not found', 'AI_TRADE_RESEARCH_IMAGE', 'unknown'],
    ['write /data/x: no space left on device', 'docker system df', 'environment'],
    ['listen tcp 0.0.0.0:8080: bind: address already in use', 'ss -ltnp', 'environment'],
  ])('of "%s" is %s', (line, hint, fault) => {
    const report = ended(UNSTABLE, 'something else', line)
    expect(hintsOf(report)).toEqual([expect.stringContaining(hint)])
    expect(faultOf(report)).toBe(fault)
  })

  it.each([
    'bybit: API key expired',
    'retCode=10003, retMsg=API key is invalid',
    'error: invalid signature',
    '2026-02-14T15:00:00Z [ERROR] Invalid API key',
    'exchange login failed: HTTP 401, credentials expired',
    'GET https://api.bybit.com/v5/account: error sign! please check your signature, HTTP 403 wrong signature',
    'ret_code=33004',
    'BYBIT_API_KEY is wrong',
  ])('of a release that its exchange does not let in: no fault of the release (%s)', (line) => {
    for (const problem of [CRASHED, { code: 'gate.failed', reasons: [] } as const]) {
      const report = ended(problem, line)
      expect(hintsOf(report)).toEqual([expect.stringContaining('The exchange refused the credentials')])
      expect(faultOf(report)).toBe('configuration')
    }
  })

  it.each<readonly [Problem, said: string]>([
    [{ code: 'apply.up_failed', detail: NO_DOCKER }, NO_DOCKER],
    [{ code: 'apply.up_failed', detail: NO_RIGHT }, NO_RIGHT],
    [{ code: 'prefetch.failed', detail: NO_DOCKER }, ''],
    [{ code: 'confirm.failed', detail: NO_RIGHT }, ''],
    [{ code: 'rollback.failed', notRestored: [], differences: [], detail: NO_DOCKER }, ''],
    [{ code: 'apply.timeout', seconds: 300 }, NO_DOCKER],
  ])("of the host's own docker are about the host: %j", (problem, said) => {
    const report = ended(problem, said)
    expect(hintsOf(report)).toEqual([expect.stringContaining('Docker does not answer the SSH user')])
    expect(faultOf(report)).toBe('environment')
  })

  it('know that no exchange speaks where Docker pulls and starts', () => {
    const detail = 'bybit-mirror: HTTP 401: invalid credentials'
    expect(hintsOf(ended({ code: 'apply.up_failed', detail }, detail))).toEqual([])
  })

  it('are none where nothing known was said, and none beside what was measured bad or promoted', () => {
    expect(hintsOf(ended(CRASHED, 'Error: cannot open the book', 'permission denied'))).toEqual([])
    for (const said of [
      'error getting credentials - err: exit status 1, out: `credentials error in native keychain`',
      'registry: invalid credentials',
      'x509: certificate signature error',
      'tools/train.py: feature set not found, using the default',
      'ai-trade-research: feature set not found, using the default',
      'ERROR model api_key_rotation: invalid literal',
      'ERROR exchange model api_key_rotation: invalid literal',
      'ERROR model file api_keys.json missing: invalid path',
      'ERROR exchange/api_keys.json missing: invalid path',
      'the signature of closed_loop_report.json is invalid',
      'ERROR signature of the model bundle is wrong',
    ])
      expect(hintsOf(ended(CRASHED, said))).toEqual([])
    const full = 'no space left on device'
    expect(hintsOf(ended({ code: 'gate.failed', reasons: [] }, full))).toEqual([])
    expect(hintsOf({ ending: { kind: 'promoted' }, outputTail: [full] })).toEqual([])
    expect(faultOf(ended({ code: 'gate.failed', reasons: [] }, full))).toBe('release')
    expect(faultSentence({ ending: { kind: 'promoted' }, outputTail: [] })).toBe('')
  })

  it('never overrule what the problem itself says', () => {
    const refused: Problem = { code: 'preflight.failed', detail: 'API key expired' }
    expect(faultOf(ended(refused))).toBe('environment')
  })

  it('stand in the summary and in the annotation, without a word of the host', () => {
    const report = reportWith({ ...ended(UNSTABLE, 'permission denied: docker.sock <b>`x`</b>') })
    for (const text of [renderSummary(report, 'unknown'), annotationOf(report).message]) {
      expect(text).toContain('mount /var/run/docker.sock into it')
      expect(text).toContain('The environment is probably at fault')
      expect(text).not.toContain('<b>')
    }
  })

  it('are found in bounded time, whatever is said', () => {
    const piece = fc.constantFrom(
      'api key ',
      'invalid',
      ' ',
      'credential',
      'no such ',
      'x'.repeat(100),
      'ret_code',
      '.env',
      '不',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        hintsOf(ended(UNSTABLE, pieces.join('')))
      }),
      { numRuns: 200 },
    )
  })
})
