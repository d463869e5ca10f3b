import type { PreflightProblem } from '../../model/problem.ts'
import { FINDINGS } from './findings.ts'
import { quotedOutput } from './quote.ts'
import { faultIn, type ProblemTable, wordsIn } from './table.ts'

/** Checks before the deployment that did not pass, or did not end. */
export const PREFLIGHT: ProblemTable<PreflightProblem, 'code'> = {
  'preflight.refused': {
    what: ({ findings }) =>
      [
        'The host is not ready for a deployment:',
        ...findings.map((finding) => `• ${wordsIn(FINDINGS, 'finding', finding).what}`),
      ].join('\n'),
    next: ({ findings }) =>
      [...new Set(findings.map((finding) => wordsIn(FINDINGS, 'finding', finding).next))].join('\n'),
    fault: {
      // A retry alone cannot cure a mixture.
      of: ({ findings }) =>
        findings.some((finding) => faultIn(FINDINGS, 'finding', finding) === 'configuration')
          ? 'configuration'
          : 'environment',
      docs: 'as the findings say; `configuration` for a mixture',
    },
    docs: {
      names: 'every finding at once; the table below explains them',
      causes: 'see below',
      cure: 'see below',
    },
  },
  'preflight.timeout': {
    what: ({ seconds }) => `The checks before the deployment did not finish within ${seconds} s.`,
    next: 'Check the load of the host and whether "docker ps" answers there, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'that the checks, or one call to the host before the snapshot, took over 60 s',
      causes: 'dockerd hangs; a very slow disk; a host without free memory',
      cure: '`docker ps` and `docker compose config` by hand on the host',
    },
  },
  'preflight.failed': {
    what: ({ detail }) => `The host could not run the checks before the deployment: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here on the host, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'the output of the host',
      causes:
        'Disk full, or read-only. The host cannot keep the lock (`/var/tmp/closed-loop-locks` is not a directory that everybody may write to, or its disk is full: the message names directory and cause). The host cannot read the containers of the project.',
      cure: 'cure what the message names',
    },
  },
}
