import type { SavedState } from '../../config/step-state.ts'
import { PHASES } from '../../model/phase.ts'
import type { InternalProblem, StepProblem } from '../../model/problem.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The step ended before the deployment had an end, or the action failed by an error that no code foresees. */
export const STEP: ProblemTable<StepProblem | InternalProblem, 'code'> = {
  'step.cancelled': {
    what: ({ phase }) =>
      `The run was cancelled${phase === '' ? '' : ` (or its time was up) during "${PHASES[phase].title}"`}.`,
    next: 'Nothing, if that was meant. Else run the job again.',
    fault: 'unknown',
    docs: {
      names: 'the phase',
      causes: 'cancelled, or the time of the job was up',
      cure: 'Before the boundary: what ran before. Past it the step reports `unknown`, and the post step ends it.',
    },
  },
  'step.died': {
    what: 'The deployment step was killed before the deployment had an end.',
    next: 'Check the runner (memory, time limits), then run the job again.',
    fault: 'environment',
    docs: {
      names: 'that the step was killed (from the post step)',
      causes: 'the runner ran out of memory',
      cure: 'the post step reports it',
    },
  },
  'step.lost_contact': {
    what: 'The deployment step ended before the host reported the end of the deployment: contact was lost, or the host did not finish in time.',
    next: 'Read the cause in the log of that step. Check the network between the runner and the host, or the slow service, then run the job again.',
    fault: 'environment',
    docs: {
      names: 'that the step had ended as `unknown` (from the post step)',
      causes: 'network; a rollback that did not finish in time',
      cure: 'the post step reports it',
    },
  },
  'step.post_timeout': {
    what: ({ seconds }) => `The host did not finish within the ${seconds} s of the post step.`,
    next: 'Check the state on the host. A rollback that began there goes on by itself.',
    fault: 'environment',
    docs: {
      names: 'that the host did not finish within 110 s',
      causes: 'long stops, slow healthchecks',
      cure: 'A rollback that began goes on by itself on the host; check with `host.sh status`.',
    },
  },
  'internal.bug': {
    what: ({ detail }) => `Internal error of this action: ${quotedOutput(detail.split('\n')[0] ?? '')}`,
    next: 'Report it, with the log of this step, to the maintainers of this action.',
    fault: 'unknown',
    docs: {
      names: 'an internal error of the action',
      causes: '',
      cure: 'The outcome is as for any failure of that phase. Report it with the log.',
    },
  },
}

/** Why the post step does nothing. */
export function nothingToRecover(saved: SavedState): string {
  if (saved.kind === 'nothing-begun') return 'Nothing to do: the step left nothing unfinished on the host.'
  return `Nothing to do: the step itself ended transaction ${quotedName(saved.transactionId)} as "${quotedName(saved.outcome)}".`
}
