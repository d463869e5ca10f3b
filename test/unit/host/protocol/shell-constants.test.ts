import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { COLUMNS } from '../../../../src/host/protocol/container.ts'
import { parseException } from '../../../../src/host/protocol/exceptions.ts'
import { EXIT_CODES } from '../../../../src/host/protocol/exit-codes.ts'
import { parseFinding, parseWarning } from '../../../../src/host/protocol/findings.ts'
import { shellConstants } from '../../../../src/host/protocol/shell-constants.ts'
import { STATES } from '../../../../src/host/protocol/states.ts'
import { JOBS, VERBS } from '../../../../src/host/protocol/verbs.ts'
import { programFiles } from '../../../support/host-program/program-text.ts'

/** What people wrote of the host program, without comments. */
const shell = programFiles()
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n')
  .replace(/^\s*#.*$/gmu, '')

/** What stands at this place wherever the program has it, each once. */
function words(pattern: RegExp): readonly string[] {
  return [...new Set([...shell.matchAll(pattern)].map(([, word = '']) => word))].sort()
}

describe('the host program keeps to the protocol', () => {
  it('has a function for every verb, and no verb beside them', () => {
    expect(words(/^verb_(\w+)\(\) [{(]/gmu)).toEqual(Object.keys(VERBS).sort())
  })

  it.each(Object.keys(JOBS))('has a function for the job %s', (kind) => {
    expect(shell).toMatch(new RegExp(`^job_${kind}\\(\\) [{(]`, 'mu'))
  })

  it('gives a transaction no state beside them', () => {
    const given = words(/\bset_state ([a-z_]+)/gu)
    expect(given).toEqual(Object.keys(STATES).sort())
  })

  it('lets no job start in a state that does not exist', () => {
    const states = Object.values(JOBS).map(({ state }) => state)
    expect(states.filter((state) => state !== 'any' && !(state in STATES))).toEqual([])
  })

  it('says no finding, exception or warning that the client does not know', () => {
    const known = (parse: (fields: readonly string[]) => unknown, word: string) => () => parse([word])
    for (const word of words(/(?<!fact )\bfinding ([a-z-]+)/gu))
      expect(known(parseFinding, word)).not.toThrow()
    for (const word of words(/\bfact exception ([a-z-]+)/gu))
      expect(known(parseException, word)).not.toThrow()
    for (const word of words(/\bfact warning ([a-z-]+)/gu)) expect(known(parseWarning, word)).not.toThrow()
  })

  it('writes no exit code of the protocol as a number', () => {
    const numbers = Object.values(EXIT_CODES)
      .map(({ code }) => code)
      .filter((code) => code >= 64)
    expect(
      words(/\b(?:return|exit) (\d+)/gu).filter((code) => numbers.some((one) => String(one) === code)),
    ).toEqual([])
  })

  it('names what a login may hand on nowhere else', () => {
    expect(shell).not.toContain('XDG_RUNTIME_DIR')
  })

  it('has a code of its own for each end', () => {
    const codes = Object.values(EXIT_CODES).map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it('prints a container line with one field for each column', () => {
    const [, line = ''] = /^CONTAINER_LINE='(.*)'$/mu.exec(shellConstants) ?? []
    expect(line.split('{{"\\t"}}')).toHaveLength(COLUMNS.length)
    expect(COLUMNS.map(({ name }) => name).slice(6, 8)).toEqual(['state', 'health'])
  })
})
