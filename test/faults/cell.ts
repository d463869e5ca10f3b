import { createHash } from 'node:crypto'
import { expect } from '@jest/globals'
import { LIGHT_INPUTS, LIGHT_VARIABLES, type LightStack } from '../support/light-stack/light-stack.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  type Deployment,
  type DeployRun,
  deployRelease,
  expectNoSecret,
  expectPromoted,
  type HostState,
  postOf,
} from '../support/scenario/scenario.ts'
import type { Boundary } from './boundaries.ts'
import { claimOf, expectNoOutcome, expectTrue } from './claims.ts'
import type { Fault } from './faults.ts'
import { expectOldOrNew, recordsOf, type Settled, settle, stackState } from './settled.ts'
import { type Watcher, watchHost } from './sight.ts'

/** One square of the matrix: this fault at this boundary. */
export interface Cell {
  readonly boundary: Boundary
  readonly fault: Fault
}

/** How a cell ended, for the table. */
export interface CellOutcome {
  readonly boundary: string
  readonly fault: string
  /** What main and post claimed. */
  readonly main: string
  readonly post: string
  /** The state of the transaction on the host. */
  readonly standing: string
  readonly seconds: number
}

/**
 * Deploys over what runs on the stack, lets the fault happen at the boundary, waits until nothing more happens, and
 * asserts what the host, and what was reported, must be then; that the next good deployment is promoted, too.
 */
export async function runCell(stack: LightStack, cell: Cell): Promise<CellOutcome> {
  const { boundary, fault } = cell
  const { host, projectDir } = stack
  const startedAt = performance.now()
  const before = await stackState(stack)
  const release = boundary.story === 'bad' ? stack.releases.bad : otherThanRuns(stack, before)
  using watcher = await watchHost(host, projectDir)
  // Awaited here: the watcher is at its end with this function.
  return await explained(stack, watcher, async () => {
    await using main = await deployStruck(stack, release, cell, watcher)
    const post = fault.kind === 'client' && fault.post === 'never' ? 'never' : await postOf(main)
    const settled = await expectRightEnd(stack, before, release, {
      main,
      post,
      transaction: watcher.transaction,
      brings: boundary.brings,
    })
    expectNoOutcome(main, cell)
    return {
      boundary: boundary.name,
      fault: fault.name,
      main: claimOf(main),
      post: post === 'never' ? 'never ran' : claimOf(post),
      standing: settled.standing,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    }
  })
}

/** What a deployment, its post step and the transaction of both came to. */
interface Ended {
  readonly main: DeployRun
  readonly post: DeployRun | 'never'
  readonly transaction: () => string | undefined
  readonly brings?: Boundary['brings']
}

/** A file that says which release put it there. */
const BROUGHT = 'ops/release.conf'

/** What a deployment has that brings files. */
function filesOf({ brings }: Boundary, release: Release): Omit<Deployment, 'image'> {
  if (brings === 'images') return {}
  return {
    checkedOut: { [BROUGHT]: release.reference },
    inputs: { files: BROUGHT, 'state-files': 'data/state' },
  }
}

/** The state of before, with what a deployment that is promoted puts there. */
function withFiles(before: HostState, release: Release): HostState {
  const sha256 = createHash('sha256').update(release.reference).digest('hex')
  return { ...before, files: { ...before.files, [BROUGHT]: { sha256, mode: '644', owner: '0:0' } } }
}

/** All that must hold after whatever happened: (a) to (e). */
export async function expectRightEnd(
  stack: LightStack,
  before: HostState,
  release: Release,
  { main, post, transaction, brings = 'images' }: Ended,
): Promise<Settled> {
  const end = await settle(stack, transaction)
  const isNew = brings === 'files' && end.standing === 'promoted'
  const settled = await expectOldOrNew(stack.host, isNew ? withFiles(before, release) : before, release, end)
  expectTrue(main, post, settled)
  await expectSilent(stack, main, post)
  await expectLockFileFree(stack)
  await expectNextPromoted(stack, settled.after)
  return settled
}

/** Nobody has the lock file of the host's own loop any more, whether a deployment held it or not. */
async function expectLockFileFree({ host, projectDir }: LightStack): Promise<void> {
  expect(
    await host.run(`cd '${projectDir}/data' && { [ ! -e loop.lock ] || flock -n loop.lock true; }`),
  ).toMatchObject({ code: 0 })
}

