import type { VerifyProblem } from '../../model/problem.ts'
import { quotedOutput } from './quote.ts'
import type { Words } from './words.ts'

/** Why the action could not read what runs. */
export function describeVerifyProblem(problem: VerifyProblem): Words {
  switch (problem.code) {
    case 'verify.timeout':
      return {
        what: `The host did not report what runs there within ${problem.seconds} s.`,
        next: 'Check the load of the host and whether "docker ps" answers there, then verify again.',
      }
    case 'verify.failed':
      return {
        what: `The action could not read what runs on the host: ${quotedOutput(problem.detail)}.`,
        next: 'Cure the cause named here on the host, then verify again.',
      }
  }
}
