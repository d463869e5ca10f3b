import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { measureRule } from '../../../../src/gate/rules/measure-rule.ts'
import type { Progress } from '../../../../src/model/progress.ts'
import type { RuledReports } from '../../../../src/model/rule.ts'
import { describeProgress } from '../../../../src/output/messages/progress.ts'
import { baselineWith, ruleOf } from '../../gate/builders.ts'
import { decision, NEW_ID } from '../builders.ts'
import { hostileText } from '../hostile.ts'

const status = (got: number) => ({ name: 'RUNTIME_STATUS', wanted: 10, got, reached: got >= 10 }) as const
const gate = (got: number) => ({ name: 'GATE_CHECK', wanted: 1, got, reached: got >= 1 }) as const

const RULED: RuledReports = {
  runtime_assess: { kind: 'readable', report: { n: 9 } },
  closed_loop_report: { kind: 'readable', report: {} },
}

describe('describeProgress', () => {
  it.each<readonly [Progress, string]>([
    [
      { kind: 'files-read', entries: 1, files: 3, bytes: 5000 },
      'The release brings 3 files (4.9 KiB) of 1 path of the workspace.',
    ],
    [
      { kind: 'files-compared', changed: 0, lacking: 0, bytes: 0 },
      'The files of the release are those of the host already; nothing is sent.',
    ],
    [
      { kind: 'files-compared', changed: 1, lacking: 0, bytes: 0 },
      '1 path of the project differs from the release; the host has all contents already, so nothing is sent.',
    ],
    [
      { kind: 'files-compared', changed: 4, lacking: 1, bytes: 3_500_000 },
      '4 paths of the project differ from the release; sending 1 file (3.3 MiB).',
    ],
    [{ kind: 'files-sent', sent: 512, bytes: 104_857_600 }, 'Sent 512 bytes of 100 MiB.'],
    [{ kind: 'files-staged' }, 'The host has the whole release beside the project, and verified it.'],
    [
      { kind: 'files-concern', joined: ['proxy'], touched: ['proxy', 'app'] },
      'The files of the release concern further services, which are deployed too: proxy. Recreated because they mount changed files: proxy, app.',
    ],
    [
      { kind: 'files-concern', joined: [], touched: ['app'] },
      'Recreated because they mount changed files: app.',
    ],
    [
      { kind: 'state-size', kibibytes: 12_288, limitKibibytes: 1_048_576, freeKibibytes: 3_000_000 },
      'State files to copy for a rollback: 12 MiB (limit 1.0 GiB); 2.9 GiB free.',
    ],
    [
      { kind: 'budget', seconds: 4500 },
      "Time budget: the deadlines add up to 1 h 15 min, rollback included. The job's timeout-minutes should be longer.",
    ],
    [
      {
        kind: 'connected',
        host: 'trade.example.com',
        port: 22,
        username: 'deploy',
        route: { kind: 'direct' },
      },
      'Connected to deploy@trade.example.com:22; the host key is known.',
    ],
    [
      {
        kind: 'connected',
        host: '10.0.0.7',
        port: 22,
        username: 'deploy',
        route: {
          kind: 'through-bastion',
          bastion: { host: 'jump.example.com', port: 2222, username: 'jump' },
        },
      },
      'Connected to deploy@10.0.0.7:22 through jump@jump.example.com:2222; both host keys are known.',
    ],
    [
      {
        kind: 'host-read',
        facts: [
          { kind: 'docker', version: '20.10.24' },
          { kind: 'compose', version: '2.26.1' },
          { kind: 'project', name: 'ai-trade' },
          { kind: 'containers', count: 1 },
          { kind: 'free', kibibytes: 2_097_152 },
        ],
      },
      'Docker 20.10.24, Compose 2.26.1, project ai-trade, 1 container, 2048 MiB free.',
    ],
    [{ kind: 'host-read', facts: [{ kind: 'docker', version: '20.10.24' }] }, 'Docker 20.10.24.'],
    [
      { kind: 'transaction', id: 'ab12', projectDir: '/opt/x' },
      'Transaction ab12; its journal is in /opt/x/.closed-loop/transactions/ab12/.',
    ],
    [
      { kind: 'snapshot', containers: [] },
      'Nothing of the project exists yet: a rollback would remove what this deployment starts.',
    ],
    [
      { kind: 'snapshot', containers: [{ name: 'ai-trade', imageId: NEW_ID, state: 'running' }] },
      'Recorded: ai-trade aaaaaaaaaaaa (running)',
    ],
    [
      { kind: 'pulled', reference: 'ai-trade:2', imageId: NEW_ID },
      'On the host: ai-trade:2 is aaaaaaaaaaaa.',
    ],
    [
      { kind: 'trying-again', exitCode: 75, tryNumber: 1, tries: 3 },
      'The command of "preflight-command" ended with 75, one of "preflight-retry-codes" (try 1 of 3). Trying again in 5 s …',
    ],
    [
      {
        kind: 'pruned',
        images: [{ imageId: `sha256:${'1'.repeat(64)}`, tags: ['app:1'] }],
        freedBytes: 2048,
      },
      'Removed 1 image of old releases (111111111111 app:1); 2.0 KiB are free again.',
    ],
    [
      { kind: 'pruned', images: [1, 2].map(() => ({ imageId: `sha256:${'1'.repeat(64)}`, tags: [] })) },
      'Removed 2 images of old releases (111111111111, 111111111111).',
    ],
    [{ kind: 'pruned', images: [] }, 'There is no image of an old release to remove.'],
    [{ kind: 'tried' }, 'The command of "preflight-command" ended with 0 in the new image.'],
    [{ kind: 'boundary' }, 'From here on the host changes. On any failure it restores what ran before.'],
    [
      { kind: 'running', service: 'ai-trade', imageId: NEW_ID },
      'ai-trade runs aaaaaaaaaaaa, the wanted image.',
    ],
    [{ kind: 'waiting-for', service: 'ai-trade', state: 'created' }, 'Waiting for ai-trade: created.'],
    [{ kind: 'ready', services: ['ai-trade', 'watchdog'] }, 'Ready: ai-trade, watchdog.'],
    [
      {
        ...{ kind: 'evidence', needs: [status(3), gate(0)], elapsedSeconds: 4, timeoutSeconds: 900 },
        outlook: { kind: 'no-rate', names: ['GATE_CHECK'] },
      },
      '3 of 10 RUNTIME_STATUS, GATE_CHECK not seen yet; 4 s of 15 min. No estimate yet: no new line of GATE_CHECK since the wait began.',
    ],
    [
      {
        ...{ kind: 'evidence', needs: [status(3), gate(1)], elapsedSeconds: 60, timeoutSeconds: 900 },
        outlook: { kind: 'estimate', seconds: 140 },
      },
      '3 of 10 RUNTIME_STATUS, GATE_CHECK seen; 1 min of 15 min. At this rate it takes about 2 min 20 s more.',
    ],
    [
      {
        ...{ kind: 'evidence', needs: [status(3), gate(1)], elapsedSeconds: 860, timeoutSeconds: 900 },
        outlook: { kind: 'estimate', seconds: 41 },
      },
      '3 of 10 RUNTIME_STATUS, GATE_CHECK seen; 14 min 20 s of 15 min. At this rate it takes about 41 s more, longer than the wait may take.',
    ],
    [
      {
        ...{ kind: 'evidence', needs: [status(12), gate(2)], elapsedSeconds: 61, timeoutSeconds: 900 },
        outlook: { kind: 'reached' },
      },
      '12 of 10 RUNTIME_STATUS, GATE_CHECK seen; 1 min 1 s of 15 min.',
    ],
    [
      { kind: 'no-evidence', stage: 'DEPLOY' },
      'At stage DEPLOY the gate waits for no lines of the log: neither CLOSED_LOOP_EVIDENCE nor CLOSED_LOOP_MIN_RUNTIME_STATUS names any.',
    ],
    [
      { kind: 'restarted', service: 'ai-trade' },
      'The runner has restarted ai-trade. The action waits for the new container instance, and judges that one.',
    ],
    [
      { kind: 'evidence-short', timeoutSeconds: 20 },
      'The evidence did not come within 20 s. The host calls the runner once all the same, so that reports exist.',
    ],
    [{ kind: 'gate', decision: decision(), enforcement: 'enforced' }, 'Gate: pass. The gate passed.'],
    [
      {
        kind: 'gate',
        decision: decision({ kind: 'fail', reasons: [{ kind: 'verdict-fail', field: 'verdict' }] }),
        enforcement: 'not_enforced',
      },
      'Gate: fail. The gate failed: the release was measured and is bad.\nThe release would have been rolled back; CLOSED_LOOP_ENFORCE is false.\n- runtime_assess: verdict is FAIL.',
    ],
    [
      {
        kind: 'gate',
        decision: decision({ warnings: [{ kind: 'actions-required' }] }),
        enforcement: 'not_enforced',
      },
      'Gate: pass. The gate passed.\n- The reports pass, but ask for actions (PASS_WITH_ACTIONS).',
    ],
    [
      {
        kind: 'gate',
        decision: decision({
          rules: [
            'warn: runtime_assess.n <= 8',
            'runtime_assess.n <= 2 * baseline',
            'runtime_assess.x == baseline',
          ].map((rule) => measureRule(ruleOf(rule), RULED, baselineWith({ n: 5 }))),
          baseline: baselineWith({ n: 5 }),
        }),
        enforcement: 'enforced',
      },
      [
        'Gate: pass. The gate passed.',
        'Rule runtime_assess.n <= 8, got 9: warning.',
        'Rule runtime_assess.n <= 2 * baseline (10), got 9, baseline 5: met.',
        'Rule runtime_assess.x == baseline, got missing, baseline missing: ignored.',
        'The baseline is run 20260101T000000Z of deployment before, the last one confirmed.',
      ].join('\n'),
    ],
    [
      {
        kind: 'gate',
        decision: decision({
          rules: [measureRule(ruleOf('runtime_assess.n == 9'), RULED, { kind: 'not-asked' })],
        }),
        enforcement: 'enforced',
      },
      'Gate: pass. The gate passed.\nRule runtime_assess.n == 9, got 9: met.',
    ],
    [
      { kind: 'rolling-back', because: { code: 'confirm.timeout', seconds: 120 } },
      'Rolling back to what ran before. The gate let the release through, but the host did not confirm it within 2 min.',
    ],
    [
      { kind: 'lock-file-held', file: '/run/loop.lock' },
      'The host holds the lock file /run/loop.lock for this deployment.',
    ],
    [
      {
        kind: 'locked',
        holder: { kind: 'process', file: '/l', pid: '7', container: 'loop', command: 'flock /l run' },
        timeoutSeconds: 60,
      },
      'The project is in use by process 7 on the host ("flock /l run" in the container loop), which holds the lock file /l. Waiting up to 1 min for it.',
    ],
    [
      {
        kind: 'locked',
        holder: { kind: 'process', file: '/l', pid: '', container: '', command: '' },
        timeoutSeconds: 60,
      },
      'The project is in use by a process that the SSH user cannot see, which holds the lock file /l. Waiting up to 1 min for it.',
    ],
    [{ kind: 'rolled-back' }, 'The host has restored and verified what ran before.'],
  ])('%#', (progress, words) => {
    expect(describeProgress(progress)).toBe(words)
  })

  it('keeps names of the host on one line', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        for (const progress of [
          { kind: 'waiting-for', service: text, state: text },
          { kind: 'pulled', reference: text, imageId: text },
          { kind: 'running', service: text, imageId: text },
          { kind: 'ready', services: [text] },
        ] as const)
          expect(describeProgress(progress)).not.toMatch(/[\r\n]/u)
      }),
    )
  })
})
