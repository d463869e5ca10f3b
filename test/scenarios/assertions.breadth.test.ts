import { beforeAll, describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  expectSameAsBefore,
  type HostState,
  hostState,
  prepareScenarios,
  standing,
} from '../support/scenario/scenario.ts'

/** What a rollback could leave wrong, as a script that does it and one that undoes it. */
const DISTURBANCES = [
  ['another byte in the env file', 'echo >>.env.runtime', "sed -i '$d' .env.runtime"],
  ['another mode of the env file', 'chmod 644 .env.runtime', 'chmod 600 .env.runtime'],
  ['another owner of the env file', 'chown 1:1 .env.runtime', 'chown 0:0 .env.runtime'],
  ['another compose file', 'echo >>docker-compose.prod.yml', "sed -i '$d' docker-compose.prod.yml"],
  ['a file too many', 'touch notes', 'rm notes'],
  ['a temporary copy of the env file', 'touch .closed-loop-env.1', 'rm .closed-loop-env.1'],
  ['credentials', 'mkdir -p .closed-loop/docker-config', 'rm -r .closed-loop'],
  ['a moved tag', 'docker tag "$scheduler" "$release"', 'docker tag "$image" "$release"'],
  ['a tag too many', 'docker tag "$release" "$release-2"', 'docker rmi "$release-2"'],
  ['a tag of ours', 'docker tag "$release" closed-loop-hold:1', 'docker rmi closed-loop-hold:1'],
  ['a container too many', 'docker create --name extra "$release"', 'docker rm extra'],
  ['a stopped container', 'docker stop ai-trade-scheduler', 'docker start ai-trade-scheduler'],
  [
    'a paused container',
    'docker pause ai-trade',
    // A check that fell into the pause has failed.
    'docker unpause ai-trade; until [ "$(docker inspect --format "{{.State.Health.Status}}" ai-trade)" = healthy ]; do sleep 0.1; done',
  ],
  [
    'another restart policy',
    'docker update --restart no ai-trade-scheduler',
    'docker update --restart unless-stopped ai-trade-scheduler',
  ],
  [
    'a network too many',
    'docker network create --label com.docker.compose.project=ai-trade extra',
    'docker network rm extra',
  ],
  [
    'a job that goes on',
    'mkdir -p .closed-loop/bin; echo "sleep 60; :" >.closed-loop/bin/a.sh; setsid sh "$PWD/.closed-loop/bin/a.sh" >/dev/null 2>&1 & echo $! >/tmp/job',
    'kill "$(cat /tmp/job)"; rm -r .closed-loop',
  ],
  [
    'another environment of a container',
    'AI_TRADE_WATCHDOG_INTERVAL_SECONDS=11 docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d watchdog',
    'docker compose -f docker-compose.prod.yml --env-file .env.runtime up -d --wait watchdog',
  ],
] as const

describe('what the scenarios assert of a rollback', () => {
  const host = workerHost()
  let before: HostState
  let variables = ''

  beforeAll(async () => {
    const { release, scheduler } = await prepareScenarios(host)
    const good = await release('good')
    await standing(host, good)
    before = await hostState(host)
    variables = `release=${good.reference}; image=${good.imageId}; scheduler=${scheduler.reference}`
  }, 180_000)

  const here = (script: string) => host.sh(`cd /opt/ai-trade; ${variables}; ${script}`)

  it('holds while nothing happens', async () => {
    const after = await hostState(host)
    expectSameAsBefore(before, after)
  })

  it.each(DISTURBANCES)('notices %s', async (_, disturb, undo) => {
    await here(disturb)
    const disturbed = await hostState(host)
    await here(undo)
    expect(() => expectSameAsBefore(before, disturbed)).toThrow()
    expectSameAsBefore(before, await hostState(host))
  })
})
