import type { VerifyProblem } from '../../model/problem.ts'
import { quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** Why what runs could not be looked at. */
export function describeVerifyProblem(problem: VerifyProblem): Words {
  switch (problem.code) {
    case 'verify.timeout':
      return {
        what: `The host did not say within ${problem.seconds} s what runs there.`,
        next: 'Check the load of the host and whether "docker ps" answers there, then verify again.',
      }
    case 'verify.failed':
      return {
        what: `What runs on the host could not be looked at: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here on the host, then verify again.',
      }
  }
}
