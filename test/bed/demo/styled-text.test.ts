import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  displayWidth,
  lineWidth,
  paint,
  type StyledLine,
  styled,
  wrap,
} from '../../support/demo/styled-text.ts'

const textOf = (line: StyledLine) => paint(line, 'off')
const wrapped = (text: string, width: number) => wrap(styled(text), width).map(textOf)

describe('displayWidth', () => {
  it.each([
    ['ai-trade', 8],
    ['检测到 CRITICAL 日志: 1 条', 26],
    ['ＰＡＳＳ。', 10],
    ['✅', 2],
    ['↩️', 2],
    ['é', 1],
    ['→ …', 3],
    ['a\u200bb', 2],
  ])('of %j is %d', (text, width) => {
    expect(displayWidth(text)).toBe(width)
  })
})

describe('wrap', () => {
  it('breaks at spaces and drops them', () => {
    expect(wrapped('what ran before  runs again', 12)).toEqual(['what ran', 'before  runs', 'again'])
  })

  it('breaks between ideographs, which have no spaces', () => {
    expect(wrapped('检测到日志', 5)).toEqual(['检测', '到日', '志'])
  })

  it('breaks a word that is too long behind a slash, else anywhere', () => {
    expect(wrapped('in /opt/ai-trade/data', 12)).toEqual(['in', '/opt/', 'ai-trade/', 'data'])
    expect(wrapped('0123456789', 4)).toEqual(['0123', '4567', '89'])
  })

  it('keeps the style of every part', () => {
    expect(wrap([...styled('the gate '), ...styled('failed', 'bad')], 10)).toEqual([
      styled('the gate'),
      styled('failed', 'bad'),
    ])
  })

  it('never makes a line wider than asked, and loses nothing but spaces', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', ' ', '/', '检', '✅', '.'), { maxLength: 60 })
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 20 }), (parts, width) => {
        const lines = wrap(styled(parts.join('')), width)
        expect(Math.max(...lines.map(lineWidth))).toBeLessThanOrEqual(width)
        const visible = (all: string) => all.replaceAll(' ', '')
        expect(visible(lines.map(textOf).join(''))).toBe(visible(parts.join('')))
      }),
    )
  })
})

describe('paint', () => {
  it('writes escapes only where colours are on', () => {
    const line = [...styled('gate '), ...styled('pass', 'good')]
    expect(paint(line, 'off')).toBe('gate pass')
    expect(paint(line, 'on')).toBe('gate \u001b[32mpass\u001b[0m')
  })
})
