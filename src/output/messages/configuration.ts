import type { ConfigurationProblem } from '../../model/problem.ts'
import { quotedName } from './quote.ts'
import type { ProblemTable } from './table.ts'

/** The mistakes in the inputs. */
export const CONFIGURATION: ProblemTable<ConfigurationProblem, 'code'> = {
  'config.invalid': {
    what: ({ mistakes }) =>
      [
        mistakes.length === 1
          ? 'The configuration has a mistake:'
          : `The configuration has ${mistakes.length} mistakes:`,
        ...mistakes.map(
          ({ name, got, expected }) =>
            `• ${quotedName(name)}: expected ${quotedName(expected)}, got ${quotedName(got)}`,
        ),
      ].join('\n'),
    next: 'Correct these in the workflow, its variables or its secrets. No connection was made.',
    fault: 'configuration',
    docs: {
      names:
        'every mistake at once: the name, the shape of the value (never a secret itself), the expected value',
      causes:
        'A secret is empty: the job lacks `environment:` with the environment that holds it, or the run comes from a fork. `image` is empty or has an empty part: GitHub drops a job output that contains a secret (the name of the registry or of its account, kept as one); keep such names in variables. `known-hosts` and `host-fingerprint` both given. `registry-password` or `registry` without `registry-username`; a username whose password secret does not exist. `bastion-…` without `bastion-host`. A duration without its unit (`90` for `90s`). `CLOSED_LOOP_ACTION=train`. `CLOSED_LOOP_MIN_RUNTIME_STATUS` below 1. `GATE_SERVICE` not among `DEPLOY_SERVICES`, or among `GATE_DEFER_SERVICES`. A line of `gate-rules` that is [no rule](gate-rules.md#syntax): the message names each with its line.',
      cure: 'Correct everything that the message lists. "From `variables`" means a repository, environment or organisation variable of that name.',
    },
  },
}
