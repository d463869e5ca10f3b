import { describe, expect, it } from '@jest/globals'
import { isAtLeast, versionFindings } from '../../../src/preflight/versions.ts'

describe('isAtLeast', () => {
  it.each([
    ['20.10.24', '20.10', true],
    ['20.10.24+dfsg1', '20.10', true],
    ['28.0', '20.10', true],
    ['19.03.15', '20.10', false],
    ['20.9', '20.10', false],
    ['v2.26.1-4', '2.20', true],
    ['2.20.0', '2.20', true],
    ['2.40.3-desktop.1', '2.20', true],
    ['5.0.0', '2.20', true],
    ['2.9.0', '2.20', false],
    ['1.29.2', '2.20', false],
    ['dev', '2.20', false],
    ['', '2.20', false],
  ])('compares %j with %s', (version, minimum, enough) => {
    expect(isAtLeast(version, minimum)).toBe(enough)
  })
})

describe('versionFindings', () => {
  const docker = { finding: 'docker-too-old', version: '20.9', minimum: '20.10' }
  const compose = { finding: 'compose-too-old', version: '2.9.0', minimum: '2.20' }

  it.each([
    [{ docker: '20.10.0', compose: '2.20.0' }, []],
    [{ docker: '20.9', compose: '2.20.0' }, [docker]],
    [{ docker: '20.10.0', compose: '2.9.0' }, [compose]],
    [{ docker: '20.9', compose: '2.9.0' }, [docker, compose]],
    [{ docker: '', compose: '2.30' }, [{ finding: 'docker-too-old', version: '', minimum: '20.10' }]],
  ])('names what is too old: %j', (engine, findings) => {
    expect(versionFindings(engine)).toEqual(findings)
  })

  it('judges nothing where the versions were not read', () => {
    expect(versionFindings({ docker: '', compose: '' })).toEqual([])
    expect(versionFindings({ docker: '28.0', compose: '' })).toEqual([])
  })
})
