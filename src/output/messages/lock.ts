import type { LockHolder, LockProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { quotedName } from './quote.ts'
import type { Words } from './words.ts'

/** Who has the project: what, whose, since when. To follow "in use by". */
export function describeHolder(holder: LockHolder): string {
  switch (holder.kind) {
    case 'deployment':
      return `deployment ${quotedName(holder.transaction)} of ${quotedName(holder.repository)} (${quotedName(holder.runUrl)}, attempt ${quotedName(holder.attempt)}, started by ${quotedName(holder.actor)}) from ${quotedName(holder.directory)}, since ${quotedName(holder.since)}`
    case 'command':
      return `the command "${quotedName(holder.command, 120)}" of ${quotedName(holder.by)} on the host, since ${quotedName(holder.since)}`
    case 'hold':
      return `a hold of ${quotedName(holder.by)} ("${quotedName(holder.reason)}"), since ${quotedName(holder.since)}`
  }
}

/** Why the project could not be had, or kept. */
export function describeLockProblem(problem: LockProblem): Words {
  switch (problem.code) {
    case 'lock.busy':
      return {
        what: `The project was still in use after ${duration(problem.waitedSeconds * 1000)}: by ${describeHolder(problem.holder)}.`,
        next: NEXT_WHEN_BUSY[problem.holder.kind],
      }
    case 'lock.superseded':
      return {
        what: `A newer run of this workflow (number ${quotedName(problem.runNumber)}) deployed its release before this one had its turn, so this older release was not deployed.`,
        next: 'Nothing, if the newer release is the wanted one. To deploy this one all the same, run this job again.',
      }
    case 'lock.lost':
      return {
        what: `The host refused "${quotedName(problem.during)}": it had no sign of life of this step for longer than the lease, or gave the project to another holder meanwhile, or somebody ended this deployment on the host.`,
        next: 'Check with "host.sh status" how this deployment ended there. Find out why the runner stopped (it slept, or its network failed), then deploy again. A longer "lease" tolerates longer gaps.',
      }
  }
}

const NEXT_WHEN_BUSY: Readonly<Record<LockHolder['kind'], string>> = {
  deployment:
    'Wait until that deployment has ended, then run this job again; or set a longer "lock-timeout".',
  command: 'Wait until that command has ended, then run this job again; or set a longer "lock-timeout".',
  hold: 'Ask whoever holds the project. On the host "sh .closed-loop/host.sh release" in the project directory ends the hold; then run this job again.',
}
