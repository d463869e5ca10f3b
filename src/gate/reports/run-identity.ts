import type { RunIdentity, RunnerEnd } from '../../model/assessment.ts'

/** A run directory that was not there before the runner was called. */
export interface NewRun {
  readonly name: string
  /** What ties it to the runner: it has the given run id; the runner's last line names it; the runner spoke of it. */
  readonly ties: ReadonlySet<'called' | 'finished' | 'named'>
}

/** What the host saw of an assessment. */
export interface SeenRuns {
  readonly newRuns: readonly NewRun[]
  /** How the runner was given its run id: as `--run-id`, which its text knows, or only as `CLOSED_LOOP_RUN_ID`. */
  readonly givenBy: 'option' | 'environment'
  /** What the runner's last line names, where that is no new directory; else empty. */
  readonly finishedElsewhere: string
  readonly output: 'silent' | 'some'
}

/**
 * Which run directory is this run's: the new one of the given run id; else the new one that the runner's last line names; else
 * the only new one. A runner whose own word speaks against the only new one proves nothing.
 */
export function identityOf(seen: SeenRuns, end: RunnerEnd): RunIdentity {
  const { newRuns, finishedElsewhere } = seen
  const own =
    newRuns.find(({ ties }) => ties.has('called')) ?? newRuns.find(({ ties }) => ties.has('finished'))
  if (own) return { kind: 'proven', runId: own.name }
  const [only, ...others] = newRuns
  if (only === undefined) return { kind: 'none' }
  if (others.length === 0 && !isDisowned(only, seen, end)) {
    const proven = { kind: 'proven', runId: only.name } as const
    // A runner that refused its work has no run at all: another one may have begun its own just then.
    return endedWell(end) ? proven : { ...proven, by: 'being-the-only-one' }
  }
  const named = finishedElsewhere === '' ? [] : [finishedElsewhere]
  return { kind: 'ambiguous', runIds: [...newRuns.map(({ name }) => name), ...named] }
}

/**
 * Whether the only new run may be somebody else's, who was at work at the same time: the runner names another one last, takes
 * `--run-id` and made none of that name, or ended well and had much to say but nothing of this one.
 */
function isDisowned(
  { ties }: NewRun,
  { givenBy, finishedElsewhere, output }: SeenRuns,
  end: RunnerEnd,
): boolean {
  if (finishedElsewhere !== '' || givenBy === 'option') return true
  return endedWell(end) && output === 'some' && !ties.has('named')
}

export function endedWell(end: RunnerEnd): boolean {
  return end.kind === 'exited' && end.code === 0
}

/** Whether a run is proven by more than that it is the only new one, or its runner ended well. */
export function isNamed(identity: RunIdentity, end: RunnerEnd): boolean {
  return identity.kind === 'proven' && (identity.by === undefined || endedWell(end))
}
