import { describe, expect, it } from '@jest/globals'
import { workerHost } from '../support/jest/worker-host.ts'
import { baseImages } from '../support/private-host/base-images.ts'
import { laidOut, prepareScenarios, standing, upgrade } from '../support/scenario/scenario.ts'
import { expectUnchanged } from '../support/scenario/unchanged.ts'

const host = workerHost()

describe('a host that is not ready', () => {
  it('keeps what runs when the runner is missing', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    await host.sh(`rm '${project.runner}'`)

    await using refused = await upgrade(host, project, await release('good', { tag: 'good-2' }))

    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'configuration' })
    expect(refused.run.errors[0]?.message).toContain(`${project.runner} does not exist`)
    expect(await host.sh(`ls '${project.projectDir}/.closed-loop'`)).not.toContain('transactions')
  })

  it('is told everything at once', async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)
    await host.sh(`
sed -i 's/^AI_TRADE_BYBIT_DEMO_API_KEY=.*/AI_TRADE_BYBIT_DEMO_API_KEY=/; /^AI_TRADE_BYBIT_DEMO_API_SECRET=/d' '${project.envFile}'
rm '${project.runner}'
docker create --name ai-trade-watchdog --label com.docker.compose.project=another-shop '${baseImages.busybox}' true
docker create --name ai-trade '${baseImages.busybox}' true`)

    await using refused = await upgrade(host, project, good, {
      variables: {
        DEPLOY_SERVICES: 'ai-trade watchdog no-such-service',
        GATE_DEFER_SERVICES: 'nor-this-one',
      },
    })

    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'configuration' })
    const message = refused.run.errors[0]?.message ?? ''
    expect(refused.run.errors).toHaveLength(1)
    for (const found of [
      'no value for AI_TRADE_BYBIT_DEMO_API_KEY',
      'no value for AI_TRADE_BYBIT_DEMO_API_SECRET',
      'no service no-such-service',
      'no service nor-this-one',
      'ai-trade-watchdog of the service watchdog belongs to another-shop',
      'ai-trade of the service ai-trade belongs to no compose project',
      `${project.runner} does not exist`,
    ]) {
      expect(message).toContain(found)
    }
  })

  it('keeps what runs when the compose file is no compose file, and shows none of its values', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const [secret = ''] = project.canaries
    await host.sh(
      `printf '\\nservices:\\n  again: {image: ["%s"]}\\n' '${secret}' >>'${project.composeFile}'`,
    )

    await using refused = await upgrade(host, project, await release('good', { tag: 'good-2' }))

    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'configuration' })
    expect(refused.run.errors[0]?.message).toContain('does not accept the compose and env files')
  })

  it('keeps what runs when the env file is no env file, and shows none of its values', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'))
    const [secret = ''] = project.canaries
    await host.sh(`printf 'MY_NOTE="%s\\n' '${secret}' >>'${project.envFile}'`)

    await using refused = await upgrade(host, project, await release('good', { tag: 'good-2' }))

    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'configuration' })
  })

  it.each([
    ['project-dir', '/opt/no-such-project', 'The project directory /opt/no-such-project does not exist'],
    [
      'compose-files',
      'docker-compose.prod.yml other.yml',
      'The compose file /opt/ai-trade/other.yml does not exist',
    ],
    ['env-file', '.env.other', 'The env file /opt/ai-trade/.env.other does not exist'],
  ])('is asked for what %s names', async (input, value, found) => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await laidOut(host, good)

    await using refused = await upgrade(host, project, good, { inputs: { [input]: value } })

    await expectUnchanged(refused, { reason: 'preflight.refused', fault: 'configuration' })
    expect(refused.run.errors[0]?.message).toContain(found)
  })
})
