import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { parseException } from '../../../../src/host/protocol/exceptions.ts'
import { parseFinding } from '../../../../src/host/protocol/findings.ts'
import { programFiles } from '../../../support/host-program/program-text.ts'
import { HOST_PROGRAM } from '../local-shell.ts'

describe('parseFinding', () => {
  it.each([
    [['project-dir-missing', '/opt/x'], { path: '/opt/x' }],
    [['project-dir-not-writable', '/opt/x'], { path: '/opt/x' }],
    [['compose-file-missing', 'a.yml'], { path: 'a.yml' }],
    [['env-file-missing', '.env'], { path: '.env' }],
    [['runner-missing', 'tools/r.sh'], { path: 'tools/r.sh' }],
    [['tool-missing', 'setsid', '/bin'], { tool: 'setsid', searched: '/bin' }],
    [['docker-unreachable', 'no socket'], { detail: 'no socket' }],
    [['compose-missing', 'no such command'], { detail: 'no such command' }],
    [['compose-config-invalid', 'line 3'], { detail: 'line 3' }],
    [['env-file-not-editable', '.env', 'a quote'], { path: '.env', detail: 'a quote' }],
    [
      ['path-not-replaceable', 'data/x', 'mount-point', '/data'],
      { path: 'data/x', reason: 'mount-point', detail: '/data' },
    ],
  ])('%j', (fields, finding) => {
    expect(parseFinding(fields)).toEqual({ finding: fields[0], ...finding })
  })

  it('knows every finding that the host program can make', () => {
    const named = [
      ...HOST_PROGRAM.matchAll(/^[^#\n]*\b(?:finding|tell_version [a-z]+) ([a-z]+(?:-[a-z]+)+)\b/gmu),
    ]
    const names = new Set(named.map(([, name = '']) => name))
    expect(names.size).toBeGreaterThan(9)
    for (const name of names) expect(() => parseFinding([name])).not.toThrow()
  })

  it('does not take an unknown finding for none', () => {
    expect(() => parseFinding(['new-kind', 'x'])).toThrow('finding new-kind')
    expect(() => parseFinding([])).toThrow()
  })
})

describe('parseException', () => {
  it.each([
    [['file-edited-meanwhile', '/opt/x/.env'], { path: '/opt/x/.env' }],
    [
      ['file-edited-meanwhile', '/opt/x/tools', '/opt/x/.closed-loop/e/1'],
      { path: '/opt/x/tools', movedTo: '/opt/x/.closed-loop/e/1' },
    ],
    [['env-not-restored', '/opt/x/.env'], { path: '/opt/x/.env' }],
    [['recorded-files-used'], {}],
    [['was-unhealthy-before', 'a', 'starting'], { service: 'a', state: 'starting' }],
    [['was-stopped-before', 'a', 'exited'], { service: 'a', state: 'exited' }],
    [
      ['reference-overridden', 'a', 'r:1', 'sha256:1'],
      { service: 'a', reference: 'r:1', imageId: 'sha256:1' },
    ],
    [['image-pulled-again', 'r:1', 'r@sha256:1'], { reference: 'r:1', source: 'r@sha256:1' }],
    [['drift', 'a'], { service: 'a' }],
    [['tag-not-restored', 'r:1'], { reference: 'r:1' }],
    [['config-edited-meanwhile', 'a', 'labels limits'], { service: 'a', parts: ['labels', 'limits'] }],
    [['container-differs', 'a', 'logging new-group'], { service: 'a', parts: ['logging', 'others'] }],
    [['one-off-left', 'app-run-1', 'running'], { container: 'app-run-1', state: 'running' }],
  ])('%j', (fields, exception) => {
    expect(parseException(fields)).toEqual({ kind: fields[0], ...exception })
  })

  it('does not take an unknown exception for none', () => {
    expect(() => parseException(['new-kind'])).toThrow('exception new-kind')
  })
})

describe('the host program', () => {
  it('is sent whole: every file of it, and each once', () => {
    const program = join(import.meta.dirname, '../../../../src/host/program')
    const files = readdirSync(program, { recursive: true, encoding: 'utf8' })
    const scripts = files.filter((name) => name.endsWith('.sh')).map((name) => join(program, name))
    expect([...programFiles()].sort()).toEqual(scripts.sort())
  })
})
