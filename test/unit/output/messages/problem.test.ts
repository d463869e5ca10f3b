import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { GateReason } from '../../../../src/model/gate-decision.ts'
import type { RollbackException, Warning } from '../../../../src/model/outcome.ts'
import type { Problem } from '../../../../src/model/problem.ts'
import { describeException } from '../../../../src/output/messages/exceptions.ts'
import { describeGateReason } from '../../../../src/output/messages/gate-reasons.ts'
import { describeProblem } from '../../../../src/output/messages/problem.ts'
import { counted, duration, shortImageId, size } from '../../../../src/output/messages/quantities.ts'
import { describeWarning } from '../../../../src/output/messages/warnings.ts'
import { ruleOf } from '../../gate/builders.ts'
import { OLD_ID } from '../builders.ts'
import { hostileText } from '../hostile.ts'
import { CULPRIT, findingsWith, problemsWith } from '../problems.ts'

const wordsOf = (problem: Problem) => Object.values(describeProblem(problem)).join('\n')

describe('describeProblem', () => {
  it.each(problemsWith('FOREIGN').map((problem) => [problem.code, problem] as const))(
    '%s: says what happened and what to do',
    (_code, problem) => {
      const { what, next } = describeProblem(problem)
      expect(what.length).toBeGreaterThan(20)
      expect(next.length).toBeGreaterThan(20)
      expect(`${what}${next}`).not.toMatch(/undefined|\[object|\.\.|null/u)
      if (JSON.stringify(problem).includes('FOREIGN')) expect(`${what}${next}`).toContain('FOREIGN')
    },
  )

  it('lets foreign text add no line', () => {
    const lines = (text: string) => problemsWith(text).map((problem) => wordsOf(problem).split('\n').length)
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(lines(text)).toEqual(lines('x'))
      }),
      { numRuns: 300 },
    )
  })

  it('stays short whatever a foreign program says', () => {
    for (const problem of problemsWith('long '.repeat(100_000))) {
      expect(wordsOf(problem).length).toBeLessThan(30_000)
    }
  })

  it('keeps the end of what a program said, where the cause stands', () => {
    const detail = `${'Pulling layer\n'.repeat(200)}Error response from daemon: manifest unknown.`
    expect(describeProblem({ code: 'prefetch.failed', detail }).what).toMatch(
      /Error response from daemon: manifest unknown\.$/u,
    )
  })

  it('tells how to accept an unknown host key, and to compare it first', () => {
    const { what, next } = describeProblem({
      code: 'ssh.host_key_unknown',
      hop: 'host',
      host: 'trade.example.com',
      port: 2222,
      keyType: 'ecdsa-sha2-nistp256',
      fingerprint: 'SHA256:abc',
      acceptLine: '[trade.example.com]:2222 ecdsa-sha2-nistp256 AAAA',
    })
    expect(what).toContain('trade.example.com, port 2222, identifies itself by the ecdsa-sha2-nistp256 key')
    expect(next.split('\n')).toEqual([
      'Compare the fingerprint on the host itself, over another connection:',
      '  ssh-keygen -l -f /etc/ssh/ssh_host_ecdsa_key.pub',
      'If it is equal, add this line to the input "known-hosts":',
      '  [trade.example.com]:2222 ecdsa-sha2-nistp256 AAAA',
    ])
  })

  it('names the bastion and its inputs where a problem is about it', () => {
    const server = { host: 'jump.example.com', port: 22 }
    const key = { keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' }
    const more = { ...server, ...key, acceptLine: 'jump', expectedFingerprints: ['SHA256:def'] }
    const input = (problem: Problem) => [...wordsOf(problem).matchAll(/"([\w-]+)"/g)].map(([, name]) => name)
    const both = (problem: (hop: 'bastion' | 'host') => Problem) => [
      input(problem('host')),
      input(problem('bastion')),
    ]
    expect(
      both((hop) => ({ code: 'ssh.private_key_unusable', hop, reason: 'unsupported', detail: '' })),
    ).toEqual([['private-key'], ['bastion-private-key']])
    expect(both((hop) => ({ code: 'ssh.known_hosts_invalid', hop, line: 2, detail: '' }))).toEqual([
      ['known-hosts'],
      ['bastion-known-hosts', 'known-hosts'],
    ])
    expect(both((hop) => ({ code: 'ssh.host_key_unknown', hop, ...more }))).toEqual([
      ['known-hosts'],
      ['bastion-known-hosts'],
    ])
    expect(both((hop) => ({ code: 'ssh.host_key_changed', hop, ...more }))).toEqual([
      ['known-hosts'],
      ['bastion-known-hosts', 'known-hosts'],
    ])
    expect(
      both((hop) => ({
        ...{ code: 'ssh.authentication_failed', hop, ...server },
        ...{ username: 'jump', reason: 'key-refused', detail: '' },
      })),
    ).toEqual([
      ['username', 'private-key'],
      ['bastion-username', 'bastion-private-key'],
    ])
    expect(
      both((hop) => ({ code: 'ssh.unreachable', hop, ...server, reason: 'name-not-found', detail: '' })),
    ).toEqual([['host'], ['bastion-host']])
    const refused = { code: 'ssh.host_key_revoked', ...server, ...key } as const
    expect(describeProblem({ ...refused, hop: 'bastion' }).what).toMatch(/^The bastion jump\.example\.com /)
    expect(describeProblem({ ...refused, hop: 'host' }).what).toMatch(/^jump\.example\.com /)
  })

  it('tells why the way from the bastion to the host is closed', () => {
    const way = { bastion: 'jump', host: '10.0.0.7', port: 2222, detail: 'open failed' }
    const told = (reason: 'forbidden' | 'unreachable' | 'timeout') =>
      describeProblem({ code: 'ssh.forwarding_failed', ...way, reason })
    expect(told('forbidden').what).toBe(
      'The bastion jump accepted the login, but it does not allow connections through it to 10.0.0.7, port 2222: open failed.',
    )
    expect(told('forbidden').next).toContain('AllowTcpForwarding')
    expect(told('unreachable').what).toContain('it cannot reach 10.0.0.7, port 2222')
    expect(told('timeout').what).toContain('it gets no answer from 10.0.0.7, port 2222')
  })

  it('names MaxSessions where a session is refused', () => {
    const refused = { code: 'ssh.shell_unusable', detail: 'open failed' } as const
    expect(describeProblem(refused).next).toContain('MaxSessions')
  })

  it('lists every mistake of the configuration', () => {
    const { what } = describeProblem({
      code: 'config.invalid',
      mistakes: [
        { name: 'port', got: 'text of 3 characters', expected: 'a number from 1 to 65535' },
        { name: 'image', got: 'nothing', expected: 'an image reference' },
      ],
    })
    expect(what.split('\n')).toEqual([
      'The configuration has 2 mistakes:',
      '• port: expected a number from 1 to 65535, got text of 3 characters',
      '• image: expected an image reference, got nothing',
    ])
  })

  it('lists every finding of preflight, and each cure once', () => {
    const findings = findingsWith('x')
    const { what, next } = describeProblem({
      code: 'preflight.refused',
      findings: [...findings, ...findings],
    })
    expect(what.split('\n')).toHaveLength(1 + 2 * findings.length)
    expect(next.split('\n')).toHaveLength(findings.length)
  })

  it('names the crash, its restarts and a lack of memory', () => {
    const crash = { code: 'health.crashed', ...CULPRIT, exitCode: 137 } as const
    expect(describeProblem({ ...crash, restarts: 3, outOfMemory: true }).what).toBe(
      'a (container b) crashed: exit code 137, killed for lack of memory, restarted 3 times.',
    )
    expect(describeProblem({ ...crash, restarts: 0, outOfMemory: false }).what).toBe(
      'a (container b) crashed: exit code 137.',
    )
  })

  it('says what else may manage the containers when one was replaced', () => {
    const lost = { code: 'health.lost', ...CULPRIT, exitCode: 0 } as const
    expect(describeProblem({ ...lost, change: 'replaced' }).next).toContain('what else manages')
    expect(describeProblem({ ...lost, change: 'restarted' }).next).toContain('correct the release')
  })
})

