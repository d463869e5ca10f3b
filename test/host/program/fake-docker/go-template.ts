import { GoMap, GoStruct, type GoValue, RawObject } from './go-types.ts'

/** Methods of what a template is executed on, by name. */
export type Methods = Readonly<Record<string, (...words: readonly string[]) => string>>

/** Go's text/template with the functions of the docker client, as far as a template of the host program goes. */
export function execute(template: string, data: GoValue, methods: Methods = {}): string {
  const variables = new Map<string, GoValue>([['$', data]])
  return render(parse(template), { dot: data, variables, methods })
}

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'print'; readonly pipeline: string }
  | {
      readonly kind: 'if' | 'with' | 'range'
      readonly pipeline: string
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    }

interface Scope {
  readonly dot: GoValue
  readonly variables: Map<string, GoValue>
  readonly methods: Methods
}

function parse(template: string): readonly Node[] {
  const pieces = template.split(/\{\{((?:"(?:\\.|[^"])*"|[^"}])*)\}\}/u)
  let at = 0
  const block = (): { nodes: Node[]; end: string } => {
    const nodes: Node[] = []
    while (at < pieces.length) {
      const piece = pieces[at] ?? ''
      const isAction = at % 2 === 1
      at += 1
      if (!isAction) {
        if (piece !== '') nodes.push({ kind: 'text', text: piece })
        continue
      }
      const action = piece.trim()
      if (action === 'end' || action === 'else' || action.startsWith('else ')) return { nodes, end: action }
      nodes.push(nodeOf(action))
    }
    return { nodes, end: '' }
  }
  const nodeOf = (action: string): Node => {
    const [, kind, pipeline] = /^(if|with|range)\s+(.*)$/su.exec(action) ?? []
    if (pipeline === undefined || (kind !== 'if' && kind !== 'with' && kind !== 'range')) {
      return { kind: 'print', pipeline: action }
    }
    const { nodes: body, end } = block()
    if (end === 'end') return { kind, pipeline, body, otherwise: [] }
    if (end === 'else') return { kind, pipeline, body, otherwise: block().nodes }
    if (end === '') throw new Error('unexpected EOF')
    return { kind, pipeline, body, otherwise: [nodeOf(end.slice('else '.length))] }
  }
  const { nodes, end } = block()
  if (end !== '') throw new Error(`unexpected {{${end}}}`)
  return nodes
}

function render(nodes: readonly Node[], scope: Scope): string {
  return nodes.map((node) => renderNode(node, scope)).join('')
}

function renderNode(node: Node, scope: Scope): string {
  if (node.kind === 'text') return node.text
  if (node.kind === 'print') {
    const [, name, pipeline] = /^(\$\w+)\s*:=\s*(.*)$/su.exec(node.pipeline) ?? []
    if (name === undefined || pipeline === undefined) return printed(evaluated(node.pipeline, scope))
    scope.variables.set(name, evaluated(pipeline, scope))
    return ''
  }
  const [, key = '', element = '', over] = /^(\$\w+)\s*,\s*(\$\w+)\s*:=\s*(.*)$/su.exec(node.pipeline) ?? []
  const value = evaluated(over ?? node.pipeline, scope)
  if (node.kind === 'range' && value instanceof GoMap) {
    return [...value.entries]
      .map(([name, dot]) => {
        const variables = new Map([...scope.variables, [key, name], [element, dot]])
        return render(node.body, { ...scope, dot, variables })
      })
      .join('')
  }
  if (node.kind === 'range' && Array.isArray(value) && value.length > 0) {
    return value.map((dot: GoValue) => render(node.body, inner(scope, dot))).join('')
  }
  if (!isTrue(value)) return render(node.otherwise, inner(scope, scope.dot))
  if (node.kind === 'range') throw new Error('range over what is no slice')
  return render(node.body, inner(scope, node.kind === 'with' ? value : scope.dot))
}

function inner(scope: Scope, dot: GoValue): Scope {
  return { ...scope, dot, variables: new Map(scope.variables) }
}

function evaluated(pipeline: string, scope: Scope): GoValue {
  const words = pipeline.match(/"(?:\\.|[^"])*"|\(|\)|[^\s()]+/gu) ?? []
  let at = 0
  const operand = (): GoValue => {
    const word = words[at] ?? ''
    at += 1
    if (word === '(') {
      const value = command()
      at += 1
      return value
    }
    if (word.startsWith('"')) return String(JSON.parse(word))
    if (/^\d+$/u.test(word)) return Number(word)
    const [root = '', ...names] = word.split('.')
    const start = root === '' ? scope.dot : scope.variables.get(root)
    if (start === undefined) throw new Error(`function "${root}" not defined`)
    return names.filter((name) => name !== '').reduce(fieldOf, start)
  }
  const operands = (): GoValue[] => {
    const values: GoValue[] = []
    while (at < words.length && words[at] !== ')') values.push(operand())
    return values
  }
  const command = (): GoValue => {
    const word = words[at] ?? ''
    const method = word.startsWith('.') ? scope.methods[word.slice(1)] : undefined
    const named = FUNCTIONS[word]
    if (!method && !named) {
      const [value, ...rest] = operands()
      if (value === undefined || rest.length > 0)
        throw new Error(`can't give argument to non-function ${word}`)
      return value
    }
    at += 1
    const values = operands()
    return method ? method(...values.map(printed)) : (named?.(...values) ?? null)
  }
  return command()
}

function fieldOf(value: GoValue, name: string): GoValue {
  if (value instanceof GoStruct) {
    const field = value.fields.get(name)
    if (field === undefined) throw new Error(`can't evaluate field ${name}`)
    return field
  }
  if (value instanceof GoMap) return value.entries.get(name) ?? value.zero
  if (value instanceof RawObject) {
    const entry = value.entries.get(name)
    if (entry === undefined) throw new Error(`map has no entry for key "${name}"`)
    return entry
  }
  throw new Error(value === null ? `nil pointer evaluating ${name}` : `can't evaluate field ${name}`)
}

const FUNCTIONS: Readonly<Record<string, (...values: readonly GoValue[]) => GoValue>> = {
  index: (of = null, key = null) => {
    if (of instanceof GoMap) return of.entries.get(String(key)) ?? of.zero
    // As Go does: `index` minds no `missingkey`.
    if (of instanceof RawObject) return of.entries.get(String(key)) ?? null
    const element = Array.isArray(of) ? of[Number(key)] : undefined
    if (element === undefined) throw new Error('index of untyped nil, or out of range')
    return element
  },
  js: (value = null) =>
    printed(value).replace(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
      /[\\'"<>&=\u0000-\u001f]/gu,
      (char) =>
        /[\\'"]/u.test(char)
          ? `\\${char}`
          : `\\u${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
    ),
  json: (value = null) => JSON.stringify(asJson(value)),
  println: (value = null) => `${printed(value)}\n`,
  eq: (value = null, ...others) => others.includes(value),
  split: (value = null, separator = null) => printed(value).split(printed(separator)),
  slice: (value = null, from = null) => (Array.isArray(value) ? value.slice(Number(from)) : null),
  join: (value = null, separator = null) => (Array.isArray(value) ? value.join(printed(separator)) : ''),
}

function isTrue(value: GoValue): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof GoMap || value instanceof RawObject) return value.entries.size > 0
  return Boolean(value)
}

function asJson(value: GoValue): unknown {
  return value instanceof GoStruct || value instanceof GoMap || value instanceof RawObject
    ? value.json
    : value
}

function printed(value: GoValue): string {
  if (value === null) return '<no value>'
  if (typeof value === 'object') throw new Error('the host program prints no objects')
  return String(value)
}
