import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Check, Evidence } from '../../../src/model/check.ts'
import type { Verification } from '../../../src/model/outcome.ts'
import type { Problem } from '../../../src/model/problem.ts'
import { checkLines, describeEvidence, hintOf } from '../../../src/output/messages/check.ts'
import {
  checksJson,
  isAccepted,
  renderVerification,
  verificationAnnotation,
  verificationOutputs,
} from '../../../src/output/verification.ts'
import { notVerified } from '../../../src/verify/verify.ts'
import { checksWith } from '../verify/builders.ts'
import { hostileText } from './hostile.ts'
import { problemsWith } from './problems.ts'

const RUN = {
  ...{ repository: 'o/r', runId: '1', runAttempt: '1', job: 'verify', sha: 'abc', actor: 'mona' },
  serverUrl: 'https://github.com',
}

/** Every kind of evidence; `text` stands wherever a foreign text can. */
function evidenceWith(text: string): readonly Evidence[] {
  const evidence: { [K in Evidence['kind']]: Extract<Evidence, { kind: K }> } = {
    finding: { kind: 'finding', finding: { finding: 'docker-unreachable', detail: text } },
    'not-looked-at': { kind: 'not-looked-at' },
    'not-deployed': { kind: 'not-deployed' },
    'no-container': { kind: 'no-container' },
    containers: {
      kind: 'containers',
      seen: [
        {
          ...{ container: text, state: text, health: text, restarts: 1, startedSecondsAgo: Number.NaN },
          ...{ starts: 1, knownSeconds: 900, problem: 'restarts-often' },
        },
      ],
    },
    'log-line': { kind: 'log-line', text, ageSeconds: 3, problem: { kind: 'old', recentSeconds: 1e300 } },
    'no-log-line': { kind: 'no-log-line', upSeconds: 5 },
    'log-unreadable': { kind: 'log-unreadable', detail: text },
    'scheduler-run': {
      ...{ kind: 'scheduler-run', text, ageSeconds: 3, end: { kind: 'code', code: 2 }, error: text },
    },
    'no-scheduler-run': { kind: 'no-scheduler-run', upSeconds: 5, error: text },
    report: { kind: 'report', says: text },
    'report-unusable': { kind: 'report-unusable', because: 'invalid', detail: text },
    'complete-run': {
      ...{ kind: 'complete-run', run: text, ageSeconds: 3, verdict: 'PASS', overallStatus: 'FAIL' },
    },
    'runs-unreadable': { kind: 'runs-unreadable' },
    'no-complete-run': {
      ...{ kind: 'no-complete-run', incomplete: 2, damaged: [text] },
      newest: { run: text, ageSeconds: 4e6 },
    },
    'deployments-unreadable': { kind: 'deployments-unreadable' },
    'no-deployment': { kind: 'no-deployment' },
    deployment: { kind: 'deployment', id: text, state: text, at: text },
    unfinished: { kind: 'unfinished', id: text, state: text, atWork: text },
    'project-dir': { kind: 'project-dir', is: text, said: [{ by: text, value: text }] },
    socket: { kind: 'socket', use: 'denied' },
    'no-research-service': { kind: 'no-research-service' },
    image: { kind: 'image', reference: text, imageId: text },
    'made-by-image': { kind: 'made-by-image', run: text, imageId: text },
    'not-made-by-image': {
      ...{ kind: 'not-made-by-image', because: 'another-image', run: text, imageId: text },
    },
    'runs-per-day': { kind: 'runs-per-day', days: [{ day: '2026-02-14', complete: 1, incomplete: 1 }] },
  }
  return Object.values(evidence)
}

const SOCKET_HINT =
  'A container cannot use the Docker socket: mount /var/run/docker.sock into it, and add its user to the group that owns it on the host.'

function failing(text: string): readonly Check[] {
  return evidenceWith(text).map((evidence) => ({
    ...{ name: 'service', subject: text, need: 'required', result: 'failed', evidence },
  }))
}

