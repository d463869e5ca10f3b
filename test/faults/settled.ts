import { expect } from '@jest/globals'
import type { LightStack } from '../support/light-stack/light-stack.ts'
import type { PrivateHost } from '../support/private-host/private-host.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  expectPromoted,
  expectSameAsBefore,
  type HostState,
  hostState,
} from '../support/scenario/scenario.ts'

/** How a transaction stands on the host; `never-begun` where there is none. */
export type Standing =
  | 'never-begun'
  | 'begun'
  | 'snapshotted'
  | 'prefetched'
  | 'applying'
  | 'applied'
  | 'confirming'
  | 'promoted'
  | 'rolling_back'
  | 'rolled_back'
  | 'rollback_failed'
  | 'unchanged'

/** Nothing of it has reached the mutation boundary: the next deployment puts away what was prepared. */
const NEVER_CROSSED: readonly Standing[] = ['never-begun', 'begun', 'snapshotted', 'prefetched', 'unchanged']
const ENDED: readonly Standing[] = ['promoted', 'rolled_back', 'rollback_failed', 'unchanged']

/** What a transaction came to, once nothing more happens. */
export interface Settled {
  readonly standing: Standing
  /** Of what runs: that of before, or the release's. */
  readonly runs: 'old' | 'new'
  readonly after: HostState
}

const SETTLE_SECONDS = 120

/**
 * Waits until the transaction has an end (or never came to its boundary, and nothing works for it any more) and what
 * runs is steady. Throws with what the host wrote down where that takes too long.
 */
export async function settle(
  { host, projectDir }: LightStack,
  transaction: () => string | undefined,
): Promise<{ readonly standing: Standing; readonly after: HostState }> {
  const deadline = performance.now() + SETTLE_SECONDS * 1000
  while (performance.now() < deadline) {
    const standing = await standingOf(host, projectDir, transaction())
    const ended = ENDED.includes(standing)
    if (ended || NEVER_CROSSED.includes(standing)) {
      // What changes while it is read has not settled.
      const seen = await stackState({ host, projectDir }).catch(() => 'moving' as const)
      if (seen !== 'moving' && isQuiet(seen) && (!ended || seen.locks.length === 0)) {
        // Read anew: the parts of a state are read side by side, and some may be older than the last process.
        const after = await stackState({ host, projectDir })
        if ((await standingOf(host, projectDir, transaction())) === standing) return { standing, after }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const standing = await standingOf(host, projectDir, transaction())
  const { processes, locks } = await stackState({ host, projectDir })
  const left = JSON.stringify({ processes, locks })
  throw new Error(`it did not settle within ${SETTLE_SECONDS} s and is ${standing}: ${left}`)
}

function isQuiet(state: HostState): boolean {
  return state.processes.length === 0 && steady(state)
}

/**
 * The state of the host. What a process left half written among the records of a job when it was killed is nothing
 * that runs, holds or serves anything, and goes with these records.
 */
export async function stackState({
  host,
  projectDir,
}: Pick<LightStack, 'host' | 'projectDir'>): Promise<HostState> {
  const state = await hostState(host, projectDir)
  return { ...state, temporaries: state.temporaries.filter((path) => !HALF_WRITTEN.test(path)) }
}

const HALF_WRITTEN = /^\.\/\.closed-loop\/transactions\/\w+\/jobs\/([\w-]+\/exit\.new|\.chunk\..*)$/

async function standingOf(host: PrivateHost, projectDir: string, id: string | undefined): Promise<Standing> {
  if (id === undefined) return 'never-begun'
  const { stdout } = await host.run(`cat '${projectDir}/.closed-loop/transactions/${id}/state'`)
  return (stdout.trim() || 'never-begun') as Standing
}

function steady({ containers }: HostState): boolean {
  return Object.values(containers).every(
    ({ state, health }) => health !== 'starting' && state !== 'restarting' && state !== 'removing',
  )
}

/**
 * (a) The host is in the old or the new state as a whole; (b) in the new one only if the transaction is promoted;
 * (c) nothing of it is left: no lock, process, container, tag, temporary file or boot trigger.
 */
export async function expectOldOrNew(
  host: PrivateHost,
  before: HostState,
  release: Release,
  { standing, after }: { readonly standing: Standing; readonly after: HostState },
): Promise<Settled> {
  expect(['promoted', 'rolled_back', ...NEVER_CROSSED]).toContain(standing)
  if (standing === 'promoted') expectPromoted(before, after, release)
  else expectOld(before, standing, after)
  if (standing === 'promoted' || standing === 'rolled_back') expect(await bootTriggers(host)).toEqual([])
  return { standing, runs: standing === 'promoted' ? 'new' : 'old', after }
}

/**
 * What the release before the last is held by belongs to the state of before. Whoever died before the boundary leaves
 * a lock, which is over after the lease, and what it prepared to the next deployment.
 */
function expectOld(before: HostState, standing: Standing, after: HostState): void {
  const unended = standing !== 'unchanged' && NEVER_CROSSED.includes(standing)
  const kept = Object.keys(before.tags).filter((tag) => tag.startsWith('closed-loop-'))
  // What the prefetch pulled is no image of before, where no cell before this one had pulled it.
  const prepared = (state: HostState) =>
    Object.entries(state.tags).flatMap(([tag, id]) => (tag.startsWith('closed-loop-new:') ? [id] : []))
  const plain = (state: HostState): HostState => ({
    ...state,
    images: state.images.filter((id) => !(unended && prepared(state).includes(id))),
    tags: without(state.tags, (tag) => kept.includes(tag) || (unended && tag.startsWith('closed-loop-'))),
    containers: without(state.containers, (name) => unended && name.startsWith('closed-loop-hold-')),
    ...(unended ? { locks: [], temporaries: [] } : {}),
  })
  expectSameAsBefore(plain(before), plain(after))
}

function without<Value>(
  values: Readonly<Record<string, Value>>,
  left: (name: string) => boolean,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !left(name)))
}

/** Lines and units that a deployment sets at its boundary, so that the host ends it after a restart. */
export async function bootTriggers(host: PrivateHost): Promise<readonly string[]> {
  const { stdout } = await host.run(
    `crontab -l 2>/dev/null | grep -e closed-loop -e host.sh; ls /etc/systemd/system 2>/dev/null | grep closed-loop`,
  )
  return stdout.split('\n').filter((line) => line !== '')
}

/** Everything that the host wrote down of a transaction, for whoever has to explain a failure. */
export async function recordsOf(
  host: PrivateHost,
  projectDir: string,
  id: string | undefined,
): Promise<string> {
  if (id === undefined) return '(no transaction was begun)'
  const { stdout } = await host.run(
    `cd '${projectDir}/.closed-loop/transactions/${id}' && ls -la . jobs && tail -n 40 journal jobs/*/exit jobs/*/facts jobs/*/out; docker ps -a`,
  )
  return stdout
}
