import { describe, expect, it } from '@jest/globals'
import { readCheckConfig, readDeployConfig } from '../../../src/config/read.ts'
import { environmentWith } from './environment.ts'

/** Without anything that leads to a host. */
const checking = (docsMap: string) =>
  environmentWith({
    ...{ 'docs-map': docsMap },
    ...{ host: '', username: '', 'private-key': '', image: '' },
  })

function mistakesOf(environment: ReturnType<typeof environmentWith>) {
  const read = readCheckConfig(environment)
  return read.kind === 'invalid' ? read.problem.mistakes : []
}

function docsMapOf(text: string) {
  const read = readCheckConfig(checking(text))
  if (read.kind === 'invalid') throw new Error(JSON.stringify(read.problem.mistakes))
  return read.config
}

describe('docs-map', () => {
  it('is that of the spec unless told', () => {
    expect(docsMapOf('')).toEqual({
      workspace: '/home/runner/work',
      docsMap: [
        { source: 'docker-compose.prod.yml', documents: ['README.md', 'docs/配置手册.md', '.env.example'] },
        {
          source: 'tools/closed_loop_runner.sh',
          documents: ['README.md', 'docs/开发指南.md', 'docs/配置手册.md'],
        },
      ],
    })
  })

  it('has a file and its documents a line', () => {
    expect(docsMapOf('# 说明\n\n  a.yml -> b.md\r\n./c//d.sh\t->  docs/e.md 文档.md  \n')).toMatchObject({
      docsMap: [
        { source: 'a.yml', documents: ['b.md'] },
        { source: 'c/d.sh', documents: ['docs/e.md', '文档.md'] },
      ],
    })
  })

  it.each([
    'a.yml',
    'a.yml ->',
    '-> a.md',
    'a.yml b.md',
    'a.yml->b.md',
    '/a.yml -> b.md',
    'a -> ../b',
    'a/../b -> c',
    'a -> -b',
    'a -> b\u0007',
  ])('refuses %j', (line) => {
    expect(mistakesOf(checking(`good.yml -> good.md\n${line}`))).toEqual([
      expect.objectContaining({ name: 'docs-map', expected: expect.stringMatching(/^PATH -> PATH PATH…: /) }),
    ])
  })

  it('names every wrong line, and refuses to check nothing', () => {
    expect(mistakesOf(checking('a\nb -> c\nd'))).toHaveLength(2)
    expect(mistakesOf(checking('# nothing'))).toEqual([
      expect.objectContaining({ expected: expect.stringMatching(/^at least one line PATH -> /) }),
    ])
  })

  it('is of no use to other actions, right or wrong', () => {
    expect(readDeployConfig(environmentWith({ 'docs-map': 'wrong' })).kind).toBe('ok')
  })
})
