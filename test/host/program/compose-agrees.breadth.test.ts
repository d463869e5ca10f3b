import { randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import * as yaml from 'yaml'
import { programText } from '../../support/host-program/program-text.ts'
import { workerHost } from '../../support/jest/worker-host.ts'
import type { PrivateHost } from '../../support/private-host/private-host.ts'
import { type EnvSample, editedTextOf, envSamples, MANAGED, textOf, WANTED } from './env-file-samples.ts'

/** Compose is asked as a service would: what its own env file gives it. */
const COMPOSE_FILE = 'name: asked\nservices:\n  asked:\n    image: none\n    env_file: .env\n'

/** Every try asks Compose several times: the seed that is printed is enough to find the rest. */
const RUNS = { numRuns: 15, endOnFailure: true }

const host: PrivateHost = workerHost()
const directory = `/tmp/compose-agrees-${randomBytes(4).toString('hex')}`

beforeAll(async () => {
  await host.sh(`mkdir -p '${directory}/state' && cat >'${directory}/program.sh'`, { stdin: programText() })
  await host.sh(`cat >'${directory}/compose.yml'`, { stdin: COMPOSE_FILE })
})

/** Writes the env file, then runs shell text with the host program's functions at hand. */
async function withProgram(environmentText: string, script: string) {
  const preamble = `cd '${directory}' && base64 -d >.env && CLOSED_LOOP_LIBRARY=yes && . ./program.sh && STATE_DIR='${directory}/state'
PROJECT_DIR='${directory}' PROJECT_NAME= COMPOSE_FILES=compose.yml
WANTED='${WANTED}'`
  return host.run(`${preamble}\n${script}`, { stdin: Buffer.from(environmentText).toString('base64') })
}

/** Every variable of the env file as Compose reads it. */
async function readByCompose(environmentText: string): Promise<Readonly<Record<string, string>>> {
  const { code, stdout, stderr } = await withProgram(
    environmentText,
    'docker compose --file compose.yml config',
  )
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const config = yaml.parse(stdout) as { services: { asked: { environment?: Record<string, string> } } }
  const { environment = {} } = config.services.asked
  // What is printed is meant to be read again: a dollar is doubled.
  return Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [key, value.replaceAll('$$', '$')]),
  )
}

/** Compose prints a value that begins with a line end as YAML that is not read back with it. */
function readBack(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.replace(/^\n+/u, '')]))
}

