import { beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import * as z from 'zod'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { CheckedOut } from '../support/runner/run-action.ts'
import {
  expectNoSecret,
  expectSameAsBefore,
  prepareScenarios,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { treeOf } from '../support/scenario/tree.ts'
import { readDocument } from '../unit/docs/markdown-document.ts'

const host = workerHost()
let project: Project
let given: Readonly<Record<string, string>>

const workflow = z.object({
  jobs: z.object({
    deploy: z.object({
      steps: z.tuple([
        z.object({ uses: z.string() }),
        z.object({ with: z.record(z.string(), z.union([z.string(), z.number()])) }),
      ]),
    }),
  }),
})

/** The step of docs/releases.md, but for the way to the host, the images and what its image has to start. */
function documentedInputs(scheduler: string): Readonly<Record<string, string>> {
  const [yaml = ''] = readDocument('docs/releases.md').fences('yaml')
  const [, step] = workflow.parse(parse(yaml)).jobs.deploy.steps
  const own = /^(?:host|username|private-key|known-hosts|image|research-image|registry.*|variables)$/u
  const inputs = Object.entries(step.with)
    .filter(([name]) => !own.test(name))
    .map(([name, text]) => [
      name,
      String(text).replace(/\$\{\{ github\.run_id \}\}-\$\{\{ github\.run_attempt \}\}/u, '77-1'),
    ])
  return {
    ...Object.fromEntries(inputs),
    images: `AI_TRADE_SCHEDULER_IMAGE=${scheduler}`,
    'preflight-command': 'test "$(id -u)" -ge 0',
  }
}

/** What a checkout of the project's repository would hold: what the host has, and more. */
async function checkedOut(more: CheckedOut): Promise<CheckedOut> {
  const listed = await host.sh(`cd '${project.projectDir}' && find docker-compose.prod.yml tools ops -type f |
while read -r path; do printf '%s\\t%s\\t%s\\n' "$path" "$(stat -c %a "$path")" "$(base64 -w 0 "$path")"; done`)
  const files = listed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'))
    .map(([path = '', mode = '', bytes = '']) => [
      path,
      { text: Buffer.from(bytes, 'base64').toString(), mode: Number.parseInt(mode, 8) },
    ])
  return { ...Object.fromEntries(files), ...more }
}

/** What the release puts in place, and the state that a rollback restores. */
async function released(): Promise<Readonly<Record<string, string>>> {
  const tree = Object.entries(await treeOf(host, project.projectDir))
  return Object.fromEntries(
    tree.filter(([path]) =>
      /^(?:docker-compose\.prod\.yml|tools|ops|observability|data\/models)/u.test(path),
    ),
  )
}

const lockIsFree = () =>
  host.sh(`flock -n '${project.projectDir}/data/models/closed_loop_runner.lock' echo free`)

beforeAll(async () => {
  const { release, scheduler } = await prepareScenarios(host)
  project = await standing(host, await release('good'))
  await host.sh(
    `mkdir -p '${project.projectDir}/data/models' && echo trained >'${project.projectDir}/data/models/model'`,
  )
  given = documentedInputs(scheduler.reference)
}, 300_000)

describe('the whole deploy job of docs/releases.md, as one step', () => {
  it('puts compose file, tools, variables and images into service together', async () => {
    const { release } = await prepareScenarios(host)
    const files = await checkedOut({
      'observability/rules.yml': 'groups: []\n',
      'tools/report.sh': 'echo new\n',
    })

    await using good = await upgrade(host, project, await release('good', { tag: 'good-2' }), {
      inputs: given,
      checkedOut: files,
    })

    expect({ log: good.run.log, outcome: good.run.outputs.outcome }).toEqual({
      log: good.run.log,
      outcome: 'promoted',
    })
    const tree = await released()
    expect(Object.keys(tree)).toEqual(expect.arrayContaining(['observability/rules.yml', 'tools/report.sh']))
    expect(good.after.envFile.bytes.toString()).toMatch(/^RELEASE_ID='?77-1'?$/m)
    expect(await lockIsFree()).toBe('free\n')
    expect(good.run.artifacts.flatMap(({ files }) => [...files.keys()])).toContain('run_manifest.json')
    await expectNoSecret(good.run, project.canaries, host)
  })

  it('takes all of it out together when the gate fails', async () => {
    const { release } = await prepareScenarios(host)
    const before = await released()
    const files = await checkedOut({
      'observability/rules.yml': 'groups: [bad]\n',
      'ops/added.conf': 'added\n',
    })

    await using bad = await upgrade(host, project, await release('critical'), {
      inputs: { ...given, 'manage-env': 'RELEASE_ID=78-1\nOTHER=1' },
      checkedOut: files,
    })

    expect(bad.run.outputs).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
    expect(await released()).toEqual(before)
    expectSameAsBefore(bad.before, bad.after)
    expect(await lockIsFree()).toBe('free\n')
    await expectNoSecret(bad.run, project.canaries, host)
  })
})
