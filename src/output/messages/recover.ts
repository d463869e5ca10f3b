import type { ForeignChange, RecoverProblem } from '../../model/problem.ts'
import { keepCommand, recoverCommand, rollbackCommand, statusCommand } from './hand-commands.ts'
import { duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** Why the host could not end an earlier deployment. */
export function describeRecoverProblem(problem: RecoverProblem): Words {
  const { transaction, state, projectDir } = problem
  const earlier = `An earlier deployment, ${quotedName(transaction)}, has no end (${quotedName(state)})`
  switch (problem.code) {
    case 'recover.foreign':
      return {
        what: `${earlier}, and somebody changed the project since: ${enumerate(problem.changes.map(describeChange))}. That is neither what ran before that deployment nor what it deployed, so the host touched nothing.`,
        next: [
          'Decide on the host what is to run. See how far that deployment came:',
          statusCommand(projectDir),
          'To restore what ran before it, whatever runs now:',
          rollbackCommand(projectDir, transaction),
          'To keep what runs now, as it is:',
          keepCommand(projectDir, transaction),
          'Then deploy again.',
        ].join('\n'),
      }
    case 'recover.timeout':
      return {
        what: `${earlier}. The host did not end it within ${duration(problem.seconds * 1000)}, and goes on by itself.`,
        next: [
          'Deploy again when it has ended. See on the host how far it is:',
          statusCommand(projectDir),
        ].join('\n'),
      }
    case 'recover.failed':
      return {
        what: `${earlier}, and the host could not end it: ${quotedOutput(problem.detail)}.`,
        next: [
          'Cure the cause named here on the host, then deploy again; or end it by hand:',
          recoverCommand(projectDir),
        ].join('\n'),
      }
  }
}

function describeChange(change: ForeignChange): string {
  return change.kind === 'image'
    ? `${quotedName(change.container)} (service ${quotedName(change.service)}) runs ${shortImageId(change.imageId)}`
    : `the env file gives ${quotedName(change.key)} another value`
}