describe('what the host program makes of an env file is what Compose makes of it', () => {
  it('sets the managed variables for Compose, and changes no other', async () => {
    await fc.assert(
      fc.asyncProperty(envSamples, async (sample) => {
        const text = textOf(sample)
        const { code, stdout, stderr } = await withProgram(
          text,
          'edited_env .env "$WANTED" >.env.new && check_edit .env .env.new "$WANTED" ""',
        )
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: '', stderr: '' })
        expect(await readByCompose(editedTextOf(sample))).toEqual({
          ...(await readByCompose(text)),
          ...MANAGED,
        })
      }),
      { ...RUNS },
    )
  })

  it('sets a variable to any text that `manage-env` takes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(managedValues, { minLength: 1, maxLength: 5 }), async (values) => {
        const wanted = values.map((value, index): [string, string] => [`MY_${index}`, value])
        const lines = wanted.map((pair) => pair.join('\t')).join('\n')
        const { code, stdout, stderr } = await withProgram(
          'MY_1=old\n',
          `NASTY=$(printf %s '${Buffer.from(lines).toString('base64')}' | base64 -d)
edited_env .env "$NASTY" >.env.new && check_edit .env .env.new "$NASTY" "" || echo "$CHECK_REFUSED"; cat .env.new`,
        )
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        expect(await readByCompose(stdout)).toEqual({ MY_1: 'old', ...Object.fromEntries(wanted) })
      }),
      { ...RUNS, numRuns: 25 },
    )
  })

  it('gives the managed variables back as Compose had read them, and keeps what was edited meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(envSamples, async (sample) => {
        const text = textOf(sample)
        const { code, stdout, stderr } = await withProgram(
          text,
          `use_plan "$(printf '%s\\n' "$WANTED" | sed 's/^/image\t/')"
edited_env .env "$WANTED" >.env.now && printf '\nMEANWHILE="by\nhand"\n' >>.env.now && unmanaged_env .env.now .env`,
        )
        expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
        expect(await readByCompose(stdout)).toEqual({ ...(await readByCompose(text)), MEANWHILE: 'by\nhand' })
      }),
      { ...RUNS },
    )
  })

  it('lists the keys that Compose knows', async () => {
    await fc.assert(
      fc.asyncProperty(envSamples, async (sample) => {
        const { stdout } = await withProgram(textOf(sample), 'env_keys .env')
        const keys = Object.keys(await readByCompose(textOf(sample)))
        expect(stdout.split('\n').filter((line) => line !== '')).toEqual(keys.toSorted())
      }),
      { ...RUNS },
    )
  })

  it('probes the values as Compose reads them', async () => {
    await fc.assert(
      fc.asyncProperty(envSamples.filter(hasKeys), async (sample) => {
        const { stdout } = await withProgram(textOf(sample), 'probe_values .env "$(env_keys .env)"')
        const blocks = stdout.replaceAll('\t', '\n')
        // Nothing where no key is one that Compose can be asked for.
        const probed = Object.entries((yaml.parse(blocks) ?? {}) as Record<string, string>).map(
          ([key, value]) => [key.slice('P_'.length), value.slice(1, -1).replaceAll('$$', '$')] as const,
        )
        const read = Object.entries(await readByCompose(textOf(sample)))
        const askable = read.filter(([key]) => /^[A-Za-z_]\w*$/.test(key))
        expect(readBack(Object.fromEntries(probed))).toEqual(readBack(Object.fromEntries(askable)))
      }),
      { ...RUNS },
    )
  })

  it('hides every value that Compose hands to a container', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(secretAssignments, { minLength: 1, maxLength: 6 }), async (lines) => {
        const text = lines.map((line, index) => `MY_${index}${line}\n`).join('')
        const values = Object.values(await readByCompose(text)).flatMap((value) => value.split('\n'))
        const shown = values
          .filter((value) => value.length >= 8)
          .flatMap((value) => [value, JSON.stringify(value).slice(1, -1)])
        const { stdout } = await withProgram(
          text,
          `ENV_PATHS=.env; export ENV_PATHS; printf %s '${Buffer.from(shown.join('\n')).toString('base64')}' | base64 -d | redact ''`,
        )
        for (const value of shown) expect(stdout).not.toContain(value)
      }),
      { ...RUNS, numRuns: 25 },
    )
  })

  it.each([
    ['an escaped quote in single quotes', `A='x\\'\nAI_TRADE_IMAGE=inside\n'\n`],
    ['an escaped quote in double quotes', `A="x\\"\nAI_TRADE_IMAGE=inside\n"\n`],
    [
      'a variable that is used in another',
      'AI_TRADE_PROJECT_DIR=/opt/ai-trade\nA=$' + '{AI_TRADE_PROJECT_DIR}/data\n',
    ],
    ['values with dollars', `A='$x'\nB="\\$x"\nC=$$x\n`],
  ])('accepts the edit of a file with %s', async (_, text) => {
    const { code, stdout } = await withProgram(
      text,
      'edited_env .env "$WANTED" >.env.new && check_edit .env .env.new "$WANTED" ""',
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  it.each([
    [
      'another variable is derived from a managed one',
      'AI_TRADE_IMAGE=old:1\nA=$' + '{AI_TRADE_IMAGE}-x\n',
      'another variable of the env file would change',
    ],
    ['Compose cannot read the file', 'A="unclosed\n', 'Compose cannot read'],
  ])('refuses an edit when %s', async (_, text, reason) => {
    const { code, stdout } = await withProgram(
      text,
      'edited_env .env "$WANTED" >.env.new && { check_edit .env .env.new "$WANTED" "" 2>/dev/null || { echo "$CHECK_REFUSED"; false; }; }',
    )
    expect(code).toBe(1)
    expect(stdout).toContain(reason)
  })
})

function hasKeys({ segments }: EnvSample): boolean {
  return segments.some(({ key }) => key !== '')
}

const word = fc.string({
  unit: fc.constantFrom(...'abc123-_.:/=,;!?()[]<>|&%@^~中'),
  minLength: 5,
  maxLength: 14,
})

/** Values of the input `manage-env` that are hard to write, all within what it takes (src/config/managed-env.ts). */
const managedValues = fc
  .string({ unit: fc.constantFrom(...'ab0 #$={}"\\`!%&*?[]<>|~:;,.-+@^()/_é中\u00a0'), maxLength: 120 })
  .map((text) => text.replace(/\s*\\*$/u, ''))
  .filter((text) => !text.endsWith('\\'))

/** What follows the key: secrets with the characters that quoting and escaping are about. */
const secretAssignments = fc
  .tuple(word, word, word)
  .chain(([first, second, third]) =>
    fc.constantFrom(
      `=x${first}${second}`,
      `=x${first}$$${second} # ${third}`,
      `=x${first}\\n${second}`,
      `='${first} # ${second}'`,
      `='${first}\\'${second}"${third}'`,
      `='${first}\\\\${second}$${third}'`,
      `="${first}\\"${second}'${third}"`,
      `="${first}\\n${second}\\t${third}\\\\${first}"`,
      `="${first}\\$${second}$$${third}"`,
      `="${first}${second}\n${second}\\"${third}\n${third}${first}"`,
      `='${first}${second}\n${second}\\'${third}\n${third}${first}'`,
    ),
  )
