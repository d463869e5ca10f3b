/** `actions/check` as the runner runs it: on what a pull request has checked out, without a host. */
import { describe, expect, it } from '@jest/globals'
import { exampleFile } from '../support/releases/example-files.ts'
import { ACTION_DIRECTORIES, runAction } from '../support/runner/run-action.ts'

const PRODUCTION = exampleFile('docker-compose.prod.yml')
const RUNNER = exampleFile('tools/closed_loop_runner.sh')
const ENV_TEMPLATE = exampleFile('.env.example')
const MANUAL = `# 配置手册\n${ENV_TEMPLATE}\n${exampleFile('README.md')}`

/** The repository of the spec, with everything described. */
const repository = {
  'docker-compose.prod.yml': PRODUCTION,
  'tools/closed_loop_runner.sh': RUNNER,
  '.env.example': ENV_TEMPLATE,
  'README.md': MANUAL,
  'docs/配置手册.md': MANUAL,
  'docs/开发指南.md': MANUAL,
}

function checking(
  checkedOut: Readonly<Record<string, string>>,
  inputs: Readonly<Record<string, string>> = {},
) {
  return runAction({ inputs, checkedOut, actionDirectory: ACTION_DIRECTORIES.check })
}

describe('actions/check', () => {
  it('passes a repository whose documents name everything, without any other input', async () => {
    await using run = await checking(repository)
    expect(run).toMatchObject({ exitCode: 0, forgedOrUnknownCommands: [], runnerErrors: [] })
    expect(run.annotations.map(({ level, title }) => [level, title])).toEqual([
      ['notice', 'The documents name everything'],
    ])
    expect(run.summary).toContain('<code>docs/配置手册.md</code> | 16 of 16 variables |')
    expect(run.summary).toContain('<code>docs/开发指南.md</code> | 7 of 7 options |')
    expect({ outputs: run.outputs, state: run.state }).toEqual({ outputs: {}, state: {} })
  })

  it('names what a document lacks, what is not there, and what to do', async () => {
    const { 'docs/开发指南.md': _absent, ...rest } = repository
    await using run = await checking({
      ...rest,
      'docker-compose.prod.yml': PRODUCTION.replace(
        'ai-trade:latest',
        `\${AI_TRADE_REGION:?set it}/ai-trade`,
      ),
      'docs/配置手册.md': MANUAL.replaceAll('--since', '--until'),
    })
    expect(run).toMatchObject({ exitCode: 1, forgedOrUnknownCommands: [], runnerErrors: [] })
    expect(run.annotations).toHaveLength(1)
    const [annotation] = run.annotations
    expect(annotation).toMatchObject({
      level: 'error',
      title: 'The documents are not up to date: 5 findings',
    })
    const lines = annotation?.message.split('\n') ?? []
    for (const document of ['README.md', 'docs/配置手册.md', '.env.example'])
      expect(lines).toContain(
        `${document} does not name the variable AI_TRADE_REGION, which docker-compose.prod.yml uses. Describe it there, or remove it from docker-compose.prod.yml.`,
      )
    expect(lines).toContain('docs/开发指南.md does not exist. Add it, or correct the input "docs-map".')
    expect(lines).toContain(
      'docs/配置手册.md does not name the option --since of tools/closed_loop_runner.sh. Describe it there, or remove it from tools/closed_loop_runner.sh.',
    )
    expect(run.summary).toContain('AI&#95;TRADE&#95;REGION')
  })

  it('compares what the input says', async () => {
    const files = {
      'deploy/栈.yml': `services: {a: {image: "\${图像}\${A_IMAGE}"}}`,
      '说明.md': '变量A_IMAGE。',
    }
    await using run = await checking(files, { 'docs-map': '# 对照\ndeploy/栈.yml -> 说明.md' })
    expect(run.exitCode).toBe(0)
    expect(run.log).toContain('说明.md names 1 of 1 variables of deploy/栈.yml')
  })

  it('refuses a map that cannot be read', async () => {
    await using run = await checking(repository, { 'docs-map': 'docker-compose.prod.yml README.md' })
    expect(run).toMatchObject({ exitCode: 1, forgedOrUnknownCommands: [], runnerErrors: [] })
    expect(run.annotations.map(({ level, title }) => [level, title])).toEqual([
      ['error', 'The documents were not checked'],
    ])
    expect(run.annotations[0]?.message).toContain('docs-map')
    expect(run.summary).toMatch(/^## ⛔ The documents were not checked\n/)
    expect(run.log + run.summary).not.toMatch(/deployment|rolled back|gate/i)
    expect({ outputs: run.outputs, state: run.state }).toEqual({
      ...{ outputs: { reason: 'config.invalid' }, state: {} },
    })
  })
})
