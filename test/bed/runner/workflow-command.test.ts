import { describe, expect, it } from '@jest/globals'
import {
  commandLookalike,
  parseWorkflowCommand,
  REGISTERED_COMMANDS,
} from '../../support/runner/workflow-command.ts'

const parse = (line: string) => {
  const command = parseWorkflowCommand(line, REGISTERED_COMMANDS)
  return command && { ...command, properties: Object.fromEntries(command.properties) }
}

describe('parseWorkflowCommand', () => {
  it('reads name, properties and data', () => {
    expect(parse('::error title=a,file=b.ts::boom')).toEqual({
      name: 'error',
      properties: { title: 'a', file: 'b.ts' },
      data: 'boom',
      notation: 'colons',
    })
  })

  it('unescapes data and properties, each by its own rules, %25 last', () => {
    expect(parse('::error title=a%3Ab%2Cc%25::x%0Ay%3A%250A')).toMatchObject({
      properties: { title: 'a:b,c%' },
      data: 'x\ny%3A%0A',
    })
  })

  it('finds :: after white space only, whatever kind it is', () => {
    expect(parse('\t\u3000\u0085 ::debug::x')).toMatchObject({ name: 'debug', data: 'x' })
    expect(parse('log ::error::x')).toBeUndefined()
  })

  it('finds ##[ anywhere in the line', () => {
    expect(parse('2026-02-14 [INFO] ##[error title=a%3Bb;file=c]x%5D%3By')).toEqual({
      name: 'error',
      properties: { title: 'a;b', file: 'c' },
      data: 'x];y',
      notation: 'brackets',
    })
  })

  it('looks at the first ##[ of a line only', () => {
    expect(parse('##[other] ##[error]x')).toBeUndefined()
  })

  it('falls back to ##[ where the name between :: is not registered', () => {
    expect(parse('::other::##[warning]x')).toMatchObject({ name: 'warning', data: 'x' })
  })

  it('ignores the case of names and keeps that of values', () => {
    expect(parse('::Error Title=Ab::Cd')).toMatchObject({
      name: 'error',
      properties: { title: 'Ab' },
      data: 'Cd',
    })
  })

  it('takes no line without the second mark', () => {
    expect(parse('::error x')).toBeUndefined()
    expect(parse('##[error x')).toBeUndefined()
  })
})

describe('commandLookalike', () => {
  it('knows the form, not the name', () => {
    expect(commandLookalike('::future-command a=b::c')?.name).toBe('future-command')
    expect(commandLookalike('x ##[section]y')?.name).toBe('section')
  })

  it('leaves ordinary text alone', () => {
    for (const line of ['0.0.0.0::80', ':::8080->80/tcp::', '::1 is loopback ::', 'a[0] ## [x]']) {
      expect(commandLookalike(line)).toBeUndefined()
    }
  })
})
