import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { meanwhileIn } from '../support/scenario/meanwhile.ts'
import {
  type ContainerFacts,
  expectNoSecret,
  expectSameAsBefore,
  expectTruthful,
  type HostState,
  laidOut,
  prepareScenarios,
  pullImages,
  standing,
  upgrade,
} from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

/** Beside the example: a profile, replicas, a one-shot, a service in another's network, a deferred one that insists. */
const MORE = `
services:
  scheduler: {restart: always}
  worker:
    image: \${AI_TRADE_IMAGE}
    profiles: [workers]
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait $$!; done"]
    restart: unless-stopped
    deploy: {replicas: 2}
    depends_on: {migrate: {condition: service_completed_successfully}}
  migrate: {image: "\${AI_TRADE_IMAGE}", command: ["true"], restart: "no"}
  sidecar: {image: "\${AI_TRADE_SCHEDULER_IMAGE}", network_mode: "service:ai-trade", command: ["sleep", "86400"], stop_grace_period: 1s}
`
const FILES = ['docker-compose.prod.yml', 'docker-compose.more.yml']
const SERVICES = 'ai-trade watchdog scheduler worker migrate sidecar'

const named = (state: HostState, service: string): readonly ContainerFacts[] =>
  Object.values(state.containers).filter((one) => one.service === service)

/** A one-shot that ran is created anew by a rollback, and not run again. What the release before the last is held by stays. */
function settled(state: HostState): HostState {
  const containers = Object.entries(state.containers).map(([name, one]) =>
    one.service === 'migrate' ? [name, { ...one, state: 'does not run' }] : [name, one],
  )
  const tags = Object.entries(state.tags).filter(([tag]) => !tag.startsWith('closed-loop-hold:'))
  return { ...state, containers: Object.fromEntries(containers), tags: Object.fromEntries(tags) }
}

describe('a project of several files, with services of many shapes', () => {
  it('is promoted as a whole, and rolled back as a whole', async () => {
    const { release, research, scheduler } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    const call = `${project.projectDir}/data/runner-call`
    // Compose is the login's own only: the registry login must not hide it.
    await host.sh(
      `
rm -f /usr/*/docker/cli-plugins/docker-compose /usr/local/*/docker/cli-plugins/docker-compose
! DOCKER_CONFIG=/nonexistent docker compose version >/dev/null 2>&1 || exit 1
cd '${project.projectDir}' && cat >docker-compose.more.yml && mv tools/closed_loop_runner.sh tools/the_runner.sh
cat >tools/closed_loop_runner.sh <<'RUNNER'
#!/bin/sh
printf '%s\\n' "$COMPOSE_FILE" "$COMPOSE_PROJECT_NAME" "$@" >'${call}'
exec sh tools/the_runner.sh "$@"
RUNNER
`,
      { stdin: MORE },
    )
    await pullImages(host, good.reference, research.reference, scheduler.reference)
    await host.sh(`cd '${project.projectDir}' && docker compose ${FILES.map((file) => `-f ${file}`).join(' ')} --env-file .env.runtime up -d ${SERVICES}
until [ "$(docker inspect --format '{{.State.Health.Status}}' ai-trade ai-trade-watchdog | sort -u)" = healthy ]; do sleep 0.1; done`)
    const settings = {
      inputs: { 'compose-files': FILES.join(' ') },
      variables: { DEPLOY_SERVICES: SERVICES },
    }

    const next = await release('good', { tag: 'good-2' })
    await using promoted = await upgrade(host, project, next, settings)

    expect(promoted.run.warnings).toEqual([])
    const { before, after } = promoted
    expectTruthful(
      promoted.run,
      { outcome: 'promoted', reason: '', gate: 'pass', fault: '' },
      { before, after, release: next },
    )
    for (const service of ['ai-trade', 'watchdog', 'worker', 'worker', 'migrate']) {
      for (const one of named(after, service)) expect(one).toMatchObject(next)
    }
    expect(named(after, 'worker').map(({ state }) => state)).toEqual(['running', 'running'])
    expect(named(after, 'migrate').map(({ state }) => state)).toEqual(['exited'])
    expect(named(after, 'scheduler')).toMatchObject([{ state: 'running', restartPolicy: 'always:0' }])
    await expectTheSameNetwork(after)
    const [composeFile, projectName, ...words] = (await host.sh(`cat '${call}'`)).trim().split('\n')
    expect(composeFile).toBe(FILES.map((file) => `${project.projectDir}/${file}`).join(':'))
    expect(projectName).toBe('ai-trade')
    expect(words.slice(0, 3)).toEqual(['assess', '--compose-file', project.composeFile])

    let inTheGate = ''
    const looking = meanwhileIn('evidence', async () => {
      inTheGate = await host.sh(
        `docker inspect --format '{{.State.Status}} {{.HostConfig.RestartPolicy.Name}}' ai-trade-scheduler`,
      )
    })
    await using failed = await upgrade(host, project, await release('critical'), {
      ...settings,
      onLine: looking.onLine,
    })

    await looking.done()
    expect(inTheGate).toBe('exited no\n')
    expectSameAsBefore(settled(failed.before), settled(failed.after))
    expectTruthful(
      failed.run,
      { outcome: 'rolled_back', reason: 'gate.failed', gate: 'fail', fault: 'release' },
      failed,
    )
    await expectTheSameNetwork(failed.after)
    await expectNoSecret(failed.run, project.canaries, host)
  })
})

async function expectTheSameNetwork(state: HostState): Promise<void> {
  const [sidecar, owner] = await Promise.all(
    ['sidecar', 'ai-trade'].map((service) =>
      host.sh(
        `readlink /proc/$(docker inspect --format '{{.State.Pid}}' ${named(state, service)[0]?.id})/ns/net`,
      ),
    ),
  )
  expect(sidecar).toBe(owner)
}

describe('a project that does not run what its files say', () => {
  it('is refused where that is asked for, and else rolled back to its image, and that is said', async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await standing(host, good)
    await host.sh(`echo AI_TRADE_NOTE=written-later >>'${project.envFile}'`)
    const critical = await release('critical')

    await using refused = await upgrade(host, project, critical, { inputs: { 'on-drift': 'refuse' } })
    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'environment' })
    expect(refused.run.errors[0]?.message).toContain('ai-trade does not match the files on the host')

    await using failed = await upgrade(host, project, critical)
    expect(failed.run.outputs).toMatchObject({ outcome: 'rolled_back', reason: 'gate.failed' })
    expect(failed.run.log).toContain('ai-trade did not match the files on the host')
    expect(failed.after.envFile).toEqual(failed.before.envFile)
    expect(failed.after.containers['ai-trade']).toMatchObject({
      ...good,
      state: 'running',
      health: 'healthy',
    })
  })
})
