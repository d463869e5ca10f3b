import { namedIn } from '../../../src/check/check-documents.ts'
import { composeVariables } from '../../../src/check/compose-variables.ts'
import { scriptOptions } from '../../../src/check/script-options.ts'
import { codeBlocks } from './code-blocks.ts'

/** A text file of the repository. */
export interface NamedText {
  readonly path: string
  readonly text: string
}

/** What the documents of the example are held to. */
export interface ExampleTexts {
  readonly composeFiles: readonly NamedText[]
  /** What runs in the containers. */
  readonly programs: readonly NamedText[]
  /** The template of what the compose files name as `env_file` and are interpolated with. */
  readonly envTemplate: NamedText
  readonly runner: NamedText
  /** The document that has a table of every variable and every option. */
  readonly reference: NamedText
  /** The document that comes with the example. */
  readonly readme: NamedText
}

/** Every variable and option that is used and not described, or described and not there: a sentence each. */
export function staleNames(example: ExampleTexts): readonly string[] {
  return [...staleVariables(example), ...staleOptions(example)]
}

function staleVariables(example: ExampleTexts): readonly string[] {
  const { composeFiles, programs, envTemplate, reference, readme } = example
  const listed = new Set([...namedIn(envTemplate)].filter((name) => /^[A-Z]\w*$/.test(name)))
  const tabled = rowNames(reference.text, '[A-Z]\\w*')
  const setByCompose = new Set(
    composeFiles.flatMap(({ text }) => [...text.matchAll(/^\s+([A-Z]\w*):/gm)].map(([, name = '']) => name)),
  )
  // What a container is given by `env_file` no compose file says: its programs do.
  const read = [...composeFiles, ...programs].map(namedIn)
  return [
    ...composeFiles.flatMap((file) => unlisted(file, envTemplate)),
    ...[...listed]
      .filter((name) => !read.some((named) => named.has(name)))
      .map((name) => `${envTemplate.path} has ${name}, which nothing of the example reads`),
    ...[...listed]
      .filter((name) => !tabled.has(name))
      .map((name) => `${reference.path} has no table row for ${name} of ${envTemplate.path}`),
    ...[...tabled]
      .filter((name) => !listed.has(name))
      .map((name) => `${reference.path} describes ${name}, which ${envTemplate.path} does not have`),
    ...[reference, readme].flatMap(({ path, text }) =>
      unique([...text.matchAll(/\bAI_TRADE_\w*[A-Z0-9]\b/g)].map(([name]) => name))
        .filter((name) => !listed.has(name) && !setByCompose.has(name))
        .map((name) => `${path} names ${name}, which nothing of the example reads`),
    ),
  ]
}

function unlisted({ path, text }: NamedText, envTemplate: NamedText): readonly string[] {
  const found = composeVariables(text)
  if (found.kind === 'unreadable') return [`${path} cannot be read: ${found.why}`]
  const named = namedIn(envTemplate)
  return found.names
    .filter((name) => !named.has(name))
    .map((name) => `${envTemplate.path} lacks ${name}, which ${path} uses`)
}

function staleOptions({ runner, reference, readme }: ExampleTexts): readonly string[] {
  const { parsed, helped } = scriptOptions(runner.text)
  const known = parsed.filter((option) => option !== '--help')
  return [
    ...missing(parsed, helped).map((option) => `the --help of ${runner.path} does not describe ${option}`),
    ...missing(helped, parsed).map((option) => `${runner.path} does not know ${option} of its --help`),
    ...[reference, readme].flatMap((document) => [
      ...missing(known, [...rowNames(document.text, '--[\\w-]+')]).map(
        (option) => `${document.path} has no table row for ${option} of ${runner.path}`,
      ),
      ...missing([...rowNames(document.text, '--[\\w-]+'), ...called(document.text)], parsed).map(
        (option) => `${document.path} has ${option}, which ${runner.path} does not know`,
      ),
    ]),
  ]
}

/** The names in the first cells of table rows. */
function rowNames(markdown: string, name: string): ReadonlySet<string> {
  return new Set(
    [...markdown.matchAll(new RegExp(`^\\| \`(${name})[^|\`]*`, 'gm'))].map(([, found = '']) => found),
  )
}

/** The options in the calls of the runner that a document shows, in blocks and between backticks. */
function called(markdown: string): readonly string[] {
  const texts = [
    ...codeBlocks(markdown).map(({ text }) => text),
    ...[...markdown.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text),
  ]
  return texts
    .flatMap((text) => text.replaceAll('\\\n', ' ').split('\n'))
    .flatMap((line) => [...line.matchAll(/closed_loop_runner\.sh([^;|&>#]*)/g)])
    .flatMap(([, words = '']) => [...words.matchAll(/(?<=\s)--[\w-]+/g)].map(([option]) => option))
}

function missing(wanted: readonly string[], there: readonly string[]): readonly string[] {
  return unique(wanted).filter((name) => !there.includes(name))
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)]
}
