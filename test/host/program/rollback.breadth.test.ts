import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type JobResult, type TransactionBench, transactionBench } from './transaction-bench.ts'

const BEFORE = {
  app: 'old running always',
  side: 'old running unless-stopped',
  later: 'later running on-failure',
}
const RELEASED = {
  app: 'new running always',
  side: 'new running unless-stopped',
  later: 'later exited no',
}

let bench: TransactionBench
beforeEach(async () => {
  bench = await transactionBench()
})
afterEach(async () => {
  await bench[Symbol.asyncDispose]()
})

/** A transaction whose release is in, and waits for its gate. */
async function released(options?: Parameters<TransactionBench['prepare']>[1]): Promise<string> {
  const id = await bench.prepare('small:new', options)
  const applied = await bench.job(id, 'apply')
  expect(applied).toMatchObject({ code: 0, state: 'applied' })
  return id
}

const untilHealthIs = (health: string) =>
  `until [ "$(docker inspect --format '{{.State.Health.Status}}' small-app)" = ${health} ]; do sleep 0.1; done`

const factsNamed = ({ facts }: JobResult, ...names: readonly string[]) =>
  facts.filter((fact) => names.some((name) => fact.startsWith(`${name} `) || fact === name)).toSorted()

describe('a rollback', () => {
  it('brings back vanished files, states that were no good, and a policy set by hand, whatever was pruned', async () => {
    await bench.host.sh(`cd ${bench.directory} && chmod 640 compose.yml && chown 1:2 compose.yml
sed -i -e 's/^APP_HEALTH=.*/APP_HEALTH=/' -e 's/^SIDE_SECONDS=.*/SIDE_SECONDS=never/' .env.runtime
docker compose -f compose.yml --env-file .env.runtime up -d
docker update --restart on-failure:7 small-app
docker stop small-later
${untilHealthIs('unhealthy')}
until docker inspect --format '{{.RestartCount}}:{{.State.Status}}' small-side | grep -qx '[6-9]:restarting'; do sleep 0.1; done`)
    const files = () =>
      bench.host.sh(
        `cd ${bench.directory} && stat -c '%n %a %u:%g %y' .env.runtime compose.yml && sha256sum .env.runtime compose.yml`,
      )
    const before = await files()
    const id = await released()
    await bench.host.sh(`docker container prune --force
docker image rm --force small:old
cd ${bench.directory} && rm .env.runtime compose.yml`)

    const result = await bench.job(id, 'rollback')

    expect(result).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await files()).toBe(before)
    expect(await bench.running()).toEqual({
      app: 'old running on-failure',
      side: expect.stringMatching(/^old (restarting|running) unless-stopped$/),
      // The stopped container itself was pruned.
      later: 'later created on-failure',
    })
    expect(factsNamed(result, 'exception')).toEqual([
      'exception was-stopped-before later exited',
      'exception was-unhealthy-before app unhealthy',
      'exception was-unhealthy-before side restarting',
    ])
  })

  it('leaves the release as it is where the recorded files are damaged, but for what rested, and works once they are not', async () => {
    const left = { ...RELEASED, later: BEFORE.later }
    const id = await released()
    const copy = `${bench.directory}/.closed-loop/transactions/${id}/snapshot/env`
    const envFile = () => bench.host.sh(`cat ${bench.directory}/.env.runtime`)
    const edited = await envFile()

    await bench.host.sh(`echo '# damaged' >>${copy}`)
    const damaged = await bench.job(id, 'rollback')
    expect(damaged).toMatchObject({ code: 1, state: 'rollback_failed' })
    expect(damaged.words).toContain(`the recorded copy of ${bench.directory}/.env.runtime is damaged`)
    expect(await bench.running()).toEqual(left)
    expect(await envFile()).toBe(edited)
    await bench.host.sh(`sed -i '$d' ${copy}`)

    expect(await bench.rollbackByHand(id)).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await bench.running()).toEqual(BEFORE)
  })

  it('brings back what ran before although somebody left an env file that Compose cannot read', async () => {
    const id = await released()
    const envFile = () => bench.host.sh(`cat ${bench.directory}/.env.runtime`)
    const edited = await envFile()
    await bench.host.sh(`sed -i '1i BROKEN="' ${bench.directory}/.env.runtime`)

    const result = await bench.job(id, 'rollback')

    expect(result).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(result.words).toContain('Compose cannot read it any more; it is left as it is')
    expect(await bench.running()).toEqual(BEFORE)
    expect(await envFile()).toBe(`BROKEN="\n${edited}`)
    expect(factsNamed(result, 'exception').slice(0, 2)).toEqual([
      `exception env-not-restored ${bench.directory}/.env.runtime`,
      'exception recorded-files-used',
    ])
  })
})