describe('a gate that a rule stopped', () => {
  const rule = ruleOf('runtime_assess.x == 0')

  it('says which one, and what can be done about it', () => {
    const unmeasured = {
      code: 'gate.error',
      reasons: [{ kind: 'rule-unmeasured', rule, flaw: { kind: 'absent' } }],
    } as const
    expect(describeProblem(unmeasured).what).toContain('"runtime_assess.x == 0" could not be measured')
    expect(describeProblem(unmeasured).next).toContain('"gate-rules"')
    const unmet = { code: 'gate.failed', reasons: [{ kind: 'rule-unmet', rule, got: 1, limit: 0 }] } as const
    expect(describeProblem(unmet).what).toContain('"runtime_assess.x == 0" is not met: 1 against 0')
  })
})

describe('describeGateReason', () => {
  const rule = ruleOf('runtime_assess.metrics.x<=1.5*baseline')
  const file = 'latest_run_meta.json'
  it.each<[GateReason, string]>([
    [{ kind: 'report', text: 'RUNTIME_STATUS 条数不足: 0 < 10' }, 'RUNTIME_STATUS 条数不足: 0 < 10'],
    [{ kind: 'report-more', count: 4 }, '4 more in the reports.'],
    [{ kind: 'report-missing', file }, `${file} does not exist for this run.`],
    [
      { kind: 'report-stale', file, detail: 'it is older' },
      `${file} is not of this run and was not judged: it is older.`,
    ],
    [
      { kind: 'report-unproven', file, detail: 'no run is known' },
      `${file} is not proven to be of this run and was not judged: no run is known.`,
    ],
    [{ kind: 'report-unreadable', file, detail: 'denied' }, `${file} could not be read: denied.`],
    [
      { kind: 'report-invalid', file, detail: 'expected JSON' },
      `${file} is not a valid report: expected JSON.`,
    ],
    [
      { kind: 'report-mismatch', file, field: 'stage', wanted: 'S3', got: 'S5' },
      `${file}: stage is "S5", expected "S3".`,
    ],
    [
      { kind: 'run-unproven' },
      'The assessment left no new run directory, so no report is proven to be of this run.',
    ],
    [
      { kind: 'run-ambiguous', runIds: ['a', 'b'] },
      'Several run directories appeared during the assessment and the runner named none as its own: a, b.',
    ],
    [{ kind: 'runner-exit', code: 2 }, 'The runner ended with exit code 2.'],
    [{ kind: 'runner-signal', signal: 9 }, 'Signal 9 ended the runner.'],
    [{ kind: 'runner-deadline', seconds: 2700 }, 'The host stopped the runner at its deadline of 45 min.'],
    [
      { kind: 'evidence-short', name: 'GATE_CHECK', wanted: 1, got: 0 },
      'The new container logged 0 GATE_CHECK lines; the gate needs 1.',
    ],
    [{ kind: 'actions-required' }, 'The reports pass, but ask for actions (PASS_WITH_ACTIONS).'],
    [{ kind: 'verdict-fail', field: 'verdict' }, 'runtime_assess: verdict is FAIL.'],
    [{ kind: 'verdict-fail', field: 'overall_status' }, 'closed_loop_report: overall_status is FAIL.'],
    [
      { kind: 'rule-unmet', rule, got: 9, limit: 7.500000000000001 },
      'The rule "runtime_assess.metrics.x <= 1.5 * baseline" is not met: 9 against 7.5.',
    ],
    [
      { kind: 'rule-unmeasured', rule, flaw: { kind: 'absent' } },
      'The rule "runtime_assess.metrics.x <= 1.5 * baseline" could not be measured: missing.',
    ],
  ])('%j', (reason, sentence) => {
    expect(describeGateReason(reason)).toBe(sentence)
  })
})

