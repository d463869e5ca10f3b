import { describe, expect, it } from '@jest/globals'
import { readDeployConfig } from '../../../src/config/read.ts'
import { readSavedState, STATE_NAMES, targetState, withSavedTarget } from '../../../src/config/step-state.ts'
import { configOf, environmentWith } from './environment.ts'

describe('what a step saves for its post step', () => {
  it('comes back as it was saved', () => {
    const config = configOf(
      environmentWith({ host: 'ecs.example.com', port: '2222', 'project-dir': '/srv/x' }),
    )
    const saved = {
      ...targetState(config, config.images[0].reference),
      transaction: '0123456789abcdef',
      outcome: 'unknown',
    }
    const environment = Object.fromEntries(
      Object.entries(saved).map(([name, value]) => [`STATE_${name}`, value]),
    )
    expect(readSavedState(environment)).toEqual({
      kind: 'begun',
      transactionId: '0123456789abcdef',
      outcome: 'unknown',
      target: {
        host: 'ecs.example.com',
        port: '2222',
        username: config.ssh.username,
        'bastion-host': '',
        'bastion-port': '',
        'bastion-username': '',
        'project-dir': '/srv/x',
        image: config.images[0].reference,
      },
    })
  })

  it('holds nothing but these names, none of them a secret', () => {
    expect(STATE_NAMES).toEqual([
      'transaction',
      'outcome',
      'host',
      'port',
      'username',
      'bastion-host',
      'bastion-port',
      'bastion-username',
      'project-dir',
      'image',
    ])
  })

  it.each([{}, { 'bastion-host': 'jump.example.com', 'bastion-port': '443', 'bastion-username': 'jump' }])(
    'makes the same way to the host of other inputs: %j',
    (inputs) => {
      const before = environmentWith({ ...inputs, 'known-hosts': 'lines' })
      const saved = Object.entries(targetState(configOf(before), 'app:1')).map(([name, text]) => [
        `STATE_${name}`,
        text,
      ])
      const state = readSavedState({ ...Object.fromEntries(saved), STATE_transaction: 'ab12' })
      if (state.kind !== 'begun') throw new Error('nothing was saved')
      const anew = environmentWith({
        'known-hosts': 'lines',
        host: 'other.example',
        'bastion-host': 'other-jump.example',
      })
      const read = readDeployConfig(withSavedTarget(anew, state))
      if (read.kind === 'invalid') throw new Error(JSON.stringify(read.problem.mistakes))
      expect(read.config.ssh).toEqual(configOf(before).ssh)
    },
  )

  it.each([undefined, '', '../../etc', 'ABC', 'a b'])(
    'is nothing where the transaction is %j',
    (transaction) => {
      expect(readSavedState({ STATE_transaction: transaction, STATE_outcome: 'unknown' })).toEqual({
        kind: 'nothing-begun',
      })
    },
  )

  it('wins over inputs that were evaluated anew to something else', () => {
    const saved = {
      STATE_transaction: 'ab12',
      STATE_host: 'first.example.com',
      STATE_port: '22',
      STATE_username: 'deploy',
      'STATE_bastion-host': 'jump.example.com',
      'STATE_bastion-port': '443',
      'STATE_bastion-username': 'jump',
      'STATE_project-dir': '/opt/ai-trade',
      STATE_image: 'ai-trade:1',
    }
    const state = readSavedState(saved)
    if (state.kind !== 'begun') throw new Error('nothing was saved')
    expect(
      withSavedTarget({ INPUT_HOST: 'other.example.com', INPUT_IMAGE: 'x:1', INPUT_LEASE: '60s' }, state),
    ).toEqual({
      INPUT_HOST: 'first.example.com',
      INPUT_PORT: '22',
      INPUT_USERNAME: 'deploy',
      'INPUT_BASTION-HOST': 'jump.example.com',
      'INPUT_BASTION-PORT': '443',
      'INPUT_BASTION-USERNAME': 'jump',
      'INPUT_PROJECT-DIR': '/opt/ai-trade',
      INPUT_IMAGE: 'ai-trade:1',
      INPUT_LEASE: '60s',
    })
  })
})