function verification(checks: readonly Check[]): Verification {
  return { found: { kind: 'checked', checks }, host: 'h', projectDir: '/opt/ai-trade', durationSeconds: 1.4 }
}

function notChecked(because: Problem): Verification {
  return { ...verification([]), found: { kind: 'not-checked', because } }
}

describe('what a verification says', () => {
  it('of a host that passes is a notice, and exit 0', () => {
    const passed = verification(checksWith())
    expect(isAccepted(passed)).toBe(true)
    expect(verificationAnnotation(passed)).toEqual({
      level: 'notice',
      title: 'The host passes the acceptance',
      message:
        '19 checks made, and no required one failed.\nWhat runs now: 3 of 3 deployed services up and stable. Nothing was changed.',
    })
    expect(verificationOutputs(passed)).toMatchObject({ reason: '', 'duration-seconds': '1' })
  })

  it('of a host that does not says what failed, what runs and what to do', () => {
    const refused = verification(checksWith({ transactions: [['unfinished', 'abc', 'applied']] }))
    expect(isAccepted(refused)).toBe(false)
    const { level, title, message } = verificationAnnotation(refused)
    expect({ level, title }).toEqual({
      ...{ level: 'error', title: 'The host does not pass the acceptance: 1 required check failed' },
    })
    expect(message).toContain('abc has not ended: applied. Nobody is at work on it.')
    expect(message).toMatch(/^What runs now: 3 of 3 .*Nothing was changed\.$/mu)
    expect(message).toMatch(/^What to do: On the host, "sh \.closed-loop\/host\.sh status"/mu)
  })

  it('calls unread services neither down nor checked', () => {
    const checks = checksWith({
      looked: [
        ['looked', 'transactions'],
        ['looked', 'reports'],
      ],
      findings: [['finding', 'docker-unreachable', 'refused']],
      ...{ containers: [], logs: [], sockets: [], images: [], projectDirs: [] },
    })
    const { message } = verificationAnnotation(verification(checks))
    expect(message).toContain('7 checks made; failed:')
    expect(message).toContain(
      'What runs now: Not known: the action could not read the services. Nothing was changed.',
    )
    const failed = checks.filter(({ result }) => result === 'failed')
    for (const check of failed.filter(({ evidence }) => evidence.kind === 'not-looked-at'))
      expect(hintOf(check)).toBe('Cure the fault of the host first.')
  })

  it('does not let an informational check decide', () => {
    const checks: readonly Check[] = [
      {
        ...{ name: 'runs-per-day', subject: '', need: 'informational', result: 'failed' },
        evidence: { kind: 'runs-unreadable' },
      },
    ]
    expect(isAccepted(verification(checks))).toBe(true)
  })

  it.each(problemsWith('x'))('of an unread host ($code) claims nothing', (problem) => {
    const report = notChecked(problem)
    expect(isAccepted(report)).toBe(false)
    const { level, message } = verificationAnnotation(report)
    expect(level).toBe('error')
    expect(message).toContain('What runs now: Not known')
    expect(message).toContain(`Reason: ${problem.code}.`)
    expect(verificationOutputs(report)).toMatchObject({ reason: problem.code, checks: '' })
  })

  it('of a configuration that is mistaken has no word of a deployment', () => {
    const mistake = { name: 'host', got: 'nothing', expected: 'a host name' }
    const report = notVerified({ code: 'config.invalid', mistakes: [mistake] })
    const { title, message } = verificationAnnotation(report)
    expect(message).toContain('• host: expected a host name, got nothing')
    expect(title + message + renderVerification(report, 'unknown')).not.toMatch(/deploy|release/i)
  })

  it('has a hint for each check that fails but the numbers', () => {
    for (const check of failing('x')) expect(hintOf(check)).not.toBe('')
    for (const check of checksWith()) expect(hintOf(check)).toBe('')
  })

  it.each([
    ['[ALERT] cannot ask Docker about ai-trade: Unexpected token < in JSON at position 0', ''],
    ['[ALERT] cannot ask Docker about ai-trade: status 500', ''],
    ['[ALERT] last RUNTIME_STATUS is 300s old (at most 120s)', ''],
    ['[ALERT] the signature of closed_loop_report.json is invalid', ''],
    ['[ALERT] cannot ask Docker about ai-trade: connect ENOENT /var/run/docker.sock', SOCKET_HINT],
    ['[ALERT] cannot ask Docker about ai-trade: connect EACCES /var/run/docker.sock', SOCKET_HINT],
    ['[ALERT] permission denied while trying to connect to the Docker daemon socket', SOCKET_HINT],
  ])('has the hint about the socket of the watchdog only where that is said: %s', (text, hint) => {
    const evidence = { kind: 'log-line', text, ageSeconds: 1, problem: { kind: 'alert' } } as const
    const check = { name: 'watchdog', subject: '', need: 'required', result: 'failed', evidence } as const
    const general = 'Read the log of the watchdog and cure what it names.'
    expect(hintOf(check)).toBe(hint === '' ? general : `${general} ${hint}`)
  })

  it("has no hint about a container where the host's own docker cannot read a log", () => {
    const detail = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock'
    const evidence = { kind: 'log-unreadable', detail } as const
    const check = { name: 'watchdog', subject: '', need: 'required', result: 'failed', evidence } as const
    expect(hintOf(check)).toContain('Docker does not answer the SSH user')
    expect(hintOf(check)).not.toContain(SOCKET_HINT)
  })

  it('has the hint about the path of the project where a run of the scheduler failed by that', () => {
    const hinted = (error: string) => {
      const evidence = { kind: 'no-scheduler-run', upSeconds: 5, error } as const
      return hintOf({ name: 'scheduler', subject: '', need: 'required', result: 'failed', evidence })
    }
    expect(hinted("sh: can't open '/srv/tools/closed_loop_runner.sh'")).toContain('AI_TRADE_PROJECT_DIR')
    expect(hinted('')).not.toContain('AI_TRADE_PROJECT_DIR')
  })

  it('says of everything in one sentence, without the full stop at its end', () => {
    for (const evidence of evidenceWith('words.')) expect(describeEvidence(evidence)).toMatch(/[^.:\s]$/u)
  })

  it('is whole JSON, one object a check', () => {
    const [first] = JSON.parse(checksJson(checksWith()))
    expect(first).toEqual({
      ...{ name: 'service', subject: 'ai-trade', need: 'required', result: 'ok', hint: '' },
      evidence: expect.stringContaining('ai-trade-1 is running'),
    })
  })

  it('is inert, whatever the host says', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const checks = failing(text)
        const bare = renderVerification(verification(checks), RUN)
          .replaceAll(/<\/?(?:code|sub)>|<br>|<wbr>|&#\d+;/gu, '')
          .replace('[this run](https://github.com/o/r/actions/runs/1/attempts/1)', '')
        expect(bare).not.toMatch(/[<>`@[\]$~\\\p{Cf}]|https?:|www\./u)
        const rows = bare.split('\n').filter((line) => line.startsWith('|'))
        expect(rows).toHaveLength(checks.length + 2)
        expect(rows.every((row) => row.split('|').length === 6)).toBe(true)
        expect(bare.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(2)

        const lines = checkLines(checks)
        expect(lines.every((line) => /^(?:✗| {4}\S)/u.test(line) && !line.includes('\n'))).toBe(true)
        expect(JSON.parse(checksJson(checks))).toHaveLength(checks.length)
        expect(verificationAnnotation(verification(checks)).title).toBe(
          `The host does not pass the acceptance: ${checks.length} required checks failed`,
        )
      }),
      { numRuns: 300 },
    )
  })

  it('is bounded, however much the host says', () => {
    const checks = failing('long words '.repeat(100_000))
    expect(renderVerification(verification(checks), RUN).length).toBeLessThan(200_000)
    expect(checksJson(checks).length).toBeLessThan(100_000)
    expect(verificationAnnotation(verification(checks)).message.length).toBeLessThanOrEqual(4096)
  })
})
