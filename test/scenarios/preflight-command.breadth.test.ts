import { beforeAll, expect, it } from '@jest/globals'
import { deployLight } from '../faults/cell.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { type LightStack, lightStack } from '../support/light-stack/light-stack.ts'
import {
  type Deployment,
  type DeployRun,
  expectNoSecret,
  expectSameAsBefore,
  expectTruthful,
  expectUntouched,
  hostState,
  saying,
} from '../support/scenario/scenario.ts'

let stack: LightStack
/** By the clock of the host, in seconds. */
let stands: string

beforeAll(async () => {
  stack = await lightStack(workerHost())
  stands = (await stack.host.sh('date +%s')).trim()
}, 300_000)

/** The images that one-off containers of the service were made of, since the stack stands. */
async function tried(): Promise<readonly string[]> {
  const events = await stack.host.sh(
    `docker events --since ${stands} --until "$(date +%s)" --filter event=create --filter label=com.docker.compose.oneoff=True --format '{{.Actor.Attributes.image}}'`,
  )
  return events.split('\n').filter((line) => line !== '')
}

async function deployed(release: 'other' | 'bad', given: Omit<Deployment, 'image'>) {
  const { host, releases } = stack
  const before = await hostState(host)
  const run: DeployRun = await deployLight(stack, releases[release], given)
  return { run, before, after: await hostState(host), release: releases[release] }
}

const MANAGED = `AI_TRADE_PROJECT_DIR AI_TRADE_ENV_FILE\nRELEASE=a b = $c # "d"`

it('tries a release beside what serves, in its image and with its environment; a listed code three times', async () => {
  const { run, ...hosts } = await deployed('other', {
    inputs: {
      'manage-env': MANAGED,
      'preflight-command': 'echo "checks $AI_TRADE_IMAGE for <$RELEASE>"; [ "$(hostname)" = x ] || exit 75',
      'preflight-retry-codes': '75 76',
    },
  })
  await using _run = run

  expectUntouched(hosts.before, hosts.after)
  const { imageId, reference } = stack.releases.other
  expect(await tried()).toEqual([imageId, imageId, imageId])
  const why = { reason: 'preflight.command_failed', fault: 'release', gate: 'not_run' } as const
  expectTruthful(run, { outcome: 'unchanged', ...why }, hosts)
  expect(run.log).toContain(`checks ${reference} for <a b = $c # "d">`)
  expect(run.errors[0]?.message).toContain('ended with 75 in the new image, also in try 3')
  await expectNoSecret(run, stack.canaries, stack.host)
})

it('leaves nothing of a try that the client did not live to see the end of, and sets the variables of a good release', async () => {
  const hanging = { 'preflight-command': 'trap "" TERM; echo now it hangs; sleep 300' }
  await using left = (
    await deployed('other', { inputs: hanging, cancel: { how: 'kill', when: saying('now it hangs') } })
  ).run
  expect(left.cancelled.kind).toBe('sent')
  expect(await stack.host.sh('docker ps --quiet --filter label=com.docker.compose.oneoff=True')).not.toBe('')

  const inputs = { 'manage-env': MANAGED, 'preflight-command': '[ -n "$RELEASE" ] && [ ! -e /nowhere ]' }
  const { run, before, after } = await deployed('other', { inputs })
  await using _run = run

  expect(run.outputs).toMatchObject({ outcome: 'promoted', gate: 'pass' })
  const { reference, imageId } = stack.releases.other
  expect(after.containers['ai-trade']?.imageId).toBe(imageId)
  expect(after.containers['ai-trade']?.makeup).toContain('environment RELEASE=a b = $c # "d"')
  const old = before.envFile.bytes.toString().replace(/^AI_TRADE_IMAGE=.*$/mu, `AI_TRADE_IMAGE=${reference}`)
  expect(after.envFile.bytes.toString()).toBe(`${old}RELEASE='a b = $c # "d"'\n`)
  expect(Object.values(after.containers).filter(({ name }) => name.includes('-run-'))).toEqual([])
  expect(after.temporaries).toEqual([])
}, 240_000)

it('gives the variables back with the release that fails', async () => {
  const { run, ...hosts } = await deployed('bad', {
    inputs: {
      'manage-env': 'AI_TRADE_ENV_FILE\nRELEASE=bad\nADDED=1',
      'preflight-command': 'test "$RELEASE" = bad',
    },
  })
  await using _run = run

  expectSameAsBefore(hosts.before, hosts.after)
  expect(run.outputs).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
}, 240_000)

it('leaves no network of a project that has none yet', async () => {
  const { host } = stack
  await host.sh('cd /opt/ai-trade && docker compose -f docker-compose.prod.yml --env-file .env.runtime down')
  const { run, ...hosts } = await deployed('other', {
    inputs: { 'manage-env': 'none', 'preflight-command': 'echo "it is <$RELEASE>"; exit 4' },
  })
  await using _run = run

  expectUntouched(hosts.before, hosts.after)
  expect(hosts.after.networks).toEqual([])
  expect(run.outputs).toMatchObject({ outcome: 'unchanged', reason: 'preflight.command_failed' })
  // Which this deployment does not set: a value of the env file.
  expect(run.log).toContain('it is <***>')
}, 240_000)
