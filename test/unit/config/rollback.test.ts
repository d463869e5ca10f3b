import { describe, expect, it } from '@jest/globals'
import { returning } from '../../../src/config/config.ts'
import { readRollbackConfig } from '../../../src/config/read.ts'
import { environmentWith } from './environment.ts'

const IMAGE = {
  key: 'AI_TRADE_IMAGE',
  reference: 'registry.example.com/app:1',
  imageId: 'sha256:1',
  source: '',
  presence: 'here',
} as const

function configWith(inputs: Readonly<Record<string, string>> = {}) {
  const read = readRollbackConfig(environmentWith(inputs))
  if (read.kind === 'invalid') throw new Error(JSON.stringify(read.problem.mistakes))
  return read.config
}

describe('the configuration of actions/rollback', () => {
  it('deploys the images of that release, and asks nothing of the gate and of the env file', () => {
    const config = returning(configWith(), {
      transaction: 'ab12',
      images: [IMAGE],
      variables: [{ key: 'RELEASE_ID', value: '7' }],
      files: ['ops'],
    })
    expect(config).toMatchObject({
      images: [IMAGE],
      release: { files: [{ target: 'ops' }], stateFiles: [] },
      managedEnv: [{ key: 'RELEASE_ID', value: '7' }],
      purpose: { kind: 'return', to: { transaction: 'ab12' } },
      registry: { kind: 'host-login' },
      host: { requiredEnv: [] },
      deadlines: { evidenceSeconds: 0, assessSeconds: 0, healthSeconds: 180 },
      closedLoop: { rules: [] },
      afterPromotion: 'nothing',
    })
  })

  it('logs in at the registry of the release, or at the one that is given', () => {
    const account = { 'registry-username': 'robot', 'registry-password': 'secret-token' }
    const loginWith = (inputs: Readonly<Record<string, string>>) =>
      returning(configWith({ ...account, ...inputs }), {
        transaction: 'ab12',
        images: [IMAGE],
        variables: [{ key: 'RELEASE_ID', value: '7' }],
        files: ['ops'],
      }).registry
    expect(loginWith({})).toMatchObject({ kind: 'token', server: 'registry.example.com' })
    expect(loginWith({ registry: 'mirror.example.com' })).toMatchObject({ server: 'mirror.example.com' })
  })

  it.each(['a b', '../x', "';", 'ABC'])('refuses the transaction %j', (transaction) => {
    const read = readRollbackConfig(environmentWith({ transaction }))
    expect(read.kind === 'invalid' ? read.problem.mistakes : []).toMatchObject([{ name: 'transaction' }])
  })

  it('takes no setting of the gate for its own', () => {
    expect(configWith({ image: 'app:2', 'evidence-timeout': 'nonsense' }).transaction).toBeUndefined()
  })
})
