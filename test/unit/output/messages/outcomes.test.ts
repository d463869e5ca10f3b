import { describe, expect, it } from '@jest/globals'
import type { Ending, LeftBehind } from '../../../../src/model/outcome.ts'
import { annotationOf } from '../../../../src/output/annotation.ts'
import { describeEnding } from '../../../../src/output/messages/outcomes.ts'
import { decision, NEW_ID, OLD_ID, reportWith } from '../builders.ts'
import { problemsWith } from '../problems.ts'

const LOST = { code: 'ssh.lost', during: 'apply', detail: 'no keepalive answer' } as const
const FAILED = { code: 'gate.failed', reasons: [{ kind: 'report', text: 'CRITICAL 出现 1 次' }] } as const
const wordsOf = (ending: Ending) => describeEnding(reportWith({ ending }))

describe('describeEnding', () => {
  it('promoted: claims what was verified', () => {
    expect(describeEnding(reportWith())).toEqual({
      title: 'The release is in service',
      happened: 'registry.example.com/ai-trade:2 was deployed and confirmed: the gate passed.',
      runsNow:
        'Every service of the release runs the image that was pulled for it (aaaaaaaaaaaa) and is ready; the other deployed services run.',
      next: '',
    })
  })

  it('promoted without a passed gate: says so first', () => {
    const words = describeEnding(
      reportWith({ gate: { kind: 'not_enforced', decision: decision({ kind: 'fail' }) } }),
    )
    expect(words.title).toBe('The release is in service without a passed gate')
    expect(words.happened).toContain('measured and is bad: CLOSED_LOOP_ENFORCE is false')
    expect(words.happened).toContain('would have been rolled back')
    const passed = reportWith({ gate: { kind: 'not_enforced', decision: decision() } })
    expect(describeEnding(passed).title).toBe('The release is in service')
    expect(describeEnding(reportWith({ gate: { kind: 'not_run' } })).happened).not.toContain('gate')
  })

  it('unchanged: promises nothing about what runs', () => {
    const words = wordsOf({ kind: 'unchanged', because: problemsWith('x')[0] ?? LOST })
    expect(words.runsNow).toBe(
      'What ran before. This deployment ended before it changed anything that serves.',
    )
  })

  it('rolled_back: says that the containers equal the snapshot, and each exception', () => {
    const ending = { kind: 'rolled_back', because: FAILED, toNothing: false } as const
    expect(wordsOf({ ...ending, exceptions: [] }).runsNow).toBe(
      'What ran before runs again (registry.example.com/ai-trade:1, bbbbbbbbbbbb): the containers equal the snapshot.',
    )
    const words = wordsOf({
      ...ending,
      exceptions: [
        { kind: 'was-unhealthy-before', service: 'watchdog', state: 'unhealthy' },
        { kind: 'tag-not-restored', reference: 'ai-trade:latest' },
      ],
    })
    expect(words.runsNow.split('\n')).toEqual([
      'What ran before runs again (registry.example.com/ai-trade:1, bbbbbbbbbbbb): the containers equal the snapshot, except:',
      '• watchdog was "unhealthy" before, so its health was not demanded.',
      '• The rollback could not restore the local tag ai-trade:latest.',
    ])
    expect(words.happened).toContain('CRITICAL 出现 1 次')
  })

  it('rolled_back to nothing', () => {
    const words = wordsOf({ kind: 'rolled_back', because: FAILED, exceptions: [], toNothing: true })
    expect(words.runsNow).toBe(
      'Nothing of the project runs, as before this deployment. The host removed what the deployment had started.',
    )
  })

  it('rollback_failed: gives the state last seen, and the commands', () => {
    const words = wordsOf({
      kind: 'rollback_failed',
      because: FAILED,
      rollback: {
        code: 'rollback.failed',
        notRestored: ['ai-trade: port is already allocated'],
        differences: ['ai-trade: other image'],
        detail: 'no such image',
      },
      left: { kind: 'kept', back: ['ai-trade-watchdog', 'ai-trade-scheduler'] },
    })
    expect(words.happened).toContain(
      'Docker or Compose refused to restore: ai-trade: port is already allocated.',
    )
    expect(words.runsNow).toContain('Back as before: ai-trade-watchdog, ai-trade-scheduler.')
    expect(words.happened).toContain('What differs from the snapshot: ai-trade: other image.')
    expect(words.runsNow).toContain('Last seen: ai-trade running (healthy) (aaaaaaaaaaaa).')
    expect(words.next).toContain('  sh /opt/ai-trade/.closed-loop/host.sh rollback t-0123456789ab')
    const blind = describeEnding(
      reportWith({
        services: [],
        previousImage: { reference: '', imageId: '' },
        ending: {
          kind: 'rollback_failed',
          because: LOST,
          rollback: { code: 'rollback.timeout', seconds: 300 },
          left: { kind: 'kept', back: [] },
        },
      }),
    )
    expect(blind.runsNow).toBe(
      'Not what ran before (nothing of the gate service), or not verified to be. What runs now could not be read.',
    )
  })

  it.each<[LeftBehind, title: RegExp, runsNow: string]>([
    [
      { kind: 'stopped', stopped: ['ai-trade', 'watchdog'], notStopped: [] },
      /services are stopped/u,
      'Stopped for good (Docker does not start them again): ai-trade, watchdog.',
    ],
    [
      { kind: 'stopped', stopped: ['ai-trade'], notStopped: ['watchdog'] },
      /needs a person$/u,
      'Stopped for good (Docker does not start them again): ai-trade. NOT stopped for good: watchdog.',
    ],
    [
      { kind: 'stopped', stopped: [], notStopped: [] },
      /services are stopped/u,
      'None of the deployed services ran any more.',
    ],
    [{ kind: 'stop-unverified' }, /needs a person$/u, 'did not report whether they are stopped.'],
  ])('rollback_failed: says what was stopped and what was not: %j', (left, title, runsNow) => {
    const rollback = {
      code: 'rollback.image_gone',
      images: [{ reference: 'r:1', imageId: OLD_ID }],
      detail: 'denied',
    } as const
    const words = wordsOf({ kind: 'rollback_failed', because: FAILED, rollback, left })
    expect(words.title).toMatch(/^The rollback failed: /u)
    expect(words.title).toMatch(title)
    expect(words.runsNow).toContain(runsNow)
    expect(words.happened).toContain('they could not be pulled again: r:1 (bbbbbbbbbbbb). denied.')
    expect(words.next).toContain('Bring these very images back')
    const [first = ''] = words.next.split('\n')
    const runs = left.kind === 'stopped' && left.notStopped.length > 0
    expect(first).toBe(runs ? 'Stop by hand, restart policy "no": watchdog.' : 'Look at the host:')
  })

  it('rollback_failed: offers no other try where a person decided that what runs stays', () => {
    const words = wordsOf({
      kind: 'rollback_failed',
      because: FAILED,
      rollback: { code: 'rollback.kept' },
      left: { kind: 'kept', back: [] },
    })
    expect(words.title).toBe('A person on the host kept what runs')
    expect(words.runsNow).toContain('Not verified: that person kept ')
    expect(words.next).not.toContain('rollback')
    expect(words.next).toContain('deploy it')
  })

  it('unknown: claims nothing, says what will end it, and gives the commands', () => {
    const report = reportWith({
      ending: { kind: 'unknown', because: LOST, lastKnown: 'apply' },
      projectDir: "/srv/it's here",
    })
    const words = describeEnding(report)
    expect(words.happened).toContain('Contact with the host was lost')
    expect(words.runsNow).toMatch(
      /^Not known: registry\.example\.com\/ai-trade:2, if it was confirmed already\. Otherwise the host restores what ran before \(.*\) by itself, beginning 1 min 30 s after the last sign of life of this step\. The post step of this action tries to end it at the end of this job\.$/u,
    )
    expect(words.next.split('\n')).toEqual([
      'Look at the host now:',
      "  sh '/srv/it'\\''s here/.closed-loop/host.sh' status",
      "  cat '/srv/it'\\''s here/.closed-loop/transactions/t-0123456789ab/journal'",
      "  docker ps --all --format 'table {{.Names}}\\t{{.Image}}\\t{{.Status}}'",
      "  docker inspect --format '{{.Name}} {{.Image}} {{.State.Status}}' ai-trade",
      `The image ID of the release is ${NEW_ID}; before, it was ${OLD_ID}.`,
      'If the transaction has no end, restore what ran before:',
      "  sh '/srv/it'\\''s here/.closed-loop/host.sh' rollback t-0123456789ab",
    ])
  })

  it('unknown before any image ID was known', () => {
    const none = { reference: 'r:1', imageId: '' }
    const ending: Ending = { kind: 'unknown', because: LOST, lastKnown: 'apply' }
    const { next } = describeEnding(reportWith({ ending, services: [], image: none, previousImage: none }))
    expect(next).toContain('The image ID of the release is not known; before, it was none.')
    expect(next).not.toContain('docker inspect')
  })
})

