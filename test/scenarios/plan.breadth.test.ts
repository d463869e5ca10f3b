import { beforeAll, describe, expect, it } from '@jest/globals'
import { deployLight } from '../faults/cell.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import {
  LIGHT_INPUTS,
  LIGHT_VARIABLES,
  type LightStack,
  lightStack,
} from '../support/light-stack/light-stack.ts'
import { type Deployment, type DeployRun, hostState, planRelease } from '../support/scenario/scenario.ts'

const PROJECT = '/opt/ai-trade'
let stack: LightStack

beforeAll(async () => {
  stack = await lightStack(workerHost())
}, 300_000)

/** Everything that a look could leave: Docker, files with their times, locks, scratch directories. */
async function everything(): Promise<string> {
  return stack.host.sh(`
docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.Status}}' | sed 's/Up .*/Up/' | sort
{ docker image ls --all --no-trunc --format '{{.ID}} {{.Repository}}:{{.Tag}}'; docker network ls --no-trunc; docker volume ls; } | sort
find '${PROJECT}' -path '${PROJECT}/data' -prune -o -printf '%p %T@ %C@ %m %U:%G %s\\n' | sort
find /var/tmp/closed-loop-locks -printf '%p %T@ %C@\\n' 2>/dev/null | sort; ls -A /tmp; crontab -l 2>&1 || :`)
}

function planned(deployment: Omit<Deployment, 'image'> = {}): Promise<DeployRun> {
  return planRelease(stack.host, {
    ...deployment,
    image: stack.releases.other,
    results: 'absent',
    inputs: { ...LIGHT_INPUTS, ...deployment.inputs },
    variables: LIGHT_VARIABLES,
  })
}

const planOf = ({ outputs }: DeployRun) => JSON.parse(outputs.plan ?? '')

describe('actions/plan', () => {
  const files = { files: 'ops' }
  const checkedOut = { 'ops/settings.conf': 'new\n' }

  it('says what a deployment would change, and leaves no trace, before the first deployment', async () => {
    const before = await everything()

    await using run = await planned({ inputs: files, checkedOut })

    expect(await everything()).toBe(before)
    expect({ log: run.log, conclusion: run.conclusion }).toEqual({ log: run.log, conclusion: 'success' })
    const plan = planOf(run)
    expect(plan).toMatchObject({
      refused: [],
      images: [{ key: 'AI_TRADE_IMAGE', reference: stack.releases.other.reference }],
      files: ['ops', 'ops/settings.conf'],
    })
    expect(plan.variables).toContain('AI_TRADE_IMAGE')
    expect(plan.returnsTo.map(({ container }: { container: string }) => container).toSorted()).toEqual(
      Object.keys((await hostState(stack.host)).containers).toSorted(),
    )
    expect(run.summary).toContain('The deployment could begin')
  })

  it('was right: the deployment recreates those services, and no other', async () => {
    await using run = await planned({ inputs: files, checkedOut })
    const before = await hostState(stack.host)

    await using deployed = await deployLight(stack, stack.releases.other, { inputs: files, checkedOut })

    expect({ log: deployed.log, outcome: deployed.outputs.outcome }).toEqual({
      log: deployed.log,
      outcome: 'promoted',
    })
    const after = await hostState(stack.host)
    const isNew = (service: string) => {
      const idOf = (state: typeof before) =>
        Object.values(state.containers).find((one) => one.service === service)?.id
      return idOf(before) !== idOf(after)
    }
    for (const { service, effect } of planOf(run).services)
      expect({ service, isNew: isNew(service) }).toEqual({ service, isNew: effect === 'recreated' })
  })

  it('changes nothing beside a deployment that was there either, and says what would be refused', async () => {
    const before = await everything()

    await using run = await planned({ inputs: { 'env-file': '.env.absent' } })

    expect(await everything()).toBe(before)
    expect(run.outputs.reason).toBe('preflight.refused')
    expect(run.conclusion).toBe('failure')
    expect(run.errors[0]?.message).toContain('.env.absent')
  })
})
