import { crc32, inflateRawSync } from 'node:zlib'

const CENTRAL_ENTRY = 0x02014b50
const END_OF_CENTRAL_DIRECTORY = 0x06054b50
const STORED = 0
const DEFLATED = 8

/** The files of a zip archive by their path in it; directories are left out. Throws on anything it cannot prove intact. */
export function readZip(archive: Buffer): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>()
  const directory = findCentralDirectory(archive)
  let position = directory.offset
  for (let index = 0; index < directory.entries; index += 1) {
    if (archive.readUInt32LE(position) !== CENTRAL_ENTRY) throw new Error(`zip: no entry at byte ${position}`)
    const nameLength = archive.readUInt16LE(position + 28)
    const name = archive.toString('utf8', position + 46, position + 46 + nameLength)
    if (!name.endsWith('/')) {
      if (files.has(name)) throw new Error(`zip: two entries called ${name}`)
      files.set(name, readEntry(archive, position, name))
    }
    position += 46 + nameLength + archive.readUInt16LE(position + 30) + archive.readUInt16LE(position + 32)
  }
  return files
}

function findCentralDirectory(archive: Buffer): { offset: number; entries: number } {
  const end = archive.lastIndexOf(Buffer.from('504b0506', 'hex'))
  if (end < 0 || archive.readUInt32LE(end) !== END_OF_CENTRAL_DIRECTORY) throw new Error('zip: no end record')
  return { entries: archive.readUInt16LE(end + 10), offset: archive.readUInt32LE(end + 16) }
}

function readEntry(archive: Buffer, centralEntry: number, name: string): Buffer {
  const method = archive.readUInt16LE(centralEntry + 10)
  const checksum = archive.readUInt32LE(centralEntry + 16)
  const compressedSize = archive.readUInt32LE(centralEntry + 20)
  const size = archive.readUInt32LE(centralEntry + 24)
  const localEntry = archive.readUInt32LE(centralEntry + 42)
  // The local header's own name and extra field may differ in length from the central ones.
  const start =
    localEntry + 30 + archive.readUInt16LE(localEntry + 26) + archive.readUInt16LE(localEntry + 28)
  const compressed = archive.subarray(start, start + compressedSize)
  const content = decompress(method, compressed, name)
  if (content.length !== size || crc32(content) !== checksum) throw new Error(`zip: ${name} is damaged`)
  return content
}

function decompress(method: number, compressed: Buffer, name: string): Buffer {
  if (method === STORED) return Buffer.from(compressed)
  if (method === DEFLATED) return inflateRawSync(compressed)
  throw new Error(`zip: ${name} is compressed by method ${method}`)
}
