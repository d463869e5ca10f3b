import { describe, expect, it } from '@jest/globals'
import { isSameRegistry, loginKeys } from '../../../src/config/registry.ts'

const HUB = ['https://index.docker.io/v1/', 'registry-1.docker.io']

describe('loginKeys', () => {
  it.each([
    ['docker.io', ['acme/app:1'], [...HUB, 'docker.io']],
    ['index.docker.io', ['index.docker.io/acme/app:1'], [...HUB, 'index.docker.io']],
    ['registry-1.docker.io', ['docker.io/acme/app:1', 'app'], [...HUB, 'docker.io']],
    ['docker.io', ['registry-1.docker.io/acme/app:1', 'ghcr.io/acme/app:1'], [...HUB, 'docker.io']],
    ['docker.io', ['registry-1.docker.io:443/acme/app:1'], [...HUB, 'docker.io', 'registry-1.docker.io:443']],
    ['docker.io', ['index.docker.io:443/acme/app:1'], [...HUB, 'docker.io', 'index.docker.io:443']],
    ['docker.io:443', ['Registry-1.docker.io/app:1'], [...HUB, 'docker.io:443', 'Registry-1.docker.io']],
    ['ghcr.io', ['ghcr.io/acme/app:1', 'acme/app:1'], ['ghcr.io']],
    ['ghcr.io', ['GHCR.io/acme/app:1'], ['ghcr.io', 'GHCR.io']],
    ['ghcr.io:443', ['ghcr.io/acme/app:1'], ['ghcr.io:443', 'ghcr.io']],
    ['ghcr.io', ['ghcr.io:443/acme/app:1'], ['ghcr.io', 'ghcr.io:443']],
    ['registry.example.com:5000', ['registry.example.com/app:1'], ['registry.example.com:5000']],
    ['localhost:5000', ['localhost:5000/app', 'localhost/app'], ['localhost:5000']],
    ['[::1]:5000', ['[::1]:5000/app'], ['[::1]:5000']],
  ])('to %s for %j are %j', (server, references, keys) => {
    expect(loginKeys(server, references)).toEqual(keys)
  })
})

describe('isSameRegistry', () => {
  it.each([
    ['docker.io', 'index.docker.io', true],
    ['docker.io', 'registry-1.docker.io', true],
    ['ghcr.io', 'GHCR.IO:443', true],
    ['ghcr.io', 'docker.io', false],
    ['ghcr.io', 'ghcr.io:80', false],
    ['docker.io', 'docker.io.example.com', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(isSameRegistry(one, other)).toBe(same)
  })
})