describe('describeWarning and describeException', () => {
  const warnings: { [K in Warning['kind']]: Warning & { kind: K } } = {
    'unknown-variable': { kind: 'unknown-variable', name: 'CLOSED_LOOP_STAG', nearest: 'CLOSED_LOOP_STAGE' },
    drift: { kind: 'drift', service: 'scheduler' },
    'gate-not-enforced': { kind: 'gate-not-enforced' },
    'other-revision': { kind: 'other-revision', reference: 'r:1', revision: 'abc', commit: 'def' },
    'actions-required': { kind: 'actions-required' },
    'rules-warned': { kind: 'rules-warned', count: 2 },
    'artifact-failed': { kind: 'artifact-failed', detail: 'no answer after 60 s' },
    'artifact-unsupported': { kind: 'artifact-unsupported', server: 'https://ghes.example.com' },
    'diagnostics-failed': { kind: 'diagnostics-failed', detail: 'no answer after 60 s' },
    'report-absent': { kind: 'report-absent', file: 'latest_run_meta.json', detail: 'not written' },
    'cleanup-failed': { kind: 'cleanup-failed', detail: 'tag kept' },
    'not-accepted': {
      kind: 'not-accepted',
      failed: [
        {
          ...({ name: 'complete-run', subject: '', need: 'required', result: 'failed' } as const),
          evidence: { kind: 'runs-unreadable' },
        },
      ],
    },
    'prune-failed': { kind: 'prune-failed', detail: 'somebody else works on the project' },
    'verify-failed': { kind: 'verify-failed', detail: 'verify.timeout' },
    'file-left': { kind: 'file-left', path: 'ops' },
    'variable-left': { kind: 'variable-left', key: 'APP_IMAGE' },
    'service-left': { kind: 'service-left', service: 'cache' },
    'no-boot-trigger': { kind: 'no-boot-trigger', detail: 'no cron runs' },
    'up-not-tried': { kind: 'up-not-tried', detail: 'no such image: db:1' },
    'one-off-left': { kind: 'one-off-left', container: 'shop-app-run-1', state: 'running' },
    recovered: {
      kind: 'recovered',
      transaction: 'ab12',
      state: 'applied',
      end: 'rolled_back',
      exceptions: [{ kind: 'drift', service: 'a' }],
    },
  }
  const exceptions: { [K in RollbackException['kind']]: RollbackException & { kind: K } } = {
    'file-edited-meanwhile': { kind: 'file-edited-meanwhile', path: '/opt/x/.env.runtime' },
    'env-not-restored': { kind: 'env-not-restored', path: '/opt/x/.env.runtime' },
    'recorded-files-used': { kind: 'recorded-files-used' },
    'was-unhealthy-before': { kind: 'was-unhealthy-before', service: 'a', state: 'unhealthy' },
    'was-stopped-before': { kind: 'was-stopped-before', service: 'a', state: 'exited' },
    'reference-overridden': { kind: 'reference-overridden', service: 'a', reference: 'r:1', imageId: OLD_ID },
    'image-pulled-again': { kind: 'image-pulled-again', reference: 'r:1', source: 'r@sha256:1' },
    'config-edited-meanwhile': {
      kind: 'config-edited-meanwhile',
      service: 'a',
      parts: ['labels', 'limits'],
    },
    'container-differs': { kind: 'container-differs', service: 'a', parts: ['logging'] },
    drift: { kind: 'drift', service: 'a' },
    'tag-not-restored': { kind: 'tag-not-restored', reference: 'r:1' },
    'later-deployment': { kind: 'later-deployment', transaction: 'ab12' },
    'one-off-left': { kind: 'one-off-left', container: 'shop-app-run-1', state: 'running' },
  }

  it('says every one in sentences that name the thing', () => {
    const all = [
      ...Object.values(warnings).map((warning) => [JSON.stringify(warning), describeWarning(warning)]),
      ...Object.values(exceptions).map((one) => [JSON.stringify(one), describeException(one)]),
    ]
    for (const [, sentence] of all) expect(sentence).toMatch(/^\S.{20,}[.?]$/u)
    expect(describeWarning(warnings['unknown-variable'])).toContain('did you mean CLOSED_LOOP_STAGE?')
    expect(describeWarning({ kind: 'unknown-variable', name: 'X', nearest: '' })).not.toContain(
      'did you mean',
    )
    expect(describeWarning({ kind: 'rules-warned', count: 1 })).toContain('One rule of the gate is not met')
    expect(describeException(exceptions['reference-overridden'])).toContain('bbbbbbbbbbbb')
    expect(describeException(exceptions['config-edited-meanwhile'])).toContain(
      'with other labels, limits (memory, processors and the like) than before',
    )
  })
})

describe('quantities', () => {
  it.each([
    [0, '0.0 s'],
    [412, '0.4 s'],
    [999, '1 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [185_000, '3 min 5 s'],
    [3_600_000, '1 h'],
    [5_520_000, '1 h 32 min'],
  ])('%d ms is %s', (milliseconds, words) => {
    expect(duration(milliseconds)).toBe(words)
  })

  it.each([
    [1, '1 byte'],
    [1023, '1023 bytes'],
    [1536, '1.5 KiB'],
    [3_500_000, '3.3 MiB'],
    [536_870_912, '512 MiB'],
  ])('%d bytes are %s', (bytes, words) => {
    expect(size(bytes)).toBe(words)
  })

  it('shortens image IDs and counts', () => {
    expect([shortImageId(OLD_ID), shortImageId('')]).toEqual(['bbbbbbbbbbbb', 'none'])
    expect([counted(1, 'line'), counted(2, 'line')]).toEqual(['1 line', '2 lines'])
  })
})
