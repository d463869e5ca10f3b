import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { INPUTS } from '../../../src/config/inputs.ts'
import { readDeployConfig, readVerifyConfig } from '../../../src/config/read.ts'
import { environmentWith, mistakesOf, PRIVATE_KEY, revealed } from './environment.ts'

describe('the configuration', () => {
  it('gives the whole configuration of a minimal step', () => {
    const result = readDeployConfig(environmentWith())
    expect(result).toMatchObject({
      kind: 'ok',
      warnings: [],
      config: {
        ssh: { host: 'host.example', port: 22, username: 'deploy', hostKeys: { kind: 'none' } },
        run: {
          repository: 'owner/repository',
          runId: '4711',
          runAttempt: '2',
          job: 'deploy',
          actor: 'unknown',
          serverUrl: 'https://github.com',
          sha: 'unknown',
          runnerTemp: '/home/runner/temp',
          workspace: '/home/runner/work',
        },
      },
    })
  })

  it('names all mistakes at once, each once, in the order of the documentation', () => {
    const environment = environmentWith(
      { host: '', port: 'ssh', image: '--rm', 'registry-username': 'ci', 'retention-days': '0' },
      { CLOSED_LOOP_MIN_RUNTIME_STATUS: '3o', RUNNER_TEMP: '' },
    )
    expect(mistakesOf(environment)).toEqual([
      { name: 'host', got: 'nothing', expected: expect.stringContaining('a host name') },
      { name: 'port', got: '"ssh" (3 characters)', expected: 'a whole number from 1 to 65535' },
      {
        name: 'image',
        got: '"--rm" (4 characters)',
        expected: expect.stringContaining('an image reference'),
      },
      {
        name: 'registry-password',
        got: 'nothing',
        expected: expect.stringContaining('`registry-username` is set'),
      },
      { name: 'retention-days', got: '"0" (1 character)', expected: 'a whole number from 1 to 400' },
      {
        name: 'CLOSED_LOOP_MIN_RUNTIME_STATUS',
        got: '"3o" (2 characters)',
        expected: 'a whole number from 0 to 1000000',
      },
      { name: 'RUNNER_TEMP', got: 'nothing', expected: 'an absolute path, set by the runner' },
    ])
  })

  it('says of an empty environment what is missing, and throws nothing', () => {
    expect(mistakesOf({}).map(({ name }) => name)).toEqual([
      'host',
      'username',
      'private-key',
      'image',
      'RUNNER_TEMP',
      'GITHUB_WORKSPACE',
      'GITHUB_REPOSITORY',
      'GITHUB_RUN_ID',
      'GITHUB_RUN_ATTEMPT',
      'GITHUB_JOB',
    ])
  })

  it('reads only what the action has: the rest is ignored, right or wrong', () => {
    const inputs = {
      image: '--rm',
      'retention-days': '0',
      'registry-password': 'p',
      lease: '30s',
    }
    const variables = {
      GATE_DEFER_SERVICES: '-x',
      GATE_SERVICE: 'ai-trade',
      DEPLOY_SERVICES: 'ai-trade',
      CLOSED_LOOP_OUTPUT_ROOT: 'out',
    }
    const result = readVerifyConfig(environmentWith(inputs, variables))
    if (result.kind === 'invalid') throw new Error(JSON.stringify(result.problem.mistakes))
    expect(result.config).toEqual({
      ssh: expect.objectContaining({ host: 'host.example', username: 'deploy', route: { kind: 'direct' } }),
      host: {
        projectDir: '/opt/ai-trade',
        composeFiles: ['docker-compose.prod.yml'],
        envFile: '.env.runtime',
      },
      services: { deploy: ['ai-trade'], gate: 'ai-trade' },
      closedLoop: { outputRoot: '/opt/ai-trade/out' },
      deadlines: { leaseSeconds: 30 },
      run: expect.objectContaining({ repository: 'owner/repository', runId: '4711' }),
    })
    expect(revealed(result)).toContain('p')
  })

  it('names the mistakes of the action that is asked for', () => {
    const result = readVerifyConfig(environmentWith({ host: '', image: '' }))
    expect(result).toMatchObject({
      kind: 'invalid',
      problem: { mistakes: [{ name: 'host', got: 'nothing' }] },
    })
  })

  const fingerprint = `SHA256:${'A'.repeat(43)}`
  it.each([
    [
      { 'known-hosts': 'h ssh-ed25519 AAAA', 'host-fingerprint': fingerprint },
      'host-fingerprint',
      '`known-hosts` is set',
    ],
    [{ 'registry-username': 'ci' }, 'registry-password', '`registry-username` is set'],
    [{ 'registry-password': 'token-value' }, 'registry-username', '`registry-password` is set'],
    [{ registry: 'registry.example.com' }, 'registry-username', '`registry` is set'],
    [
      { registry: 'registry.example.com', 'registry-password': 'p' },
      'registry-username',
      '`registry` is set',
    ],
    [{ passphrase: 'word', 'private-key': '' }, 'private-key', 'a private key'],
  ])('%j is a mistake in %s', (inputs: Record<string, string>, name, why) => {
    expect(mistakesOf(environmentWith(inputs))).toEqual([
      expect.objectContaining({ name, expected: expect.stringContaining(why) }),
    ])
  })
})

