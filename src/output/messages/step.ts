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
        what: 'The deployment step ended before the host reported the end of the deployment: contact was lost, or the host did not finish in time.',
        next: 'Read the cause in the log of that step. Check the network between the runner and the host, or the slow service, then run the job again.',
      }
    case 'step.post_timeout':
      return {
        what: `The host did not finish within the ${problem.seconds} s of the post step.`,
        next: 'Check the state on the host. A rollback that began there goes on by itself.',
      }
  }
}

/** Why the post step does nothing. */
export function nothingToSettle(saved: SavedState): string {
  if (saved.kind === 'nothing-begun') return 'Nothing to do: the step left nothing unfinished on the host.'
  return `Nothing to do: the step itself ended transaction ${quotedName(saved.transactionId)} as "${quotedName(saved.outcome)}".`
}
