import type { PreflightProblem } from '../../model/problem.ts'
import { FINDINGS } from './findings.ts'
import { duration } from './quantities.ts'
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
  'preflight.command_failed': {
    what: ({ exitCode, tries, detail }) =>
      `The command of "preflight-command" ended with ${exitCode} in the new image${tries > 1 ? `, also in try ${tries}` : ''}: ${quotedOutput(detail)}.`,
    next: 'Read its output in the log of this step, correct the release or its settings on the host, then deploy again.',
    fault: 'release',
    docs: {
      names: 'the exit code, and the last lines of the command',
      causes:
        'the release does not fit this host: a setting that it needs, a schema, an address; 127: the image lacks the command; 137: out of memory',
      cure: 'run it by hand on the host (`docker compose run --rm --no-deps`); list codes that pass in `preflight-retry-codes`',
    },
  },
  'preflight.command_timeout': {
    what: ({ seconds, detail }) =>
      `The command of "preflight-command" did not end within ${duration(seconds * 1000)}: ${quotedOutput(detail)}.`,
    next: 'Let the command end by itself, with a deadline of its own, then deploy again.',
    fault: 'release',
    docs: {
      names: 'that the command did not end within 5 min, and its last lines',
      causes: 'it starts a service instead of a check; it waits for an address that does not answer',
      cure: 'a command that ends by itself (`timeout 60 …`)',
    },
  },
  'preflight.command_not_run': {
    what: ({ detail }) =>
      `The host could not run the command of "preflight-command" in the new image: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here on the host or in the image, then deploy again.',
    fault: 'unknown',
    docs: {
      names: 'the output of Docker or Compose',
      causes:
        'The image has no `sh`. A network or a device that the service needs is not there. The gate service shares a namespace with a container that does not run.',
      cure: 'cure what the message names; leave `preflight-command` out for such an image',
    },
  },
}
