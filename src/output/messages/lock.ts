import type { LockHolder, LockProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The project is in use, or this deployment does not have it any more. */
export const LOCK: ProblemTable<LockProblem, 'code'> = {
  'lock.busy': {
    what: ({ waitedSeconds, holder }) =>
      `The project was still in use after ${duration(waitedSeconds * 1000)}: by ${describeHolder(holder)}.`,
    next: ({ holder }) => NEXT_WHEN_BUSY[holder.kind],
    fault: 'environment',
    docs: {
      names: 'the holder of the project, since when, and the time waited',
      causes:
        'A deployment is under way (the message names its run). A command under `with-lock`, such as a training run. A hold. A process that holds `host-lock-file`, such as a run of the scheduler.',
      cure: 'Wait for it and run the job again, raise `lock-timeout`, or `host.sh release` for a hold. A dead holder needs no cure. The lock of a deployment ends after its `lease`, that of a command 60 s after its last sign of life, both at a restart of the host. A hold ends by `release` only.',
    },
  },
  'lock.superseded': {
    what: ({ runNumber }) =>
      `A newer run of this workflow (number ${quotedName(runNumber)}) deployed its release before this one had its turn, so this older release was not deployed.`,
    next: 'Nothing, if the newer release is the wanted one. To deploy this one all the same, run this job again.',
    fault: 'environment',
    docs: {
      names: 'the newer run of this workflow that deployed first',
      causes: 'Two runs were queued and the newer had its turn first; an older run waited for an approval.',
      cure: 'Nothing. To deploy the older release all the same, run its job again.',
    },
  },
  'lock.file_failed': {
    what: ({ file, detail }) =>
      `The host could not take the lock file ${quotedName(file)}: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here: "flock FILE true" must work on the host for the SSH user. Then run this job again.',
    fault: 'environment',
    docs: {
      names: 'the lock file of `host-lock-file`, and why the host could not open or lock it',
      causes:
        'somebody removed its directory since preflight; a file system without locks; somebody killed the job that held it',
      cure: 'try `flock FILE true` on the host as the SSH user',
    },
  },
  'lock.file_lost': {
    what: 'Right before the release was to be deployed, this deployment did not hold the lock file of the host\'s own loop ("host-lock-file") any more.',
    next: 'Somebody on the host killed the process that held it, or replaced the file, and another process has it now. Find out who, then run this job again.',
    fault: 'environment',
    docs: {
      names:
        'that the deployment had lost the lock file of `host-lock-file` when it was to cross the boundary',
      causes:
        'somebody killed the process that held it; somebody removed or replaced the file, and another process locked the new one',
      cure: 'lock files are neither removed nor replaced while they are in use; run the job again',
    },
  },
  'lock.lost': {
    what: ({ during }) =>
      `The host refused "${quotedName(during)}": it had no sign of life of this step for longer than the lease, or gave the project to another holder meanwhile, or somebody ended this deployment on the host.`,
    next: 'Check with "host.sh status" how this deployment ended there. Find out why the runner stopped (it slept, or its network failed), then deploy again. A longer "lease" tolerates longer gaps.',
    fault: 'environment',
    docs: {
      names:
        'that the host had no sign of life of the step for longer than `lease`, or gave the project to another holder since, and refused the next call',
      causes:
        'The runner was suspended, starved, or cut off. Before the boundary: `unchanged`. Past it: `rolled_back`, if nobody else has the project; else `rollback_failed`.',
      cure: 'A runner that does not sleep; a longer `lease`.',
    },
  },
}

/** Who has the project: what, whose, since when. To follow "in use by". */
export function describeHolder(holder: LockHolder): string {
  switch (holder.kind) {
    case 'deployment':
      return `deployment ${quotedName(holder.transaction)} of ${quotedName(holder.repository)} (${quotedName(holder.runUrl)}, attempt ${quotedName(holder.attempt)}, started by ${quotedName(holder.actor)}) from ${quotedName(holder.directory)}, since ${quotedName(holder.since)}`
    case 'command':
      return `the command "${quotedName(holder.command, 120)}" of ${quotedName(holder.by)} on the host, since ${quotedName(holder.since)}`
    case 'process':
      return holder.pid === ''
        ? `a process that the SSH user cannot see, which holds the lock file ${quotedName(holder.file)}`
        : `process ${quotedName(holder.pid)} on the host ("${quotedName(holder.command, 120)}"${holder.container === '' ? '' : ` in the container ${quotedName(holder.container)}`}), which holds the lock file ${quotedName(holder.file)}`
    case 'hold':
      return `a hold of ${quotedName(holder.by)} ("${quotedName(holder.reason)}"), since ${quotedName(holder.since)}`
  }
}

const NEXT_WHEN_BUSY: Readonly<Record<LockHolder['kind'], string>> = {
  deployment:
    'Wait until that deployment has ended, then run this job again; or set a longer "lock-timeout".',
  command: 'Wait until that command has ended, then run this job again; or set a longer "lock-timeout".',
  process:
    'Wait until that process has ended, then run this job again; or set a longer "lock-timeout". On the host "lslocks" lists who holds which file; root sees all processes.',
  hold: 'Ask whoever holds the project. On the host "sh .closed-loop/host.sh release" in the project directory ends the hold; then run this job again.',
}
