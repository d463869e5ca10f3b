import { expect } from '@jest/globals'
import type { DeployRun } from '../support/scenario/scenario.ts'
import type { Cell } from './cell.ts'
import type { Settled } from './settled.ts'

/** What main or post said of the outcome; `nothing` where it was killed, or had nothing to say. */
export function claimOf(run: DeployRun): string {
  return run.outputs.outcome || 'nothing'
}

/** (d) What was reported, if anything, is true. `post`: `never` where the runner was lost altogether. */
export function expectTrue(main: DeployRun, post: DeployRun | 'never', settled: Settled): void {
  expectClaim(main, settled, 'may-not-know')
  expect(main.exitCode === 0).toBe(claimOf(main) === 'promoted')
  if (post === 'never') return
  // Whatever it was, it is over when the job's last steps run.
  expectClaim(post, settled, 'knows')
  expect({ log: post.log, exitCode: post.exitCode }).toEqual({ log: post.log, exitCode: 0 })
  const last = claimOf(post) === 'nothing' ? main : post
  // What was killed before it asked for the project has nothing that its post could speak of.
  if (claimOf(last) === 'nothing') expect(settled).toMatchObject({ standing: 'never-begun' })
  expect({ log: last.log, claim: claimOf(last) }).not.toMatchObject({ claim: 'unknown' })
}

/** A connection that was lost for less than the lease is no outcome: past the boundary all ends as it would have. */
export function expectNoOutcome(main: DeployRun, { boundary, fault }: Cell): void {
  if (fault.kind !== 'link' || fault.lasts === 'beyond-lease' || boundary.side === 'before') return
  const claim = boundary.story === 'good' ? 'promoted' : 'rolled_back'
  expect({ log: main.log, claim: claimOf(main) }).toEqual({ log: main.log, claim })
}

function expectClaim(run: DeployRun, { standing, runs }: Settled, knowledge: 'knows' | 'may-not-know'): void {
  const claim = claimOf(run)
  const told = { log: run.log, claim, standing, runs }
  switch (claim) {
    case 'nothing':
      break
    case 'promoted':
      expect(told).toMatchObject({ standing: 'promoted', runs: 'new' })
      expect(run.notices).toHaveLength(1)
      break
    case 'rolled_back':
      expect(told).toMatchObject({ standing: 'rolled_back', runs: 'old' })
      break
    case 'unchanged':
      expect(told).toMatchObject({ runs: 'old' })
      expect(['promoted', 'rolled_back']).not.toContain(standing)
      break
    case 'unknown':
      expect({ ...told, knowledge }).toMatchObject({ knowledge: 'may-not-know' })
      break
    default:
      expect(told).toEqual('an outcome that this story can have')
  }
  if (claim !== 'nothing' && claim !== 'promoted') {
    expect(run.errors).toHaveLength(1)
    expect(run.errors[0]?.message).toContain('What runs now: ')
    expect(run.errors[0]?.message).toContain('What to do: ')
  }
}
