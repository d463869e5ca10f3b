import { describe, expect, it } from '@jest/globals'
import { clientConfiguration } from '../../../../src/host/protocol/client-configuration.ts'
import { Secret } from '../../../../src/model/secret.ts'

const configurationOf = (username: string, password: string, server = 'ghcr.io') =>
  clientConfiguration({ kind: 'token', server, username, password: new Secret(password) }, [
    'ghcr.io/acme/app:1',
  ])

describe('clientConfiguration', () => {
  it.each([
    ['robot$ci', 'token-value'],
    ['_json_key', '{\n  "private_key": "-----BEGIN\\n"\n}'],
    ['账号', 'p:ä"\\\t '],
  ])('holds the account %s and its exact password, on one line of ASCII', (username, password) => {
    const text = configurationOf(username, password)
    expect(text).toMatch(/^[\x20-\x7e]+\n$/u)
    const { auths, ...others } = JSON.parse(text)
    expect(others).toEqual({})
    expect(Object.keys(auths)).toEqual(['ghcr.io'])
    expect(Buffer.from(auths['ghcr.io'].auth, 'base64').toString()).toBe(`${username}:${password}`)
  })

  it('has the keys that Docker looks for', () => {
    expect(Object.keys(JSON.parse(configurationOf('u', 'p', 'index.docker.io')).auths)).toEqual([
      'https://index.docker.io/v1/',
      'registry-1.docker.io',
      'index.docker.io',
    ])
  })
})
