import { beforeAll, expect, it } from '@jest/globals'
import { itOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import type { Project } from '../support/releases/project.ts'
import type { Release } from '../support/releases/releases.ts'
import {
  entering,
  expectPromoted,
  expectSameAsBefore,
  type HostState,
  hostState,
  type LogMoment,
  prepareScenarios,
  saying,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'

const host = workerHost()
let project: Project
let good: Release

beforeAll(async () => {
  const { release } = await prepareScenarios(host)
  good = await release('good', { tag: 'good-2' })
  project = await standing(host, await release('good'))
}, 300_000)

const TRANSACTIONS = '/opt/ai-trade/.closed-loop/transactions'
const NOTIFIED = '/tmp/notified'

/** The client is killed at this moment, and no post step comes. */
async function killed(when: LogMoment) {
  await host.sh(`rm -f ${NOTIFIED}`)
  const step = await upgrade(host, project, good, {
    cancel: { how: 'kill', when },
    inputs: {
      lease: '15s',
      'notify-command': `printf '%s %s %s\\n' "$CLOSED_LOOP_PROJECT" "$CLOSED_LOOP_OUTCOME" "$PWD" >>${NOTIFIED}`,
    },
  })
  const id = (await host.sh(`ls -t ${TRANSACTIONS} | head -n 1`)).trim()
  return { ...step, id }
}

/** Waits until the transaction has an end and nobody of it is left; gives the state. */
async function endOf(id: string): Promise<string> {
  const state = await host.sh(
    `cd ${TRANSACTIONS}/${id}
until case $(cat state) in promoted | rolled_back | rollback_failed | unchanged) ! pgrep -f '[.]closed-loop/bin/' >/dev/null ;; *) false ;; esac
do sleep 0.2; done
cat state`,
    { timeoutSeconds: 120 },
  )
  return state.trim()
}

/** What the host looked at before it took the release away. */
const seenBefore = (id: string) => host.sh(`cat ${TRANSACTIONS}/${id}/diagnostics/containers`)

const images = ({ containers }: HostState) =>
  Object.values(containers)
    .filter(({ name }) => !name.startsWith('closed-loop-'))
    .map(({ name, imageId, state }) => `${name} ${imageId} ${state}`)
    .toSorted()

it('puts back what ran before when the client died while the release was judged, and tells it', async () => {
  const step = await killed(entering('evidence'))
  await using _run = step.run

  expect(await endOf(step.id)).toBe('rolled_back')
  expectSameAsBefore(step.before, await hostState(host))
  expect(await seenBefore(step.id)).toContain(good.imageId)
  expect(await host.sh(`cat ${NOTIFIED}`)).toBe('ai-trade rolled_back /opt/ai-trade\n')
  expect(await host.sh('crontab -l 2>&1 || :')).toContain('no crontab')
})

it('lets a confirmation that the client had asked for come to its end', async () => {
  const step = await killed(saying('ai-trade-scheduler  Start'))
  await using _run = step.run

  expect(await endOf(step.id)).toBe('promoted')
  expectPromoted(step.before, await hostState(host), good)
  expect(await host.sh(`ls ${NOTIFIED} 2>&1 || :`)).toContain('No such file')
})

itOf('all')('leaves it to a person where the guard died too', async () => {
  const before = await hostState(host)
  const step = await killed(entering('evidence'))
  await using _run = step.run

  await host.sh(`cd ${TRANSACTIONS}/${step.id}/jobs/guard && read -r guard _ <pid && pkill -KILL -s "$guard"`)
  const status = await host.sh('sh /opt/ai-trade/.closed-loop/host.sh status')
  expect(status).toContain(`Deployment ${step.id} has not ended: it is applied.`)
  const recovered = await host.sh('sh /opt/ai-trade/.closed-loop/host.sh recover', { timeoutSeconds: 120 })
  expect(recovered).toContain(`Done: what ran before deployment ${step.id} runs again`)
  expect(await endOf(step.id)).toBe('rolled_back')
  expect(images(await hostState(host))).toEqual(images(before))
  expect(await seenBefore(step.id)).toContain(good.imageId)
})

it('is ended by the next deployment where the guard died too, which tells so and goes on', async () => {
  const before = await hostState(host)
  const left = await killed(entering('evidence'))
  await using _left = left.run
  await host.sh(`cd ${TRANSACTIONS}/${left.id}/jobs/guard && read -r guard _ <pid && pkill -KILL -s "$guard"`)

  const next = await upgrade(host, project, good, { inputs: { lease: '15s' } })
  await using _next = next.run

  expect(await endOf(left.id)).toBe('rolled_back')
  expect(await seenBefore(left.id)).toContain(good.imageId)
  expectPromoted(before, await hostState(host), good)
  expect(next.run.outputs.outcome).toBe('promoted')
  const told = next.run.warnings.map(({ message }) => message).filter((message) => message.includes(left.id))
  expect(told).toEqual([expect.stringContaining('the host restored and verified what ran before it')])
})
