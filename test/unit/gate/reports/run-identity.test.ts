import { describe, expect, it } from '@jest/globals'
import { identityOf, type NewRun, type SeenRuns } from '../../../../src/gate/reports/run-identity.ts'
import type { RunIdentity, RunnerEnd } from '../../../../src/model/assessment.ts'

const MINE = '20260214T151200Z'
const OTHER = '20260214T151201Z'
const PROVEN: RunIdentity = { kind: 'proven', runId: MINE }
const DONE: RunnerEnd = { kind: 'exited', code: 0 }

type Tie = 'called' | 'finished' | 'named'
const run = (name: string, ...ties: Tie[]): NewRun => ({ name, ties: new Set(ties) })
const seen = (newRuns: readonly NewRun[], over: Partial<SeenRuns> = {}): SeenRuns => ({
  newRuns,
  givenBy: 'environment',
  finishedElsewhere: '',
  output: 'some',
  ...over,
})
const ambiguous = (...runIds: string[]): RunIdentity => ({ kind: 'ambiguous', runIds })

describe('identityOf', () => {
  it.each<readonly [string, SeenRuns, RunIdentity]>([
    ['nothing new', seen([]), { kind: 'none' }],
    ['one new run, of a runner that never speaks', seen([run(MINE)], { output: 'silent' }), PROVEN],
    ['one new run that the runner spoke of', seen([run(MINE, 'named')]), PROVEN],
    ['one new run that the runner did not speak of', seen([run(MINE)]), ambiguous(MINE)],
    ['a run of the given run id', seen([run(OTHER), run(MINE, 'called')]), PROVEN],
    [
      'a run of the given run id, as --run-id',
      seen([run(OTHER), run(MINE, 'called')], { givenBy: 'option' }),
      PROVEN,
    ],
    [
      'a run of the given run id beside one that the last line names',
      seen([run(OTHER, 'finished', 'named'), run(MINE, 'called')]),
      PROVEN,
    ],
    [
      'a run of the given run id, while the last line names one that is not new',
      seen([run(MINE, 'called')], { finishedElsewhere: OTHER }),
      PROVEN,
    ],
    [
      'one new run, of another run id than the one that was given as --run-id',
      seen([run(OTHER)], { givenBy: 'option', output: 'silent' }),
      ambiguous(OTHER),
    ],
    [
      'the same, which the runner spoke of',
      seen([run(OTHER, 'named')], { givenBy: 'option' }),
      ambiguous(OTHER),
    ],
    [
      'one new run that the last line names, of another run id than the given one',
      seen([run(MINE, 'finished', 'named')], { givenBy: 'option' }),
      PROVEN,
    ],
    [
      'nothing new of the given run id',
      seen([], { givenBy: 'option', finishedElsewhere: MINE }),
      { kind: 'none' },
    ],
    ['one new run that the last line names', seen([run(MINE, 'finished', 'named')]), PROVEN],
    ['two new runs, one named last', seen([run(OTHER), run(MINE, 'finished', 'named')]), PROVEN],
    ['two new runs, none named last', seen([run(MINE, 'named'), run(OTHER)]), ambiguous(MINE, OTHER)],
    [
      'two new runs of a runner that never speaks',
      seen([run(MINE), run(OTHER)], { output: 'silent' }),
      ambiguous(MINE, OTHER),
    ],
    ['an old run named last, nothing new', seen([], { finishedElsewhere: MINE }), { kind: 'none' }],
    [
      'an old run named last, beside one',
      seen([run(OTHER)], { finishedElsewhere: MINE }),
      ambiguous(OTHER, MINE),
    ],
    [
      'an old run named last, beside one that the runner spoke of',
      seen([run(OTHER, 'named')], { finishedElsewhere: MINE }),
      ambiguous(OTHER, MINE),
    ],
    [
      'an old run named last, beside two',
      seen([run('a'), run('b')], { finishedElsewhere: MINE }),
      ambiguous('a', 'b', MINE),
    ],
  ])('%s', (_what, facts, identity) => {
    expect(identityOf(facts, DONE)).toEqual(identity)
  })

  it.each<RunnerEnd>([
    { kind: 'exited', code: 1 },
    { kind: 'signalled', signal: 9 },
    { kind: 'deadline', seconds: 60 },
  ])('takes the only new run of a runner that failed for its own, which it does not name: %j', (end) => {
    expect(identityOf(seen([run(MINE)]), end)).toEqual({ ...PROVEN, by: 'being-the-only-one' })
    expect(identityOf(seen([run(MINE), run(OTHER)]), end).kind).toBe('ambiguous')
    expect(identityOf(seen([run(MINE)], { finishedElsewhere: OTHER }), end).kind).toBe('ambiguous')
    expect(identityOf(seen([run(MINE)], { givenBy: 'option' }), end).kind).toBe('ambiguous')
  })
})
