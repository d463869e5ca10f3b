import type { SavedState } from '../../config/step-state.ts'
import type { StepProblem } from '../../model/problem.ts'
import { PHASE_TITLES } from './phases.ts'
import { quotedName } from './quote.ts'
import type { Words } from './words.ts'

/** What ended the step before the deployment had an end. */
export function describeStepProblem(problem: StepProblem): Words {
  switch (problem.code) {
    case 'step.cancelled':
      return {
        what: `The run was cancelled${problem.phase === '' ? '' : ` (or its time was up) during "${PHASE_TITLES[problem.phase]}"`}.`,
        next: 'Nothing, if that was meant. Else run the job again.',
      }
    case 'step.died':
      return {
        what: 'The deployment step was killed before the deployment had an end.',
        next: 'Check the runner (memory, time limits), then run the job again.',
      }
    case 'step.lost_contact':
      return {
        what: 'The deployment step ended before the host said how the deployment ended: contact was lost, or the host was not done in time.',
        next: 'Read in the log of that step which it was. Check the network between the runner and the host, or what took long, then run the job again.',
      }
    case 'step.post_timeout':
      return {
        what: `The host did not finish within the ${problem.seconds} s that the post step has.`,
        next: 'See on the host how far it is; a rollback that began there goes on by itself.',
      }
  }
}

/** Why the post step does nothing. */
export function nothingToSettle(saved: SavedState): string {
  if (saved.kind === 'nothing-begun')
    return 'Nothing to do: the step began nothing on the host that has to be ended.'
  return `Nothing to do: the step itself ended transaction ${quotedName(saved.transactionId)} as "${quotedName(saved.outcome)}".`
}
