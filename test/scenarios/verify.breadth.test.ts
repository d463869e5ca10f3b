/**
 * The acceptance of the closed loop on a real host: of one that is as it should be, and of one that is broken in several
 * ways at once. Nothing on the host is changed by looking.
 */
import { describe, expect, it } from '@jest/globals'
import * as z from 'zod'
import { programText } from '../support/host-program/program-text.ts'
import { casesOf } from '../support/jest/tiers.ts'
import { workerHost } from '../support/jest/worker-host.ts'
import { frailWire } from '../support/scenario/frail-wire.ts'
import {
  type DeployRun,
  deployRelease,
  entering,
  expectNoSecret,
  postOf,
  prepareScenarios,
  standing,
  verifyHost,
} from '../support/scenario/scenario.ts'

const host = workerHost()

const checksSchema = z.array(
  z.object({
    name: z.string(),
    subject: z.string(),
    need: z.enum(['required', 'informational']),
    result: z.enum(['ok', 'failed', 'not-checked']),
    evidence: z.string(),
    hint: z.string(),
  }),
)

function checksOf(run: DeployRun) {
  return checksSchema.parse(JSON.parse(run.outputs.checks ?? ''))
}

function evidenceOf(run: DeployRun, check: string): string | undefined {
  return checksOf(run).find(({ name }) => name === check)?.evidence
}

/** `name subject` of the checks with that result. */
function named(run: DeployRun, result: 'ok' | 'failed' | 'not-checked'): readonly string[] {
  return checksOf(run)
    .filter((check) => check.result === result)
    .map(({ name, subject }) => `${name} ${subject}`.trim())
}

/** All of the project but its running data, and all that Docker has. */
function everything(): Promise<string> {
  return host.sh(`
find /opt/ai-trade -path '*/data/*' -prune -o -printf '%p %m %u %T@ %s %i\\n' | sort
find /opt/ai-trade/data/reports -type f -printf '%p %T@ %s %i\\n' | sort
ls -A /root /var/tmp/closed-loop-locks 2>&1
ls -A /tmp | grep -v '^runc-process'
docker ps --all --no-trunc --format '{{.ID}} {{.Names}} {{.State}}' | sort
docker image ls --all --no-trunc --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort
docker volume ls --quiet; docker network ls --quiet`)
}

