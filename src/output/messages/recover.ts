import type { ForeignChange, RecoverProblem } from '../../model/problem.ts'
import { keepCommand, recoverCommand, rollbackCommand, statusCommand } from './hand-commands.ts'
import { duration, shortImageId } from './quantities.ts'
import { enumerate, quotedName, quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** Why an earlier deployment could not be brought to its end. */
export function describeRecoverProblem(problem: RecoverProblem): Words {
  const { transaction, state, projectDir } = problem
  const earlier = `An earlier deployment, ${quotedName(transaction)}, was left in the middle (${quotedName(state)})`
  switch (problem.code) {
    case 'recover.foreign':
      return {
        what: `${earlier}, and somebody changed the project since: ${enumerate(problem.changes.map(describeChange))}. That is neither what ran before that deployment nor what it put in, so nothing was touched.`,
        next: [
          'Decide on the host what is to run. See how far that deployment got:',
          statusCommand(projectDir),
          'To put back what ran before it, whatever runs now:',
          rollbackCommand(projectDir, transaction),
          'To keep what runs now, as it is:',
          keepCommand(projectDir, transaction),
          'Then deploy again.',
        ].join('\n'),
      }
    case 'recover.timeout':
      return {
        what: `${earlier}. The host was not done with it after ${duration(problem.seconds * 1000)}, and goes on by itself.`,
        next: [
          'Deploy again when it has ended. See on the host how far it is:',
          statusCommand(projectDir),
        ].join('\n'),
      }
    case 'recover.failed':
      return {
        what: `${earlier}, and could not be brought to its end: ${quotedOutput(problem.detail)}.`,
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
