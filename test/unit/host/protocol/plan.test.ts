import { describe, expect, it } from '@jest/globals'
import { planText, verifyPlanText } from '../../../../src/host/protocol/plan.ts'
import { configOf, environmentWith } from '../../config/environment.ts'

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const PROJECT = {
  name: 'ai-trade',
  drifted: [],
  deferred: ['scheduler'],
  arrived: 7,
  earlier: 'ended' as const,
  deploy: ['ai-trade', 'watchdog', 'scheduler'],
  touched: [],
  incoming: '',
}

describe('planText', () => {
  it('says everything the host needs, one fact a line', () => {
    const config = configOf(
      environmentWith(
        {
          'compose-files': 'docker-compose.prod.yml\nops/override.yml',
          image: 'registry.example.com/ai-trade:2',
          'research-image': 'registry.example.com/research:2',
          'required-env': 'KEY_A KEY_B',
          'manage-env': 'AI_TRADE_PROJECT_DIR\nRELEASE=a = b',
          'registry-username': 'robot',
          'registry-password': 'a password nobody sees',
          'preflight-command': 'node check.js "a b"',
          'notify-command': 'tools/page "on call"',
          'host-lock-file': 'data/loop.lock',
          'runner-env': 'TOKEN=never in a plan',
        },
        { GITHUB_SHA: COMMIT, DEPLOY_SERVICES: 'ai-trade watchdog scheduler' },
      ),
    )
    expect(planText(config, { ...PROJECT, drifted: ['watchdog'] })).toBe(
      [
        'project_dir\t/opt/ai-trade',
        'compose_file\tdocker-compose.prod.yml',
        'compose_file\tops/override.yml',
        'env_file\t.env.runtime',
        'project_name\tai-trade',
        'required_env\tKEY_A',
        'required_env\tKEY_B',
        'image\tAI_TRADE_IMAGE\tregistry.example.com/ai-trade:2',
        'image\tAI_TRADE_RESEARCH_IMAGE\tregistry.example.com/research:2',
        'env\tAI_TRADE_PROJECT_DIR\t/opt/ai-trade',
        'env\tRELEASE\ta = b',
        'deploy\tai-trade',
        'deploy\twatchdog',
        'deploy\tscheduler',
        'defer\tscheduler',
        'gate\tai-trade',
        'drift\twatchdog',
        'by\tunknown',
        'where\thttps://github.com/owner/repository/actions/runs/4711',
        `commit\t${COMMIT}`,
        'repository\towner/repository',
        'attempt\t2',
        'arrived\t7',
        'on_rollback_failure\tkeep',
        'on_no_boot_trigger\twarn',
        'notify_command\ttools/page "on call"',
        'preflight_command\tnode check.js "a b"',
        'health_seconds\t180',
        'host_lock_file\t/opt/ai-trade/data/loop.lock',
        'registry\tregistry.example.com',
        '',
      ].join('\n'),
    )
  })

  it('leaves out what is not known yet, and the registry where the host is logged in', () => {
    const config = configOf(environmentWith())
    const plan = planText(config, { ...PROJECT, name: '', deferred: [], arrived: 0 })
    expect(plan).not.toMatch(/project_name|registry|defer|host_lock_file/u)
    expect(plan.split('\n').every((line) => line === '' || line.includes('\t'))).toBe(true)
  })

  it('names the files of the release, and what they concern', () => {
    const files = 'docker-compose.prod.yml\nconf -> ops'
    const config = configOf(environmentWith({ files, 'state-files': 'data/models data/x' }))
    const lines = (incoming: string) =>
      planText(config, {
        ...{ ...PROJECT, incoming, deploy: ['ai-trade', 'proxy'], touched: incoming === '' ? [] : ['proxy'] },
      }).split('\n')
    expect(lines('abc123')).toEqual(
      expect.arrayContaining([
        ...['incoming\tabc123', 'file\tdocker-compose.prod.yml', 'file\tops'],
        ...['state_file\tdata/models', 'state_file\tdata/x', 'deploy\tproxy', 'touched\tproxy'],
      ]),
    )
    expect(lines('').filter((line) => /^(?:incoming|file|touched)\t/u.test(line))).toEqual([])
    expect(lines('')).toContain('state_file\tdata/models')
  })

  it('never holds a secret', () => {
    const config = configOf(
      environmentWith({
        image: 'registry.example.com/x:1',
        'registry-username': 'u',
        'registry-password': 'hunter2hunter2',
      }),
    )
    const plan = planText(config, PROJECT)
    expect(plan).not.toContain('hunter2hunter2')
    expect(plan).not.toContain('PRIVATE KEY')
  })
})

describe('verifyPlanText', () => {
  it('says where the project is, and what is deployed', () => {
    const config = configOf(environmentWith({ 'project-name': 'shop', 'compose-files': 'a.yml b.yml' }))
    expect(verifyPlanText(config)).toBe(
      [
        ...['project_dir\t/opt/ai-trade', 'compose_file\ta.yml', 'compose_file\tb.yml'],
        ...['env_file\t.env.runtime', 'project_name\tshop'],
        ...['deploy\tai-trade', 'deploy\twatchdog', 'deploy\tscheduler', 'gate\tai-trade', ''],
      ].join('\n'),
    )
  })
})
