import type { PrivateHost } from '../private-host/private-host.ts'
import type { Project } from '../releases/project.ts'
import type { Release } from '../releases/releases.ts'
import { type Deployment, type DeployRun, deployRelease } from './deploy.ts'
import { type HostState, hostState } from './host-state.ts'
import { expectNoSecret } from './no-secret.ts'
import { prepareScenarios } from './prepare.ts'
import { standing } from './project-state.ts'
import { expectPromoted } from './promoted.ts'
import { expectSameAsBefore } from './same-as-before.ts'
import { type Claim, expectTruthful } from './truthful.ts'

/** One deployment over a stack, and the host before and after it. */
export interface Upgrade extends AsyncDisposable {
  readonly host: PrivateHost
  readonly project: Project
  readonly release: Release
  readonly before: HostState
  readonly after: HostState
  readonly run: DeployRun
}

/** Deploys `release` over what is on the host now. */
export async function upgrade(
  host: PrivateHost,
  project: Project,
  release: Release,
  deployment: Omit<Deployment, 'image'> = {},
): Promise<Upgrade> {
  const before = await hostState(host)
  const run = await deployRelease(host, { ...deployment, image: release })
  try {
    const after = await hostState(host)
    return { host, project, release, before, after, run, [Symbol.asyncDispose]: run.dispose }
  } catch (thrown) {
    await run.dispose()
    throw thrown
  }
}

/** Deploys `release` over a standing stack of a good release. */
export async function upgradeGood(
  host: PrivateHost,
  release: Release,
  deployment: Omit<Deployment, 'image'> = {},
): Promise<Upgrade> {
  const { release: published } = await prepareScenarios(host)
  const project = await standing(host, await published('good'))
  return upgrade(host, project, release, deployment)
}

/** The release is in service, the report says so and nothing else, and no secret got out. */
export async function expectUpgraded(
  { host, project, release, before, after, run }: Upgrade,
  gate: Claim['gate'],
): Promise<void> {
  await explained(host, run, () => expectPromoted(before, after, release))
  expectTruthful(run, { outcome: 'promoted', reason: '', gate, fault: '' }, { before, after, release })
  await expectNoSecret(run, project.canaries, host)
}

/** What ran before runs again, the report says so and why, and no secret got out. */
export async function expectRolledBack(
  { host, project, release, before, after, run }: Upgrade,
  why: Omit<Claim, 'outcome'>,
  options: { readonly pulled?: readonly string[] } = {},
): Promise<void> {
  await explained(host, run, () => expectSameAsBefore(before, after, options))
  expectTruthful(run, { outcome: 'rolled_back', ...why }, { before, after, release })
  await expectNoSecret(run, project.canaries, host)
}

/** A host in a wrong state is explained by what the step said and what the host wrote down of the transaction. */
async function explained(host: PrivateHost, run: DeployRun, assertion: () => void): Promise<void> {
  try {
    assertion()
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown
    const { stdout: records } = await host.run(
      'cd /opt/ai-trade/.closed-loop/transactions && tail -n 40 */journal */jobs/*/exit */jobs/*/facts */jobs/*/out',
    )
    thrown.message += `\n\nThe log of the step:\n${run.log}\n\nOn the host:\n${records}`
    throw thrown
  }
}