/** A failure is explained by what the step said and what the host wrote down. */
export async function explained<Result>(
  { host, projectDir }: LightStack,
  watcher: Watcher,
  tried: () => Promise<Result>,
): Promise<Result> {
  try {
    return await tried()
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    const records = await recordsOf(host, projectDir, watcher.transaction())
    thrown.message += `\n\nThe log of the step:\n${watcher.sight.log.join('\n')}\n\nOn the host:\n${records}`
    throw thrown
  }
}

/** No secret got out by main or post. */
export async function expectSilent(
  { host, canaries }: LightStack,
  ...parts: readonly (DeployRun | 'never')[]
): Promise<void> {
  for (const part of parts) if (part !== 'never') await expectNoSecret(part, canaries, host)
}

/** The step, started; the fault, at its boundary; and the step's end. */
async function deployStruck(
  stack: LightStack,
  release: Release,
  { boundary, fault }: Cell,
  watcher: Watcher,
): Promise<DeployRun> {
  if (fault.kind !== 'client')
    return deployMeanwhile(stack, release, boundary, watcher, () => fault.inject(stack.host))
  const when = watcher.until(boundary.reached)
  const files = filesOf(boundary, release)
  const main = await deployLight(stack, release, {
    ...files,
    inputs: { ...files.inputs, ...boundary.inputs },
    onLine: watcher.onLine,
    cancel: { how: fault.how, when },
  })
  // What shows a boundary may be gone by now.
  if (main.cancelled.kind !== 'sent' && !boundary.reached(watcher.sight))
    throw await neverCame(boundary, main)
  return main
}

/** A deployment beside which something happens at a boundary; gives it once both have ended. */
export async function deployMeanwhile(
  stack: LightStack,
  release: Release,
  boundary: Boundary,
  watcher: Watcher,
  happens: () => Promise<unknown>,
): Promise<DeployRun> {
  let came = false
  const happening = watcher.until(boundary.reached).then(() => {
    came = true
    return happens()
  })
  // Heard of below, once the step has ended.
  happening.catch(() => undefined)
  const files = filesOf(boundary, release)
  const main = await deployLight(stack, release, {
    ...files,
    inputs: { ...files.inputs, ...boundary.inputs },
    onLine: watcher.onLine,
    timeoutSeconds: 300,
  })
  // Looked at once more, as it may have come with the end; but what happened may have taken the sight away.
  if (!came && !boundary.reached(watcher.sight)) throw await neverCame(boundary, main)
  try {
    await happening
    return main
  } catch (thrown) {
    await main.dispose()
    throw thrown
  }
}

async function neverCame({ name }: Boundary, main: DeployRun): Promise<Error> {
  await main.dispose()
  const said = main.errors.map(({ message }) => message).join('\n')
  return new Error(`the deployment never came to "${name}"; it said ${said || claimOf(main)}`)
}

/** A deployment of the light stack with deadlines that suit it, and no artifact service. */
export function deployLight(
  { host }: LightStack,
  release: Release,
  deployment: Omit<Deployment, 'image'> = {},
): Promise<DeployRun> {
  return deployRelease(host, {
    ...deployment,
    image: release,
    results: 'absent',
    inputs: { ...LIGHT_INPUTS, ...deployment.inputs },
    variables: { ...LIGHT_VARIABLES, ...deployment.variables },
  })
}

/** (e) The next good deployment is promoted. */
export async function expectNextPromoted(stack: LightStack, before: HostState): Promise<void> {
  const release = otherThanRuns(stack, before)
  await using run = await deployLight(stack, release)
  expect({ log: run.log, outcome: run.outputs.outcome, exitCode: run.exitCode }).toEqual({
    log: run.log,
    outcome: 'promoted',
    exitCode: 0,
  })
  const after = await stackState(stack)
  // What an earlier deployment prepared and never used is put away by this one.
  const mine = Object.entries(before.containers).filter(([name]) => !name.startsWith('closed-loop-'))
  expectPromoted({ ...before, containers: Object.fromEntries(mine) }, after, release)
}

/** The good release that does not run now. */
export function otherThanRuns({ releases }: LightStack, { containers }: HostState): Release {
  return containers['ai-trade']?.imageId === releases.one.imageId ? releases.other : releases.one
}