describe('annotationOf', () => {
  it('is a notice for a promoted release', () => {
    expect(annotationOf(reportWith())).toEqual({
      level: 'notice',
      title: 'The release is in service',
      message: [
        'registry.example.com/ai-trade:2 was deployed and confirmed: the gate passed.',
        'What runs now: Every service of the release runs the image that was pulled for it (aaaaaaaaaaaa) and is ready; the other deployed services run.',
      ].join('\n'),
    })
  })

  it('is an error with what happened, what runs now, what to do and the reason', () => {
    const annotation = annotationOf(
      reportWith({ ending: { kind: 'rolled_back', because: FAILED, exceptions: [], toNothing: false } }),
    )
    expect(annotation).toMatchObject({ level: 'error', title: 'The release was rolled back' })
    expect(annotation.message).toMatch(
      /^registry\.example\.com.*\nWhat runs now: .*\nWhat to do: .*\nThe release is probably at fault.*\nReason: gate\.failed\.$/u,
    )
  })

  it('never exceeds what the runner takes, and always keeps what runs now', () => {
    for (const because of problemsWith('long '.repeat(2000))) {
      const endings: readonly Ending[] = [
        { kind: 'unchanged', because },
        { kind: 'rollback_failed', because, rollback: because, left: { kind: 'stop-unverified' } },
        { kind: 'unknown', because, lastKnown: 'apply' },
      ]
      for (const ending of endings) {
        const { message } = annotationOf(reportWith({ ending }))
        expect(message.length).toBeLessThanOrEqual(4096)
        expect(message).toContain('What runs now: ')
      }
    }
  })
})
