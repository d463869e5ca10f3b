import type { VerifyProblem } from '../../model/problem.ts'
import { quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The action could not read what runs. */
export const VERIFY: ProblemTable<VerifyProblem, 'code'> = {
  'verify.timeout': {
    what: ({ seconds }) => `The host did not report what runs there within ${seconds} s.`,
    next: 'Check the load of the host and whether "docker ps" answers there, then verify again.',
    fault: 'environment',
    docs: {
      names: 'that the host did not report what runs within 120 s',
      causes: 'dockerd hangs; a very slow disk; a host without free memory',
      cure: '`docker ps` by hand on the host',
    },
  },
  'verify.failed': {
    what: ({ detail }) => `The action could not read what runs on the host: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here on the host, then verify again.',
    fault: 'environment',
    docs: {
      names: 'the output of the host',
      causes: 'a shell that lacks what the host program needs',
      cure: 'cure what the message names',
    },
  },
}
