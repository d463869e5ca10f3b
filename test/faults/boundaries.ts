import { PHASES, type PhaseName } from '../../src/model/phase.ts'
import type { Sight } from './sight.ts'

/** A moment between two steps of a deployment, at which something may die. */
export interface Boundary {
  readonly name: string
  /** The release that goes this way: one that passes, or one that the loop fails. */
  readonly story: 'good' | 'bad'
  /** On which side of the mutation boundary it lies. */
  readonly side: 'before' | 'past'
  /** What such a deployment is told besides, where it does not go this way without. */
  readonly inputs?: Readonly<Record<string, string>>
  /** Whether the deployment brings files of the release, and has state files. */
  readonly brings: 'images' | 'files'
  /** Whether it is there, by what the host wrote down, or Docker did; by the step's log where neither shows it. */
  readonly reached: (sight: Sight) => boolean
}

const entering =
  (phase: PhaseName) =>
  ({ log }: Sight): boolean =>
    log.some((line) => line.includes(`▶ ${PHASES[phase].title}`))

const state =
  (name: string) =>
  (sight: Sight): boolean =>
    sight.states().includes(name)

const written =
  (path: string) =>
  (sight: Sight): boolean =>
    sight.file(path) !== undefined

const happened =
  (action: string, container: RegExp, times = 1) =>
  ({ events }: Sight): boolean =>
    events.filter((event) => event.action === action && container.test(event.container)).length >= times

const both =
  (one: Boundary['reached'], other: Boundary['reached']) =>
  (sight: Sight): boolean =>
    one(sight) && other(sight)

type Moment = readonly [name: string, reached: Boundary['reached'], inputs?: Boundary['inputs']]

const LOCK_FILE = { 'host-lock-file': 'data/loop.lock' }

const BEFORE: readonly Moment[] = [
  ['connecting', entering('connect')],
  ['preflight', entering('preflight')],
  ['lock taken', (sight) => sight.lock() !== 'as-before'],
  ['begun', state('begun')],
  [
    'lock file held',
    ({ file }) => file('jobs/lock-file-1/facts')?.includes('\tholding\n') === true,
    LOCK_FILE,
  ],
  ['snapshot: an image is held', happened('create', /^closed-loop-hold-/)],
  ['snapshotted', state('snapshotted')],
  ['prefetch: a pull moves a tag', written('tags-moved')],
  ['prefetched', state('prefetched')],
  ['apply starts', written('jobs/apply/pid')],
]

const PAST: readonly Moment[] = [
  ['applying', state('applying')],
  ['apply: deferred service stops', happened('kill', /^ai-trade-scheduler$/)],
  ['apply: env file edited', written('env-hash')],
  ['up: old container is told to stop', happened('kill', /^ai-trade$/)],
  ['up: old container is removed', happened('destroy', /^ai-trade$/)],
  ['up: new container starts', happened('start', /^ai-trade$/)],
  ['applied', state('applied')],
  ['healthy', both(state('applied'), happened('health_status: healthy', /^ai-trade$/))],
  ['evidence starts', written('jobs/evidence/pid')],
  ['assess starts', written('jobs/assess/pid')],
  ['assess ended', written('jobs/assess/exit')],
  ['confirming', state('confirming')],
  ['confirm: deferred service is back', both(state('confirming'), happened('start', /^ai-trade-scheduler$/))],
  ['promoted', state('promoted')],
]

const ROLLBACK: readonly Moment[] = [
  ['rollback starts', written('jobs/rollback/pid')],
  ['rolling back', state('rolling_back')],
  ['rollback: new container is removed', both(state('rolling_back'), happened('destroy', /^ai-trade$/, 2))],
  ['rollback: old container starts', both(state('rolling_back'), happened('start', /^ai-trade$/, 2))],
  ['rolled back', state('rolled_back')],
]

/** Of a deployment that brings files, too. */
const FILES: readonly (readonly [
  name: string,
  reached: Boundary['reached'],
  place: Pick<Boundary, 'story' | 'side'>,
])[] = [
  [
    'snapshot: state copied',
    (sight) => sight.file('snapshot/trees.list')?.includes('\tstate\t') ?? false,
    { story: 'good', side: 'before' },
  ],
  [
    'apply: files in place',
    both(state('applying'), (sight) => sight.file('release/ready/1') === undefined),
    { story: 'good', side: 'past' },
  ],
  [
    'rollback: files are back',
    (sight) => sight.file('trees-back')?.includes('1\n') ?? false,
    { story: 'bad', side: 'past' },
  ],
]

/** The boundaries of the story, in its order; then those of a deployment that brings files. */
export const BOUNDARIES: readonly Boundary[] = [
  ...BEFORE.map(
    ([name, reached, inputs = {}]) =>
      ({ name, reached, inputs, story: 'good', side: 'before', brings: 'images' }) as const,
  ),
  ...PAST.map(
    ([name, reached]) => ({ name, reached, story: 'good', side: 'past', brings: 'images' }) as const,
  ),
  ...ROLLBACK.map(
    ([name, reached]) => ({ name, reached, story: 'bad', side: 'past', brings: 'images' }) as const,
  ),
  ...FILES.map(([name, reached, place]) => ({ name, reached, ...place, brings: 'files' }) as const),
]

/** @throws Error when no boundary has that name */
export function boundaryNamed(wanted: string): Boundary {
  const found = BOUNDARIES.find(({ name }) => name === wanted)
  if (found === undefined) throw new Error(`there is no boundary "${wanted}"`)
  return found
}
