import type { ForeignChange, RecoverProblem } from '../../model/problem.ts'
import { keepCommand, recoverCommand, rollbackCommand, statusCommand } from './hand-commands.ts'
import { duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The host could not end an earlier deployment. */
export const RECOVER: ProblemTable<RecoverProblem, 'code'> = {
  'recover.foreign': {
    what: (problem) =>
      `${earlier(problem)}, and somebody changed the project since: ${enumerate(problem.changes.map(describeChange))}. That is neither what ran before that deployment nor what it deployed, so the host touched nothing.`,
    next: ({ projectDir, transaction }) =>
      [
        'Decide on the host what is to run. See how far that deployment came:',
        statusCommand(projectDir),
        'To restore what ran before it, whatever runs now:',
        rollbackCommand(projectDir, transaction),
        'To keep what runs now, as it is:',
        keepCommand(projectDir, transaction),
        'Then deploy again.',
      ].join('\n'),
    fault: 'environment',
    docs: {
      names:
        'the containers, and the keys of the env file, that are neither as before that deployment nor as it left them',
      causes: 'somebody repaired by hand, or deployed something else, after the interruption',
      cure: 'Decide what is to run. `host.sh rollback ID` restores what ran before it, `host.sh keep ID` leaves what runs now; see [recovery](recovery.md).',
    },
  },
  'recover.timeout': {
    what: (problem) =>
      `${earlier(problem)}. The host did not end it within ${duration(problem.seconds * 1000)}, and goes on by itself.`,
    next: ({ projectDir }) =>
      ['Deploy again when it has ended. See on the host how far it is:', statusCommand(projectDir)].join(
        '\n',
      ),
    fault: 'environment',
    docs: {
      names: 'that the host did not finish in time, and goes on by itself',
      causes: 'dockerd was away for long; slow healthchecks; long stops',
      cure: 'run the job again once `host.sh status` shows that it has ended',
    },
  },
  'recover.failed': {
    what: (problem) => `${earlier(problem)}, and the host could not end it: ${quotedOutput(problem.detail)}.`,
    next: ({ projectDir }) =>
      [
        'Cure the cause named here on the host, then deploy again; or end it by hand:',
        recoverCommand(projectDir),
      ].join('\n'),
    fault: 'environment',
    docs: {
      names: 'the output of the host',
      causes: 'Docker does not answer, disk full; a later deployment was promoted over it',
      cure: 'cure what the message names, `host.sh recover`; then run the job again',
    },
  },
}

function earlier({ transaction, state }: RecoverProblem): string {
  return `An earlier deployment, ${quotedName(transaction)}, has no end (${quotedName(state)})`
}

function describeChange(change: ForeignChange): string {
  return change.kind === 'image'
    ? `${quotedName(change.container)} (service ${quotedName(change.service)}) runs ${shortImageId(change.imageId)}`
    : `the env file gives ${quotedName(change.key)} another value`
}