describe('a rollback that failed for good, told to stop the services', () => {
  const KEEP_OLD = 'docker save small:old >/tmp/small-old.tar'
  /** Whoever holds it. */
  const REMOVE_OLD = `docker ps --all --quiet --filter name=closed-loop-hold | xargs docker rm --force
docker image ls --no-trunc --format '{{.ID}}' small:old | xargs docker image rm --force`
  const STOPPED = { app: 'new exited no', side: 'new exited no', later: 'later exited no' }

  it('leaves nothing running and nothing that would start again; a later rollback gives all of it back', async () => {
    const id = await released({ onRollbackFailure: 'stop' })
    await bench.host.sh(`${KEEP_OLD}\n${REMOVE_OLD}\ndocker start small-later`)

    const result = await bench.job(id, 'rollback')

    expect(result).toMatchObject({ code: 1, state: 'rollback_failed' })
    expect(await bench.running()).toEqual(STOPPED)
    expect(factsNamed(result, 'problem', 'stopped', 'not_stopped', 'stop_verified')).toEqual([
      expect.stringMatching(/^problem image_gone small:old sha256:[0-9a-f]{64}$/),
      'stop_verified',
      'stopped small-app',
      'stopped small-later',
      'stopped small-side',
    ])

    await bench.host.sh('docker load </tmp/small-old.tar; rm /tmp/small-old.tar')
    expect(await bench.rollbackByHand(id)).toMatchObject({ code: 0, state: 'rolled_back' })
    expect(await bench.running()).toEqual(BEFORE)
  })

  it('is not rolled back any more once a later release was promoted, which gets its restart policies', async () => {
    const failed = await released({ onRollbackFailure: 'stop' })
    await bench.host.sh(REMOVE_OLD)
    expect(await bench.job(failed, 'rollback')).toMatchObject({ state: 'rollback_failed' })
    expect(await bench.running()).toEqual(STOPPED)

    // The next deployment has it tried once more, and goes on.
    expect(await bench.job(failed, 'recover')).toMatchObject({ state: 'rollback_failed' })
    const later = await bench.prepare('small:new')
    const applied = await bench.job(later, 'apply')
    expect(applied).toMatchObject({ code: 0, state: 'applied' })
    expect(await bench.rollbackByHand(failed)).toMatchObject({ code: 1, state: 'rollback_failed' })
    await bench.host.sh(untilHealthIs('healthy'))
    expect(await bench.job(later, 'confirm', instancesOf(applied))).toMatchObject({
      code: 0,
      state: 'promoted',
    })
    const promoted = { ...BEFORE, app: 'new running always', side: 'new running unless-stopped' }
    expect(await bench.running()).toEqual(promoted)

    const refused = await bench.rollbackByHand(failed)
    expect(refused).toMatchObject({ code: 1, state: 'rollback_failed' })
    expect(refused.words).toContain(`transaction ${later} came after ${failed} and is promoted`)
    expect(await bench.running()).toEqual(promoted)
  })
})

/** What a client that saw every service ready hands to the confirmation. */
function instancesOf({ facts }: JobResult): string {
  return facts
    .filter((fact) => fact.startsWith('running '))
    .map((fact) => {
      const [, service, , id, imageId, startedAt] = fact.split(' ')
      return `${[id, startedAt, imageId, service].join('\t')}\n`
    })
    .join('')
}
