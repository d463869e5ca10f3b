import type { ConfirmProblem } from '../../model/problem.ts'
import { duration } from './quantities.ts'
import { quotedName, quotedOutput } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** Between the gate and the end of the confirmation. */
export const CONFIRM: ProblemTable<ConfirmProblem, 'code'> = {
  'confirm.failed': {
    what: ({ detail }) =>
      `The gate let the release through, but the host could not confirm it: ${quotedOutput(detail)}.`,
    next: 'Cure the cause named here, then deploy again.',
    fault: 'unknown',
    docs: {
      names: 'the output of Docker or Compose',
      causes: 'Docker does not answer, or a deferred service cannot be started',
      cure: '`docker compose up` of that service by hand',
    },
  },
  'confirm.unstable': {
    what: ({ service }) =>
      `The gate let the release through, but ${quotedName(service)}, a deferred service, did not stay up after its start.`,
    next: ({ service }) =>
      `Read the last log lines of ${quotedName(service)} in the log of this step, cure what they name, and deploy again.`,
    fault: 'unknown',
    docs: {
      names: 'the deferred service that did not stay up after its start',
      causes:
        'It (the scheduler) crashes at its start: a missing mount, `/var/run/docker.sock`, its own settings.',
      cure: 'its last lines in the log of the step; `docker compose up` of that service by hand',
    },
  },
  'confirm.env_changed': {
    what: ({ key }) =>
      `The gate let the release through, but somebody else changed ${quotedName(key)} in the env file after the release was deployed.`,
    next: 'Find out who, or which tool, writes that file, keep it away from the variables of this action, and deploy again.',
    fault: 'environment',
    docs: {
      names: 'the variable of this deployment that somebody changed in the env file since',
      causes: 'A person or a tool wrote the env file while the gate waited.',
      cure: 'keep others off the file',
    },
  },
  'confirm.timeout': {
    what: ({ seconds }) =>
      `The gate let the release through, but the host did not confirm it within ${duration(seconds * 1000)}.`,
    next: 'Check the deferred services and the load of the host, then deploy again.',
    fault: 'environment',
    docs: {
      names: 'that the host did not confirm within 2 min and `health-timeout`',
      causes: "a deferred service that takes long to start, or waits for long for another one's healthcheck",
      cure: 'shorten its start, or raise `health-timeout`; look at the load of the host',
    },
  },
}