describe('secrets', () => {
  it('are each value and each line, also when the rest is wrong', () => {
    const inputs = {
      'private-key': `${PRIVATE_KEY}\r\n`,
      passphrase: 'pass phrase',
      'registry-password': 'token-value ',
    }
    const masked = [
      `${PRIVATE_KEY}\r\n`,
      PRIVATE_KEY,
      ...PRIVATE_KEY.split('\n'),
      'pass phrase',
      'token-value ',
      'token-value',
    ]
    for (const result of [
      readDeployConfig(environmentWith({ ...inputs, 'registry-username': 'ci' })),
      readDeployConfig(environmentWith({ ...inputs, host: '' })),
    ]) {
      expect(new Set(revealed(result))).toEqual(new Set(masked))
    }
  })

  it('include the lines of a key whose line breaks were written as \\n', () => {
    const result = readDeployConfig(environmentWith({ 'private-key': PRIVATE_KEY.replaceAll('\n', '\\n') }))
    expect(revealed(result)).toEqual(expect.arrayContaining(PRIVATE_KEY.split('\n')))
  })

  it('are no braces of a key file, which would black out the log and every value with one', () => {
    const key = '{\n  "type": "service_account",\n  "private_key": "-----BEGIN-----\\nMIIEvQIBADANBg\\n"\n}\n'
    const result = readDeployConfig(
      environmentWith({ 'registry-username': '_json_key', 'registry-password': key, port: '{22' }),
    )
    expect(revealed(result)).toEqual(
      expect.arrayContaining([key, '"type": "service_account",', 'MIIEvQIBADANBg']),
    )
    expect(revealed(result).filter((text) => text.length < 8)).toEqual([])
    expect(result).toMatchObject({
      problem: { mistakes: [{ name: 'port', got: '"{22" (3 characters)' }] },
    })
  })

  it('are not shown by JSON of the result', () => {
    const json = JSON.stringify(readDeployConfig(environmentWith({ passphrase: 'hunter2-value' })))
    expect(json).toContain('[REDACTED]')
    expect(json).not.toMatch(/hunter2|b3BlbnNz/)
  })

  it('stay hidden when they were put into the wrong input', () => {
    const [mistake] = mistakesOf(
      environmentWith({ passphrase: 'hunter2-value', username: 'me hunter2-value' }),
    )
    expect(mistake).toMatchObject({ name: 'username', got: 'a text of 16 characters that holds a secret' })
  })

  it('stay hidden when a list would show their words one by one', () => {
    const inputs = {
      passphrase: 'correct-horse $battery-staple',
      'compose-files': 'a correct-horse $battery-staple',
    }
    expect(mistakesOf(environmentWith(inputs))).toEqual([
      expect.objectContaining({ name: 'compose-files', got: 'a text of 31 characters that holds a secret' }),
    ])
  })

  it('never appear in a problem, whichever inputs hold them', () => {
    const secret = fc.string({ minLength: 12, unit: 'binary' }).filter((text) => text.trim().length >= 12)
    const names = fc.subarray(Object.keys(INPUTS))
    fc.assert(
      fc.property(secret, secret, names, names, (key, token, withKey, withToken) => {
        const misplaced = Object.fromEntries([
          ...withKey.map((name) => [name, `x ${key}`]),
          ...withToken.map((name) => [name, token]),
        ])
        const inputs = {
          ...misplaced,
          host: '',
          'private-key': key,
          passphrase: `${token}\0`,
          'registry-password': token,
        }
        const result = readDeployConfig(environmentWith(inputs))
        if (result.kind === 'ok') throw new Error('an empty host was accepted')
        const shown = result.problem.mistakes
          .flatMap(({ name, got, expected }) => [name, got, expected])
          .join('\n')
        const json = JSON.stringify(result.problem)
        for (const text of [key.trim(), token.trim()]) {
          expect(shown.includes(text) || json.includes(text)).toBe(false)
          expect(json.includes(JSON.stringify(text).slice(1, -1))).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never throws, whatever the environment holds', () => {
    const names = [
      ...Object.keys(INPUTS).map((name) => `INPUT_${name.toUpperCase()}`),
      'GATE_SERVICE',
      'CLOSED_LOOP_SINCE',
    ]
    const environment = fc.dictionary(fc.constantFrom(...names), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(environment, (given) => {
        expect(['ok', 'invalid']).toContain(readDeployConfig({ ...environmentWith(), ...given }).kind)
      }),
    )
  })
})
