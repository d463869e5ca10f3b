import { randomBytes } from 'node:crypto'
import type { DeployConfig } from '../config/config.ts'
import type { HostSession } from '../host/client/session.ts'
import type { CompareResult, Staging } from '../host/client/staging.ts'
import { filesOf, type ManifestFile, type ManifestItem, manifestText } from '../model/manifest.ts'
import { DeployError } from '../model/problem.ts'
import type { FilesComparison } from '../model/release-files.ts'
import type { Deployment } from './deployment.ts'

/** The files of the release as the workspace holds them; empty where it brings none. */
export type ReleaseFiles = readonly ManifestItem[]

/** Those of a release on the host, beside the project, until a transaction takes them. */
export type StagedFiles =
  | { readonly kind: 'none' }
  | { readonly kind: 'staged'; readonly staging: Staging; readonly items: ReleaseFiles }

/** How often a person reads how far the sending has come, in milliseconds. */
const TELL_MILLISECONDS = 5000

/** What is known before a connection is made. */
interface Reading extends Omit<Deployment, 'config'> {
  readonly config: Pick<DeployConfig, 'release'>
}

/** Reads the workspace, before a connection is made. @throws DeployError `config.invalid` with everything that is wrong there */
export async function readFiles({ config, ports, record }: Reading): Promise<ReleaseFiles> {
  const entries = config.release.files
  if (entries.length === 0) return []
  record.enter('files')
  const reading = await ports.workspace.read(entries)
  if (reading.kind === 'wrong') throw new DeployError({ code: 'config.invalid', mistakes: reading.mistakes })
  const { files, bytes } = filesOf(reading.items)
  ports.progress.tell({ kind: 'files-read', entries: entries.length, files: files.length, bytes })
  return reading.items
}

/**
 * Brings to the host what it lacks of them, and has it make the whole release of that beside the project. Nothing that is in
 * use is touched.
 * @throws DeployError `files.*`, `ssh.*`; `preflight.refused` where the host cannot take them
 */
export async function stageFiles(
  host: Pick<HostSession, 'staging' | 'preflight'>,
  items: ReleaseFiles,
  deployment: Deployment,
): Promise<StagedFiles> {
  const { config, ports, record } = deployment
  if (config.release.files.length === 0) return { kind: 'none' }
  record.enter('files')
  const staging = host.staging(randomBytes(8).toString('hex'), config)
  const compared = await staging.compare(manifestText(items))
  if (compared.kind === 'refused') throw await refusalOf(host, compared, deployment)
  const { comparison } = compared
  const lacking = lackingOf(items, comparison)
  const { bytes } = filesOf(lacking)
  ports.progress.tell({
    ...{ kind: 'files-compared', changed: comparison.changed.length, lacking: lacking.length, bytes },
  })
  record.release = {
    kind: 'compared',
    changed: comparison.entries.filter(({ state }) => state !== 'same').map(({ target }) => target),
    same: comparison.entries.filter(({ state }) => state === 'same').length,
    sent: { files: lacking.length, bytes },
  }
  try {
    await staging.stage(lacking.length === 0 ? '' : await send(staging, lacking, deployment))
  } catch (error) {
    await staging.discard().catch(() => undefined)
    throw error
  }
  ports.progress.tell({ kind: 'files-staged' })
  return { kind: 'staged', staging, items }
}

/** Has the host take those of an earlier release, as they lie in its transaction. @throws DeployError `files.*`, `ssh.*` */
export async function takeFiles(
  host: Pick<HostSession, 'staging'>,
  transaction: string,
  { config, record }: Deployment,
): Promise<StagedFiles> {
  if (config.release.files.length === 0) return { kind: 'none' }
  record.enter('files')
  const staging = host.staging(randomBytes(8).toString('hex'), config)
  await staging.take(transaction)
  return { kind: 'staged', staging, items: [] }
}

/** Where no transaction took them. */
export async function discardFiles(staged: StagedFiles): Promise<void> {
  // What is left is swept by a later deployment.
  if (staged.kind === 'staged') await staged.staging.discard().catch(() => undefined)
}

/** What the changed entries take of the disk, in KiB: once more the release, and a copy of what they replace. */
export function filesKibibytes(staged: StagedFiles, { entries }: FilesComparison): number {
  if (staged.kind === 'none') return 0
  return entries.reduce((sum, { target, state, replacedKibibytes }) => {
    if (state === 'same') return sum
    const items = staged.items.filter(({ path }) => path === target || path.startsWith(`${target}/`))
    return sum + replacedKibibytes + Math.ceil(filesOf(items).bytes / 1024)
  }, 0)
}

/** The hash of what was sent. */
function send(staging: Staging, lacking: readonly ManifestFile[], { ports }: Deployment): Promise<string> {
  return ports.workspace.pack(lacking, async (archive) => {
    let toldAt = ports.clock.now()
    await staging.send(archive, (sent) => {
      if (sent < archive.bytes && ports.clock.now() - toldAt < TELL_MILLISECONDS) return
      toldAt = ports.clock.now()
      ports.progress.tell({ kind: 'files-sent', sent, bytes: archive.bytes })
    })
    return archive.sha256
  })
}

/** The files of these lines. */
function lackingOf(items: ReleaseFiles, { lacks }: FilesComparison): readonly ManifestFile[] {
  const lines = new Set(lacks)
  return items.flatMap((item, index) => (item.kind === 'file' && lines.has(index + 1) ? [item] : []))
}

/** What else speaks against the host is told with it, except for what the release was to bring. */
async function refusalOf(
  host: Pick<HostSession, 'preflight'>,
  { findings }: Extract<CompareResult, { kind: 'refused' }>,
  { config }: Deployment,
): Promise<DeployError> {
  const facts = await host.preflight(config, { kind: 'nobody-of-ours' }, '')
  const told = new Set(findings.map((finding) => JSON.stringify(finding)))
  const further = facts.findings.filter(
    (finding) => finding.finding !== 'compose-file-missing' && !told.has(JSON.stringify(finding)),
  )
  return new DeployError({ code: 'preflight.refused', findings: [...findings, ...further] })
}
