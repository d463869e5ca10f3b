import { expect } from '@jest/globals'
import type { HostState } from './host-state.ts'
import { expectNoSecret } from './no-secret.ts'
import { expectUntouched } from './same-as-before.ts'
import { type Claim, expectTruthful } from './truthful.ts'
import type { Upgrade } from './upgrade.ts'

/** Nothing on the host was touched, the report says so and why, and no secret got out. */
export async function expectUnchanged(
  { host, project, release, before, after, run }: Upgrade,
  why: Pick<Claim, 'reason' | 'fault'>,
): Promise<void> {
  expectUntouched(before, after)
  const claim = { outcome: 'unchanged', gate: 'not_run', ...why } as const
  // What is said of before comes from the snapshot: a deployment that ended earlier says nothing of it.
  const recorded = /^(prefetch|apply|preflight\.command)[._]/.test(why.reason)
  const told = (state: HostState) => (recorded ? state : { ...state, containers: {} })
  expectTruthful(run, claim, { before: told(before), after: told(after), release })
  await expectNoSecret(run, project.canaries, host)
}

/** There is no sign of a deployment in the project directory: it ended before it came to the host. */
export async function expectNeverThere({ host, project }: Upgrade): Promise<void> {
  expect(await host.sh(`ls -A '${project.projectDir}'`)).not.toContain('.closed-loop')
}
