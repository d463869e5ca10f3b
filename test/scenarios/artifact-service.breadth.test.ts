import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  ALL_REPORTS,
  type Deployment,
  expectNoSecret,
  type HostState,
  prepareScenarios,
  standing,
  type Upgrade,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()

let good: Release
let project: Project

// Every test here leaves this release in service: one standing stack is enough for all.
beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  good = await release('good')
  project = await standing(host, good)
}, 300_000)

/** The release that runs already goes in once more: the outcome is soon there, and what counts comes after it. */
function deployAgain(deployment: Pick<Deployment, 'results' | 'env'>): Promise<Upgrade> {
  return upgrade(host, project, good, deployment)
}

/** Promoted all the same, with one warning and the reports on the runner. */
async function expectOnlyWarned(deployed: Upgrade, warning: string): Promise<void> {
  const { run, before, after, project } = deployed
  expect(run.outputs).toMatchObject({
    outcome: 'promoted',
    gate: 'pass',
    'artifact-id': '',
    'artifact-url': '',
  })
  expect(run.exitCode).toBe(0)
  expect({ errors: run.errors, artifacts: run.artifacts }).toEqual({ errors: [], artifacts: [] })
  expect(run.warnings).toHaveLength(1)
  expect(run.warnings[0]?.message).toContain(warning)
  expect(run.warnings[0]?.message).toContain('reports-path')
  expect(run.summary).toContain('### Warnings')
  expect(images(after)).toEqual(images(before))
  for (const name of ALL_REPORTS) {
    const onRunner = readFileSync(join(run.outputs['reports-path'] ?? '', name), 'utf8')
    expect(onRunner).toBe(await host.sh(`cat '${project.reportRoot}/${name}'`))
  }
  await expectNoSecret(run, project.canaries, host)
}

function images({ containers }: HostState): readonly string[] {
  return Object.values(containers).map(({ name, imageId }) => `${name} ${imageId}`)
}

describe('an artifact service', () => {
  itOf('all')('that refuses costs a warning', async () => {
    await using deployed = await deployAgain({ results: 'refuses' })
    await expectOnlyWarned(deployed, 'could not upload the reports')
  })

  it('that never answers costs a warning and a minute', async () => {
    await using deployed = await deployAgain({ results: 'hangs' })
    await expectOnlyWarned(deployed, 'could not upload the reports')
  })

  itOf('all')('that GitHub Enterprise Server does not have costs a warning', async () => {
    await using deployed = await deployAgain({ env: { GITHUB_SERVER_URL: 'https://ghe.example.com' } })
    await expectOnlyWarned(deployed, 'https://ghe.example.com has no artifact service')
  })

  itOf('all')('that the runner does not name costs a warning', async () => {
    await using deployed = await deployAgain({ results: 'absent' })
    await expectOnlyWarned(deployed, 'could not upload the reports')
  })
})
