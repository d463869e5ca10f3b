import { describe, expect, it } from '@jest/globals'
import { readDeployConfig } from '../../../src/config/read.ts'
import { hiddenValues } from '../../../src/config/runner-env.ts'
import { GIVEN_VARIABLES, KEPT_VARIABLES } from '../../../src/host/protocol/environment.ts'
import { configOf, environmentWith, mistakesOf, revealed } from './environment.ts'

const withVariables = (text: string) => environmentWith({ 'runner-env': text })
const read = (text: string) =>
  configOf(withVariables(text)).runnerEnv.map(({ key, value }) => [key, value.reveal()])

describe('runner-env', () => {
  it('is nothing where nothing is given', () => {
    expect(configOf(environmentWith()).runnerEnv).toEqual([])
    expect(read(' \n# a comment alone\n')).toEqual([])
  })

  it('is read one a line, any text behind the first sign', () => {
    const text = 'MY_LOOP_LOCK_HELD=1\r\n\n  # why\n  _x9=a = "b" $c `d` \\e\n EMPTY=\nURL=https://h/?a=b#c'
    expect(read(text)).toEqual([
      ['MY_LOOP_LOCK_HELD', '1'],
      ['_x9', 'a = "b" $c `d` \\e'],
      ['EMPTY', ''],
      ['URL', 'https://h/?a=b#c'],
    ])
  })

  it('shows no value where it is printed', () => {
    expect(JSON.stringify(configOf(withVariables('A=hunter2hunter2')).runnerEnv)).not.toContain('hunter2')
  })

  it('is refused with all mistakes at once, each by its line and without its text', () => {
    const name = 'runner-env'
    expect(
      mistakesOf(withVariables('A=hunter2\nA=hunter3\nno sign\n9A=1\n A =1\nPATH=/tmp\nexport B=1')),
    ).toEqual(
      [
        {
          name,
          got: 'a text of 9 characters',
          expected: 'in line 2: every key once: `A` stands in an earlier line',
        },
        ...[3, 4, 5, 7].map((line) => ({
          name,
          got: expect.stringMatching(/^a text of \d+ characters$/),
          expected: `in line ${line}: \`KEY=value\`, the key of letters, digits and _, without spaces around the sign`,
        })),
        {
          name,
          got: 'a text of 9 characters',
          expected: 'in line 6: another key: the action sets `PATH` itself',
        },
      ].sort((a, b) => a.expected.localeCompare(b.expected)),
    )
  })

  it.each([
    ...[...GIVEN_VARIABLES, ...KEPT_VARIABLES, 'LANG', 'COMPOSE_PROJECT_NAME', 'COMPOSE_FILE'],
    ...['CLOSED_LOOP_RUN_ID', 'CLOSED_LOOP_GIT_COMMIT', 'CLOSED_LOOP_LOCK_TOKEN', 'IFS', 'UID'],
  ])('leaves %s to the action', (key) => {
    expect(mistakesOf(withVariables(`${key}=x`))).toHaveLength(1)
  })
})

describe('hiddenValues', () => {
  it.each([
    ['TOKEN=abcd', ['abcd']],
    ['API_KEY=hunter2\nMODE=hunter2', ['hunter2']],
    ['WEBHOOK=https://hooks.example/T0/B1', ['https://hooks.example/T0/B1']],
    ['ID=deploy-4711-1\nX=0a1b2c3d', ['deploy-4711-1', '0a1b2c3d']],
    // Wrong, and told as a mistake: hidden all the same.
    ['A=x1234567\nA=y1234567\nPATH=z1234567', ['x1234567', 'y1234567', 'z1234567']],
  ])('has of %j what may be a secret', (text, hidden) => {
    expect(hiddenValues(text, '/opt/app')).toEqual(hidden)
  })

  it.each([
    ...['LOCK_HELD=true', 'LOCK_TOKEN_USED=true', 'KEY=abc', 'RETRIES=1000000000', 'RATIO=-0.12345678'],
    ...[
      'STAGE=production',
      'WHO=the night shift',
      'DIR=/opt/app',
      'FILE=/opt/app/data/x-1.json',
      'SHORT=a1b2c3',
    ],
  ])('leaves %j, which no secret is or every report has', (text) => {
    expect(hiddenValues(text, '/opt/app')).toEqual([])
  })

  it('are masked like secrets, also where the rest is wrong', () => {
    expect(revealed(readDeployConfig(withVariables('A_TOKEN=hunter2')))).toContain('hunter2')
    expect(
      revealed(readDeployConfig(environmentWith({ port: 'x', 'runner-env': 'A_TOKEN=hunter2\nwrong' }))),
    ).toContain('hunter2')
  })
})

describe('host-lock-file', () => {
  const lockFile = (text: string, inputs = {}) => environmentWith({ 'host-lock-file': text, ...inputs })

  it('is absolute, or below the project directory', () => {
    expect(configOf(environmentWith()).hostLockFile).toBe('')
    expect(configOf(lockFile('/run/lock/loop.lock')).hostLockFile).toBe('/run/lock/loop.lock')
    expect(configOf(lockFile('data/loop.lock', { 'project-dir': '/srv/x' })).hostLockFile).toBe(
      '/srv/x/data/loop.lock',
    )
  })

  it.each([
    '.env.runtime',
    '/opt/ai-trade/.env.runtime',
    'docker-compose.prod.yml',
    '.closed-loop',
    '.closed-loop/lock',
  ])('is no file that a deployment replaces or keeps: %s', (text) => {
    expect(mistakesOf(lockFile(text))).toMatchObject([
      { name: 'host-lock-file', expected: expect.stringContaining('a file of its own') },
    ])
  })

  it('lies in nothing that `files` replaces as a whole', () => {
    const files = { files: 'deploy/ops -> ops' }
    expect(mistakesOf(lockFile('ops/loop.lock', files))).toMatchObject([{ name: 'host-lock-file' }])
    expect(mistakesOf(lockFile('ops-2/loop.lock', files))).toEqual([])
  })

  it.each(['../x', 'a:b', '-x', 'a\nb'])('is a path on the host, not %j', (text) => {
    expect(mistakesOf(lockFile(text))).toHaveLength(1)
  })
})