describe('actions/verify', () => {
  it('accepts a host as it should be, and one that is broken not, by what is wrong with it', async () => {
    const { release } = await prepareScenarios(host)
    const project = await standing(host, await release('good'), {
      environment: { AI_TRADE_WATCHDOG_INTERVAL_SECONDS: '1', AI_TRADE_SCHEDULER_DELAY_SECONDS: '5' },
    })
    await host.sh(
      `
until docker logs ai-trade-watchdog 2>&1 | grep -q operational; do sleep 0.2; done
until docker logs ai-trade-scheduler 2>&1 | grep -q 'closed loop full ended'; do sleep 0.2; done`,
      { timeoutSeconds: 60 },
    )
    // With the template that is the host program's, by the real Docker.
    const [, template = ''] = /^VERIFY_LINES='(.*)'$/mu.exec(programText()) ?? []
    const told = await host.sh(
      `docker inspect --type container --format '${template}' ai-trade-watchdog ai-trade-scheduler`,
    )
    expect(told.split('\n').filter((line) => line !== '')).toEqual([
      expect.stringMatching(/^made\t[0-9a-f]{64}\t20\d\d-/u),
      'interval_in\twatchdog\t"1"',
      expect.stringMatching(/^made\t[0-9a-f]{64}\t20\d\d-/u),
      'project_dir_in\tscheduler\t"/opt/ai-trade"',
    ])
    const before = await everything()

    await using accepted = await verifyHost(host)

    expect(await everything()).toBe(before)
    expect(named(accepted, 'failed')).toEqual([])
    expect(named(accepted, 'ok')).toEqual([
      ...['service ai-trade', 'service watchdog', 'service scheduler', 'watchdog', 'scheduler'],
      ...['latest_runtime_assess', 'latest_closed_loop_report', 'latest_run_meta'].map(
        (file) => `report ${file}.json`,
      ),
      ...['complete-run', 'project-dir AI_TRADE_PROJECT_DIR'],
      ...['docker-socket watchdog', 'docker-socket scheduler'],
      ...['image ai-trade', 'image watchdog', 'image scheduler', 'image ai-trade-research'],
      ...['research-tools ai-trade-research', 'runs-per-day'],
    ])
    expect(named(accepted, 'not-checked')).toEqual(['last-deployment'])
    expect(evidenceOf(accepted, 'project-dir')).toContain('scheduler: /opt/ai-trade')
    const [run, imageId] = (
      await host.sh(`cd /opt/ai-trade
cat data/reports/closed_loop/latest_run_id
docker image inspect --format '{{.Id}}' "$(sed -n 's/^AI_TRADE_RESEARCH_IMAGE=//p' .env.runtime)"`)
    ).split('\n')
    expect(evidenceOf(accepted, 'research-tools')).toBe(
      `run ${run}, which latest_run_meta.json names, was made by this image (${imageId?.slice(7, 19)})`,
    )
    expect(accepted).toMatchObject({ exitCode: 0, errors: [], warnings: [] })
    expect(accepted.notices.map(({ title }) => title)).toEqual(['The host passes the acceptance'])
    expect(Object.keys(accepted.outputs).sort()).toEqual(['checks', 'duration-seconds', 'reason'])
    expect(accepted.outputs.reason).toBe('')
    expect(accepted.summary).toContain('## ✅ The host passes the acceptance')
    expect(accepted.rawLog).toContain('✓ Watchdog says that all is operational')
    await expectNoSecret(accepted, project.canaries, host)

    await host.sh(`
cd /opt/ai-trade
docker stop ai-trade-watchdog
for crash in 1 2 3 4; do
  kill -9 "$(docker inspect --format '{{.State.Pid}}' ai-trade)"
  until [ "$(docker inspect --format '{{.RestartCount}} {{.State.Status}}' ai-trade)" = "$crash running" ]; do sleep 0.1; done
done
truncate -s 100 data/reports/closed_loop/latest_runtime_assess.json
for run in data/reports/closed_loop/2*; do mv "$run" "data/reports/closed_loop/20200101T000000Z-\${run##*/}"; done
sed -i 's|^export AI_TRADE_PROJECT_DIR=.*|export AI_TRADE_PROJECT_DIR=./elsewhere|' .env.runtime
docker image rm --force "$(sed -n 's/^AI_TRADE_RESEARCH_IMAGE=//p' .env.runtime)"`)

    await using refused = await verifyHost(host)

    expect(named(refused, 'failed')).toEqual([
      ...['service ai-trade', 'service watchdog', 'watchdog', 'report latest_runtime_assess.json'],
      'complete-run',
      ...['project-dir AI_TRADE_PROJECT_DIR', 'docker-socket watchdog', 'image ai-trade-research'],
    ])
    const evidence = checksOf(refused).map((check) => `${check.name}: ${check.evidence} | ${check.hint}`)
    for (const words of [
      'restarts often: ai-trade is running',
      '4 restarts by Docker',
      'not up: ai-trade-watchdog is exited',
      'report: damaged: ',
      'complete-run: none; the newest complete one is 20200101T000000Z',
      'the env file: ./elsewhere',
      'AI_TRADE_PROJECT_DIR in the env file must be the absolute path',
      'is not on the host | The research image cannot be used',
    ])
      expect(evidence.join('\n')).toContain(words)
    expect(refused.exitCode).toBe(1)
    expect(refused.errors.map(({ title }) => title)).toEqual([
      'The host does not pass the acceptance: 8 required checks failed',
    ])
    expect(refused.errors[0]?.message).toContain('What runs now: 1 of 3 deployed services up and stable.')
    expect(refused.summary).toContain('❌ failed')
    await expectNoSecret(refused, project.canaries, host)
  }, 300_000)

  it('follows a promotion where that is asked for: what it finds is a warning', async () => {
    const { release } = await prepareScenarios(host)
    const good = await release('good')
    const project = await standing(host, good, { environment: { AI_TRADE_WATCHDOG_INTERVAL_SECONDS: '1' } })

    await using run = await deployRelease(host, { image: good, inputs: { 'verify-after-deploy': 'true' } })

    expect(run).toMatchObject({ exitCode: 0, errors: [] })
    expect(run.outputs.outcome).toBe('promoted')
    // The first run of the scheduler is a day away.
    expect(named(run, 'failed')).toEqual(['scheduler'])
    expect(named(run, 'ok')).toEqual(
      expect.arrayContaining(['last-deployment', 'research-tools ai-trade-research']),
    )
    expect(run.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining('the host does not pass the acceptance: Scheduler has run the closed loop'),
    ])
    expect(run.summary).toContain('### Checks')
    await expectNoSecret(run, project.canaries, host)

    await using verified = await verifyHost(host)
    expect(evidenceOf(verified, 'last-deployment')).toContain(
      `${run.outputs['transaction-id']} ended promoted`,
    )
  }, 300_000)

  it.each(['breakDown', ...casesOf('all', ['silence'] as const)] as const)(
    'cannot take a promotion back: the host goes away right after it (%s)',
    async (fate) => {
      const { release } = await prepareScenarios(host)
      const good = await release('good')
      await standing(host, good)
      await using wire = await frailWire(host)
      const lookingAround = entering('verify')

      await using run = await deployRelease(host, {
        image: good,
        inputs: { ...wire.inputs, 'verify-after-deploy': 'true', lease: '15s' },
        onLine: (line) => {
          if (lookingAround(line)) wire[fate]()
        },
      })

      expect(run).toMatchObject({ exitCode: 0, errors: [] })
      expect(run.outputs).toMatchObject({ outcome: 'promoted', reason: '', checks: '' })
      expect(run.warnings.map(({ message }) => message)).toEqual([
        expect.stringContaining('The action could not verify the host afterwards'),
      ])
      // The reports were there before, and are handed over all the same.
      expect(run.artifacts).toHaveLength(1)
      const post = await postOf(run)
      expect(post).toMatchObject({ exitCode: 0, annotations: [] })
      const id = run.outputs['transaction-id']
      expect(await host.sh(`cat /opt/ai-trade/.closed-loop/transactions/${id}/state`)).toBe('promoted\n')
    },
    300_000,
  )

  it('says of a host whose Docker does not answer what it saw, and that it does not know the rest', async () => {
    const { release } = await prepareScenarios(host)
    await standing(host, await release('good'))
    await host.sh(`
mkdir -p /opt/ai-trade/data/reports/closed_loop
cd /opt/ai-trade/data/reports/closed_loop || exit 1
mkfifo latest_run_meta.json
ln -s /etc/passwd latest_runtime_assess.json
ln -s latest_closed_loop_report.json latest_closed_loop_report.json
mkdir "$(printf 'a\\nb')" "$(printf 'c\\377d')" ' ' '::error::x'
mv /var/run/docker.sock /var/run/docker.sock.away`)
    await using run = await verifyHost(host).finally(() =>
      host.sh('mv /var/run/docker.sock.away /var/run/docker.sock'),
    )
    expect(run).toMatchObject({ exitCode: 1, forgedOrUnknownCommands: [] })
    const [error] = run.errors
    expect(error?.message).toContain('What runs now: Not known: the action could not read the services.')
    const evidence = checksOf(run).map((check) => `${check.name}: ${check.evidence} | ${check.hint}`)
    for (const words of [
      'report: it is a link out of the directory of the reports, and was not read |',
      // A name that is no line is nobody's.
      'complete-run: none; 3 incomplete runs; no complete run before that |',
      'image: not checked, because of the fault of the host | Cure the fault of the host first.',
    ])
      expect(evidence.join('\n')).toContain(words)
    expect(evidence.filter((one) => one.startsWith('report: it does not exist'))).toHaveLength(2)
  }, 300_000)
})
