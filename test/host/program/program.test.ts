import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, it } from '@jest/globals'
import { programText } from '../../support/host-program/program-text.ts'
import { itOf } from '../../support/jest/tiers.ts'
import { programBench, SHELLS } from './shells.ts'

const bench = programBench()
afterAll(() => bench[Symbol.dispose]())

describe('the host program', () => {
  // `.ci/run` does the same, as a check of its own.
  itOf('all')('is clean under shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', ['--shell=sh', '--norc', bench.program], {
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
  })

  it.each(SHELLS)('tells a person at the shell of %s what it can do', (shell) => {
    const { status, stderr } = spawnSync('sh', [bench.program], {
      env: { PATH: bench.path(shell) },
      encoding: 'utf8',
    })
    expect(status).toBe(64)
    expect(stderr).toContain('usage: sh host.sh status')
  })

  it.each(SHELLS)('hands nothing of a login on to compose under %s', (shell) => {
    const program = bench.file('environment.sh', programText().replace(/^\[ .* \|\| main "\$@"$/m, 'env'))
    const { stdout } = spawnSync('sh', [program], {
      env: {
        PATH: bench.path(shell),
        HOME: '/root',
        AI_TRADE_IMAGE: 'from-the-login',
        COMPOSE_FILE: 'other.yml',
        COMPOSE_PROJECT_NAME: 'other',
        DOCKER_CONFIG: '/elsewhere',
        DOCKER_HOST: 'unix:///run/other.sock',
        https_proxy: 'http://proxy:3128',
      },
      encoding: 'utf8',
    })
    const variables = stdout.split('\n').map((line) => line.split('=')[0])
    expect(variables).toEqual(expect.arrayContaining(['PATH', 'HOME', 'DOCKER_HOST', 'https_proxy']))
    for (const name of ['AI_TRADE_IMAGE', 'COMPOSE_FILE', 'COMPOSE_PROJECT_NAME', 'DOCKER_CONFIG']) {
      expect(variables).not.toContain(name)
    }
  })
})
