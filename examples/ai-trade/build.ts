/**
 * Bundles the example's programs, one file each, so that the images need no node_modules.
 *
 *   node examples/ai-trade/build.ts DIRECTORY
 *   docker build -f examples/ai-trade/Dockerfile DIRECTORY
 *   docker build -f examples/ai-trade/Dockerfile.research DIRECTORY
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** What an image copies from its build context, by file name. */
export interface ImageContexts {
  readonly app: Readonly<Record<string, string>>
  readonly research: Readonly<Record<string, string>>
}

/** Builds both images' contexts in memory. Throws when a program does not bundle. */
export async function bundleImageContexts(): Promise<ImageContexts> {
  return {
    app: {
      'app.cjs': await bundled('app'),
      'watchdog.cjs': await bundled('watchdog'),
      'healthcheck.sh': readFileSync(inExample('healthcheck.sh'), 'utf8'),
    },
    research: { 'research.cjs': await bundled('research') },
  }
}

async function bundled(program: string): Promise<string> {
  const result = await build({
    entryPoints: [inExample(`src/${program}.ts`)],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    charset: 'utf8',
    logLevel: 'warning',
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error(`esbuild wrote nothing for ${program}`)
  return file.text
}

function inExample(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

if (import.meta.main) {
  const [directory] = process.argv.slice(2)
  if (directory === undefined) throw new Error('usage: node build.ts DIRECTORY')
  const contexts = await bundleImageContexts()
  mkdirSync(directory, { recursive: true })
  for (const [name, content] of Object.entries({ ...contexts.app, ...contexts.research })) {
    writeFileSync(join(directory, name), content)
  }
}
