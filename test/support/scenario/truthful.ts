import { expect } from '@jest/globals'
import type { Release } from '../releases/releases.ts'
import type { DeployRun } from './deploy.ts'
import type { HostState } from './host-state.ts'

export interface Claim {
  readonly outcome: 'promoted' | 'rolled_back' | 'unchanged'
  /** The code of the reason; empty when promoted. */
  readonly reason: string
  readonly gate: 'pass' | 'fail' | 'inconclusive' | 'error' | 'not_run'
  readonly fault: 'release' | 'environment' | 'configuration' | 'unknown' | ''
}

const HEADINGS: Readonly<Record<Claim['outcome'], string>> = {
  promoted: '✅ ',
  rolled_back: '↩️ ',
  unchanged: '⛔ ',
}

/**
 * The report says the outcome, and nothing that is not so on the host: outputs, exit code, the one annotation
 * and the summary agree with each other and with what was read from the host before and after.
 */
export function expectTruthful(
  run: DeployRun,
  claim: Claim,
  host: { readonly before: HostState; readonly after: HostState; readonly release: Release },
): void {
  const { before, after, release } = host
  const { outcome, reason, gate, fault } = run.outputs
  expect({ outcome, reason, gate, fault }).toEqual(claim)
  const previous = before.containers['ai-trade']
  expect(run.outputs).toMatchObject({
    image: release.reference,
    'previous-image': previous?.reference ?? '',
    'previous-image-id': previous?.imageId ?? '',
    'rolled-back': String(claim.outcome === 'rolled_back'),
  })
  if (claim.outcome !== 'unchanged') expect(run.outputs['image-id']).toBe(release.imageId)
  expect(claimHolds(claim.outcome, release, before, after)).toBe(true)
  expectStepEnd(run, claim.outcome)
  expectSummary(run, claim, before, after)
}

/** By the images of what runs; the equality of everything else is for expectPromoted and expectSameAsBefore. */
function claimHolds(
  outcome: Claim['outcome'],
  release: Release,
  before: HostState,
  after: HostState,
): boolean {
  const images = ({ containers }: HostState) =>
    JSON.stringify(['ai-trade', 'ai-trade-watchdog'].map((name) => containers[name]?.imageId ?? 'none'))
  if (outcome !== 'promoted') return images(after) === images(before)
  return images(after) === JSON.stringify([release.imageId, release.imageId])
}

function expectStepEnd(run: DeployRun, outcome: Claim['outcome']): void {
  const good = outcome === 'promoted'
  expect({ exitCode: run.exitCode, conclusion: run.conclusion }).toEqual({
    exitCode: good ? 0 : 1,
    conclusion: good ? 'success' : 'failure',
  })
  expect({ errors: run.errors.length, notices: run.notices.length }).toEqual({
    errors: good ? 0 : 1,
    notices: good ? 1 : 0,
  })
  const [annotation] = good ? run.notices : run.errors
  expect(annotation?.message).toContain('What runs now: ')
  if (!good) {
    expect(annotation?.message).toContain('What to do: ')
    expect(annotation?.message).toContain(`Reason: ${run.outputs.reason}.`)
  }
  expect({ forged: run.forgedOrUnknownCommands, runner: run.runnerErrors }).toEqual({
    forged: [],
    runner: [],
  })
}

function expectSummary(run: DeployRun, claim: Claim, before: HostState, after: HostState): void {
  const [annotation] = claim.outcome === 'promoted' ? run.notices : run.errors
  expect(run.summary.startsWith(`## ${HEADINGS[claim.outcome]}`)).toBe(true)
  expect(readable(run.summary.split('\n', 1)[0] ?? '')).toContain(annotation?.title)
  expect(run.summary).toContain(
    claim.gate === 'not_run' ? '**Gate.** Not reached.' : `### Gate: ${claim.gate}`,
  )
  if (claim.outcome === 'unchanged') return
  expect(servicesInSummary(run.summary)).toEqual(servicesOnHost(before, after))
}

interface ShownService {
  readonly container: string
  readonly before: string
  readonly now: string
}

/** The rows of the services table as a person reads them. */
function servicesInSummary(summary: string): readonly ShownService[] {
  const section = summary.split('### Services\n')[1]?.split('\n### ')[0] ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| <code>'))
    .map((row) => {
      const [, container = '', before = '', now = ''] = row
        .replace(/^\| | \|$/g, '')
        .split(' | ')
        .map(readable)
      return { container, before, now }
    })
    .toSorted(byContainer)
}

/** The same rows, made of what Docker said. */
function servicesOnHost(before: HostState, after: HostState): readonly ShownService[] {
  const names = new Set([...Object.keys(before.containers), ...Object.keys(after.containers)])
  return [...names]
    .map((container) => ({
      container,
      before: shownPlace(before, container),
      now: shownPlace(after, container),
    }))
    .toSorted(byContainer)
}

function shownPlace({ containers }: HostState, name: string): string {
  const container = containers[name]
  if (container === undefined) return 'nothing'
  const { reference, imageId, state, health } = container
  return `${reference} ${imageId.slice('sha256:'.length, 'sha256:'.length + 12)} ${state}${health === 'none' ? '' : `, ${health}`}`
}

function byContainer(one: ShownService, other: ShownService): number {
  return one.container.localeCompare(other.container)
}

/** Markdown as a person reads it. */
export function readable(markdown: string): string {
  return markdown
    .replace(/<[^>]*>/g, '')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
}
